#include "local/move_tasks.hpp"

#include "local/fault.hpp"
#include "protocol/limits.hpp"

#include <algorithm>
#include <ranges>

namespace sluice::local {
namespace {

// As many as AWS lists for one source.
constexpr std::size_t kept_of_a_source = static_cast<std::size_t>(limits::listed_move_tasks);

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
    tasks_.push_back(std::move(task));
    const auto of_source = [&source](const move_task& one) { return one.source_arn == source; };
    if (static_cast<std::size_t>(std::ranges::count_if(tasks_, of_source)) > kept_of_a_source) {
        tasks_.erase(std::ranges::find_if(tasks_, of_source));
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
    return *found;
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
