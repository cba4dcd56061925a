// What a broker remembers of its requests.
#include <local/activity_log.hpp>

#include <doctest/doctest.h>

namespace activity_log_test {

using namespace std::chrono_literals;
using sluice::local::activity_log;
using sluice::local::broker_status;
using sluice::local::request_record;
using sluice::local::time_point;

namespace {

const time_point start = std::chrono::sys_days(std::chrono::year(2026) / 11 / 27);

request_record make(int status, const std::string& code = "") {
    request_record one;
    one.client = "127.0.0.1:1";
    one.operation = "SendMessage";
    one.status = status;
    one.code = code;
    return one;
}

broker_status report(const activity_log& log, time_point now) {
    broker_status seen;
    seen.now = now;
    log.report(seen);
    return seen;
}

} // namespace

TEST_CASE("activity log: counts, rates, and what failed") {
    activity_log log;
    for (int i = 0; i < 20; ++i) log.note(make(200), start);
    log.note(make(400, "QueueDoesNotExist"), start);
    log.note(make(0), start + 1ms);
    log.note("message 1 was not delivered", start + 2ms);
    const broker_status seen = report(log, start + 1s);
    CHECK(seen.requests == 22);
    CHECK(seen.failures == 2);
    CHECK(seen.request_rate.ten_seconds == 2.2);
    REQUIRE(seen.troubles.size() == 3);
    CHECK(seen.troubles[0].message == "message 1 was not delivered");
    CHECK(seen.troubles[0].operation.empty());
    CHECK(seen.troubles[1].status == 0);
    CHECK(seen.troubles[2].code == "QueueDoesNotExist");
    CHECK(seen.troubles[2].time == start);
}

TEST_CASE("activity log: it is bounded, in number and in bytes") {
    activity_log log;
    for (std::size_t i = 0; i < activity_log::most_troubles + 7; ++i) {
        log.note(make(400, "E" + std::to_string(i)), start);
    }
    log.note(std::string(1'000'000, 'x'), start);
    const broker_status seen = report(log, start);
    REQUIRE(seen.troubles.size() == activity_log::most_troubles);
    CHECK(seen.troubles[0].message.size() == activity_log::longest_text);
    CHECK(seen.troubles[1].code == "E" + std::to_string(activity_log::most_troubles + 6));
    CHECK(seen.failures == activity_log::most_troubles + 7);
}

} // namespace activity_log_test
