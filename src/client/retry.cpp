#include "client/retry.hpp"

#include "protocol/error_reply.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::calls {
namespace {

constexpr int cost_of(failure_kind kind) noexcept { return kind == failure_kind::throttled ? 5 : 14; }

} // namespace

failure_kind kind_of(const error_info& failure) noexcept {
    if (protocol::is_throttling(failure.service_code, failure.http_status)) return failure_kind::throttled;
    if (protocol::is_transient(failure.service_code, failure.http_status)) return failure_kind::transient;
    if (failure.http_status == 0) {
        switch (failure.code) {
        case errc::connection:
        case errc::timeout:
        case errc::resolve:
        case errc::bad_reply: return failure_kind::transient;
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

std::chrono::steady_clock::duration retry_delay(int attempt, failure_kind kind, double random) noexcept {
    const double base = kind == failure_kind::throttled ? 1.0 : 0.05;
    const double longest = 20.0;
    const double seconds = random * std::min(longest, base * std::exp2(std::min(attempt - 1, 30)));
    return std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
}

std::optional<std::chrono::steady_clock::duration> plan_retry(const error_info& failure, int attempt, int max_attempts,
                                                              retry_quota& quota, double random) {
    const failure_kind kind = kind_of(failure);
    if (kind == failure_kind::permanent || attempt >= max_attempts || !quota.take(kind)) return std::nullopt;
    return retry_delay(attempt, kind, random);
}

} // namespace sluice::calls
