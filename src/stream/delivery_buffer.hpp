// Received messages that wait to be read, each with the time until which it is ours. No I/O, no clock.
#pragma once

#include <sluice/sqs/operations.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::stream {

class delivery_buffer {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    struct held {
        sqs::received_message content;
        time_point ours_until;
    };

    void add(held message) { messages_.push_back(std::move(message)); }
    /// For a message that was taken but not handed out after all.
    void give_back(held message) { messages_.push_front(std::move(message)); }

    /// The oldest message that is still ours. Expired ones are dropped and counted: the queue hands them out again.
    std::optional<held> take(time_point now) {
        while (!messages_.empty()) {
            held next = std::move(messages_.front());
            messages_.pop_front();
            if (next.ours_until > now) return next;
            ++expired_;
        }
        return std::nullopt;
    }

    std::vector<held> take_all() {
        std::vector<held> all(std::make_move_iterator(messages_.begin()), std::make_move_iterator(messages_.end()));
        messages_.clear();
        return all;
    }

    [[nodiscard]] std::size_t size() const noexcept { return messages_.size(); }
    [[nodiscard]] std::size_t expired() const noexcept { return expired_; }

  private:
    std::deque<held> messages_;
    std::size_t expired_ = 0;
};

/// Until when a message received at `received` may be handed out. The service's clock started before its reply came to
/// us, so a second is kept back, or half of a short timeout.
inline delivery_buffer::time_point ours_until(delivery_buffer::time_point received,
                                              std::chrono::seconds visibility_timeout) noexcept {
    using std::chrono::milliseconds;
    const milliseconds whole = visibility_timeout;
    return received + (whole > milliseconds(2000) ? whole - milliseconds(1000) : whole / 2);
}

/// True when another poll, which may bring ten messages, still fits into the buffer.
inline bool may_poll(std::size_t buffered, std::size_t polls_in_flight, std::size_t capacity) noexcept {
    constexpr std::size_t poll = 10;
    return buffered + poll * polls_in_flight + poll <= (capacity < poll ? poll : capacity);
}

/// The pause after the `failures`-th failed poll in a row (1 or more): 1 s, doubled up to 30 s.
inline std::chrono::seconds poll_pause(std::size_t failures) noexcept {
    return std::chrono::seconds(failures > 5 ? 30 : 1LL << (failures - 1));
}

} // namespace sluice::stream
