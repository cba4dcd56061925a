#include "client/caller.hpp"

#include "protocol/error_reply.hpp"
#include "transport/one_shot_event.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <vector>

namespace sluice::calls {
namespace {

using boost::asio::awaitable;
using std::chrono::steady_clock;

std::array<sigv4::signer, 3> make_signers(const std::string& region) {
    const auto make = [&region](service_id service) {
        return sigv4::signer(region, std::string(info_of(service).signing_name));
    };
    return {make(service_id::sqs), make(service_id::sns), make(service_id::sts)};
}

bool has_control_characters(std::string_view text) noexcept {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// Keys are copied by hand: a line break at the end is the usual accident, and would break the request's head.
std::optional<error_info> check_keys(const credentials& keys) {
    if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
        return error_info(errc::credentials, "the access key id or the secret access key is empty");
    }
    if (has_control_characters(keys.access_key_id) || has_control_characters(keys.secret_access_key) ||
        has_control_characters(keys.session_token)) {
        return error_info(errc::credentials,
                          "the access key id, the secret access key or the session token has a line break "
                          "or another control character in it");
    }
    return std::nullopt;
}

void sign(const sigv4::signer& signer, const credentials& keys, std::string_view body, http_request& request) {
    const std::string host = request.origin.host_header();
    std::vector<sigv4::header> headers;
    headers.reserve(request.headers.size() + 1);
    headers.push_back({"host", host});
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
    sigv4::request_view view;
    view.method = request.method;
    view.path = request.target;
    view.headers = headers;
    view.payload = body;
    const sigv4::credentials with{keys.access_key_id, keys.secret_access_key, keys.session_token};
    sigv4::signed_headers added = signer.sign(view, with, std::chrono::system_clock::now());
    request.headers.emplace_back("X-Amz-Date", std::move(added.x_amz_date));
    request.headers.emplace_back("Authorization", std::move(added.authorization));
    if (!added.x_amz_security_token.empty()) {
        request.headers.emplace_back("X-Amz-Security-Token", std::move(added.x_amz_security_token));
    }
}

error_info read_error(const http_reply& reply) {
    protocol::error_reply_source source;
    source.status = reply.status;
    source.content_type = reply.header("Content-Type");
    source.body = reply.body;
    source.request_id_header = reply.header("x-amzn-RequestId");
    source.query_error_header = reply.header("x-amzn-query-error");
    source.error_type_header = reply.header("x-amzn-errortype");
    return protocol::parse_error_reply(source);
}

} // namespace

caller::caller(boost::asio::any_io_executor executor, caller_options options)
    : executor_(std::move(executor)), options_(std::move(options)), signers_(make_signers(options_.region)),
      random_(std::random_device{}()) {}

awaitable<result<http_reply>> caller::call(call_request request) { return run(shared_from_this(), std::move(request)); }

awaitable<result<http_reply>> caller::run([[maybe_unused]] std::shared_ptr<caller> self, call_request request) {
    bool may_have_been_applied = false;
    failure_kind last = failure_kind::permanent;
    for (int attempt = 1;; ++attempt) {
        auto reply = co_await try_once(request);
        if (reply) {
            quota_.succeeded(attempt - 1, last);
            co_return reply;
        }
        error_info failure = reply.error();
        failure.operation = request.operation.name;
        failure.attempts = attempt;
        // An answer tells what became of this attempt, but not of the ones before.
        may_have_been_applied = may_have_been_applied || failure.may_have_been_applied;
        failure.may_have_been_applied = may_have_been_applied;
        last = kind_of(failure);
        const auto pause = plan_retry(failure, attempt, options_.max_attempts, quota_, random());
        if (!pause) co_return result<http_reply>(std::move(failure));
        one_shot_event never(executor_);
        const auto waited = co_await never.wait_until(steady_clock::now() + *pause);
        if (std::get<0>(waited)) co_return result<http_reply>(std::move(failure)); // cancelled
    }
}

awaitable<result<http_reply>> caller::try_once(const call_request& request) {
    const auto keys = co_await options_.credentials->get();
    if (!keys) co_return result<http_reply>(keys.error());
    if (auto wrong = check_keys(*keys)) co_return result<http_reply>(std::move(*wrong));
    auto signed_one = signed_request(request, *keys);
    if (!signed_one) co_return result<http_reply>(signed_one.error());
    auto reply = co_await options_.transport->send(std::move(*signed_one));
    if (!reply) co_return reply;
    if (reply->status >= 200 && reply->status < 300) co_return reply;
    co_return result<http_reply>(read_error(*reply));
}

result<http_request> caller::signed_request(const call_request& request, const credentials& keys) const {
    const auto service = static_cast<std::size_t>(request.operation.service);
    const endpoint& target = options_.endpoints[service];
    http_request out;
    out.origin = target.origin;
    out.target = target.path;
    out.lane = request.lane;
    out.timeout = options_.attempt_timeout + request.extra_time;
    out.max_reply_bytes = request.operation.max_reply_bytes;
    if (request.protocol == wire_protocol::json) {
        const std::string prefix(info_of(request.operation.service).target_prefix);
        out.headers.emplace_back("Content-Type", "application/x-amz-json-1.0");
        out.headers.emplace_back("X-Amz-Target", prefix + "." + std::string(request.operation.name));
        out.headers.emplace_back("x-amzn-query-mode", "true");
    } else {
        out.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    }
    try {
        sign(signers_[service], keys, request.body, out);
    } catch (const std::exception& refused) { // the signer names what no service would accept
        return error_info(errc::credentials, std::string("the request cannot be signed: ") + refused.what());
    }
    out.headers.emplace_back("User-Agent", "sluice/0.1.0");
    out.body = request.body;
    return out;
}

double caller::random() {
    const std::lock_guard lock(random_mutex_);
    return std::uniform_real_distribution<double>(0.0, 1.0)(random_);
}

} // namespace sluice::calls
