#include <sluice/sns/signature.hpp>

#include "client/asked_once.hpp"
#include "protocol/arn.hpp"
#include "session/session_state.hpp"
#include "stream/sns_signature.hpp"
#include "transport/http_url.hpp"

#include <algorithm>
#include <optional>

namespace sluice::sns {
namespace {

using boost::asio::awaitable;
using certificate_ptr = std::shared_ptr<const certificate>;

constexpr std::size_t most_certificate_bytes = std::size_t(64) << 10;

std::string url_of(const certificate_place& place) {
    return (place.origin.tls ? "https://" : "http://") + place.origin.host_header() + place.target;
}

/// One fetch. `url` is one of `url_of`.
awaitable<result<certificate_ptr>> fetch(std::shared_ptr<sluice::transport> transport,
                                         std::chrono::milliseconds patience, std::string url) {
    const auto place = parse_http_url(url);
    if (!place) co_return result<certificate_ptr>(place.error());
    http_request request;
    request.method = "GET";
    request.origin = place->origin;
    request.target = place->target;
    request.timeout = patience;
    request.deadline = deadline_after(patience);
    request.max_reply_bytes = most_certificate_bytes;
    const auto reply = co_await transport->send(std::move(request));
    if (!reply) {
        error_info failure = reply.error();
        failure.message = "the certificate " + url + " could not be fetched: " + failure.message;
        failure.may_have_been_applied = false; // to fetch changes nothing
        co_return result<certificate_ptr>(std::move(failure));
    }
    if (reply->status != 200) {
        error_info failure(errc::bad_reply, "the certificate " + url + " could not be fetched: HTTP status " +
                                                std::to_string(reply->status));
        failure.http_status = reply->status;
        co_return result<certificate_ptr>(std::move(failure));
    }
    co_return certificate::parse(reply->body);
}

} // namespace

class signature_verifier::state : public std::enable_shared_from_this<state> {
  public:
    /// `local`: where certificates are instead of AWS.
    state(const boost::asio::any_io_executor& executor, signature_options options, std::optional<http_origin> local)
        : options_(std::move(options)), local_(std::move(local)),
          certificates_(std::make_shared<calls::asked_once<certificate_ptr>>(
              executor, [transport = options_.transport, patience = options_.fetch_timeout](std::string url) {
                  return fetch(transport, patience, url);
              })) {}

    static awaitable<signed_message> verify(std::shared_ptr<state> self, std::string json) {
        auto checking = self->check(std::move(json));
        auto checked = co_await std::move(checking);
        co_return std::move(checked).value();
    }

  private:
    awaitable<result<signed_message>> check(std::string json) {
        using answer = result<signed_message>;
        auto read = parse_signed_message(json);
        if (!read) co_return read;
        const auto& topics = options_.topics;
        if (!topics.empty() && std::ranges::find(topics, read->topic_arn) == topics.end()) {
            co_return answer(error_info(errc::bad_signature,
                                        "the message is of the topic " + read->topic_arn + ", which is not expected"));
        }
        const auto place = local_ ? find_certificate_at(*local_, *read) : find_certificate(*read);
        if (!place) co_return answer(place.error());
        const std::string url = url_of(*place);
        auto asking = certificates_->get(url);
        const auto signer = co_await std::move(asking);
        if (!signer) co_return answer(signer.error());
        const auto now = options_.clock ? options_.clock() : std::chrono::system_clock::now();
        const auto valid = (*signer)->check(place->names, now);
        if (!valid) {
            certificates_->forget(url); // it may be replaced
            co_return answer(valid.error());
        }
        const auto verified = (*signer)->verify(*read);
        if (!verified) co_return answer(verified.error());
        co_return read;
    }

    signature_options options_;
    std::optional<http_origin> local_;
    std::shared_ptr<calls::asked_once<certificate_ptr>> certificates_;
};

signature_verifier::signature_verifier(const session& session, signature_options options) {
    for (const std::string& topic : options.topics) {
        const auto arn = protocol::parse_topic_arn(topic);
        if (!arn) throw error(arn.error());
    }
    std::optional<http_origin> local;
    if (!options.certificate_origin.empty()) {
        const auto url = parse_http_url(options.certificate_origin);
        if (!url) throw error(url.error());
        if (url->target != "/") {
            throw error(error_info(errc::configuration, "certificate_origin \"" + options.certificate_origin +
                                                            "\" must be a scheme, a host and a port, without a path"));
        }
        local = url->origin;
    }
    const auto& caller = session.state()->caller();
    if (!options.transport) options.transport = caller->transport();
    state_ = std::make_shared<state>(caller->executor(), std::move(options), std::move(local));
}

awaitable<signed_message> signature_verifier::verify(std::string json) const {
    return state::verify(state_, std::move(json));
}

} // namespace sluice::sns
