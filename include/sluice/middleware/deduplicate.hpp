// Does not handle again what was handled.
#pragma once

#include <sluice/export.hpp>
#include <sluice/middleware/deduplication_store.hpp>
#include <sluice/middleware/memory_deduplication_store.hpp>
#include <sluice/sqs/delivery.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace sluice {

struct deduplicate_options {
    /// What makes two messages the same. Empty: the queue's message id, which only redeliveries of one message share;
    /// what was published twice has two. For a key that comes from the publisher see `key_of_attribute`. A message
    /// whose key is empty is handled without a look at the store. Called by several threads at once.
    std::function<std::string(const sqs::delivery&)> key;
    /// Told of the exception of a `commit` or `forget`; must not throw. When it is set, a failed commit does not fail
    /// the message: it was handled and is acknowledged. Empty: what `commit` throws passes on, so the message comes
    /// again; what `forget` throws is dropped in favour of the handler's own failure.
    std::function<void(const sqs::delivery&, const std::exception_ptr&)> store_failed;
};

/// The value of an attribute, such as `streams-message-id`; the queue's message id for messages without it. For
/// `deduplicate_options::key`.
[[nodiscard]] SLUICE_API std::function<std::string(const sqs::delivery&)> key_of_attribute(std::string name);

/// Thrown for a message whose key somebody is handling at this moment. It comes again with its queue's delay; by then
/// the first one has been committed, and it is not handled, or has failed, and it is.
class SLUICE_API duplicate_under_way : public std::runtime_error {
  public:
    explicit duplicate_under_way(const std::string& key);
};

namespace detail {
SLUICE_API std::string deduplication_key(const deduplicate_options& options, const sqs::delivery& delivery);
/// Awaits `operation`, which the cancellation of the caller does not touch, and gives what it threw.
SLUICE_API boost::asio::awaitable<std::exception_ptr> finish_uncancelled(boost::asio::awaitable<void> operation);
} // namespace detail

/// Middleware: a message whose key was committed is not handled but counts as handled, so `run` deletes it. A key is
/// committed only when the handler (with the middlewares inside this one) has returned.
///
/// Guarantee: while the store remembers a key, the handler returns at most once for it, and of two messages with the
/// same key that come at once one is handled; the other one fails with `duplicate_under_way` (it does not wait: the
/// owner may be in another process, or dead). It is not "exactly once": when the process ends, or `commit` fails,
/// between the end of the handler and its commit, the message is handled again. Nothing but a handler that commits the
/// key in the same transaction as its own work can do better. With the memory store all this holds inside one process
/// and until it ends.
///
/// Cancellation: a cancelled handler is forgotten like one that failed. Threads: as far as the store, all at once.
template<deduplication_store Store = memory_deduplication_store>
class deduplicate {
  public:
    /// With a memory store of its own.
    deduplicate()
        requires std::default_initializable<Store>
        : deduplicate(Store()) {}
    explicit deduplicate(Store store, deduplicate_options options = {})
        : deduplicate(std::make_shared<Store>(std::move(store)), std::move(options)) {}
    explicit deduplicate(std::shared_ptr<Store> store, deduplicate_options options = {})
        : store_(std::move(store)), options_(std::move(options)) {}

    template<class Next>
    boost::asio::awaitable<void> operator()(sqs::delivery& delivery, const Next& next) const {
        std::string key = detail::deduplication_key(options_, delivery);
        if (key.empty()) {
            co_await next(delivery);
            co_return;
        }
        auto beginning = store_->begin(std::move(key));
        const deduplication_claim claim = co_await std::move(beginning);
        if (claim.state() == deduplication_state::committed) co_return;
        if (claim.state() == deduplication_state::under_way) throw duplicate_under_way(claim.key());
        std::exception_ptr failure;
        try {
            co_await next(delivery);
        } catch (...) {
            failure = std::current_exception();
        }
        // Not awaited here: a cancelled coroutine could not.
        auto settling = detail::finish_uncancelled(settle(store_, claim, failure == nullptr));
        const bool throws = co_await boost::asio::this_coro::throw_if_cancelled();
        co_await boost::asio::this_coro::throw_if_cancelled(false);
        const std::exception_ptr refused = co_await std::move(settling);
        co_await boost::asio::this_coro::throw_if_cancelled(throws);
        if (refused && options_.store_failed) options_.store_failed(delivery, refused);
        if (failure) std::rethrow_exception(failure);
        if (refused && !options_.store_failed) std::rethrow_exception(refused);
    }

  private:
    static boost::asio::awaitable<void> settle(std::shared_ptr<Store> store, deduplication_claim claim, bool handled) {
        if (handled) {
            auto committing = store->commit(std::move(claim));
            co_await std::move(committing);
        } else {
            auto forgetting = store->forget(std::move(claim));
            co_await std::move(forgetting);
        }
    }

    std::shared_ptr<Store> store_;
    deduplicate_options options_;
};

} // namespace sluice
