// An event that one coroutine waits for, with a deadline, and that any thread may set.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <tuple>
#include <utility>

namespace sluice {

/// Completes with (error_code, …) as a tuple: failures as values.
inline constexpr auto as_values = boost::asio::as_tuple(boost::asio::use_awaitable);

/// `patience` from now. What is longer than ten years counts as that: `now + milliseconds::max()` would overflow.
inline std::chrono::steady_clock::time_point deadline_after(std::chrono::milliseconds patience) {
    constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365 * 10);
    return std::chrono::steady_clock::now() + std::clamp(patience, std::chrono::milliseconds(0), longest);
}

/// Keep it in a shared_ptr that the waiting coroutine and whoever sets it both hold.
class one_shot_event {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit one_shot_event(boost::asio::any_io_executor executor) : timer_(std::move(executor)) {}

    /// Wakes the waiter. Later calls do nothing. Any thread.
    void set() {
        const std::lock_guard lock(mutex_);
        if (set_) return;
        set_ = true;
        timer_.cancel();
    }

    [[nodiscard]] bool is_set() const {
        const std::lock_guard lock(mutex_);
        return set_;
    }

    /// Returns when the event is set, the deadline has passed or the caller is cancelled: ask `is_set()` which it was.
    /// One waiter at a time.
    boost::asio::awaitable<std::tuple<boost::system::error_code>> wait_until(time_point deadline) {
        auto waiting = arm(deadline);
        const auto outcome = co_await std::move(waiting);
        // With a deadline in the past another thread may be here before the one that armed the timer has let go of the
        // mutex: whoever waited may destroy the event next.
        const std::lock_guard lock(mutex_);
        co_return outcome;
    }

  private:
    boost::asio::awaitable<std::tuple<boost::system::error_code>> arm(time_point deadline) {
        // Armed under the mutex: a set() between the check and the wait would otherwise be lost.
        auto start = [](auto handler, one_shot_event* self, time_point until) {
            const std::lock_guard lock(self->mutex_);
            self->timer_.expires_at(self->set_ ? time_point::min() : until);
            self->timer_.async_wait(std::move(handler));
        };
        return boost::asio::async_initiate<const decltype(as_values), void(boost::system::error_code)>(start, as_values,
                                                                                                       this, deadline);
    }

    mutable std::mutex mutex_;
    boost::asio::steady_timer timer_;
    bool set_ = false;
};

} // namespace sluice
