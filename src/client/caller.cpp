#include "client/caller.hpp"

#include "credentials/secret.hpp"
#include "protocol/error_reply.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/version.hpp>

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <vector>

namespace sluice::calls {
namespace {

using boost::asio::awaitable;
using std::chrono::steady_clock;

std::string make_user_agent(const std::string& app_id) {
    return "sluice/" SLUICE_VERSION_STRING " lang/c++" + (app_id.empty() ? std::string() : " app/" + app_id);
}

std::array<sigv4::signer, 3> make_signers(const std::array<endpoint, 3>& endpoints) {
    const auto make = [&endpoints](service_id service) {
        const std::string& region = endpoints[static_cast<std::size_t>(service)].signing_region;
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

/// The signer's form of the keys, overwritten when it goes.
struct signing_keys {
    explicit signing_keys(const credentials& keys)
        : copy{keys.access_key_id, keys.secret_access_key, keys.session_token} {}
    signing_keys(const signing_keys&) = delete;
    signing_keys& operator=(const signing_keys&) = delete;
    ~signing_keys() {
        wipe(copy.secret_access_key);
        wipe(copy.session_token);
    }

    sigv4::credentials copy;
};

void sign(const sigv4::signer& signer, const credentials& keys, std::string_view body,
          std::chrono::system_clock::time_point now, http_request& request) {
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
    const signing_keys with(keys);
    sigv4::signed_headers added = signer.sign(view, with.copy, now);
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

rate_limiter::seconds since_start(steady_clock::time_point now) {
    return std::chrono::duration_cast<rate_limiter::seconds>(now.time_since_epoch());
}

std::array<rate_limiter, 3> make_limiters() {
    const rate_limiter::seconds now = since_start(steady_clock::now());
    return {rate_limiter(now), rate_limiter(now), rate_limiter(now)};
}

std::size_t index_of(service_id service) noexcept { return static_cast<std::size_t>(service); }

/// Keys that were good once: their provider may have newer ones.
bool says_keys_expired(const error_info& failure) noexcept {
    return failure.service_code == "ExpiredToken" || failure.service_code == "ExpiredTokenException";
}

} // namespace

struct caller::call_state {
    explicit call_state(call_request given) : request(std::move(given)) {}

    call_request request;
    std::string invocation_id;
    time_point deadline;
    failure_kind last_kind = failure_kind::permanent;
    bool may_have_been_applied = false;
    bool keys_renewed = false;
};

struct caller::attempt_outcome {
    attempt_outcome() = default;
    explicit attempt_outcome(error_info failure) : reply(std::move(failure)) {}

    result<http_reply> reply{error_info()};
    credentials keys; ///< it was signed with these
    std::optional<std::chrono::milliseconds> retry_after;
    bool clock_corrected = false;
};

caller::caller(boost::asio::any_io_executor executor, caller_options options)
    : executor_(std::move(executor)), options_(std::move(options)), signers_(make_signers(options_.endpoints)),
      user_agent_(make_user_agent(options_.app_id)), limiters_(make_limiters()), random_(std::random_device{}()) {}

awaitable<result<http_reply>> caller::call(call_request request) { return run(shared_from_this(), std::move(request)); }

awaitable<result<http_reply>> caller::run([[maybe_unused]] std::shared_ptr<caller> self, call_request request) {
    call_state state(std::move(request));
    state.invocation_id = make_invocation_id();
    state.deadline = steady_clock::now() + options_.operation_timeout + state.request.extra_time;
    rate_limiter& limiter = limiters_[index_of(state.request.operation.service)];
    for (int attempt = 1;; ++attempt) {
        if (options_.retry_mode == retry_mode::adaptive) {
            const auto now = steady_clock::now();
            const auto turn = now + std::chrono::duration_cast<time_point::duration>(limiter.acquire(since_start(now)));
            bool go_on = true;
            if (turn > now) go_on = co_await pause_until(std::min(turn, state.deadline));
            if (!go_on || turn > state.deadline) co_return result<http_reply>(held_back(state, go_on));
        }
        const time_point sent = steady_clock::now();
        attempt_outcome outcome = co_await try_once(state, attempt);
        if (outcome.reply) {
            if (call_history* const seen = state.request.history) {
                seen->may_have_been_applied = state.may_have_been_applied || outcome.reply->written_twice;
                seen->sent = sent;
                seen->answered = steady_clock::now();
            }
            quota_.succeeded(attempt - 1, state.last_kind);
            limiter.answered(false, since_start(steady_clock::now()));
            co_return std::move(outcome.reply);
        }
        error_info failure = outcome.reply.error();
        failure.operation = state.request.operation.name;
        failure.attempts = attempt;
        // An answer tells what became of this attempt, but not of the ones before.
        state.may_have_been_applied = state.may_have_been_applied || failure.may_have_been_applied;
        failure.may_have_been_applied = state.may_have_been_applied;
        const retry_decision decision = decide(state, outcome, attempt);
        const time_point next = steady_clock::now() + decision.pause;
        bool again = decision.outcome == retry_decision::verdict::retry && next < state.deadline;
        if (decision.pause.count() > 0 && (again || state.request.lane == http_lane::long_poll)) {
            const bool waited = co_await pause_until(next);
            again = again && waited;
        }
        if (!again) co_return result<http_reply>(std::move(failure));
    }
}

error_info caller::held_back(const call_state& state, bool late) {
    error_info failure(late ? errc::timeout : errc::cancelled, "held back by the rate limit that follows throttling");
    failure.operation = state.request.operation.name;
    failure.may_have_been_applied = state.may_have_been_applied;
    return failure;
}

awaitable<bool> caller::pause_until(time_point when) {
    one_shot_event never(executor_);
    const auto waited = co_await never.wait_until(when);
    co_return !std::get<0>(waited);
}

retry_decision caller::decide(call_state& state, const attempt_outcome& failed, int attempt) {
    const error_info& failure = failed.reply.error();
    failed_attempt seen;
    seen.number = attempt;
    seen.kind = kind_of(failure);
    seen.retry_after = failed.retry_after;
    seen.long_poll = state.request.lane == http_lane::long_poll;
    limiters_[index_of(state.request.operation.service)].answered(seen.kind == failure_kind::throttled,
                                                                  since_start(steady_clock::now()));
    const bool renewable = state.request.operation.is_signed && !state.keys_renewed;
    if (renewable && says_keys_expired(failure) && options_.credentials->discard(failed.keys)) {
        state.keys_renewed = true;
        retry_decision at_once;
        at_once.outcome = retry_decision::verdict::retry;
        return at_once;
    }
    // Whatever the code says: the signature's date was wrong, and the next one will be right.
    const bool signed_late = failed.clock_corrected && state.request.operation.is_signed;
    if (signed_late && seen.kind == failure_kind::permanent) seen.kind = failure_kind::transient;
    state.last_kind = seen.kind;
    retry_rules rules;
    rules.max_attempts = options_.max_attempts;
    return decide_retry(seen, rules, quota_, random());
}

awaitable<caller::attempt_outcome> caller::try_once(const call_state& state, int attempt) {
    result<credentials> keys{credentials()};
    if (state.request.operation.is_signed) {
        auto asking = options_.credentials->get();
        keys = co_await std::move(asking);
        if (!keys) co_return attempt_outcome(keys.error());
        if (auto wrong = check_keys(*keys)) co_return attempt_outcome(std::move(*wrong));
    }
    auto signed_one = signed_request(state, *keys, attempt);
    if (!signed_one) co_return attempt_outcome(signed_one.error());
    attempt_outcome outcome;
    outcome.keys = std::move(*keys);
    const auto sent = std::chrono::system_clock::now();
    outcome.reply = co_await options_.transport->send(std::move(*signed_one));
    if (!outcome.reply) co_return outcome;
    const http_reply& reply = *outcome.reply;
    if (options_.correct_clock_skew) {
        const bool from_a_cache = !reply.header("Age").empty();
        outcome.clock_corrected =
            skew_.sample(reply.header("Date"), from_a_cache, sent, std::chrono::system_clock::now());
    }
    if (reply.status >= 200 && reply.status < 300) co_return outcome;
    outcome.retry_after = parse_retry_after(reply.header("x-amz-retry-after"));
    error_info failure = read_error(reply);
    outcome.reply = result<http_reply>(std::move(failure));
    co_return outcome;
}

result<http_request> caller::signed_request(const call_state& state, const credentials& keys, int attempt) const {
    const call_request& request = state.request;
    const std::size_t service = index_of(request.operation.service);
    const endpoint& target = options_.endpoints[service];
    http_request out;
    out.headers.reserve(9); // with those of the signature
    out.origin = target.origin;
    out.target = target.path;
    out.lane = request.lane;
    out.timeout = options_.attempt_timeout + request.extra_time;
    out.deadline = state.deadline;
    out.max_reply_bytes = request.operation.max_reply_bytes;
    if (request.protocol == wire_protocol::json) {
        const std::string prefix(info_of(request.operation.service).target_prefix);
        out.headers.emplace_back("Content-Type", "application/x-amz-json-1.0");
        out.headers.emplace_back("X-Amz-Target", prefix + "." + std::string(request.operation.name));
        out.headers.emplace_back("x-amzn-query-mode", "true");
    } else {
        out.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    }
    out.headers.emplace_back("amz-sdk-invocation-id", state.invocation_id);
    out.headers.emplace_back("amz-sdk-request",
                             "attempt=" + std::to_string(attempt) + "; max=" + std::to_string(options_.max_attempts));
    try {
        if (request.operation.is_signed)
            sign(signers_[service], keys, request.body, skew_.service_time(std::chrono::system_clock::now()), out);
    } catch (const std::exception& refused) { // the signer names what no service would accept
        return error_info(errc::credentials, std::string("the request cannot be signed: ") + refused.what());
    }
    out.headers.emplace_back("User-Agent", user_agent_);
    out.body = request.body;
    return out;
}

std::string caller::make_invocation_id() {
    const std::lock_guard lock(random_mutex_);
    boost::uuids::basic_random_generator<std::mt19937_64> generate(random_);
    return boost::uuids::to_string(generate());
}

double caller::random() {
    const std::lock_guard lock(random_mutex_);
    return std::uniform_real_distribution<double>(0.0, 1.0)(random_);
}

} // namespace sluice::calls
