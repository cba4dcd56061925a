#include "client/retry.hpp"

#include "protocol/error_reply.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sluice::calls {
namespace {

using seconds = std::chrono::duration<double>;

constexpr int cost_of(failure_kind kind) noexcept { return kind == failure_kind::throttled ? 5 : 14; }

// How far a wish of the service may lengthen a pause.
constexpr seconds longest_extension{5.0};

} // namespace

failure_kind kind_of(const error_info& failure) noexcept {
    if (protocol::is_throttling(failure.service_code, failure.http_status)) return failure_kind::throttled;
    if (protocol::is_transient(failure.service_code, failure.http_status)) return failure_kind::transient;
    if (failure.http_status == 0) {
        switch (failure.code) {
        case errc::connection:
        case errc::timeout:
        case errc::resolve: return failure_kind::transient;
        default: break;
        }
    }
    return failure_kind::permanent;
}

bool retry_quota::take(failure_kind kind) {
    const std::lock_guard lock(mutex_);
    if (available_ < cost_of(kind)) return false;
    available_ -= cost_of(kind);
    return true;
}

void retry_quota::succeeded(int retries, failure_kind last) {
    const std::lock_guard lock(mutex_);
    available_ = std::min(capacity, available_ + (retries == 0 ? 1 : cost_of(last)));
}

int retry_quota::available() const {
    const std::lock_guard lock(mutex_);
    return available_;
}

seconds retry_delay(int number, failure_kind kind, seconds longest, double random) noexcept {
    const seconds base(kind == failure_kind::throttled ? 1.0 : 0.05);
    return random * std::min(longest, base * std::exp2(std::min(number - 1, 30)));
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view header) noexcept {
    std::int64_t milliseconds = 0;
    const auto [stopped, failure] = std::from_chars(header.data(), header.data() + header.size(), milliseconds);
    const bool whole = failure == std::errc() && stopped == header.data() + header.size();
    if (!whole || milliseconds < 0) return std::nullopt;
    return std::chrono::milliseconds(milliseconds);
}

retry_decision decide_retry(const failed_attempt& failed, const retry_rules& rules, retry_quota& quota, double random) {
    using verdict = retry_decision::verdict;
    retry_decision decision;
    if (failed.kind == failure_kind::permanent) return decision;
    if (failed.number >= rules.max_attempts) {
        decision.outcome = verdict::attempts_exceeded;
        return decision;
    }
    const bool paid = quota.take(failed.kind);
    decision.outcome = paid ? verdict::retry : verdict::quota_exceeded;
    if (!paid && !failed.long_poll) return decision;
    seconds pause = retry_delay(failed.number, failed.kind, rules.longest_pause, random);
    if (failed.retry_after) {
        const auto wished = std::chrono::duration_cast<seconds>(*failed.retry_after);
        pause = std::clamp(wished, pause, pause + longest_extension);
    }
    decision.pause = std::chrono::duration_cast<std::chrono::steady_clock::duration>(pause);
    return decision;
}

} // namespace sluice::calls
