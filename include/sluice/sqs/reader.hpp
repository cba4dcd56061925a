// Reads a queue: long polls, leases that are renewed, a bounded number of messages in flight, and acknowledgements that
// travel ten to a request.
#pragma once

#include <sluice/export.hpp>
#include <sluice/session.hpp>
#include <sluice/sqs/delivery.hpp>
#include <sluice/sqs/reader_options.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice::sqs {

/// Handles one message. Called on a strand of its own of the reader's executor; cancelled (terminal) when the message's
/// lease is lost, its time is over, or the reader stops without waiting. The delivery is good until it has ended.
using message_handler = std::function<boost::asio::awaitable<void>(delivery&)>;
/// Handles up to `run_options::batch_messages` at once. It may `ack` or `release` single ones; the rest is settled when
/// it has ended, as one. Cancelled when the lease of one of them is lost.
using batch_handler = std::function<boost::asio::awaitable<void>(std::vector<delivery>&)>;

/// A reader of one queue. Many readers, in one process or in many, share a queue: each message goes to one of them.
///
/// FIFO queues: of a message group one message is out at a time; the next one follows when it is settled. One that
/// fails, is dropped or loses its lease takes the rest of its group back to the queue, so that the order holds.
///
/// Threads: usable from any coroutine of the session's executor, also when several threads run it.
/// Lifetime: destroying the reader ends its polls as `stop()` would, without waiting; reads that wait end with
/// `errc::closed`, `run` returns when its handlers have ended; deliveries stay usable.
class SLUICE_API reader {
  public:
    /// `queue`: URL, ARN or name. Throws `error` with `errc::invalid_argument` for anything else and for options out of
    /// range. The first `read` or `run` starts the polls; the ARN of another region than the session's fails them.
    reader(const session& session, std::string queue, const reader_options& options = {});
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

    /// Up to `most` messages (1 or more): returns when it has so many, or what there is when `patience` has passed
    /// since the call; that may be none. Errors as for `read`, while it has none. Cancellation (terminal): what it has
    /// is returned, or `errc::cancelled` thrown.
    boost::asio::awaitable<std::vector<delivery>> read_batch(std::size_t most, std::chrono::milliseconds patience);

    /// Handles messages until the reader is stopped, and returns when every handler and every acknowledgement has
    /// ended. A handler that throws fails its message alone: it is handed back with a growing delay, and the exception
    /// goes to the observer. Throws `sluice::error` when the reader cannot start for good (the queue does not exist,
    /// wrong keys, no permission), and `errc::invalid_argument` for options out of range; what may pass, and later
    /// failures of polls, do not end it.
    /// Cancellation (terminal): as `stop(stop_policy::fast)`, then it throws `errc::cancelled`.
    ///
    /// With g++ 12, do not write a lambda with captures that own something into the `co_await` expression: name it
    /// first.
    boost::asio::awaitable<void> run(message_handler handler);
    boost::asio::awaitable<void> run(message_handler handler, run_options options);
    /// The same for many messages at once. On FIFO queues those of one batch are of different groups.
    boost::asio::awaitable<void> run_batch(batch_handler handler);
    boost::asio::awaitable<void> run_batch(batch_handler handler, run_options options);

    /// No further polls, and nothing is handed out; leases go on. `resume` undoes it.
    void pause();
    void resume();

    /// Ends polling, waits for the polls and handlers under way, hands back what was not taken and flushes
    /// acknowledgements; at most for `patience`, when it cancels the handlers. What arrives later is handed back as it
    /// comes. A poll ends after `wait_time` at the latest, while messages come after `shortest_wait_time`. Call it from
    /// any coroutine (one that waits for a signal, say), as often as you like, but not from within a handler: that
    /// would wait for itself. Cancellation (terminal): the wait ends with an exception, the stop goes on.
    boost::asio::awaitable<stop_report> stop(std::chrono::milliseconds patience = std::chrono::seconds(25));
    /// `fast` needs less than a second: it cuts the polls, gives handlers 0.4 s to heed their cancellation, and what
    /// was handled 0.4 s to be deleted.
    boost::asio::awaitable<stop_report> stop(stop_policy policy,
                                             std::chrono::milliseconds patience = std::chrono::seconds(25));

    [[nodiscard]] reader_statistics statistics() const;

  private:
    std::shared_ptr<detail::reader_core> core_;
};

} // namespace sluice::sqs
