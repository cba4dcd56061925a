// Whether a message really comes from SNS: the signatures of what SNS posts over HTTP(S), and of the JSON envelope in
// queues without raw delivery.
#pragma once

#include <sluice/export.hpp>
#include <sluice/message.hpp>
#include <sluice/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {
class transport;
}

namespace sluice::sns {

/// What was signed, and, where it says so, what came with it.
struct signed_message {
    signed_message() = default;

    std::string type; ///< `Notification`, `SubscriptionConfirmation` or `UnsubscribeConfirmation`
    std::string message_id;
    std::string topic_arn;
    std::optional<std::string> subject; ///< notifications only
    std::string message;
    std::string timestamp;     ///< as sent: `2026-03-06T19:55:38.903Z`
    std::string token;         ///< confirmations only: for `sns::client::confirm_subscription`
    std::string subscribe_url; ///< confirmations only

    // Not signed: whoever can change the message on its way can change these.
    std::vector<named_attribute> attributes;
    std::string unsubscribe_url; ///< notifications only

    std::string
        signature_version; ///< "1" (SHA-1) or "2" (SHA-256); the topic's attribute `SignatureVersion` says which
    std::string signature; ///< base64
    std::string signing_cert_url;
};

struct signature_options {
    /// ARNs of the topics whose messages are taken. Empty: of any topic of any account, as everybody may have topics
    /// and SNS signs for all of them. Then look at `topic_arn` yourself.
    std::vector<std::string> topics;
    /// The time that certificates must be valid at. Empty: the system's clock.
    std::function<std::chrono::system_clock::time_point()> clock;
    /// Where certificates are fetched. Null: the session's, with its proxy and its CAs.
    std::shared_ptr<sluice::transport> transport;
    std::chrono::milliseconds fetch_timeout{10'000};
    /// For tests and development, not for production: where a local broker is that signs in place of AWS, such as
    /// `http://127.0.0.1:4566` (`sluice::local::broker::endpoint()`). Certificates are then fetched there and nowhere
    /// else, whatever host a message names: of its SigningCertURL only the name of the file counts. Messages that AWS
    /// has signed are refused, and the name in the certificate is not looked at: whoever answers at this URL is
    /// believed, with plain HTTP also whoever can change what comes on the way. Empty: AWS.
    std::string certificate_origin;
};

/// Verifies signatures of versions 1 and 2. The certificate is fetched once, over HTTPS, from the one host that may
/// have it, `sns.<region>.amazonaws.com` (`.com.cn` in China, and so on) in the region of the topic, and remembered; it
/// must be valid now and bear the name that SNS signs with there. Messages of FIFO topics are not signed by SNS, and
/// are refused.
///
/// Source: SNS developer guide, "Verifying the signatures of Amazon SNS messages".
///
/// Any thread, from several coroutines at once: they share one fetch. The object may be destroyed while it works.
class SLUICE_API signature_verifier {
  public:
    /// Throws `error` with `errc::invalid_argument` for what is not the ARN of a topic, and with `errc::configuration`
    /// for a `certificate_origin` that is not `http://host[:port]` or `https://host[:port]`.
    explicit signature_verifier(const session& session, signature_options options = {});

    /// `json` is the body of the HTTP request, or of the SQS message; the spelling of Lambda events (`SigningCertUrl`)
    /// is understood, too. Completes with what was signed.
    ///
    /// Errors (thrown as `sluice::error`): `errc::bad_signature` says what is wrong with the message: do not trust it.
    /// Everything else is about the fetch of the certificate, and may go well later: `errc::connection`, `tls`,
    /// `timeout`, `bad_reply` and so on. Cancellation: at once.
    [[nodiscard]] boost::asio::awaitable<signed_message> verify(std::string json) const;

  private:
    class SLUICE_LOCAL state;
    std::shared_ptr<state> state_;
};

} // namespace sluice::sns
