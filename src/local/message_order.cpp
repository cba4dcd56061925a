#include "local/message_order.hpp"

namespace sluice::local {

message_group* message_order::group_of(const std::optional<std::string>& name) {
    if (!name) return nullptr;
    message_group& group = groups_[*name];
    if (group.name.empty()) group.name = *name;
    return &group;
}

std::optional<message_order::rank> message_order::rank_of(message_group& group) const {
    if (group.visible.empty()) return std::nullopt;
    if (!fifo_) return rank(group.in_flight, *group.visible.begin(), &group);
    const message_number head = *group.messages.begin();
    if (group.in_flight > 0 || head != *group.visible.begin()) return std::nullopt;
    return rank(0, head, &group);
}

void message_order::leave(message_group& group) {
    if (const auto known = rank_of(group)) ranks_.erase(*known);
}

void message_order::enter(message_group& group) {
    if (const auto now = rank_of(group)) ranks_.insert(*now);
}

void message_order::add(message_number which, message_group* group, message_state state) {
    ++counts_[static_cast<std::size_t>(state)];
    // New messages come last: the hint spares the way down a large tree.
    if (group == nullptr) {
        if (state == message_state::visible) ungrouped_.insert(ungrouped_.end(), which);
        return;
    }
    leave(*group);
    group->messages.insert(group->messages.end(), which);
    if (state == message_state::visible) group->visible.insert(group->visible.end(), which);
    if (state == message_state::in_flight) ++group->in_flight;
    enter(*group);
}

void message_order::change(message_number which, message_group* group, message_state from, message_state to) {
    if (from == to) return;
    --counts_[static_cast<std::size_t>(from)];
    ++counts_[static_cast<std::size_t>(to)];
    if (group == nullptr) {
        if (from == message_state::visible) ungrouped_.erase(which);
        if (to == message_state::visible) ungrouped_.insert(which);
        return;
    }
    leave(*group);
    if (from == message_state::visible) group->visible.erase(which);
    if (to == message_state::visible) group->visible.insert(which);
    if (from == message_state::in_flight) --group->in_flight;
    if (to == message_state::in_flight) ++group->in_flight;
    enter(*group);
}

void message_order::remove(message_number which, message_group* group, message_state state) {
    --counts_[static_cast<std::size_t>(state)];
    if (group == nullptr) {
        if (state == message_state::visible) ungrouped_.erase(which);
        return;
    }
    leave(*group);
    group->messages.erase(which);
    if (state == message_state::visible) group->visible.erase(which);
    if (state == message_state::in_flight) --group->in_flight;
    if (group->messages.empty()) groups_.erase(std::string(group->name));
    else enter(*group);
}

void message_order::clear() {
    groups_.clear();
    ranks_.clear();
    ungrouped_.clear();
    counts_ = {};
}

std::vector<message_number> message_order::next(std::size_t max) const {
    std::vector<message_number> run;
    if (max == 0) return run;
    const bool grouped = !ranks_.empty();
    if (!fifo_) {
        const bool alone = !ungrouped_.empty();
        if (!grouped && !alone) return run;
        const rank first_of_groups = grouped ? *ranks_.begin() : rank();
        const bool take_alone = alone && (!grouped || std::get<0>(first_of_groups) > 0 ||
                                          *ungrouped_.begin() < std::get<1>(first_of_groups));
        run.push_back(take_alone ? *ungrouped_.begin() : std::get<1>(first_of_groups));
        return run;
    }
    if (!grouped) return run;
    const message_group& group = *std::get<2>(*ranks_.begin());
    for (const message_number which : group.messages) {
        if (run.size() == max || !group.visible.contains(which)) break;
        run.push_back(which);
    }
    return run;
}

} // namespace sluice::local
