#include "protocol/timestamp.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>

#include <string>

namespace timestamp_test {

using sluice::protocol::parse_date_time;

namespace {

/// Milliseconds since 1970, or nothing.
std::optional<std::int64_t> parsed(std::string_view text) {
    const auto time = parse_date_time(text);
    if (!time) return std::nullopt;
    return time->time_since_epoch().count();
}

} // namespace

TEST_CASE("date-time: UTC, fractions and offsets") {
    CHECK(parsed("1970-01-01T00:00:00Z") == 0);
    CHECK(parsed("2014-04-29T18:30:38Z") == 1'398'796'238'000);
    CHECK(parsed("2014-04-29t18:30:38z") == 1'398'796'238'000);
    CHECK(parsed("2000-01-02T20:34:56.123Z") == 946'845'296'123);
    CHECK(parsed("2000-01-02T20:34:56.1Z") == 946'845'296'100);
    CHECK(parsed("2000-01-02T20:34:56.1239999Z") == 946'845'296'123); // cut, not rounded
    CHECK(parsed("2019-12-16T22:48:18-01:00") == 1'576'540'098'000);
    CHECK(parsed("2019-12-17T00:48:18+01:00") == 1'576'540'098'000);
    CHECK(parsed("2024-02-29T00:00:00Z") == 1'709'164'800'000);
    CHECK(parsed("1969-12-31T23:59:59.500Z") == -500);
    CHECK(parsed("2016-12-31T23:59:60Z") == parsed("2017-01-01T00:00:00Z")); // a leap second
}

TEST_CASE("date-time: what is none") {
    for (const char* text : {"",
                             "2014-04-29",
                             "2014-04-29T18:30:38",
                             "2014-04-29 18:30:38Z",
                             "2014-13-01T00:00:00Z",
                             "2014-00-01T00:00:00Z",
                             "2023-02-29T00:00:00Z",
                             "2014-04-31T00:00:00Z",
                             "2014-04-29T24:00:00Z",
                             "2014-04-29T18:60:00Z",
                             "2014-04-29T18:30:61Z",
                             "2014-04-29T18:30:38.Z",
                             "2014-04-29T18:30:38+1:00",
                             "2014-04-29T18:30:38+24:00",
                             "2014-04-29T18:30:38+01:60",
                             "2014-04-29T18:30:38+0100",
                             "2014-04-29T18:30:38Zx",
                             "14-04-29T18:30:38Z",
                             "1398796238",
                             "-2014-04-29T18:30:38Z"}) {
        INFO(text);
        CHECK_FALSE(parsed(text).has_value());
    }
    const std::string whole = "2000-01-02T20:34:56.123+01:00";
    for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(parsed(whole.substr(0, size)).has_value());
}

TEST_CASE("timestamps: written in whole seconds, and read again") {
    const auto time = parse_date_time("2026-11-26T23:59:59.900+01:00");
    REQUIRE(time.has_value());
    CHECK(sluice::protocol::date_time_text(*time) == "2026-11-26T22:59:59Z");
}

TEST_CASE("times that the system clock cannot hold become the nearest ones that it can be reckoned with") {
    using std::chrono::sys_days;
    using std::chrono::year;
    const std::chrono::system_clock::time_point first = sys_days(year(1700) / 1 / 1);
    const std::chrono::system_clock::time_point last = sys_days(year(2200) / 1 / 1);
    for (const char* early : {"1011-05-02T18:36:00Z", "0001-01-01T00:00:00Z", "1677-09-21T00:12:43Z"}) {
        CHECK(std::chrono::system_clock::time_point(*parse_date_time(early)) == first);
    }
    for (const char* late : {"9999-12-31T23:59:59.999Z", "2262-04-11T23:47:17Z"}) {
        CHECK(std::chrono::system_clock::time_point(*parse_date_time(late)) == last);
    }
    using sluice::protocol::time_of_milliseconds;
    CHECK(time_of_milliseconds(std::numeric_limits<std::int64_t>::max()) == last);
    CHECK(time_of_milliseconds(std::numeric_limits<std::int64_t>::min()) == first);
    CHECK(time_of_milliseconds(1'500) == std::chrono::system_clock::time_point(std::chrono::milliseconds(1'500)));
}

TEST_CASE("times in milliseconds: written as they are read") {
    using sluice::protocol::date_time_text_in_milliseconds;
    for (const char* text : {"2026-03-01T00:00:00.007Z", "1969-12-31T23:59:59.999Z", "2024-02-29T23:59:59.120Z",
                             "1700-01-01T00:00:00.000Z", "2199-12-31T23:59:59.999Z"}) {
        CHECK(date_time_text_in_milliseconds(*parse_date_time(text)) == text);
    }
    const auto fine = std::chrono::system_clock::time_point(std::chrono::microseconds(1'999));
    CHECK(date_time_text_in_milliseconds(fine) == "1970-01-01T00:00:00.001Z");
    CHECK(date_time_text_in_milliseconds(std::chrono::system_clock::time_point::max()) == "2200-01-01T00:00:00.000Z");
}

} // namespace timestamp_test
