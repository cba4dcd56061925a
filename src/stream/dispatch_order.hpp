// In which order received messages are taken: as they came; of a message group one at a time. No I/O.
#pragma once

#include "stream/lease_table.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::stream {

/// Messages without a group (an empty one) do not wait for each other. Of a group the next one can be taken when the
/// one before it is `done`; groups take turns.
class dispatch_order {
  public:
    void add(lease_id message, const std::string& group) {
        ++size_;
        if (group.empty()) return plain_.push_back(message);
        change(group, [message](lane& of) { of.waiting.push_back(message); });
    }

    /// One that was taken comes back to its place, as if it had not been.
    void put_back(lease_id message, const std::string& group) {
        ++size_;
        if (group.empty()) return plain_.push_front(message);
        change(group, [message](lane& of) {
            of.waiting.push_front(message);
            of.busy = false;
        });
    }

    std::optional<lease_id> take() {
        if (!plain_.empty()) {
            const lease_id next = plain_.front();
            plain_.pop_front();
            --size_;
            return next;
        }
        while (!turns_.empty()) {
            const std::string group = std::move(turns_.front());
            turns_.pop_front();
            const auto at = groups_.find(group);
            if (at == groups_.end()) continue; // it left since it was given its turn
            at->second.offered = false;
            if (!at->second.ready()) continue;
            const lease_id next = at->second.waiting.front();
            change(group, [](lane& of) {
                of.waiting.pop_front();
                of.busy = true;
            });
            --size_;
            return next;
        }
        return std::nullopt;
    }

    /// The message of the group that was taken is settled.
    void done(const std::string& group) {
        if (!groups_.contains(group)) return;
        change(group, [](lane& of) { of.busy = false; });
    }

    /// What waits of a group leaves, in its order: the one before it failed.
    std::vector<lease_id> drop_rest(const std::string& group) {
        if (!groups_.contains(group)) return {};
        std::deque<lease_id> rest;
        change(group, [&rest](lane& of) { rest.swap(of.waiting); });
        size_ -= rest.size();
        return {rest.begin(), rest.end()};
    }

    /// A message that waits leaves, and with it all behind it in its group: they must not come before it.
    std::vector<lease_id> drop(lease_id message, const std::string& group) {
        std::vector<lease_id> dropped;
        const auto leave = [&dropped, message](std::deque<lease_id>& from, bool with_those_behind) {
            const auto first = std::find(from.begin(), from.end(), message);
            if (first == from.end()) return;
            const auto last = with_those_behind ? from.end() : std::next(first);
            dropped.assign(first, last);
            from.erase(first, last);
        };
        if (group.empty()) leave(plain_, false);
        else if (groups_.contains(group)) change(group, [&leave](lane& of) { leave(of.waiting, true); });
        size_ -= dropped.size();
        return dropped;
    }

    std::vector<lease_id> drop_all() {
        std::vector<lease_id> all(plain_.begin(), plain_.end());
        plain_.clear();
        for (auto at = groups_.begin(); at != groups_.end();) {
            all.insert(all.end(), at->second.waiting.begin(), at->second.waiting.end());
            at->second.waiting.clear();
            at = at->second.busy ? std::next(at) : groups_.erase(at);
        }
        size_ = 0;
        ready_groups_ = 0;
        return all;
    }

    /// That wait to be taken, or for their group.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// How many `take` would give now, one after the other.
    [[nodiscard]] std::size_t ready() const noexcept { return plain_.size() + ready_groups_; }
    [[nodiscard]] std::size_t groups() const noexcept { return groups_.size(); }

  private:
    struct lane {
        std::deque<lease_id> waiting;
        bool busy = false;    ///< one was taken and is not done
        bool offered = false; ///< it has its turn

        [[nodiscard]] bool ready() const noexcept { return !busy && !waiting.empty(); }
    };

    /// Every change of a lane: keeps count, gives it its turn, and forgets it when it has nothing to remember.
    template<class Change>
    void change(const std::string& group, Change apply) {
        const auto at = groups_.try_emplace(group).first;
        lane& of = at->second;
        const bool was_ready = of.ready();
        apply(of);
        if (of.ready() && !was_ready) ++ready_groups_;
        if (!of.ready() && was_ready) --ready_groups_;
        if (of.ready() && !of.offered) {
            of.offered = true;
            turns_.push_back(group);
        }
        if (!of.busy && of.waiting.empty()) groups_.erase(at);
        if (turns_.size() > 2 * groups_.size() + 16) forget_turns_of_the_gone();
    }

    /// Groups that left unread.
    void forget_turns_of_the_gone() {
        std::deque<std::string> kept;
        for (auto& one : groups_) one.second.offered = false;
        for (std::string& group : turns_) {
            const auto at = groups_.find(group);
            if (at == groups_.end() || at->second.offered || !at->second.ready()) continue;
            at->second.offered = true;
            kept.push_back(std::move(group));
        }
        turns_.swap(kept);
    }

    std::deque<lease_id> plain_;
    std::unordered_map<std::string, lane> groups_;
    std::deque<std::string> turns_;
    std::size_t size_ = 0;
    std::size_t ready_groups_ = 0;
};

} // namespace sluice::stream
