// The adaptive retry mode's limit on sending: our own cases, and those that the SDKs share.
#include "support/case_account.hpp"
#include "support/conformance.hpp"

#include "client/rate_limiter.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace rate_limiter_test {

using seconds = sluice::calls::rate_limiter::seconds;

TEST_CASE("rate limiter: it rests until the first throttling") {
    sluice::calls::rate_limiter limiter(seconds(100));
    for (int i = 0; i < 1000; ++i) {
        CHECK(limiter.acquire(seconds(100 + i * 0.001)).count() == 0);
        limiter.answered(false, seconds(100 + i * 0.001));
    }
    CHECK_FALSE(limiter.limits());
}

TEST_CASE("rate limiter: after throttling callers wait their turn, in order") {
    sluice::calls::rate_limiter limiter(seconds(100));
    for (int i = 0; i < 20; ++i) limiter.answered(false, seconds(100 + i * 0.1));
    limiter.answered(true, seconds(102));
    REQUIRE(limiter.limits());
    const double rate = limiter.rate();
    CHECK(rate < 10);
    CHECK(rate >= 0.5);
    double before = -1;
    for (int i = 0; i < 50; ++i) {
        const double wait = limiter.acquire(seconds(102)).count();
        CHECK(wait > before);
        before = wait;
    }
    CHECK(before <= 51 / rate);
    CHECK(before >= 48 / rate);
    // What was promised is kept: time passes, and the next one waits for those before it.
    CHECK(limiter.acquire(seconds(102 + before)).count() <= 2 / rate);
}

TEST_CASE("rate limiter: the SDKs' cases of the adaptive mode") {
    const auto file = unit_tests::conformance_json("retries/adaptive-retry.json");
    if (!file) return;
    unit_tests::case_account account("retries_adaptive");
    for (const auto& one : file->at("groups").at("adaptiveRetryCubicTestCases")) {
        const auto& given = one.at("given");
        sluice::calls::cubic_rate curve(given.at("last_max_rate"),
                                        seconds(given.at("last_throttle_time").get<double>()));
        double rate = 0;
        for (const auto& step : one.at("cases")) {
            INFO("step " << step.dump());
            const seconds now(step.at("timestamp").get<double>());
            const bool throttled = step.at("response").get<std::string>() == "throttle";
            rate = throttled ? curve.after_throttling(rate, now) : curve.after_success(now);
            CHECK(rate == doctest::Approx(step.at("calculated_rate").get<double>()).epsilon(1e-6));
        }
        account.ran(one.at("name").get<std::string>(), "");
    }
    for (const auto& one : file->at("groups").at("adaptiveRetryE2eTestCases")) {
        sluice::calls::rate_limiter limiter(seconds(0));
        for (const auto& step : one.at("cases")) {
            INFO("step " << step.dump());
            limiter.answered(step.at("response").get<std::string>() == "throttle",
                             seconds(step.at("timestamp").get<double>()));
            CHECK(limiter.measured_rate() == doctest::Approx(step.at("measured_tx_rate").get<double>()).epsilon(1e-6));
            CHECK(limiter.rate() == doctest::Approx(step.at("new_token_bucket_rate").get<double>()).epsilon(1e-6));
        }
        account.ran(one.at("name").get<std::string>(), "");
    }
    account.close();
}

} // namespace rate_limiter_test
