// A message that a reader received and handed out.
#pragma once

#include <sluice/export.hpp>
#include <sluice/message.hpp>
#include <sluice/sqs/message_requests.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
class restored_content;
}

namespace sluice::sqs {

namespace detail {
class reader_core;
class claim;
} // namespace detail

/// It is yours until you acknowledge or release it, once; meanwhile the reader renews its visibility timeout (its
/// lease). Destroyed without either, the message comes again after its visibility timeout. Movable: a handler of `run`
/// that moves it away settles it itself.
///
/// Threads: one at a time. Lifetime: may outlive the reader.
class SLUICE_API delivery {
  public:
    delivery();
    delivery(delivery&&) noexcept;
    delivery& operator=(delivery&&) noexcept;
    ~delivery();

    /// As it was published: out of its SNS envelope, unless the options say otherwise.
    [[nodiscard]] const std::string& body() const noexcept { return content_.body; }
    [[nodiscard]] const std::string& message_id() const noexcept { return content_.message_id; }
    [[nodiscard]] const std::vector<named_attribute>& attributes() const noexcept { return content_.attributes; }
    /// Null when there is no attribute of that name.
    [[nodiscard]] const attribute_value* attribute(std::string_view name) const noexcept;
    /// As the service names them, such as `SenderId`.
    [[nodiscard]] const std::map<std::string, std::string>& system_attributes() const noexcept {
        return content_.system_attributes;
    }
    /// How often the message was received, this time included. 0 when the service does not say.
    [[nodiscard]] int receive_count() const noexcept;
    /// The message group; empty: none.
    [[nodiscard]] std::string_view group() const noexcept { return system_attribute("MessageGroupId"); }
    [[nodiscard]] std::string_view deduplication_id() const noexcept {
        return system_attribute("MessageDeduplicationId");
    }
    [[nodiscard]] std::string_view sequence_number() const noexcept { return system_attribute("SequenceNumber"); }
    /// The X-Ray header; empty: none.
    [[nodiscard]] std::string_view trace_header() const noexcept { return system_attribute("AWSTraceHeader"); }
    /// When it was sent to the queue, and first received. Nothing when the service does not say.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> sent_at() const noexcept;
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> first_received_at() const noexcept;
    /// `streams-message-time`, as Unix ms or RFC 3339. Nothing when the message has none that can be read.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> stream_time() const noexcept;
    /// Of the SNS envelope that the message came in; empty: there was none.
    [[nodiscard]] const std::string& topic_arn() const noexcept { return topic_arn_; }
    [[nodiscard]] const std::string& subject() const noexcept { return subject_; }
    [[nodiscard]] const std::string& receipt_handle() const noexcept { return content_.receipt_handle; }

    /// How long the message is ours for sure, without further renewals. Zero or less: the lease is lost.
    [[nodiscard]] std::chrono::milliseconds lease_remaining() const;

    /// Deletes the message from the queue. Returns when the service has confirmed it. Passing failures are tried again
    /// while the lease lasts; then it throws `sluice::error`, and should the message come again, this reader deletes it
    /// without handing it out (the last thousand of them). `errc::lease_lost`: the message was not deleted, as somebody
    /// else may have it. `errc::invalid_argument`: it was settled before, or the delivery is empty.
    /// Cancellation (terminal): the wait ends with `errc::unknown_outcome`; the delete goes on, as the message was
    /// processed, and `stop` waits for it. Works after the reader was stopped or destroyed.
    boost::asio::awaitable<void> ack();
    /// The same without waiting, also for the lifetime of this object. Throws only `errc::invalid_argument` and
    /// `errc::lease_lost`, as above; what comes of the request is in the reader's statistics and observer, and `stop`
    /// waits for it.
    void ack_in_background();

    /// Gives the message back: it can be received again after `delay` (0 s to 12 h). On FIFO queues what this reader
    /// has of the message's group goes back with it, so that the order holds. Errors and cancellation as for `ack`.
    /// With 0 s a message that nobody can handle goes round and round, and its receive count up.
    boost::asio::awaitable<void> release(std::chrono::seconds delay);
    /// The same after `reader_options::release_delay`, doubled with each receive of the message.
    boost::asio::awaitable<void> release();

  private:
    friend class detail::reader_core;
    friend class sluice::restored_content;
    [[nodiscard]] std::string_view system_attribute(const char* name) const noexcept;

    received_message content_;
    std::string topic_arn_;
    std::string subject_;
    std::unique_ptr<detail::claim> claim_; ///< null: empty or moved from
};

} // namespace sluice::sqs
