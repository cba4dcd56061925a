// When a queue that is being read looks empty. No I/O.
#pragma once

#include <sluice/sqs/reader_options.hpp>

#include <cstddef>

namespace sluice::cli {

/// It looks empty when a poll brought nothing that began after everything was settled: what is in flight hides others
/// of its message group, and may come back.
class end_of_queue {
  public:
    /// Ask some times a second. `busy`: somebody has a message that is not settled.
    [[nodiscard]] bool reached(const sqs::reader_statistics& now, bool busy) noexcept {
        idle_before_ = idle_;
        idle_ = !busy && now.buffered == 0 && now.received == received_;
        received_ = now.received;
        // The last message may have been settled since the last look, and polls have begun before that.
        if (!idle_ || !idle_before_) {
            not_counted_ = now.empty_polls + now.polls_under_way;
            return false;
        }
        return now.empty_polls > not_counted_;
    }
    /// At the last look nothing was to be done.
    [[nodiscard]] bool idle() const noexcept { return idle_; }

  private:
    bool idle_ = true;
    bool idle_before_ = true;
    std::size_t received_ = 0;
    std::size_t not_counted_ = 0; ///< of the empty polls, those that began too early
};

} // namespace sluice::cli
