#include "client/clock_skew.hpp"

#include <doctest/doctest.h>

namespace clock_skew_test {

using namespace std::chrono_literals;
using sluice::calls::clock_skew;
using sluice::calls::parse_http_date;

namespace {

const auto start = std::chrono::sys_days(std::chrono::year(2026) / 11 / 10) + 8h + 9min + 10s;

} // namespace

TEST_CASE("clock skew: dates of HTTP replies") {
    CHECK(parse_http_date("Tue, 10 Nov 2026 08:09:10 GMT") == start);
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").has_value()); // RFC 9110's own
    for (const char* bad :
         {"", "now", "Tue, 10 Nov 2026", "Tue, 31 Feb 2026 08:09:10 GMT", "Tue, 10 Nov 2026 08:09:10 GMT+1",
          "Tue, 10 Nov 2026 08:09:10 CET", "2026-11-10T08:09:10Z"}) {
        INFO(bad);
        CHECK_FALSE(parse_http_date(bad).has_value());
    }
}

TEST_CASE("clock skew: four minutes and more are corrected, once") {
    clock_skew skew;
    const auto now = start - 1h; // this machine is an hour slow
    CHECK(skew.service_time(now) == now);
    CHECK(skew.sample("Tue, 10 Nov 2026 08:09:10 GMT", false, now - 1s, now));
    CHECK(skew.service_time(now) == start);
    CHECK_FALSE(skew.sample("Tue, 10 Nov 2026 08:09:10 GMT", false, now - 1s, now)); // nothing new
    // Somebody sets the clock right: the correction goes.
    CHECK_FALSE(skew.sample("Tue, 10 Nov 2026 08:09:10 GMT", false, start, start));
    CHECK(skew.service_time(start) == start);
    CHECK(skew.sample("Tue, 10 Nov 2026 08:09:10 GMT", false, start + 4min, start + 4min)); // fast
    CHECK(skew.service_time(start + 4min) == start);
}

TEST_CASE("clock skew: what tells nothing changes nothing") {
    clock_skew skew;
    const auto now = start - 1h;
    CHECK_FALSE(skew.sample("", false, now, now));
    CHECK_FALSE(skew.sample("yesterday", false, now, now));
    CHECK_FALSE(skew.sample("Tue, 10 Nov 2026 08:09:10 GMT", true, now, now));                    // out of a cache
    CHECK_FALSE(skew.sample("Tue, 10 Nov 2026 08:09:10 GMT", false, now - 16min, now));           // on its way too long
    CHECK_FALSE(skew.sample("Tue, 10 Nov 2026 08:09:10 GMT", false, start - 239s, start - 239s)); // near enough
    CHECK(skew.service_time(now) == now);
}

} // namespace clock_skew_test
