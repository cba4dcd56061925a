#include "local/waiting_polls.hpp"

#include <algorithm>

namespace sluice::local {

void waiting_polls::add(poll_id id, waiting_poll poll) {
    rooms_[poll.request.queue_name].polls.insert(id);
    deadlines_.emplace(poll.deadline, id);
    polls_.emplace(id, std::move(poll));
}

std::optional<waiting_poll> waiting_polls::take(poll_id id) {
    auto node = polls_.extract(id);
    if (node.empty()) return std::nullopt;
    waiting_poll& poll = node.mapped();
    deadlines_.erase({poll.deadline, id});
    const auto room = rooms_.find(poll.request.queue_name);
    room->second.polls.erase(id);
    if (room->second.polls.empty()) {
        if (room->second.wake) wakes_.erase({*room->second.wake, room->first});
        rooms_.erase(room);
    }
    return std::move(poll);
}

std::size_t waiting_polls::count_at(const std::string& queue_name) const {
    const auto found = rooms_.find(queue_name);
    return found == rooms_.end() ? 0 : found->second.polls.size();
}

std::optional<poll_id> waiting_polls::first_at(const std::string& queue_name) const {
    const auto room = rooms_.find(queue_name);
    if (room == rooms_.end()) return std::nullopt;
    return *room->second.polls.begin();
}

void waiting_polls::wake_at(const std::string& queue_name, std::optional<time_point> when) {
    const auto room = rooms_.find(queue_name);
    if (room == rooms_.end() || room->second.wake == when) return;
    if (room->second.wake) wakes_.erase({*room->second.wake, queue_name});
    room->second.wake = when;
    if (when) wakes_.emplace(*when, queue_name);
}

std::optional<std::string> waiting_polls::take_due_queue(time_point now) {
    if (wakes_.empty() || wakes_.begin()->first > now) return std::nullopt;
    std::string name = wakes_.begin()->second;
    wake_at(name, std::nullopt);
    return name;
}

std::optional<poll_id> waiting_polls::first_ended(time_point now) const {
    if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
    return deadlines_.begin()->second;
}

std::optional<time_point> waiting_polls::next_event() const {
    std::optional<time_point> next;
    if (!deadlines_.empty()) next = deadlines_.begin()->first;
    if (!wakes_.empty()) next = std::min(next.value_or(wakes_.begin()->first), wakes_.begin()->first);
    return next;
}

} // namespace sluice::local
