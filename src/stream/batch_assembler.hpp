// Which entry goes into which batch, and when. No I/O, no clock: `now` is an argument.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::stream {

struct batch_limits {
    std::size_t entries = 10;
    std::size_t bytes = 0; ///< of all entries of a batch together; 0: no limit
    std::chrono::steady_clock::duration linger = std::chrono::milliseconds(5); ///< counted from a batch's first entry
    std::size_t requests_in_flight = 8;
};

/// Natural batching: while every request slot is busy entries gather, and leave at once when a slot frees. The linger
/// matters only when slots are free.
template<class Item>
class batch_assembler {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit batch_assembler(batch_limits limits) : limits_(limits) {}

    void add(Item item, std::size_t bytes, time_point now) {
        queue_.push_back({std::move(item), bytes, now, ++last_sequence_});
    }

    /// The next batch that may leave now, in the order of arrival. Empty: none. Takes a request slot.
    std::vector<Item> take(time_point now) {
        std::vector<Item> batch;
        const std::size_t count = next_size();
        if (count == 0 || !may_leave(count, now)) return batch;
        batch.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            batch.push_back(std::move(queue_.front().item));
            queue_.pop_front();
        }
        ++in_flight_;
        return batch;
    }

    /// Gives a request slot back. What gathered while all slots were busy need not wait any longer.
    void finished() {
        if (in_flight_ == limits_.requests_in_flight) flush();
        --in_flight_;
    }

    /// Everything that is here now leaves as soon as there is a slot.
    void flush() noexcept { flushed_ = last_sequence_; }

    /// When `take` may give a batch without anything else happening.
    [[nodiscard]] std::optional<time_point> deadline() const {
        if (queue_.empty() || in_flight_ >= limits_.requests_in_flight) return std::nullopt;
        return queue_.front().arrival + limits_.linger;
    }

    /// Takes out the entry that equals `item`, if it has not left.
    bool remove(const Item& item) {
        for (auto at = queue_.begin(); at != queue_.end(); ++at) {
            if (at->item == item) {
                queue_.erase(at);
                return true;
            }
        }
        return false;
    }

    /// Takes out everything that has not left.
    std::vector<Item> drop() {
        std::vector<Item> dropped;
        dropped.reserve(queue_.size());
        for (queued& entry : queue_) dropped.push_back(std::move(entry.item));
        queue_.clear();
        return dropped;
    }

    [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return queue_.size(); }
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }

  private:
    struct queued {
        Item item;
        std::size_t bytes;
        time_point arrival;
        std::uint64_t sequence;
    };

    /// How many of the first entries fit together. An entry larger than the limit goes alone: it is refused by whoever
    /// knows the limit, not stuck here.
    [[nodiscard]] std::size_t next_size() const {
        std::size_t count = 0;
        std::size_t bytes = 0;
        for (const queued& entry : queue_) {
            bytes += entry.bytes;
            if (count == limits_.entries || (count > 0 && limits_.bytes > 0 && bytes > limits_.bytes)) break;
            ++count;
        }
        return count;
    }

    [[nodiscard]] bool may_leave(std::size_t count, time_point now) const {
        if (in_flight_ >= limits_.requests_in_flight) return false;
        const bool full = count == limits_.entries || count < queue_.size();
        const queued& first = queue_.front();
        return full || first.sequence <= flushed_ || first.arrival + limits_.linger <= now;
    }

    batch_limits limits_;
    std::deque<queued> queue_;
    std::size_t in_flight_ = 0;
    std::uint64_t last_sequence_ = 0;
    std::uint64_t flushed_ = 0;
};

} // namespace sluice::stream
