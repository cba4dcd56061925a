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

TEST_CASE("polls that fail: a request id makes no other reason") {
    poll_trouble trouble;
    CHECK(trouble.news(seen(0, 1, "no: busy (HTTP 503, request id 1)"), start) == "no: busy (HTTP 503, request id 1)");
    CHECK_FALSE(trouble.news(seen(0, 2, "no: busy (HTTP 503, request id 2)"), start));
    CHECK_FALSE(trouble.news(seen(0, 3, "no: busy"), start));
    CHECK(trouble.news(seen(0, 4, "no: gone (HTTP 503, request id 3)"), start).has_value());
}

TEST_CASE("polls that fail: what comes back is told again, but not all the time") {
    poll_trouble trouble;
    CHECK(trouble.news(seen(0, 1, "no"), start).has_value());
    CHECK_FALSE(trouble.news(seen(1, 1, "no"), start + 10s)); // answered
    CHECK_FALSE(trouble.news(seen(1, 2, "no"), start + 20s));
    CHECK_FALSE(trouble.news(seen(2, 2, "no"), start + 61s));
    CHECK_FALSE(trouble.news(seen(3, 2, "no"), start + 62s));
    CHECK(trouble.news(seen(3, 3, "no"), start + 63s).has_value());
}

TEST_CASE("polls that fail: how long it lasts counts from the first failure after the last answer to the last one") {
    poll_trouble trouble;
    (void)trouble.news(seen(5, 1, "no"), start); // one was answered, too
    CHECK_FALSE(trouble.lasts(0s));
    (void)trouble.news(seen(5, 2, "no"), start + 10s);
    CHECK(trouble.lasts(0s));
    (void)trouble.news(seen(5, 9, "no"), start + 39s);
    (void)trouble.news(seen(5, 9, "no"), start + 90s); // nothing was tried: the program was stopped
    CHECK_FALSE(trouble.lasts(30s));
    (void)trouble.news(seen(5, 10, "no"), start + 91s);
    CHECK(trouble.lasts(30s));
    (void)trouble.news(seen(6, 10, "no"), start + 92s);
    CHECK_FALSE(trouble.lasts(0s));
}

} // namespace poll_trouble_test
