// Claim checks: bodies that are too large for a message stay in a store of your own, and the message says where.
#pragma once

#include <sluice/as_result.hpp>
#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <sluice/message.hpp>
#include <sluice/middleware/deduplicate.hpp>
#include <sluice/middleware/restored_content.hpp>
#include <sluice/sqs/delivery.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// What a message has whose body is elsewhere.
namespace claim_check_attributes {

/// A Number: the bytes of the body. The name is that of Amazon's Extended Client Libraries.
inline constexpr const char* size = "ExtendedPayloadSize";
inline constexpr const char* size_of_old_clients = "SQSLargePayloadSize"; ///< read only
/// SHA-256 of the body in hexadecimal. Messages of the Extended Client Libraries do not have it.
inline constexpr const char* sha256 = "claim-check-sha256";

} // namespace claim_check_attributes

/// Where bodies are kept: a bucket, a table, a folder. Called by several coroutines and threads at once.
///
/// * `put(bytes)` completes with the key under which it has kept them: 1 to 1,024 of A-Z a-z 0-9 ! _ . * ' ( ) / -, no
///   empty part, `.` or `..` between slashes. Keys should not be guessable, and nothing is ever stored under a key
///   twice.
/// * `get(key, most_bytes)` completes with the bytes. It must not fetch more than `most_bytes`: then it throws.
/// * `remove(key)`: nothing happens when there is none.
///
/// What they throw fails the write or the message.
template<class Store>
concept payload_store = requires(Store& store, std::string text, std::size_t most_bytes) {
    { store.put(std::move(text)) } -> std::same_as<boost::asio::awaitable<std::string>>;
    { store.get(std::move(text), most_bytes) } -> std::same_as<boost::asio::awaitable<std::string>>;
    { store.remove(std::move(text)) } -> std::same_as<boost::asio::awaitable<void>>;
};

struct claim_check_options {
    /// Messages of more bytes (body and attributes, as the services count) leave their body in the store. Choose at
    /// most what the destination takes; the default is that of topics, 256 KiB.
    std::size_t threshold = 262'144;
    /// The largest body that is stored and fetched, 1 or more. Each message that is being handled may take this much
    /// memory, beside the reader's `bytes_in_flight`.
    std::size_t most_bytes = std::size_t(16) << 20;
    /// The store's name in the pointer, where the Extended Client Libraries have the S3 bucket: 1 to 255 of A-Z a-z 0-9
    /// . _ -. Pointers to another one are refused.
    std::string bucket = "sluice";
    /// What keys begin with; pointers to others are refused. Empty: any key.
    std::string key_prefix;
    /// Refuses pointers without `claim_check_attributes::sha256`, as others write them.
    bool require_sha256 = false;
    /// When a handler has returned, its message is acknowledged and then the body removed. The body of a message that
    /// the handler has settled or moved away stays. Only where each message has
    /// one reader: behind a topic the queues share the body, and who handles it first would take it from the others.
    /// It also lets whoever may write to the queue name keys to be removed.
    bool remove_when_handled = false;
    /// Told of a body that could not be removed, and stays. Must not throw. Empty: nobody is.
    std::function<void(const sqs::delivery&, const std::exception_ptr&)> remove_failed;
};

namespace detail {

/// Where a body is, and what it must be.
class SLUICE_API claim_ticket {
  public:
    claim_ticket() = default;
    claim_ticket(std::string key_of_body, std::size_t size_of_body, std::string sha256_of_body)
        : key(std::move(key_of_body)), bytes(size_of_body), sha256(std::move(sha256_of_body)) {}

    std::string key;
    std::size_t bytes = 0;
    std::string sha256; ///< empty: not stated
};

SLUICE_API void check_claim_options(const claim_check_options& options);
/// Whether its body goes to the store; throws for one that cannot.
SLUICE_API bool needs_claim(const claim_check_options& options, const message& content);
SLUICE_API message make_claim(const claim_check_options& options, const message& content, const std::string& key);
/// Nothing for a message with its own body; throws for a pointer that is not followed.
SLUICE_API std::optional<claim_ticket> read_claim(const claim_check_options& options, std::string_view body,
                                                  std::span<const named_attribute> attributes);
/// Throws when the bytes are not those of the ticket.
SLUICE_API message_content redeem_claim(const claim_ticket& ticket, std::string bytes,
                                        std::span<const named_attribute> attributes);

} // namespace detail

/// Middleware that fetches bodies which `pack` has put into the store, or Amazon's Extended Client Libraries for SQS
/// and SNS: the message has the same form.
///
///     sluice::message large = co_await check.pack(std::move(content)); // before writer.write
///     auto handler = sluice::compose(handle_order).with(check);
///
/// The handler sees the message as it was before `pack`; middlewares around it see the pointer, so a `dead_letter`
/// belongs around, and its letters are claim checks, too. Tried again by a `retry_in_place` within, it is not fetched
/// again. What a pointer names is checked before anything is fetched (bucket, key, size), and the body by its size and
/// SHA-256. Still, whoever may write to the queue can have any key of the store read: give it its own.
///
/// FIFO queues with content-based deduplication take each claim for new, as its key is: set a deduplication id.
///
/// Bodies whose message was refused, expired or lost its readers stay: let the store drop them by their age (S3: a
/// lifecycle rule), later than any queue and dead-letter queue keeps its messages.
///
/// Source: amazon-sqs-java-extended-client-lib and payload-offloading-java-common-lib (attribute and pointer).
/// Threads: usable by all at once. Lifetime: copies share the store, and operations keep it.
template<payload_store Store>
class claim_check {
  public:
    /// Throw `error` with `errc::invalid_argument` for options out of range.
    explicit claim_check(Store store) : claim_check(std::make_shared<Store>(std::move(store))) {}
    claim_check(Store store, claim_check_options options)
        : claim_check(std::make_shared<Store>(std::move(store)), std::move(options)) {}
    explicit claim_check(std::shared_ptr<Store> store) : claim_check(std::move(store), claim_check_options()) {}
    claim_check(std::shared_ptr<Store> store, claim_check_options options)
        : store_(std::move(store)), options_(std::make_shared<const claim_check_options>(std::move(options))) {
        detail::check_claim_options(*options_);
    }

    /// Completes with the message as it is when it is not above the threshold; else its body is in the store, and it
    /// has two attributes more.
    ///
    /// Errors (thrown as `sluice::error`), before anything is stored: `errc::invalid_argument` for a message that has
    /// one of these attributes already or more than eight others, or whose structure is `json`;
    /// `errc::message_too_long` for a body beyond `most_bytes`, and attributes that alone are above the threshold.
    /// After: `errc::invalid_argument` for a key that the store must not give. And what the store throws.
    /// Cancellation: the store's. The body may then be in the store without a message.
    [[nodiscard]] boost::asio::awaitable<message> pack(message content) const {
        return run_pack(store_, options_, std::move(content));
    }

    /// As it was before `pack`: for what `read` gave, as `unpack(message_content(delivery))`. Messages with a body of
    /// their own stay as they are.
    ///
    /// Errors (thrown as `sluice::error`): `errc::invalid_argument` for a pointer that cannot be read, or is not
    /// followed by the options; `errc::message_too_long` beyond `most_bytes`; `errc::bad_reply` when what the store
    /// gave is not what was stored. And what the store throws. Cancellation: the store's.
    [[nodiscard]] boost::asio::awaitable<message_content> unpack(message_content content) const {
        return run_unpack(store_, options_, std::move(content));
    }

    /// The key of a message whose body is in the store. Throws as `unpack` does for pointers.
    [[nodiscard]] std::optional<std::string> key_of(const sqs::delivery& delivery) const {
        auto ticket = detail::read_claim(*options_, delivery.body(), delivery.attributes());
        if (!ticket) return std::nullopt;
        return std::move(ticket->key);
    }

    template<class Next>
    boost::asio::awaitable<void> operator()(sqs::delivery& delivery, const Next& next) const {
        const std::optional<std::string> key = key_of(delivery);
        if (!key) {
            co_await next(delivery);
            co_return;
        }
        message_content received(delivery);
        auto fetching = run_unpack(store_, options_, std::move(received));
        message_content content = co_await std::move(fetching);
        {
            const restored_content restored(delivery, std::move(content));
            co_await next(delivery);
        }
        if (options_->remove_when_handled) co_await remove(delivery, *key);
    }

  private:
    using shared_options = std::shared_ptr<const claim_check_options>;

    static boost::asio::awaitable<message> run_pack(std::shared_ptr<Store> store, shared_options options,
                                                    message content) {
        if (!detail::needs_claim(*options, content)) co_return content;
        std::string body = content.body();
        auto putting = store->put(std::move(body));
        const std::string key = co_await std::move(putting);
        co_return detail::make_claim(*options, content, key);
    }

    static boost::asio::awaitable<message_content> run_unpack(std::shared_ptr<Store> store, shared_options options,
                                                              message_content content) {
        const auto ticket = detail::read_claim(*options, content.body, content.attributes);
        if (!ticket) co_return content;
        std::string key = ticket->key;
        auto getting = store->get(std::move(key), ticket->bytes);
        std::string bytes = co_await std::move(getting);
        co_return detail::redeem_claim(*ticket, std::move(bytes), content.attributes);
    }

    /// First the message, then its body: one that comes again must find it.
    boost::asio::awaitable<void> remove(sqs::delivery& delivery, std::string key) const {
        auto acknowledging = as_result(delivery.ack());
        const auto acknowledged = co_await std::move(acknowledging);
        if (!acknowledged) {
            // The handler has settled it, perhaps given it back: it is not ours to say that it will not come again.
            if (acknowledged.error().code == errc::invalid_argument) co_return;
            throw error(acknowledged.error());
        }
        // Not awaited as the handler is: a cancelled one could not.
        auto removing = detail::finish_uncancelled(store_->remove(std::move(key)));
        const bool throws = co_await boost::asio::this_coro::throw_if_cancelled();
        co_await boost::asio::this_coro::throw_if_cancelled(false);
        const std::exception_ptr refused = co_await std::move(removing);
        co_await boost::asio::this_coro::throw_if_cancelled(throws);
        if (refused && options_->remove_failed) options_->remove_failed(delivery, refused);
    }

    std::shared_ptr<Store> store_;
    shared_options options_;
};

} // namespace sluice
