// When a failed call is tried again: the "standard" retry mode of the AWS SDKs, version 2.1.
// Source: AWS SDKs and Tools reference guide, "Retry behavior". No clock and no randomness of its own.
#pragma once

#include <sluice/error.hpp>

#include <chrono>
#include <mutex>
#include <optional>

namespace sluice::calls {

enum class failure_kind { permanent, transient, throttled };

/// What kind of failure this is: throttling is looked for first, as its code wins over the HTTP status.
failure_kind kind_of(const error_info& failure) noexcept;

/// A budget shared by all calls of a session, so that retries do not make an outage worse. Any thread.
class retry_quota {
  public:
    static constexpr int capacity = 500;

    /// Takes what a retry after `kind` costs; false when the budget does not hold it.
    bool take(failure_kind kind);
    /// A call succeeded after `retries` retries, the last of which was of `last`.
    void succeeded(int retries, failure_kind last);
    [[nodiscard]] int available() const;

  private:
    mutable std::mutex mutex_;
    int available_ = capacity;
};

/// The pause before attempt `attempt + 1`. `random` is uniform in [0, 1).
std::chrono::steady_clock::duration retry_delay(int attempt, failure_kind kind, double random) noexcept;

/// The pause before the next attempt, or nothing when `failure` of attempt `attempt` (the first is 1) is final.
std::optional<std::chrono::steady_clock::duration> plan_retry(const error_info& failure, int attempt, int max_attempts,
                                                              retry_quota& quota, double random);

} // namespace sluice::calls
