// What the program says of polls that fail.
#include "cli/poll_trouble.hpp"

#include <doctest/doctest.h>

namespace poll_trouble_test {

using namespace std::chrono_literals;
using sluice::cli::poll_trouble;

namespace {

const poll_trouble::time_point start{};

sluice::sqs::reader_statistics seen(std::size_t answered, std::size_t failed, std::string error = {}) {
    sluice::sqs::reader_statistics now;
    now.polls = answered;
    now.failed_polls = failed;
    now.last_poll_error = std::move(error);
    return now;
}

} // namespace

TEST_CASE("polls that fail: each reason is told once") {
    poll_trouble trouble;
    CHECK_FALSE(trouble.news(seen(0, 0), start));
    CHECK(trouble.news(seen(0, 1, "no"), start) == "no");
    CHECK_FALSE(trouble.news(seen(0, 2, "no"), start));
    CHECK(trouble.news(seen(0, 3, "never"), start) == "never");
    CHECK_FALSE(trouble.news(seen(1, 3, "never"), start));
}

TEST_CASE("polls that fail: how long it lasts counts from the first failure after the last answer") {
    poll_trouble trouble;
    (void)trouble.news(seen(5, 1, "no"), start); // one was answered, too
    CHECK_FALSE(trouble.lasts(0s, start));
    (void)trouble.news(seen(5, 2, "no"), start + 10s);
    (void)trouble.news(seen(5, 9, "no"), start + 30s);
    CHECK_FALSE(trouble.lasts(30s, start + 39s));
    CHECK(trouble.lasts(30s, start + 40s));
    (void)trouble.news(seen(6, 9, "no"), start + 40s);
    CHECK_FALSE(trouble.lasts(0s, start + 90s));
}

} // namespace poll_trouble_test
