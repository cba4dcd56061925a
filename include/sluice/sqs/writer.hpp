// Writes messages to an SQS queue, ten to a request.
#pragma once

#include <sluice/error.hpp>
#include <sluice/message.hpp>
#include <sluice/session.hpp>
#include <sluice/writer_options.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace sluice::stream {
class base_writer;
}

namespace sluice::sqs {

/// A concurrent batching writer for one queue. Messages of all callers share its buffer; each `write` completes with
/// the result of its own message.
///
/// Threads: usable from any coroutine of the session's executor, also when several threads run it.
/// Lifetime: the writer may be destroyed while writes are under way. They complete, and what they hand over is sent; to
/// wait for that, `close()` first.
class writer {
  public:
    /// `queue`: the queue's URL, ARN or name. Throws `error` with `errc::invalid_argument` when it is
    /// none of these. Nothing is sent yet; a name or ARN is looked up with the first write.
    writer(const session& session, std::string queue, writer_options options = {});

    /// Sends one message and returns the service's receipt.
    ///
    /// Completion: when the service has answered for this message. Waits first while the buffer is full.
    /// Errors (thrown as `sluice::error`): `errc::invalid_argument` or `message_too_long` before anything is sent,
    /// alone and without harm to other messages; what the service said of this message; `errc::closed`; failures of the
    /// request. `may_have_been_applied()` tells whether the message may be there all the same.
    /// Cancellation (terminal): a message whose batch has not left is not sent (`errc::cancelled`), one under way ends
    /// as `errc::unknown_outcome`; other messages are not touched.
    boost::asio::awaitable<receipt> write(message content);

    /// Returns when every message given before has its result. What is in the buffer leaves at once.
    /// Cancellation (terminal): the wait ends with `errc::cancelled`; the messages go on.
    boost::asio::awaitable<void> flush();

    /// Refuses further writes with `errc::closed` and drains; at the end of `patience` what was not sent ends with
    /// `errc::closed`, what is under way with `errc::unknown_outcome`. Closing twice is harmless.
    boost::asio::awaitable<void> close(std::chrono::milliseconds patience = std::chrono::seconds(30));

    [[nodiscard]] writer_statistics statistics() const;

  private:
    std::shared_ptr<stream::base_writer> base_;
};

} // namespace sluice::sqs
