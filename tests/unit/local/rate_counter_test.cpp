// Rates of the last seconds, in virtual time.
#include <local/rate_counter.hpp>

#include <doctest/doctest.h>

namespace rate_counter_test {

using namespace std::chrono_literals;
using sluice::local::rate_counter;
using sluice::local::time_point;

namespace {

const time_point start = std::chrono::sys_days(std::chrono::year(2026) / 11 / 27);

} // namespace

TEST_CASE("rate counter: seconds that are complete count, the running one does not") {
    rate_counter counter;
    CHECK(counter.per_second(start, 10s) == 0);
    counter.add(start);
    counter.add(start + 999ms, 4);
    CHECK(counter.per_second(start + 999ms, 10s) == 0);
    CHECK(counter.per_second(start + 1s, 10s) == 0.5);
    CHECK(counter.per_second(start + 1s, 1s) == 5);
    CHECK(counter.per_second(start + 1999ms, 1s) == 5);
    CHECK(counter.per_second(start + 2s, 1s) == 0);
    CHECK(counter.per_second(start + 10s, 10s) == 0.5);
    CHECK(counter.per_second(start + 11s, 10s) == 0);
    CHECK(counter.per_second(start + 11s, 60s) == 5.0 / 60);
    CHECK(counter.per_second(start + 60s, 60s) == 5.0 / 60);
    CHECK(counter.per_second(start + 61s, 60s) == 0);
}

TEST_CASE("rate counter: a steady stream has its rate, after pauses too") {
    rate_counter counter;
    for (int second = 0; second < 200; ++second) counter.add(start + std::chrono::seconds(second), 7);
    CHECK(counter.per_second(start + 200s, 10s) == 7);
    CHECK(counter.per_second(start + 200s, 60s) == 7);
    counter.add(start + 230s, 100);
    CHECK(counter.per_second(start + 231s, 60s) == (29 * 7 + 100) / 60.0); // of 171..199, and the last one
    counter.add(start + 24h, 1);
    CHECK(counter.per_second(start + 24h + 1s, 60s) == 1.0 / 60);
}

TEST_CASE("rate counter: a clock that is set back, and windows that cannot be") {
    rate_counter counter;
    counter.add(start + 100s, 2);
    counter.add(start + 50s, 3); // counts where the clock was
    CHECK(counter.per_second(start + 101s, 1s) == 5);
    CHECK(counter.per_second(start, 1s) == 0); // the same second still runs
    CHECK(counter.per_second(start + 101s, 0s) == 5);
    CHECK(counter.per_second(start + 101s, 9999s) == 5.0 / 60);
}

} // namespace rate_counter_test
