// The tasks that move messages out of dead-letter queues: their pace and their state, as values. Pure.
// Source: SQS API reference, StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask.
#pragma once

#include "local/journal.hpp"
#include "local/text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

enum class move_state { running, completed, cancelled, failed };

struct move_task {
    std::string handle;
    std::string source_arn;
    std::string destination_arn; ///< empty: each message goes back to where it came from
    std::optional<std::int64_t> per_second;
    std::uint64_t to_move = 0; ///< when it began
    std::uint64_t moved = 0;
    time_point started;
    move_state state = move_state::running;
    std::string failure;
    std::uint64_t ordinal = 0; ///< later ones have greater ones

    /// When the next message may move.
    [[nodiscard]] time_point next_move() const;
};

class move_tasks {
  public:
    /// From now on what changes is written down there.
    void keep_in(record_place place) { place_ = std::move(place); }
    /// Whoever changed a task has it written down.
    void record(const move_task& task) const;
    /// What was written down, in the order of the keys; throws `damaged_record`.
    void restore(std::string_view key, const record_reader& record);
    void erase_records() const;

    /// Throws `fault` when a task of this source runs already.
    const move_task& start(move_task task);
    /// Throws `fault` for an unknown handle, or a task that has ended.
    const move_task& cancel(std::string_view handle);
    /// The source's latest tasks, latest first.
    [[nodiscard]] std::vector<const move_task*> list(std::string_view source_arn, std::size_t most) const;

    /// A running task whose next message may move now; null when there is none.
    [[nodiscard]] move_task* due(time_point now);
    /// When `due` will have something; nothing while none runs.
    [[nodiscard]] std::optional<time_point> next_event() const;

  private:
    std::vector<move_task> tasks_; ///< in the order of their start
    std::uint64_t last_ordinal_ = 0;
    record_place place_;
};

} // namespace sluice::local
