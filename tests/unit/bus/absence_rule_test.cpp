// When a queue that was not found is gone.
#include "bus/absence_rule.hpp"

#include <doctest/doctest.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized" // of the value of an empty optional, below -O2
#endif

namespace absence_rule_test {

using namespace std::chrono_literals;
using sluice::bus::absence_rule;

TEST_CASE("absence: a young queue is gone when it is not found for three seconds on end, an old one at once") {
    const absence_rule::time_point made(100s);
    absence_rule rule(made);
    CHECK(!rule.not_found(made));
    CHECK(!rule.not_found(made + 2'999ms));
    rule.found();
    CHECK(!rule.not_found(made + 5s));
    CHECK(!rule.not_found(made + 7'999ms));
    CHECK(rule.not_found(made + 8s));
    absence_rule settled(made);
    CHECK(!settled.not_found(made + 9'999ms));
    settled.found();
    CHECK(settled.not_found(made + 10s));
}

} // namespace absence_rule_test
