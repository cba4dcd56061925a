// Writes messages that cannot be handled elsewhere, instead of receiving them for ever.
#pragma once

#include <sluice/message.hpp>
#include <sluice/sns/writer.hpp>
#include <sluice/sqs/delivery.hpp>
#include <sluice/sqs/writer.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What a dead letter has besides its own attributes.
namespace dead_letter_attributes {

inline constexpr const char* reason = "dead-letter-reason";               ///< the exception's text
inline constexpr const char* message_id = "dead-letter-message-id";       ///< of the original message
inline constexpr const char* source = "dead-letter-source";               ///< `dead_letter_options::source`
inline constexpr const char* receive_count = "dead-letter-receive-count"; ///< a Number

} // namespace dead_letter_attributes

struct dead_letter_options {
    /// A message that fails in its n-th receive, or a later one, is a dead letter; 0: never for that reason. Where the
    /// queue has a redrive policy of its own, choose fewer than its maxReceiveCount.
    int attempts = 5;
    /// Failures for which a message is a dead letter at once. Empty: none. Called by several threads at once.
    std::function<bool(const std::exception_ptr&)> hopeless;
    /// The queue or stream that the messages come from, for the attribute; empty: without it.
    std::string source;
    /// Where they go, for a writer that was made without a destination.
    std::string to;
    /// They go to a FIFO queue or topic (known of a `to` that ends in `.fifo`): the message id becomes the
    /// deduplication id, so that writing a letter twice does no harm, and the group of messages that have none.
    bool fifo = false;
    /// The longest text of the attribute `dead-letter-reason`, 1 to 65,536 bytes; what is longer is cut.
    std::size_t reason_bytes = 1'024;
    /// Attributes of the message that its letter may go without: where the ten that it may have leave no room for the
    /// `dead_letter_attributes`, as many of these as it takes make room, in this order. Empty: none.
    std::vector<std::string> expendable;
    /// More attributes of the letter, which come behind the reason and before the other `dead_letter_attributes`; those
    /// of an earlier death are replaced. Empty: none. Called by several threads at once; must not throw.
    std::function<std::vector<named_attribute>(const sqs::delivery&, const std::exception_ptr&)> more_attributes;
    /// Told why a dead letter could not be written; must not throw. Empty: nobody is.
    std::function<void(const sqs::delivery&, const std::exception_ptr&)> write_failed;
};

/// The usual name of the queue for the dead letters of `queue`, which is a URL, ARN or name: `orders-dlq` for `orders`,
/// `orders-dlq.fifo` for `orders.fifo`. (The Go library `streams` appends `.dlq`, but SQS allows no dot in a name:
/// CreateQueue takes letters, digits, hyphens and underscores, and `.fifo` at the end.)
/// Throws `error` with `errc::invalid_argument` for what is no queue, and when the new name is longer than 80.
[[nodiscard]] std::string dead_letter_name(std::string_view queue);

/// Middleware: a message that failed too often, or without hope, is written elsewhere, and counts as handled when that
/// write was accepted, so `run` deletes the original (with `acknowledge_mode::manual` it does not). When the write
/// fails, the handler's own exception passes on, and the message comes again. Other failures pass on.
///
/// The letter has the body, attributes, group, X-Ray header (to queues) and subject (to topics) of the delivery, and
/// the `dead_letter_attributes`. A message has ten attributes at most: its own come first (those past the tenth, which
/// only an SNS envelope can have, are dropped), then as many as fit of reason, message id, source and receive count, in
/// this order; those of an earlier death are replaced. (`expendable` makes room.) When the letter is refused as too
/// long or invalid, it is written once more as it was received. Characters that SQS refuses become `?`.
///
/// Never a dead letter: a handler that was cancelled, a `duplicate_under_way`, and a message that is not ours any more.
/// Duplicates: when the original cannot be deleted after the write, it comes again and may be written again; a
/// `deduplicate` around this prevents that.
/// Cancellation: as of the writer; the handler's exception passes on. Threads: usable by all at once.
class dead_letter {
  public:
    /// Anything else that writes a message. Called by several threads at once.
    using write_function = std::function<boost::asio::awaitable<receipt>(message)>;

    /// Throw `error` with `errc::invalid_argument` for options out of range. The writer shares its buffer with the one
    /// that it is a copy of.
    explicit dead_letter(sqs::writer writer);
    dead_letter(sqs::writer writer, dead_letter_options options);
    explicit dead_letter(sns::writer writer);
    dead_letter(sns::writer writer, dead_letter_options options);
    explicit dead_letter(write_function write);
    dead_letter(write_function write, dead_letter_options options);

    template<class Next>
    boost::asio::awaitable<void> operator()(sqs::delivery& delivery, const Next& next) const {
        std::exception_ptr failure;
        try {
            co_await next(delivery);
        } catch (...) {
            failure = std::current_exception();
        }
        if (!failure) co_return;
        const auto state = co_await boost::asio::this_coro::cancellation_state;
        if (state.cancelled() != boost::asio::cancellation_type::none) std::rethrow_exception(failure);
        co_await write_or_rethrow(delivery, failure);
    }

  private:
    enum class destination { queue, topic, unknown };
    enum class content { with_reasons, as_received };

    dead_letter(destination kind, write_function write, dead_letter_options options);
    [[nodiscard]] bool is_dead(const sqs::delivery& delivery, const std::exception_ptr& failure) const;
    [[nodiscard]] message letter(const sqs::delivery& delivery, const std::exception_ptr& failure, content what) const;
    [[nodiscard]] std::vector<named_attribute> reasons_of(const sqs::delivery& delivery,
                                                          const std::exception_ptr& failure) const;
    boost::asio::awaitable<void> write_or_rethrow(const sqs::delivery& delivery, std::exception_ptr failure) const;
    boost::asio::awaitable<std::exception_ptr> write(message letter) const;

    destination kind_;
    write_function write_;
    dead_letter_options options_;
};

} // namespace sluice
