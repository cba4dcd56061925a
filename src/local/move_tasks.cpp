#include "local/move_tasks.hpp"

#include "local/fault.hpp"
#include "protocol/limits.hpp"

#include <algorithm>
#include <ranges>

namespace sluice::local {
namespace {

// As many as AWS lists for one source.
constexpr std::size_t kept_of_a_source = static_cast<std::size_t>(limits::listed_move_tasks);

std::string_view name_in_record(move_state state) {
    switch (state) {
    case move_state::running: return "running";
    case move_state::completed: return "completed";
    case move_state::cancelled: return "cancelled";
    case move_state::failed: return "failed";
    }
    return {};
}

move_state parse_state(std::string_view text) {
    for (const auto state : {move_state::running, move_state::completed, move_state::cancelled, move_state::failed}) {
        if (name_in_record(state) == text) return state;
    }
    throw damaged_record("there is no state \"" + printable(std::string(text)) + "\"");
}

} // namespace

time_point move_task::next_move() const {
    const auto pace = static_cast<std::int64_t>(per_second.value_or(limits::moved_messages_per_second));
    const std::chrono::microseconds since_start(static_cast<std::int64_t>(moved + 1) * 1'000'000 / pace);
    return started + std::chrono::duration_cast<time_point::duration>(since_start);
}

const move_task& move_tasks::start(move_task task) {
    const bool busy = std::ranges::any_of(tasks_, [&task](const move_task& one) {
        return one.source_arn == task.source_arn && one.state == move_state::running;
    });
    if (busy) {
        throw invalid_parameter_value("There is already a task running. Only one active task is allowed for a source "
                                      "queue arn at a given time.");
    }
    const std::string source = task.source_arn;
    task.ordinal = ++last_ordinal_;
    record(task);
    tasks_.push_back(std::move(task));
    const auto of_source = [&source](const move_task& one) { return one.source_arn == source; };
    if (static_cast<std::size_t>(std::ranges::count_if(tasks_, of_source)) > kept_of_a_source) {
        const auto oldest = std::ranges::find_if(tasks_, of_source);
        place_.erase(number_in_key(oldest->ordinal));
        tasks_.erase(oldest);
    }
    return tasks_.back();
}

const move_task& move_tasks::cancel(std::string_view handle) {
    const auto found = std::ranges::find(tasks_, handle, &move_task::handle);
    if (found == tasks_.end()) {
        throw make_fault("ResourceNotFoundException", "ResourceNotFoundException", "Task does not exist.", 404);
    }
    if (found->state != move_state::running) {
        throw invalid_parameter_value("Only active tasks can be cancelled.");
    }
    found->state = move_state::cancelled;
    record(*found);
    return *found;
}

void move_tasks::record(const move_task& task) const {
    if (!place_) return;
    record_writer record;
    record.text("handle", task.handle).text("source", task.source_arn);
    record.text_if_any("destination", task.destination_arn).text_if_any("failure", task.failure);
    if (task.per_second) record.number("pace", static_cast<std::uint64_t>(*task.per_second));
    record.number("to move", task.to_move).number("moved", task.moved).time("started", task.started);
    record.text("state", name_in_record(task.state));
    place_.put(number_in_key(task.ordinal), std::move(record));
}

void move_tasks::restore(std::string_view key, const record_reader& record) {
    move_task task;
    task.ordinal = parse_number_in_key(key);
    task.handle = record.text("handle");
    task.source_arn = record.text("source");
    task.destination_arn = record.text_or_empty("destination");
    task.failure = record.text_or_empty("failure");
    if (record.optional_text("pace")) {
        const auto pace = record.number("pace");
        if (pace < 1 || pace > static_cast<std::uint64_t>(limits::moved_messages_per_second)) {
            throw damaged_record("a pace of " + std::to_string(pace) + " messages a second");
        }
        task.per_second = static_cast<std::int64_t>(pace);
    }
    task.to_move = record.number("to move");
    task.moved = record.number("moved");
    task.started = record.time("started");
    task.state = parse_state(record.text("state"));
    last_ordinal_ = std::max(last_ordinal_, task.ordinal);
    tasks_.push_back(std::move(task));
}

void move_tasks::erase_records() const {
    for (const move_task& one : tasks_) place_.erase(number_in_key(one.ordinal));
}

std::vector<const move_task*> move_tasks::list(std::string_view source_arn, std::size_t most) const {
    std::vector<const move_task*> found;
    for (const move_task& one : tasks_ | std::views::reverse) {
        if (one.source_arn == source_arn && found.size() < most) found.push_back(&one);
    }
    return found;
}

move_task* move_tasks::due(time_point now) {
    const auto found = std::ranges::find_if(
        tasks_, [now](const move_task& one) { return one.state == move_state::running && one.next_move() <= now; });
    return found == tasks_.end() ? nullptr : &*found;
}

std::optional<time_point> move_tasks::next_event() const {
    std::optional<time_point> next;
    for (const move_task& one : tasks_) {
        if (one.state == move_state::running) next = std::min(next.value_or(one.next_move()), one.next_move());
    }
    return next;
}

} // namespace sluice::local
