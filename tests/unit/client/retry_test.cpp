// When a failed call is tried again: our own cases, and those that the SDKs share.
#include "support/case_account.hpp"
#include "support/conformance.hpp"

#include "client/retry.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace retry_test {

using namespace std::chrono_literals;
using sluice::errc;
using sluice::error_info;
using sluice::calls::failure_kind;
using sluice::calls::kind_of;
using sluice::calls::retry_delay;
using sluice::calls::retry_quota;
using sluice::calls::retry_rules;
using verdict = sluice::calls::retry_decision::verdict;

namespace {

error_info answer(int status, const std::string& service_code = {}) {
    error_info failure;
    failure.http_status = status;
    failure.service_code = service_code;
    return failure;
}

bool about(std::chrono::duration<double> time, double seconds) {
    const double difference = time.count() - seconds;
    return difference < 1e-6 && difference > -1e-6;
}

/// The full pause after attempt `number`, in the rules that users get.
std::chrono::duration<double> longest_after(int number, failure_kind kind, double random = 1.0) {
    return retry_delay(number, kind, sluice::calls::retry_rules().longest_pause, random);
}

verdict decide(const error_info& failure, int number, int max_attempts, retry_quota& quota) {
    sluice::calls::failed_attempt failed;
    failed.number = number;
    failed.kind = kind_of(failure);
    retry_rules rules;
    rules.max_attempts = max_attempts;
    return decide_retry(failed, rules, quota, 1.0).outcome;
}

std::string name_of(verdict outcome) {
    switch (outcome) {
    case verdict::retry: return "retry_request";
    case verdict::permanent: return "fail_request";
    case verdict::attempts_exceeded: return "max_attempts_exceeded";
    case verdict::quota_exceeded: return "retry_quota_exceeded";
    }
    return "?";
}

/// Plays the responses of one caller. `random` is 1, as the cases ask for the full pause.
class player {
  public:
    player(const nlohmann::json& given, retry_quota& quota) : quota_(quota) {
        rules_.max_attempts = given.value("max_attempts", 3);
        rules_.longest_pause = std::chrono::duration<double>(given.value("max_backoff_time", 20.0));
        failed_.long_poll = given.value("long_polling", false);
    }

    void play(const nlohmann::json& step) {
        INFO("step " << step.dump());
        const auto& response = step.at("response");
        const auto& expected = step.at("expected");
        const std::string outcome = expected.at("outcome");
        const int status = response.at("status_code");
        if (status == 200) {
            quota_.succeeded(failed_.number - 1, failed_.kind);
            CHECK(outcome == "success");
            failed_.number = 1;
        } else {
            failed_.kind = kind_of(answer(status, response.value("error_code", "")));
            failed_.retry_after.reset();
            if (response.contains("headers"))
                failed_.retry_after =
                    sluice::calls::parse_retry_after(response["headers"]["x-amz-retry-after"].get<std::string>());
            const auto decision = decide_retry(failed_, rules_, quota_, 1.0);
            CHECK(name_of(decision.outcome) == outcome);
            if (expected.contains("delay")) CHECK(about(decision.pause, expected.at("delay")));
            else if (decision.outcome != verdict::retry) CHECK(decision.pause == 0s);
            ++failed_.number;
        }
        if (expected.contains("retry_quota")) CHECK(quota_.available() == expected.at("retry_quota").get<int>());
    }

  private:
    retry_quota& quota_;
    retry_rules rules_;
    sluice::calls::failed_attempt failed_;
};

/// The cases of all groups of a file.
std::vector<nlohmann::json> cases_of(const std::string& file) {
    const auto suite = unit_tests::conformance_json("retries/" + file).value();
    if (suite.contains("cases")) return suite.at("cases");
    std::vector<nlohmann::json> all;
    for (const auto& [group, cases] : suite.at("groups").items()) all.insert(all.end(), cases.begin(), cases.end());
    return all;
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
    for (const errc code : {errc::connection, errc::timeout, errc::resolve}) {
        CHECK(kind_of(error_info(code, "")) == failure_kind::transient);
    }
    // A cancelled call, wrong settings, refused certificates and nonsense do not get better by trying again.
    for (const errc code : {errc::tls, errc::bad_reply, errc::cancelled, errc::unknown_outcome, errc::credentials,
                            errc::configuration, errc::invalid_argument, errc::closed}) {
        CHECK(kind_of(error_info(code, "")) == failure_kind::permanent);
    }
}

TEST_CASE("retry: pauses double from 50 ms, or from 1 s after throttling, up to 20 s, and are shortened at random") {
    CHECK(about(longest_after(1, failure_kind::transient), 0.05));
    CHECK(about(longest_after(2, failure_kind::transient), 0.1));
    CHECK(about(longest_after(9, failure_kind::transient), 12.8));
    CHECK(about(longest_after(10, failure_kind::transient), 20.0));
    CHECK(about(longest_after(1, failure_kind::throttled), 1.0));
    CHECK(about(longest_after(5, failure_kind::throttled), 16.0));
    CHECK(about(longest_after(6, failure_kind::throttled), 20.0));
    CHECK(about(longest_after(1'000'000, failure_kind::throttled), 20.0));
    CHECK(about(longest_after(3, failure_kind::transient, 0.5), 0.1));
    CHECK(longest_after(3, failure_kind::transient, 0.0) == 0s);
}

TEST_CASE("retry: the budget is shared, bounded, and refilled by successes") {
    retry_quota quota;
    CHECK(quota.available() == 500);
    quota.succeeded(0, failure_kind::permanent);
    CHECK(quota.available() == 500); // never more than it holds
    for (int i = 0; i < 33; ++i) REQUIRE(quota.take(failure_kind::transient));
    for (int i = 0; i < 5; ++i) REQUIRE(quota.take(failure_kind::throttled));
    CHECK(quota.available() == 13);
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
    CHECK(decide(answer(500), 1, 1, quota) == verdict::attempts_exceeded);
    CHECK(decide(answer(500), 3, 3, quota) == verdict::attempts_exceeded);
    CHECK(decide(answer(400), 1, 3, quota) == verdict::permanent);
    CHECK(quota.available() == 500);
    CHECK(decide(answer(500), 2, 3, quota) == verdict::retry);
    CHECK(quota.available() == 486);
}

TEST_CASE("retry: what the service asks to wait for is milliseconds, or nothing") {
    using sluice::calls::parse_retry_after;
    CHECK(parse_retry_after("1500") == 1500ms);
    CHECK(parse_retry_after("0") == 0ms);
    for (const char* bad : {"", "-1", "1.5", "12s", " 12", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
        INFO(bad);
        CHECK_FALSE(parse_retry_after(bad).has_value());
    }
}

TEST_CASE("retry: the SDKs' cases") {
    if (!test_support::conformance_dir()) return test_support::skip("no conformance data: retries");
    unit_tests::case_account account("retries");
    for (const auto& one : cases_of("standard-retry-2.1.json")) {
        const std::string id = "2.1: " + one.at("name").get<std::string>();
        INFO(id);
        const auto& given = one.at("given");
        retry_quota quota(given.value("initial_retry_tokens", 500));
        player caller(given, quota);
        if (one.contains("threads")) {
            // Two callers on one budget: their steps are interleaved in the order in which the case's budget sinks and
            // rises.
            player other(given, quota);
            const auto& threads = one.at("threads");
            caller.play(threads[0][0]);
            caller.play(threads[0][1]);
            other.play(threads[1][0]);
            other.play(threads[1][1]);
            caller.play(threads[0][2]);
            CHECK(quota.available() == one.at("expected_final_quota").get<int>());
        } else {
            for (const auto& step : one.at("responses")) caller.play(step);
        }
        account.ran(id, "");
    }
    // Left out as a whole: each must have its reason in the list.
    for (const auto& one : cases_of("standard-retry-2.0.json")) {
        CHECK_FALSE(account.wants("2.0: " + one.at("name").get<std::string>()));
    }
    for (const auto& one : cases_of("service-specific-retry-2.1.json")) {
        CHECK_FALSE(account.wants("service: " + one.at("name").get<std::string>()));
    }
    account.close();
}

} // namespace retry_test
