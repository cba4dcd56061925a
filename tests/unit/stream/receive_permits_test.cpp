// How much a reader asks for, and how many polls it has.
#include "stream/poll_rules.hpp"
#include "stream/poller_scaler.hpp"
#include "stream/receive_permits.hpp"
#include "stream/recent_ids.hpp"
#include "stream/release_delay.hpp"

#include <doctest/doctest.h>

#include <string>

namespace receive_permits_test {

using namespace sluice::stream;
using namespace std::chrono_literals;

namespace {

permit_limits of(std::size_t buffered, std::size_t messages, std::size_t bytes = 1'000'000) {
    permit_limits limits;
    limits.buffered = buffered;
    limits.messages = messages;
    limits.bytes = bytes;
    return limits;
}

} // namespace

TEST_CASE("permits: a poll asks for ten while ten fit, and is reserved for") {
    receive_permits permits(of(20, 1000));
    CHECK(permits.reserve(0) == 10);
    CHECK(permits.reserve(0) == 10);
    CHECK(permits.reserve(0) == 0);
    permits.answered(10);
    CHECK(permits.reserve(5) == 0); // five fit: no hurry
    CHECK(permits.reserve(0) == 10);
}

TEST_CASE("permits: with nothing to be taken, a poll asks for what is left") {
    receive_permits permits(of(20, 12));
    CHECK(permits.reserve(0) == 10);
    permits.answered(10);
    for (int i = 0; i < 9; ++i) permits.took(100);
    CHECK(permits.reserve(2) == 0);
    CHECK(permits.reserve(0) == 3);
    permits.answered(3);
    for (int i = 0; i < 3; ++i) permits.took(100);
    CHECK(permits.reserve(0) == 0);
    permits.gave_back(100);
    CHECK(permits.reserve(0) == 1);
    CHECK(permits.held() == 11);
    CHECK(permits.held_bytes() == 1'100);
}

TEST_CASE("permits: small buffers are filled by small polls") {
    receive_permits permits(of(1, 1000));
    CHECK(permits.reserve(0) == 1);
    CHECK(permits.reserve(0) == 0);
    permits.answered(1);
    CHECK(permits.reserve(1) == 0);
}

TEST_CASE("permits: the bound in bytes is passed by one receive at most") {
    receive_permits permits(of(1000, 1000, 10'000));
    CHECK(permits.reserve(0) == 10); // nothing is known yet
    permits.answered(10);
    for (int i = 0; i < 10; ++i) permits.took(5'000);
    CHECK(permits.held_bytes() == 50'000);
    CHECK(permits.reserve(0) == 0);
    for (int i = 0; i < 9; ++i) permits.gave_back(5'000);
    CHECK(permits.reserve(0) == 1);
    permits.answered(1);
    permits.gave_back(5'000);
    CHECK(permits.reserve(0) > 0); // with nothing held there is always one
}

TEST_CASE("pollers: twice as many after full answers, one after an empty one or a failure") {
    poller_limits limits;
    limits.most = 6;
    poller_scaler scaler(limits);
    CHECK(scaler.wanted() == 1);
    scaler.answered(9, 10);
    CHECK(scaler.wanted() == 1);
    for (const std::size_t wanted : {2U, 4U, 6U, 6U}) {
        scaler.answered(10, 10);
        CHECK(scaler.wanted() == wanted);
    }
    scaler.answered(3, 10);
    CHECK(scaler.wanted() == 6);
    scaler.answered(0, 10);
    CHECK(scaler.wanted() == 1);
    scaler.answered(1, 1);
    CHECK(scaler.wanted() == 2);
    scaler.failed();
    CHECK(scaler.wanted() == 1);
    limits.most = 0;
    CHECK(poller_scaler(limits).wanted() == 1);
}

TEST_CASE("pollers: polls wait briefly while messages come, and twice as long after each that found nothing") {
    poller_scaler scaler{poller_limits()};
    CHECK(scaler.wait() == 1s);
    for (const auto wait : {2s, 4s, 8s, 16s, 20s, 20s}) {
        scaler.answered(0, 10);
        CHECK(scaler.wait() == wait);
    }
    scaler.failed();
    CHECK(scaler.wait() == 20s);
    scaler.answered(1, 10);
    CHECK(scaler.wait() == 1s);
    poller_limits fixed;
    fixed.shortest_wait = 20s;
    CHECK(poller_scaler(fixed).wait() == 20s);
    poller_limits short_polls;
    short_polls.longest_wait = 0s;
    poller_scaler never_waits(short_polls);
    never_waits.answered(0, 10);
    CHECK(never_waits.wait() == 0s);
    poller_limits from_nothing;
    from_nothing.shortest_wait = 0s;
    poller_scaler grows(from_nothing);
    CHECK(grows.wait() == 0s);
    for (const auto wait : {1s, 2s}) {
        grows.answered(0, 10);
        CHECK(grows.wait() == wait);
    }
}

TEST_CASE("polls: the pause after failures doubles up to 30 s, and at least half of it is kept") {
    CHECK(poll_pause(1, 0.0) == 500ms);
    CHECK(poll_pause(1, 1.0) == 1000ms);
    CHECK(poll_pause(3, 0.5) == 3000ms);
    CHECK(poll_pause(5, 1.0) == 16s);
    for (const std::size_t many : {6U, 60U, 600U}) CHECK(poll_pause(many, 1.0) == 30s);
}

TEST_CASE("polls: those that find nothing are a second apart, whatever the service does") {
    const std::chrono::steady_clock::time_point sent(100s);
    CHECK(pause_after_empty(sent, sent) == 1000ms);
    CHECK(pause_after_empty(sent, sent + 300ms) == 700ms);
    CHECK(pause_after_empty(sent, sent + 1s) == 0ms);
    CHECK(pause_after_empty(sent, sent + 20s) == 0ms);
}

TEST_CASE("polls: OverLimit is known by all its names") {
    sluice::error_info failure;
    for (const char* code : {"OverLimit", "AWS.SimpleQueueService.OverLimit", "com.amazonaws.sqs#OverLimit"}) {
        failure.service_code = code;
        CHECK(is_over_limit(failure));
    }
    failure.service_code = "QueueDoesNotExist";
    CHECK_FALSE(is_over_limit(failure));
}

TEST_CASE("polls: a reply that was on its way for longer than the poll waited does not lengthen leases") {
    const std::chrono::steady_clock::time_point sent(100s);
    CHECK(hidden_since(sent, sent + 500ms, 1s) == sent + 500ms);
    CHECK(hidden_since(sent, sent + 7s, 1s) == sent + 1s);
    CHECK(hidden_since(sent, sent + 300ms, 0s) == sent);
}

TEST_CASE("releases: the delay doubles with each receive, up to the longest") {
    const release_delays delays;
    CHECK(release_delay(delays, 0) == 1s); // not known
    CHECK(release_delay(delays, 1) == 1s);
    CHECK(release_delay(delays, 2) == 2s);
    CHECK(release_delay(delays, 9) == 256s);
    CHECK(release_delay(delays, 10) == 300s);
    CHECK(release_delay(delays, 1'000'000) == 300s);
}

TEST_CASE("recent ids: the last ones are known") {
    recent_ids recent(3);
    for (const char* id : {"a", "b", "b", "c", "d"}) recent.add(id);
    CHECK_FALSE(recent.contains("a"));
    CHECK(recent.contains("b"));
    CHECK(recent.contains("d"));
    CHECK(recent.size() == 3);
}

} // namespace receive_permits_test
