// Writes messages to an SNS topic, ten to a request.
#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <sluice/message.hpp>
#include <sluice/session.hpp>
#include <sluice/writer_options.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace sluice::stream {
class base_writer;
}

namespace sluice::sns {

/// A concurrent batching writer. Messages of all callers share its buffer; each `write` completes with
/// the result of its own message.
///
/// Threads: usable from any coroutine of the session's executor, also when several threads run it.
/// Lifetime: the writer may be destroyed while writes are under way. They complete, and what they hand over is sent; to
/// wait for that, `close()` first.
class SLUICE_API writer {
  public:
    /// For one topic. Throws `error` with `errc::invalid_argument` when this is not the ARN of one. Nothing is sent
    /// yet.
    writer(const session& session, std::string topic_arn, const writer_options& options = {});
    /// For many topics: each message names its own with `message::to`. Writes to different ones run side by side, and
    /// those that rest cost nothing.
    explicit writer(const session& session, const writer_options& options = {});

    /// Sends one message and returns the service's receipt.
    ///
    /// Completion: when the service has answered for this message, or its last try has failed. Waits first while the
    /// buffer is full. Failures that may pass are tried again, see `writer_options::delivery_timeout`.
    /// Errors (thrown as `sluice::error`): `errc::invalid_argument` or `message_too_long` before anything is sent,
    /// alone and without harm to other messages; what the service said of this message; failures of the request;
    /// `errc::buffer_full`, `group_corked` and `closed`: not sent. `may_have_been_applied()` tells whether the message
    /// may be there all the same.
    /// Order: messages of a group of a FIFO topic arrive in the order of the calls. When one of them is not accepted
    /// the group is corked: those behind it end with `errc::group_corked`, until `resume`. Other groups go on.
    /// Duplicates: on a standard topic a message that is sent again after a failure may be there twice; on a FIFO
    /// topic its deduplication id, which it keeps, prevents that.
    /// Cancellation (terminal): a message whose batch has not left is not sent (`errc::cancelled`), one under way ends
    /// as `errc::unknown_outcome`; other messages are not touched, and a group is not corked by it.
    boost::asio::awaitable<receipt> write(message content);

    /// Any number of messages, in their order: one result for each. Those that cannot be sent fail alone. Cancellation:
    /// of each as above.
    boost::asio::awaitable<std::vector<result<receipt>>> write(std::vector<message> contents);

    /// As `write`, but when the buffer is full it fails with `errc::buffer_full` instead of waiting.
    boost::asio::awaitable<receipt> try_write(message content);

    /// A corked message group takes messages again; whoever calls this has decided what becomes of those that failed.
    /// `topic_arn`: of a writer for many. False when the group is not corked.
    bool resume(const std::string& group, std::string topic_arn = {});

    /// Returns when every message given before has its result. What is in the buffer leaves at once.
    /// Cancellation (terminal): the wait ends with `errc::cancelled`; the messages go on.
    boost::asio::awaitable<void> flush();

    /// Refuses further writes with `errc::closed` and drains; at the end of `patience` what was not sent ends with
    /// `errc::closed`, what is under way with `errc::unknown_outcome`; the message says why earlier tries failed, if
    /// there were any. Closing twice is harmless.
    boost::asio::awaitable<void> close(std::chrono::milliseconds patience = std::chrono::seconds(30));

    [[nodiscard]] writer_statistics statistics() const;

  private:
    std::shared_ptr<stream::base_writer> base_;
};

} // namespace sluice::sns
