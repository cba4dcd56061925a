// Which entry goes into which batch, and when. No I/O, no clock: `now` is an argument.
#pragma once

#include <sluice/writer_observer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::stream {

struct batch_limits {
    std::size_t entries = 10;
    std::size_t bytes = 0; ///< of all entries of a batch together; 0: no limit
    std::chrono::steady_clock::duration linger = std::chrono::milliseconds(5); ///< counted from a batch's first entry
    std::size_t requests_in_flight = 8;
    std::size_t entries_of_group = 1; ///< of one message group in a batch: 1 keeps order whatever fails
};

/// Natural batching: while every request slot is busy entries gather, and leave at once when a slot frees. The linger
/// matters only when slots are free.
///
/// Entries of a message group keep their order: none leaves while one before it is under way or waits to be tried
/// again. A corked group takes nothing until it is resumed. Entries without a group go in the order of arrival.
template<class Item>
class batch_assembler {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    struct entry {
        Item item;
        std::size_t bytes = 0;
        time_point arrival;
        std::uint64_t sequence = 0; ///< order of arrival, also when it comes again
    };
    struct batch {
        std::vector<entry> entries;
        batch_reason reason = batch_reason::full;
    };

    explicit batch_assembler(batch_limits limits) : limits_(limits) {}

    /// Not for a corked group: ask first.
    void add(Item item, std::size_t bytes, std::string_view group, time_point now) {
        entry added{std::move(item), bytes, now, ++last_sequence_};
        ++size_;
        if (group.empty()) return plain_.push_back(std::move(added));
        lane& to = lanes_[std::string(group)];
        to.waiting.push_back(std::move(added));
        update(to);
    }

    /// The next batch that may leave now. Without entries: none. Takes a request slot.
    batch take(time_point now) {
        release_due(now);
        batch taken;
        if (in_flight_ >= limits_.requests_in_flight) return taken;
        const plan next = make_plan();
        const auto reason = reason_to_leave(next, now);
        if (!reason) return taken;
        taken.reason = *reason;
        taken.entries.reserve(next.entries);
        for (std::size_t i = 0; i < next.plain; ++i) {
            taken.entries.push_back(std::move(plain_.front()));
            plain_.pop_front();
        }
        for (std::size_t i = 0; i < next.lanes.size(); ++i) {
            const auto& [from, count] = next.lanes[i];
            for (std::size_t k = 0; k < count; ++k) {
                taken.entries.push_back(std::move(from->waiting.front()));
                from->waiting.pop_front();
            }
            from->in_flight += count;
            from->hurried = false;
            update(*from);
        }
        size_ -= taken.entries.size();
        ++in_flight_;
        return taken;
    }

    /// Of an entry whose batch ended, before `settle` for it: it comes again, in its place. Several of a group: the
    /// last one first.
    void again(entry back, std::string_view group, time_point when) {
        ++size_;
        if (group.empty()) {
            delayed_plain_.emplace(when, std::move(back));
            return;
        }
        const auto at = lanes_.find(std::string(group));
        at->second.waiting.push_front(std::move(back));
        at->second.held = true;
        delayed_lanes_.emplace(when, at->first);
        update(at->second);
    }

    /// An entry of this group is not under way any more.
    void settle(std::string_view group) {
        if (group.empty()) return;
        const auto at = lanes_.find(std::string(group));
        if (at == lanes_.end()) return;
        if (--at->second.in_flight == 0) at->second.hurried = true;
        update(at->second);
        forget_if_idle(at);
    }

    /// Gives a request slot back, after all entries of its batch. What gathered while all slots were busy need not wait
    /// any longer.
    void finished() {
        if (in_flight_ == limits_.requests_in_flight) gathered_ = last_sequence_;
        --in_flight_;
    }

    /// Everything that is here now leaves as soon as it can.
    void flush() noexcept { flushed_ = last_sequence_; }

    /// When `take` may give a batch without anything else happening.
    [[nodiscard]] std::optional<time_point> deadline() const {
        if (in_flight_ >= limits_.requests_in_flight) return std::nullopt;
        std::optional<time_point> next;
        const auto consider = [&next](time_point when) { next = std::min(next.value_or(when), when); };
        if (const entry* first = first_ready()) consider(first->arrival + limits_.linger);
        if (!delayed_plain_.empty()) consider(delayed_plain_.begin()->first);
        if (!delayed_lanes_.empty()) consider(delayed_lanes_.begin()->first);
        return next;
    }

    /// The group takes nothing from now on; what it had is handed back.
    std::vector<Item> cork(std::string_view group) {
        lane& to = lanes_[std::string(group)];
        if (!std::exchange(to.corked, true)) ++corked_;
        std::vector<Item> dropped;
        dropped.reserve(to.waiting.size());
        for (entry& one : to.waiting) dropped.push_back(std::move(one.item));
        size_ -= to.waiting.size();
        to.waiting.clear();
        update(to);
        return dropped;
    }
    [[nodiscard]] bool is_corked(std::string_view group) const {
        if (corked_ == 0 || group.empty()) return false;
        const auto at = lanes_.find(std::string(group));
        return at != lanes_.end() && at->second.corked;
    }
    /// False when it was not corked.
    bool resume(std::string_view group) {
        const auto at = lanes_.find(std::string(group));
        if (at == lanes_.end() || !at->second.corked) return false;
        at->second.corked = false;
        --corked_;
        forget_if_idle(at);
        return true;
    }

    /// Takes out the entry that equals `item`, if it has not left.
    bool remove(const Item& item, std::string_view group) {
        const auto is_it = [&item](const entry& one) { return one.item == item; };
        if (!group.empty()) {
            const auto at = lanes_.find(std::string(group));
            if (at == lanes_.end()) return false;
            const std::size_t before = at->second.waiting.size();
            std::erase_if(at->second.waiting, is_it);
            const bool found = at->second.waiting.size() < before;
            size_ -= found ? 1 : 0;
            update(at->second);
            forget_if_idle(at);
            return found;
        }
        const auto late = std::find_if(delayed_plain_.begin(), delayed_plain_.end(),
                                       [&](const auto& one) { return is_it(one.second); });
        const std::size_t before = plain_.size();
        if (late != delayed_plain_.end()) delayed_plain_.erase(late);
        else if (std::erase_if(plain_, is_it); plain_.size() == before) return false;
        --size_;
        return true;
    }

    /// Takes out everything that has not left.
    std::vector<Item> drop() {
        std::vector<Item> dropped;
        dropped.reserve(size_);
        for (entry& one : plain_) dropped.push_back(std::move(one.item));
        for (auto& [when, one] : delayed_plain_) dropped.push_back(std::move(one.item));
        for (auto& [group, one] : lanes_) {
            for (entry& waiting : one.waiting) dropped.push_back(std::move(waiting.item));
            one.waiting.clear();
            update(one);
        }
        plain_.clear();
        delayed_plain_.clear();
        size_ = 0;
        return dropped;
    }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
    /// Nothing would be lost by forgetting this assembler.
    [[nodiscard]] bool is_idle() const noexcept { return size_ == 0 && in_flight_ == 0 && lanes_.empty(); }
    [[nodiscard]] std::size_t groups() const noexcept { return lanes_.size(); }

  private:
    struct lane {
        std::deque<entry> waiting;
        std::size_t in_flight = 0;
        std::uint64_t listed = 0; ///< the key in `ready_`; 0: not there
        bool corked = false;
        bool held = false;    ///< its first entry waits to be tried again
        bool hurried = false; ///< its entries waited for one before them: that was waiting enough
    };
    using lane_map = std::unordered_map<std::string, lane>;

    struct plan {
        std::size_t entries = 0;
        std::size_t plain = 0; ///< that many from the front of `plain_`
        std::vector<std::pair<lane*, std::size_t>> lanes;
        bool out_of_bytes = false;
        bool hurried = false;
    };

    /// Keeps `ready_` right: a lane is there when its first entry may leave.
    void update(lane& one) {
        const bool ready = !one.waiting.empty() && one.in_flight == 0 && !one.corked && !one.held;
        const std::uint64_t key = ready ? one.waiting.front().sequence : 0;
        if (key == one.listed) return;
        if (one.listed != 0) ready_.erase(one.listed);
        if (key != 0) ready_.emplace(key, &one);
        one.listed = key;
    }

    void forget_if_idle(typename lane_map::iterator at) {
        const lane& one = at->second;
        if (one.waiting.empty() && one.in_flight == 0 && !one.corked && !one.held) lanes_.erase(at);
    }

    void release_due(time_point now) {
        while (!delayed_plain_.empty() && delayed_plain_.begin()->first <= now) {
            entry back = std::move(delayed_plain_.begin()->second);
            delayed_plain_.erase(delayed_plain_.begin());
            const auto place = std::find_if(plain_.begin(), plain_.end(),
                                            [&back](const entry& one) { return one.sequence > back.sequence; });
            retried_ = std::max(retried_, back.sequence);
            plain_.insert(place, std::move(back));
        }
        while (!delayed_lanes_.empty() && delayed_lanes_.begin()->first <= now) {
            const auto at = lanes_.find(delayed_lanes_.begin()->second);
            delayed_lanes_.erase(delayed_lanes_.begin());
            if (at == lanes_.end()) continue;
            at->second.held = false;
            at->second.hurried = true;
            update(at->second);
            forget_if_idle(at);
        }
    }

    [[nodiscard]] const entry* first_ready() const {
        const entry* of_lanes = ready_.empty() ? nullptr : &ready_.begin()->second->waiting.front();
        if (plain_.empty()) return of_lanes;
        const bool plain_first = of_lanes == nullptr || plain_.front().sequence < of_lanes->sequence;
        return plain_first ? &plain_.front() : of_lanes;
    }

    /// What the next batch would be. An entry larger than the limit goes alone: it is refused by whoever knows the
    /// limit, not stuck here.
    plan make_plan() const {
        plan next;
        std::size_t bytes = 0;
        const auto fits = [&](const entry& one) {
            const bool good = next.entries == 0 || limits_.bytes == 0 || bytes + one.bytes <= limits_.bytes;
            if (good) {
                bytes += one.bytes;
                ++next.entries;
            }
            next.out_of_bytes = !good;
            return good;
        };
        while (next.plain < plain_.size() && next.entries < limits_.entries && fits(plain_[next.plain])) ++next.plain;
        for (auto at = ready_.begin(); at != ready_.end() && next.entries < limits_.entries && !next.out_of_bytes;
             ++at) {
            lane& from = *at->second;
            const std::size_t most = std::min(from.waiting.size(), limits_.entries_of_group);
            std::size_t count = 0;
            while (count < most && next.entries < limits_.entries && fits(from.waiting[count])) ++count;
            if (count > 0) next.lanes.emplace_back(&from, count);
            next.hurried = next.hurried || (count > 0 && from.hurried);
        }
        return next;
    }

    [[nodiscard]] std::optional<batch_reason> reason_to_leave(const plan& next, time_point now) const {
        if (next.entries == 0) return std::nullopt;
        if (next.entries == limits_.entries) return batch_reason::full;
        if (next.out_of_bytes) return batch_reason::bytes;
        const entry& first = next.plain > 0 ? plain_.front() : next.lanes.front().first->waiting.front();
        if (next.plain > 0 && first.sequence <= retried_) return batch_reason::retry;
        if (first.sequence <= flushed_) return batch_reason::flush;
        if (first.sequence <= gathered_ || next.hurried) return batch_reason::slot;
        if (first.arrival + limits_.linger <= now) return batch_reason::linger;
        return std::nullopt;
    }

    batch_limits limits_;
    std::deque<entry> plain_;                              ///< without a group, in the order of arrival
    std::multimap<time_point, entry> delayed_plain_;       ///< to be tried again
    lane_map lanes_;                                       ///< by group; nodes stay where they are
    std::map<std::uint64_t, lane*> ready_;                 ///< lanes whose first entry may leave, by its sequence
    std::multimap<time_point, std::string> delayed_lanes_; ///< groups whose first entry is to be tried again
    std::size_t size_ = 0;
    std::size_t in_flight_ = 0;
    std::size_t corked_ = 0;
    std::uint64_t last_sequence_ = 0;
    std::uint64_t flushed_ = 0;
    std::uint64_t gathered_ = 0; ///< while no slot was free
    std::uint64_t retried_ = 0;  ///< the latest sequence among plain entries that came again
};

} // namespace sluice::stream
