// Reads a queue: long polls, a bounded buffer, and acknowledgements that travel ten to a request.
#pragma once

#include <sluice/error.hpp>
#include <sluice/session.hpp>
#include <sluice/sqs/operations.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sqs {

namespace detail {
class reader_core;
}

struct reader_options {
    /// How long one poll waits for a message, 0 to 20 s. Longer is cheaper.
    std::chrono::seconds wait_time{20};
    /// How long a message stays hidden from other readers, 1 s to 12 h. Not set: the queue's own, which is asked for.
    std::optional<std::chrono::seconds> visibility_timeout;
    /// Polls under way at once, 1 or more.
    std::size_t pollers = 1;
    /// Messages that wait in the reader to be read; at least 10 for each poller are needed to keep it busy.
    std::size_t buffered_messages = 20;
    /// How long an acknowledgement waits for others to share its request.
    std::chrono::milliseconds acknowledge_linger{5};
};

struct reader_statistics {
    std::size_t polls = 0;       ///< answered
    std::size_t empty_polls = 0; ///< of these, without a message
    std::size_t failed_polls = 0;
    std::size_t received = 0; ///< messages
    std::size_t expired = 0;  ///< dropped from the buffer unread: their visibility timeout had passed
    std::size_t damaged = 0;  ///< not handed out: their MD5 sum was wrong
    std::size_t released = 0; ///< handed back unread when the reader stopped
    std::size_t acknowledged = 0;
    std::size_t failed_acknowledgements = 0;
    std::size_t buffered = 0;    ///< now
    std::string last_poll_error; ///< of the last failed poll, in one line
};

/// A received message. It belongs to you until its visibility timeout passes: then it is received again by somebody,
/// unless it was acknowledged. Movable; acknowledge or release it once.
class delivery {
  public:
    delivery() = default;

    [[nodiscard]] const std::string& body() const noexcept { return content_.body; }
    [[nodiscard]] const std::string& message_id() const noexcept { return content_.message_id; }
    [[nodiscard]] const std::vector<named_attribute>& attributes() const noexcept { return content_.attributes; }
    /// Null when there is no attribute of that name.
    [[nodiscard]] const attribute_value* attribute(std::string_view name) const noexcept;
    /// Such as `SenderId`, `SentTimestamp`, `MessageGroupId`, `AWSTraceHeader`.
    [[nodiscard]] const attribute_map& system_attributes() const noexcept { return content_.system_attributes; }
    /// How often the message was received, this time included. 0 when the service does not say.
    [[nodiscard]] int receive_count() const noexcept;
    [[nodiscard]] const std::string& receipt_handle() const noexcept { return content_.receipt_handle; }

    /// Deletes the message from the queue. Returns when the service has confirmed it; throws `sluice::error` otherwise:
    /// then expect it again. Cancellation: as for `sqs::writer::write`. Works after the reader was stopped or
    /// destroyed.
    boost::asio::awaitable<void> ack();

    /// Lets others receive the message after `delay` (0 s to 12 h): not now, or not here.
    boost::asio::awaitable<void> release(std::chrono::seconds delay = std::chrono::seconds(0));

  private:
    friend class detail::reader_core;
    delivery(received_message content, std::shared_ptr<detail::reader_core> core)
        : content_(std::move(content)), core_(std::move(core)) {}

    received_message content_;
    std::shared_ptr<detail::reader_core> core_;
};

/// A reader of one queue. Many readers, in one process or in many, share a queue: each message goes to one of them.
///
/// Threads: usable from any coroutine of the session's executor, also when several threads run it.
/// Lifetime: destroying the reader ends its polls as `stop()` would, without waiting; reads that wait end with
/// `errc::closed`; deliveries stay usable.
class reader {
  public:
    /// `queue`: URL, ARN or name. Throws `error` with `errc::invalid_argument` for anything else and for options out of
    /// range. The first `read` starts the polls.
    reader(const session& session, std::string queue, reader_options options = {});
    reader(reader&&) noexcept = default;
    reader& operator=(reader&& other) noexcept;
    ~reader();

    /// The next message. Many coroutines may wait; they are served in their order.
    ///
    /// Errors: `errc::closed` after `stop`. When the queue cannot be found or opened, or the service refuses us for
    /// good (wrong keys, no permission), every waiting read throws that; the next read tries again. Passing failures
    /// are tried again with a growing pause and are seen in `statistics()`. Cancellation (terminal): the wait ends, no
    /// message is lost: one that arrives goes to the next read.
    boost::asio::awaitable<delivery> read();

    /// Ends polling, waits for the polls under way, hands back what was not read and flushes acknowledgements; at most
    /// for `patience`. What arrives later is handed back as it comes.
    boost::asio::awaitable<void> stop(std::chrono::milliseconds patience = std::chrono::seconds(25));

    [[nodiscard]] reader_statistics statistics() const;

  private:
    std::shared_ptr<detail::reader_core> core_;
};

} // namespace sluice::sqs
