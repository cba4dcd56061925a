// Calls a handler again while the message is ours, instead of giving it back to the queue.
#pragma once

#include <sluice/export.hpp>
#include <sluice/sqs/delivery.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>

namespace sluice {

struct retry_in_place_options {
    /// Calls of the handler for one receive of a message, 1 or more.
    int attempts = 3;
    /// The pause after the first failure is a random time up to this; the bound doubles with each further failure, up
    /// to `longest_delay`. 0 ms or more; 0: without a pause.
    std::chrono::milliseconds first_delay{100};
    std::chrono::milliseconds longest_delay{5'000};
    /// What must be left of the lease after the pause, 0 ms or more. When less would be left, the failure passes on and
    /// the message goes back to the queue, where waiting costs nothing.
    std::chrono::milliseconds lease_reserve{1'000};
    /// Which failures are tried again. Empty: all. Cancellations never are, whatever this says. Called by several
    /// threads at once.
    std::function<bool(const std::exception_ptr&)> retried;
};

/// Middleware: a handler that throws is called again after an exponential, jittered pause, while attempts and the lease
/// (`delivery::lease_remaining()`, as it is then) last. Then its last exception passes on.
///
/// Cancellation: a cancelled handler is not called again, its exception passes on at once; a cancelled pause ends at
/// once with `errc::cancelled`, the text of which has the failure before. Threads: usable by all at once.
class SLUICE_API retry_in_place {
  public:
    retry_in_place();
    /// Throws `error` with `errc::invalid_argument` for options out of range.
    explicit retry_in_place(retry_in_place_options options);

    template<class Next>
    boost::asio::awaitable<void> operator()(sqs::delivery& delivery, const Next& next) const {
        for (int attempt = 1;; ++attempt) {
            std::exception_ptr failure;
            try {
                co_await next(delivery);
            } catch (...) {
                failure = std::current_exception();
            }
            if (!failure) co_return;
            const auto state = co_await boost::asio::this_coro::cancellation_state;
            if (state.cancelled() != boost::asio::cancellation_type::none) std::rethrow_exception(failure);
            co_await pause_or_rethrow(delivery, failure, attempt);
        }
    }

  private:
    struct SLUICE_LOCAL shared;

    boost::asio::awaitable<void> pause_or_rethrow(const sqs::delivery& delivery, std::exception_ptr failure,
                                                  int attempt) const;

    std::shared_ptr<shared> shared_;
};

} // namespace sluice
