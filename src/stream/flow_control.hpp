// Who may put an entry into the buffer, and who waits for space. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace sluice::stream {

struct flow_limits {
    std::size_t entries = 1000;
    std::size_t bytes = std::size_t(16) << 20;
    /// What one destination may hold of these.
    std::size_t entries_of_destination = std::numeric_limits<std::size_t>::max();
    std::size_t bytes_of_destination = std::numeric_limits<std::size_t>::max();
};

/// Bounds by count and bytes, for all destinations together and for each: one that takes nothing must not stop the
/// others. Fair: whoever came first goes first, among those whose destination has space.
template<class Item>
class flow_control {
  public:
    /// Of one destination. It must stay where it is while something of it is here.
    struct share {
        share() = default;
        share(const share&) = delete;
        share& operator=(const share&) = delete;

        std::size_t entries = 0;
        std::size_t bytes = 0;

      private:
        friend class flow_control;
        struct waiter {
            Item item;
            std::size_t bytes;
            std::uint64_t ticket;
        };
        std::deque<waiter> waiting_;
        std::uint64_t listed_ = 0; ///< the key in `eligible_`; 0: not there
    };

    explicit flow_control(flow_limits limits) : limits_(limits) {}

    /// Takes space for an entry; false when there is none, or others came first.
    bool try_enter(share& to, std::size_t bytes) {
        if (!to.waiting_.empty() || !eligible_.empty() || !fits(to, bytes)) return false;
        take(to, bytes);
        return true;
    }

    /// Waits in line.
    void wait(share& to, Item item, std::size_t bytes) {
        to.waiting_.push_back({std::move(item), bytes, ++last_ticket_});
        ++waiting_;
        update(to);
    }

    /// Gives space back.
    void leave(share& of, std::size_t bytes) {
        --of.entries;
        of.bytes -= bytes;
        --entries_;
        bytes_ -= bytes;
        update(of);
    }

    /// The next one in line that may enter now; its space is taken.
    std::optional<std::pair<share*, Item>> admit_next() {
        if (eligible_.empty()) return std::nullopt;
        share& to = *eligible_.begin()->second;
        const std::size_t bytes = to.waiting_.front().bytes;
        if (!fits(to, bytes)) return std::nullopt;
        Item item = std::move(to.waiting_.front().item);
        to.waiting_.pop_front();
        --waiting_;
        take(to, bytes);
        return std::pair(&to, std::move(item));
    }

    /// Takes one out of the line; false when it is not there.
    bool remove(share& of, const Item& item) {
        for (auto at = of.waiting_.begin(); at != of.waiting_.end(); ++at) {
            if (!(at->item == item)) continue;
            of.waiting_.erase(at);
            --waiting_;
            update(of);
            return true;
        }
        return false;
    }

    /// Empties the line of one destination.
    std::deque<Item> drop(share& of) {
        std::deque<Item> dropped;
        for (auto& one : of.waiting_) dropped.push_back(std::move(one.item));
        waiting_ -= of.waiting_.size();
        of.waiting_.clear();
        update(of);
        return dropped;
    }

    [[nodiscard]] static bool is_idle(const share& one) noexcept { return one.entries == 0 && one.waiting_.empty(); }
    [[nodiscard]] std::size_t entries() const noexcept { return entries_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

  private:
    static bool within(std::size_t entries, std::size_t bytes, std::size_t more, std::size_t most_entries,
                       std::size_t most_bytes) noexcept {
        // An entry larger than the whole bound goes through an empty buffer: it must not wait for ever.
        return entries == 0 || (entries < most_entries && bytes + more <= most_bytes);
    }
    [[nodiscard]] bool has_share(const share& of, std::size_t bytes) const noexcept {
        return within(of.entries, of.bytes, bytes, limits_.entries_of_destination, limits_.bytes_of_destination);
    }
    [[nodiscard]] bool fits(const share& of, std::size_t bytes) const noexcept {
        return has_share(of, bytes) && within(entries_, bytes_, bytes, limits_.entries, limits_.bytes);
    }

    void take(share& to, std::size_t bytes) {
        ++to.entries;
        to.bytes += bytes;
        ++entries_;
        bytes_ += bytes;
        update(to);
    }

    void update(share& of) {
        const bool eligible = !of.waiting_.empty() && has_share(of, of.waiting_.front().bytes);
        const std::uint64_t key = eligible ? of.waiting_.front().ticket : 0;
        if (key == of.listed_) return;
        if (of.listed_ != 0) eligible_.erase(of.listed_);
        if (key != 0) eligible_.emplace(key, &of);
        of.listed_ = key;
    }

    flow_limits limits_;
    std::map<std::uint64_t, share*> eligible_; ///< whose first in line has space in its share, by ticket
    std::size_t entries_ = 0;
    std::size_t bytes_ = 0;
    std::size_t waiting_ = 0;
    std::uint64_t last_ticket_ = 0;
};

} // namespace sluice::stream
