// Which of a queue's messages may be handed out next. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace sluice::local {

using message_number = std::uint64_t; ///< of arrival

enum class message_state { visible, delayed, in_flight };

/// The messages of one MessageGroupId.
struct message_group {
    std::string name;
    std::set<message_number> messages;
    std::set<message_number> visible;
    std::size_t in_flight = 0;
};

/// FIFO queues hand out a group's messages in their order and none while one of the group is in flight. Standard queues
/// hand out the oldest first, but prefer the group with the fewest in flight, so that one busy group does not keep the
/// others waiting ("fair queues"); a message without a group counts as a quiet group of its own.
/// Source: SQS developer guide, "FIFO delivery logic" and "Amazon SQS fair queues".
class message_order {
  public:
    explicit message_order(bool fifo) : fifo_(fifo) {}
    message_order(message_order&&) = default; // groups are nodes: they stay where they are
    message_order& operator=(message_order&&) = default;

    /// The group of a new message; null for none. Good until its last message is removed.
    message_group* group_of(const std::optional<std::string>& name);

    void add(message_number which, message_group* group, message_state state);
    void change(message_number which, message_group* group, message_state from, message_state to);
    void remove(message_number which, message_group* group, message_state state);
    void clear();

    /// What a receive takes next: of a standard queue at most one message, of a FIFO queue up to `max` of one group.
    [[nodiscard]] std::vector<message_number> next(std::size_t max) const;
    [[nodiscard]] std::size_t count(message_state state) const noexcept {
        return counts_[static_cast<std::size_t>(state)];
    }

  private:
    /// FIFO: ready groups by their first message. Standard: groups with something visible, the least busy first.
    using rank = std::tuple<std::size_t, message_number, message_group*>;
    [[nodiscard]] std::optional<rank> rank_of(message_group& group) const;
    void leave(message_group& group);
    void enter(message_group& group);

    bool fifo_;
    std::map<std::string, message_group> groups_;
    std::set<rank> ranks_;
    std::set<message_number> ungrouped_; ///< visible ones
    std::array<std::size_t, 3> counts_{};
};

} // namespace sluice::local
