// When a delivery to an endpoint is tried again, in exact times, and which policies are refused.
#include <local/delivery_policy.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace delivery_policy_test {

using namespace sluice::local;
using namespace std::chrono_literals;

namespace {

const time_point start = time_point(1'000'000s);

retry_policy policy_of(const std::string& members) {
    return parse_subscription_delivery_policy(R"({"healthyRetryPolicy":{)" + members + "}}", false).retries.value();
}

/// The pauses, in milliseconds, between attempts that take no time.
std::vector<long> pauses(const retry_policy& policy) {
    std::vector<long> all;
    retry_schedule schedule(policy, start);
    time_point now = start;
    while (const auto next = schedule.next(now)) {
        all.push_back(static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(*next - now).count()));
        now = *next;
    }
    return all;
}

std::string refusal(const std::string& json, bool raw = false) {
    try {
        parse_subscription_delivery_policy(json, raw);
    } catch (const bad_delivery_policy& why) {
        return why.text;
    }
    return "taken";
}

std::string topic_refusal(const std::string& json) {
    try {
        parse_topic_delivery_policy(json);
    } catch (const bad_delivery_policy& why) {
        return why.text;
    }
    return "taken";
}

} // namespace

TEST_CASE("delivery policy: three retries, 20 s apart, unless it is said otherwise") {
    CHECK(pauses(retry_policy()) == std::vector<long>{20'000, 20'000, 20'000});
    CHECK(effective_policy({}, {}).content_type == "text/plain; charset=UTF-8");
    // The example of the developer guide: the longest delay is 40 s.
    CHECK(pauses(policy_of(R"("maxDelayTarget":40)")) == std::vector<long>{20'000, 30'000, 40'000});
    CHECK(pauses(policy_of(R"("numRetries":0)")).empty());
}

TEST_CASE("delivery policy: the four phases follow each other") {
    // The developer guide's: 3 at once, 2 after 1 s, 10 in the backoff, 35 after 60 s.
    const auto all = pauses(policy_of(R"("minDelayTarget":1,"maxDelayTarget":60,"numRetries":50,"numNoDelayRetries":3,
        "numMinDelayRetries":2,"numMaxDelayRetries":35,"backoffFunction":"exponential")"));
    REQUIRE(all.size() == 50);
    CHECK(std::vector<long>(all.begin(), all.begin() + 5) == std::vector<long>{0, 0, 0, 1'000, 1'000});
    CHECK(all[5] == 1'000);
    CHECK(all[14] == 60'000);
    for (std::size_t i = 6; i < 15; ++i) CHECK(all[i] > all[i - 1]);
    for (std::size_t i = 15; i < 50; ++i) CHECK(all[i] == 60'000);
}

TEST_CASE("delivery policy: four ways from the shortest delay to the longest") {
    const auto with = [](const std::string& function) {
        return pauses(policy_of(R"("minDelayTarget":5,"maxDelayTarget":80,"numRetries":5,"backoffFunction":")" +
                                function + "\""));
    };
    CHECK(with("linear") == std::vector<long>{5'000, 23'750, 42'500, 61'250, 80'000});
    CHECK(with("arithmetic") == std::vector<long>{5'000, 12'500, 27'500, 50'000, 80'000});
    CHECK(with("geometric") == std::vector<long>{5'000, 10'000, 20'000, 40'000, 80'000});
    CHECK(with("exponential") == std::vector<long>{5'000, 10'000, 20'000, 40'000, 80'000});
    // These two differ elsewhere.
    const auto wide = [](const std::string& function) {
        return pauses(policy_of(R"("minDelayTarget":1,"maxDelayTarget":100,"numRetries":3,"backoffFunction":")" +
                                function + "\""));
    };
    CHECK(wide("geometric") == std::vector<long>{1'000, 10'000, 100'000});
    CHECK(wide("exponential") == std::vector<long>{1'000, 34'000, 100'000});
    CHECK(pauses(policy_of(R"("minDelayTarget":7,"maxDelayTarget":70,"numRetries":1)")) == std::vector<long>{7'000});
}

TEST_CASE("delivery policy: the pause begins with the failure, and after an hour nothing is tried again") {
    retry_schedule schedule(retry_policy(), start);
    // An attempt that takes its 15 s: the next one begins 35 s after it did.
    CHECK(schedule.next(start + 15s) == start + 35s);
    CHECK(schedule.retries() == 1);
    retry_schedule long_ones(policy_of(R"("minDelayTarget":3600,"maxDelayTarget":3600)"), start);
    CHECK(long_ones.next(start) == start + 3'600s);
    CHECK_FALSE(long_ones.next(start + 3'600s));
    retry_schedule late(policy_of(R"("minDelayTarget":3600,"maxDelayTarget":3600)"), start);
    CHECK_FALSE(late.next(start + 1s));
    CHECK(late.retries() == 0);
    CHECK(pauses(policy_of(R"("minDelayTarget":60,"maxDelayTarget":60,"numRetries":100)")).size() == 60);
}

TEST_CASE("delivery policy: what is refused, with the reason") {
    const auto healthy = [](const std::string& members) {
        return refusal(R"({"healthyRetryPolicy":{)" + members + "}}");
    };
    CHECK(refusal("{") == "failed to parse JSON.");
    CHECK(refusal("[]") == "failed to parse JSON.");
    CHECK(refusal(R"({"http":{}})") == "Unexpected JSON member: http");
    CHECK(refusal(std::string(1'000, '[')) == "failed to parse JSON.");
    CHECK(refusal(R"({"healthyRetryPolicy":1})") == "healthyRetryPolicy must be a JSON object");
    CHECK(healthy(R"("retries":1)") == "Unexpected JSON member: retries");
    CHECK(healthy(R"("numRetries":101)") == "numRetries must be an integer from 0 to 100, not 101");
    CHECK(healthy(R"("numRetries":-1)") == "numRetries must be an integer from 0 to 100, not -1");
    CHECK(healthy(R"("numRetries":1.5)") == "numRetries must be an integer from 0 to 100, not 1.5");
    CHECK(healthy(R"("numRetries":"3")") == "numRetries must be an integer from 0 to 100, not \"3\"");
    CHECK(healthy(R"("numRetries":99999999999999999999)").starts_with("numRetries must be"));
    CHECK(healthy(R"("minDelayTarget":0)") == "minDelayTarget must be an integer from 1 to 3600, not 0");
    CHECK(healthy(R"("maxDelayTarget":3601)") == "maxDelayTarget must be an integer from 1 to 3600, not 3601");
    CHECK(healthy(R"("minDelayTarget":21)") == "minDelayTarget (21) must not be greater than maxDelayTarget (20)");
    CHECK(healthy(R"("numNoDelayRetries":2,"numMaxDelayRetries":2)") ==
          "numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries are 4 together, more than numRetries (3)");
    CHECK(healthy(R"("backoffFunction":"cubic")") ==
          "backoffFunction must be linear, arithmetic, geometric or exponential, not \"cubic\"");
    CHECK(healthy(R"("numRetries":100,"minDelayTarget":1,"maxDelayTarget":3600)") == "taken");
    CHECK(refusal(R"({"throttlePolicy":{"maxReceivesPerSecond":0}})")
              .starts_with("maxReceivesPerSecond must be an integer from 1"));
    // As others send it.
    CHECK(refusal(R"({"healthyRetryPolicy":null,"sicklyRetryPolicy":null,"throttlePolicy":null,"guaranteed":false})") ==
          "taken");
    CHECK(topic_refusal(R"({"healthyRetryPolicy":{}})") == "Unexpected JSON member: healthyRetryPolicy");
    CHECK(topic_refusal(R"({"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}})").starts_with("numRetries"));
    CHECK(topic_refusal(R"({"http":{"disableSubscriptionOverrides":1}})") ==
          "disableSubscriptionOverrides must be true or false, not 1");
}

TEST_CASE("delivery policy: content types of envelopes are two, of raw messages many") {
    const auto with = [](const std::string& type, bool raw) {
        return refusal(R"({"requestPolicy":{"headerContentType":")" + type + "\"}}", raw);
    };
    CHECK(with("application/json", false) == "taken");
    CHECK(with("text/plain; charset=UTF-8", false) == "taken");
    CHECK(with("text/csv", false) ==
          "headerContentType \"text/csv\" is not supported: without raw delivery it is application/json or text/plain");
    CHECK(with("text/csv", true) == "taken");
    CHECK(with("text/bogus", true) == "headerContentType \"text/bogus\" is not supported");
    CHECK(with(R"(text/plain\r\nX: y)", true) != "taken");
    CHECK(with("text/plain; charset=latin1", true) != "taken");
}

TEST_CASE("delivery policy: the subscription's goes before the topic's, unless that one forbids it") {
    const auto topic = parse_topic_delivery_policy(
        R"({"http":{"defaultHealthyRetryPolicy":{"numRetries":7},"defaultThrottlePolicy":{"maxReceivesPerSecond":3}}})");
    const auto own = parse_subscription_delivery_policy(
        R"({"healthyRetryPolicy":{"numRetries":1},"requestPolicy":{"headerContentType":"application/json"}})", false);
    const auto both = effective_policy(topic, own);
    CHECK(both.retries.retries == 1);
    CHECK(both.max_receives_per_second == 3);
    CHECK(both.content_type == "application/json");
    auto strict = topic;
    strict.disable_subscription_overrides = true;
    CHECK(effective_policy(strict, own).retries.retries == 7);
    CHECK(subscription_policy_json(both) ==
          R"({"healthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":1,"numMaxDelayRetries":0,)"
          R"("numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"sicklyRetryPolicy":null,)"
          R"("throttlePolicy":{"maxReceivesPerSecond":3},"requestPolicy":{"headerContentType":"application/json"},)"
          R"("guaranteed":false})");
    CHECK(
        topic_policy_json({}) ==
        R"({"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,)"
        R"("numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},)"
        R"("disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}})");
}

} // namespace delivery_policy_test
