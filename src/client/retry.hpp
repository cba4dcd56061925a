// When a failed call is tried again: the "standard" retry mode of the AWS SDKs, version 2.1.
// Source: AWS SDKs and Tools reference guide, "Retry behavior". No clock and no randomness of its own.
#pragma once

#include <sluice/error.hpp>

#include <chrono>
#include <mutex>
#include <optional>
#include <string_view>

namespace sluice::calls {

enum class failure_kind { permanent, transient, throttled };

/// What kind of failure this is: throttling is looked for first, as its code wins over the HTTP status.
failure_kind kind_of(const error_info& failure) noexcept;

/// A budget shared by all calls of a session, so that retries do not make an outage worse. Any thread.
class retry_quota {
  public:
    static constexpr int capacity = 500;

    explicit retry_quota(int tokens = capacity) : available_(tokens) {}

    /// Takes what a retry after `kind` costs; false when the budget does not hold it.
    bool take(failure_kind kind);
    /// A call succeeded after `retries` retries, the last of which was of `last`.
    void succeeded(int retries, failure_kind last);
    [[nodiscard]] int available() const;

  private:
    mutable std::mutex mutex_;
    int available_;
};

struct retry_rules {
    int max_attempts = 3;
    std::chrono::duration<double> longest_pause{20.0};
};

/// A failed attempt as these rules see it.
struct failed_attempt {
    int number = 1; ///< of the call; the first is 1
    failure_kind kind = failure_kind::permanent;
    std::optional<std::chrono::milliseconds> retry_after; ///< what the service asked for
    bool long_poll = false;
};

struct retry_decision {
    enum class verdict { retry, permanent, attempts_exceeded, quota_exceeded };

    verdict outcome = verdict::permanent;
    /// Before the next attempt. A long poll that the budget refuses pauses too, before its error is returned: its
    /// caller will ask again at once.
    std::chrono::steady_clock::duration pause{0};
};

/// `random` is uniform in [0, 1).
retry_decision decide_retry(const failed_attempt& failed, const retry_rules& rules, retry_quota& quota, double random);

/// The pause after attempt `number`, before any wish of the service.
std::chrono::duration<double> retry_delay(int number, failure_kind kind, std::chrono::duration<double> longest,
                                          double random) noexcept;

/// The `x-amz-retry-after` header, in milliseconds. What is no number, or negative, counts as absent.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view header) noexcept;

} // namespace sluice::calls
