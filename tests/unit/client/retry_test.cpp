// When a failed call is tried again: our own cases, and those that the SDKs share.
#include "support/conformance.hpp"

#include "client/retry.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace std::chrono_literals;
using sluice::errc;
using sluice::error_info;
using sluice::calls::failure_kind;
using sluice::calls::kind_of;
using sluice::calls::plan_retry;
using sluice::calls::retry_delay;
using sluice::calls::retry_quota;

namespace {

error_info answer(int status, const std::string& service_code = {}) {
    error_info failure;
    failure.http_status = status;
    failure.service_code = service_code;
    return failure;
}

bool about(std::chrono::steady_clock::duration time, double seconds) {
    const double difference = std::chrono::duration<double>(time).count() - seconds;
    return difference < 1e-6 && difference > -1e-6;
}

/// Takes until `wanted` is left: 14 a transient retry, 5 a throttled one.
void drain(retry_quota& quota, int wanted) {
    while (quota.available() > wanted && (quota.available() - wanted) % 5 != 0)
        REQUIRE(quota.take(failure_kind::transient));
    while (quota.available() > wanted) REQUIRE(quota.take(failure_kind::throttled));
    REQUIRE(quota.available() == wanted);
}

/// Plays the responses of one caller. `random` is 1, as the cases ask for the full pause.
void play(const nlohmann::json& responses, int max_attempts, retry_quota& quota) {
    int attempt = 1;
    failure_kind last = failure_kind::permanent;
    for (const auto& step : responses) {
        const auto& expected = step.at("expected");
        const std::string outcome = expected.at("outcome");
        const int status = step.at("response").at("status_code");
        INFO("step " << step.dump());
        if (status == 200) {
            quota.succeeded(attempt - 1, last);
            CHECK(outcome == "success");
            attempt = 1;
        } else {
            const error_info failure = answer(status, step.at("response").value("error_code", ""));
            last = kind_of(failure);
            const auto pause = plan_retry(failure, attempt, max_attempts, quota, 1.0);
            CHECK(pause.has_value() == (outcome == "retry_request"));
            if (pause && expected.contains("delay")) CHECK(about(*pause, expected.at("delay")));
            ++attempt;
        }
        if (expected.contains("retry_quota")) CHECK(quota.available() == expected.at("retry_quota").get<int>());
    }
}

} // namespace

TEST_CASE("retry: what may pass by itself, what is throttling, what is final") {
    for (const int status : {500, 502, 503, 504}) CHECK(kind_of(answer(status)) == failure_kind::transient);
    for (const int status : {400, 403, 404, 413, 501}) CHECK(kind_of(answer(status)) == failure_kind::permanent);
    CHECK(kind_of(answer(429)) == failure_kind::throttled);
    for (const char* code :
         {"Throttling", "ThrottlingException", "RequestThrottled", "SlowDown", "KMS.ThrottlingException",
          "KMSThrottling", "Throttled", "TooManyRequestsException", "RequestLimitExceeded"}) {
        INFO(code);
        CHECK(kind_of(answer(400, code)) == failure_kind::throttled);
        CHECK(kind_of(answer(503, code)) == failure_kind::throttled); // the code wins over the status
    }
    for (const char* code : {"RequestTimeout", "InternalError", "InternalFailure", "ServiceUnavailable"}) {
        CHECK(kind_of(answer(400, code)) == failure_kind::transient);
    }
    CHECK(kind_of(answer(400, "InvalidParameter")) == failure_kind::permanent);
    for (const errc code : {errc::connection, errc::timeout, errc::resolve, errc::bad_reply}) {
        CHECK(kind_of(error_info(code, "")) == failure_kind::transient);
    }
    // A cancelled call, wrong settings and refused certificates do not get better by trying again.
    for (const errc code : {errc::tls, errc::cancelled, errc::unknown_outcome, errc::credentials, errc::configuration,
                            errc::invalid_argument, errc::closed}) {
        CHECK(kind_of(error_info(code, "")) == failure_kind::permanent);
    }
}

TEST_CASE("retry: pauses double from 50 ms, or from 1 s after throttling, up to 20 s, and are shortened at random") {
    CHECK(about(retry_delay(1, failure_kind::transient, 1.0), 0.05));
    CHECK(about(retry_delay(2, failure_kind::transient, 1.0), 0.1));
    CHECK(about(retry_delay(9, failure_kind::transient, 1.0), 12.8));
    CHECK(about(retry_delay(10, failure_kind::transient, 1.0), 20.0));
    CHECK(about(retry_delay(1, failure_kind::throttled, 1.0), 1.0));
    CHECK(about(retry_delay(5, failure_kind::throttled, 1.0), 16.0));
    CHECK(about(retry_delay(6, failure_kind::throttled, 1.0), 20.0));
    CHECK(about(retry_delay(1'000'000, failure_kind::throttled, 1.0), 20.0));
    CHECK(about(retry_delay(3, failure_kind::transient, 0.5), 0.1));
    CHECK(retry_delay(3, failure_kind::transient, 0.0) == 0s);
}

TEST_CASE("retry: the budget is shared, bounded, and refilled by successes") {
    retry_quota quota;
    CHECK(quota.available() == 500);
    quota.succeeded(0, failure_kind::permanent);
    CHECK(quota.available() == 500); // never more than it holds
    drain(quota, 13);
    CHECK_FALSE(quota.take(failure_kind::transient));
    CHECK(quota.available() == 13);
    CHECK(quota.take(failure_kind::throttled));
    CHECK(quota.available() == 8);
    quota.succeeded(0, failure_kind::permanent);
    CHECK(quota.available() == 9);
    quota.succeeded(2, failure_kind::transient);
    CHECK(quota.available() == 23);
}

TEST_CASE("retry: the last attempt is the last, and a final failure costs nothing") {
    retry_quota quota;
    CHECK_FALSE(plan_retry(answer(500), 1, 1, quota, 1.0).has_value());
    CHECK_FALSE(plan_retry(answer(500), 3, 3, quota, 1.0).has_value());
    CHECK_FALSE(plan_retry(answer(400), 1, 3, quota, 1.0).has_value());
    CHECK(quota.available() == 500);
    CHECK(plan_retry(answer(500), 2, 3, quota, 1.0).has_value());
    CHECK(quota.available() == 486);
}

// Left out, with the reason: "Verify max backoff time" (the longest pause is not a setting here), the four cases with
// the x-amz-retry-after header and the five of long polling (both are not implemented), and the case with threads (its
// steps have no order of their own; the budget's arithmetic is the same).
TEST_CASE("retry: the SDKs' cases of the standard mode 2.1") {
    const auto file = unit_tests::conformance_json("retries/standard-retry-2.1.json");
    if (!file) return;
    int ran = 0;
    for (const char* group : {"newStandardRetryIntegrationTestCases", "newStandardRetryMultiInvocationTestCases"}) {
        for (const auto& one : file->at("groups").at(group)) {
            const auto& given = one.at("given");
            const bool hinted = one.at("responses")[0].at("response").contains("headers");
            if (hinted || given.contains("max_backoff_time")) continue;
            INFO("case: " << one.at("name").get<std::string>());
            retry_quota quota;
            drain(quota, given.value("initial_retry_tokens", 500));
            play(one.at("responses"), given.value("max_attempts", 3), quota);
            ++ran;
        }
    }
    CHECK(ran == 8);
}
