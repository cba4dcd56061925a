// When keys are renewed: windows, pauses after failures, keys that come expired.
#include "credentials/refresh_schedule.hpp"

#include <doctest/doctest.h>

namespace refresh_schedule_test {

using namespace std::chrono_literals;
using sluice::moment;
using sluice::refresh_schedule;
using sluice::refresh_step;

namespace {

const auto start = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);

moment at(std::chrono::system_clock::duration after) {
    return {start + after, std::chrono::steady_clock::time_point(
                               std::chrono::duration_cast<std::chrono::steady_clock::duration>(1h + after))};
}

} // namespace

TEST_CASE("refresh schedule: without keys they are waited for") {
    const refresh_schedule fresh;
    CHECK(fresh.next(at(0s)) == refresh_step::wait);
    CHECK_FALSE(fresh.usable(start));
}

TEST_CASE("refresh schedule: keys of an hour: used, renewed behind from 15 min, waited for from 10 min before") {
    refresh_schedule keys;
    keys.loaded(start + 1h, at(0s), 0.0);
    CHECK(keys.next(at(0s)) == refresh_step::use);
    CHECK(keys.next(at(45min - 1s)) == refresh_step::use);
    CHECK(keys.next(at(45min)) == refresh_step::refresh_behind);
    CHECK(keys.next(at(50min - 1s)) == refresh_step::refresh_behind);
    CHECK(keys.next(at(50min)) == refresh_step::wait);
    CHECK(keys.usable(start + 1h - 1s));
    CHECK_FALSE(keys.usable(start + 1h));
    CHECK(keys.next(at(1h)) == refresh_step::wait);
}

TEST_CASE("refresh schedule: chance makes the advisory window up to a fifth longer") {
    refresh_schedule keys;
    keys.loaded(start + 1h, at(0s), 0.5);
    CHECK(keys.next(at(43min + 29s)) == refresh_step::use);
    CHECK(keys.next(at(43min + 30s)) == refresh_step::refresh_behind);
}

TEST_CASE("refresh schedule: short-lived keys have short windows") {
    refresh_schedule keys;
    keys.loaded(start + 6min, at(0s), 0.0);
    CHECK(keys.next(at(4min - 1s)) == refresh_step::use);
    CHECK(keys.next(at(4min)) == refresh_step::refresh_behind);
    CHECK(keys.next(at(5min)) == refresh_step::wait);
}

TEST_CASE("refresh schedule: keys without an end are used until a service refuses them") {
    refresh_schedule keys;
    keys.loaded(std::nullopt, at(0s), 0.0);
    CHECK(keys.next(at(24h * 365)) == refresh_step::use);
    keys.refused();
    CHECK(keys.next(at(0s)) == refresh_step::wait);
    CHECK_FALSE(keys.usable(start));
}

TEST_CASE("refresh schedule: after failures the pauses double up to 5 minutes; valid keys are used meanwhile") {
    refresh_schedule keys;
    keys.loaded(start + 1h, at(0s), 0.0);
    keys.failed(at(51min), 1.0);
    CHECK(keys.next(at(51min + 999ms)) == refresh_step::use);
    CHECK(keys.next(at(51min + 1s)) == refresh_step::wait);
    keys.failed(at(51min + 1s), 1.0);
    CHECK(keys.next(at(51min + 2s)) == refresh_step::use);
    CHECK(keys.next(at(51min + 3s)) == refresh_step::wait);
    for (int i = 0; i < 40; ++i) keys.failed(at(52min), 1.0);
    CHECK(keys.next(at(57min - 1s)) == refresh_step::use);
    CHECK(keys.next(at(57min)) == refresh_step::wait);
    keys.loaded(start + 2h, at(58min), 0.0);
    CHECK(keys.next(at(58min)) == refresh_step::use);
    keys.failed(at(105min), 0.0); // the first one again, and half of it
    CHECK(keys.next(at(105min + 499ms)) == refresh_step::use);
    CHECK(keys.next(at(105min + 500ms)) == refresh_step::refresh_behind);
}

TEST_CASE("refresh schedule: without valid keys a pause means failure at once") {
    refresh_schedule keys;
    keys.failed(at(0s), 1.0);
    CHECK(keys.next(at(999ms)) == refresh_step::fail);
    CHECK(keys.next(at(1s)) == refresh_step::wait);
}

TEST_CASE("refresh schedule: keys that come expired are used for a minute, as the clock may be wrong") {
    refresh_schedule keys;
    keys.loaded(start - 1h, at(0s), 0.0);
    CHECK(keys.usable(start + 59s));
    CHECK(keys.next(at(0s)) == refresh_step::use);
    CHECK(keys.next(at(61s)) == refresh_step::wait);
}

} // namespace refresh_schedule_test
