// How often and when a delivery to an HTTP(S) endpoint is tried again: the attribute DeliveryPolicy of topics and
// subscriptions. Pure.
// Source: SNS developer guide, "Amazon SNS message delivery retries"; its tables have the ranges and the defaults.
#pragma once

#include "local/text.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::local {

enum class backoff_function { linear, arithmetic, geometric, exponential };

struct retry_policy {
    int min_delay = 20; ///< seconds
    int max_delay = 20; ///< seconds
    int retries = 3;    ///< in all phases together
    int no_delay_retries = 0;
    int min_delay_retries = 0;
    int max_delay_retries = 0;
    backoff_function function = backoff_function::linear;

    friend bool operator==(const retry_policy&, const retry_policy&) = default;
};

/// What one attribute says; the rest is for others to say.
struct delivery_policy_part {
    std::optional<retry_policy> retries;
    std::optional<int> max_receives_per_second;
    std::optional<std::string> content_type;
    bool disable_subscription_overrides = false; ///< of topics
};

struct delivery_policy {
    retry_policy retries;
    std::optional<int> max_receives_per_second;
    std::string content_type = "text/plain; charset=UTF-8";
};

/// Thrown for a policy that cannot be.
struct bad_delivery_policy {
    std::string text;
};

/// `{"http":{"defaultHealthyRetryPolicy":{…},…}}`; empty text says nothing. Throws `bad_delivery_policy`.
delivery_policy_part parse_topic_delivery_policy(std::string_view json);
/// `{"healthyRetryPolicy":{…},…}`. With raw delivery more content types are allowed.
delivery_policy_part parse_subscription_delivery_policy(std::string_view json, bool raw);

delivery_policy effective_policy(const delivery_policy_part& topic, const delivery_policy_part& subscription);

/// The attribute EffectiveDeliveryPolicy of a topic, and of a subscription.
std::string topic_policy_json(const delivery_policy_part& topic);
std::string subscription_policy_json(const delivery_policy& policy);

/// When a delivery that fails is tried again.
class retry_schedule {
  public:
    retry_schedule(const retry_policy& policy, time_point begun) : policy_(policy), begun_(begun) {}

    /// After an attempt that failed at `now`: when the next one is to begin, or nothing when there is none. The pause
    /// is counted from the failure, and no retry begins more than an hour after the first attempt.
    std::optional<time_point> next(time_point now);
    /// How many retries `next` gave.
    [[nodiscard]] int retries() const noexcept { return retries_; }

  private:
    retry_policy policy_;
    time_point begun_;
    int retries_ = 0;
};

/// Before retry number `retry`, from 1 to `policy.retries`. The service jitters; here the same policy always gives the
/// same times.
std::chrono::milliseconds delay_before(const retry_policy& policy, int retry);

} // namespace sluice::local
