// Which queues a sweep may remove: those of ours whose time is over, and no other.
#include "topology/temporary_queue.hpp"

#include "protocol/arn.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace temporary_queue_test {

using namespace sluice::topology;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

const system_clock::time_point noon{std::chrono::hours(24 * 365 * 56 + 12)};
using tag_map = std::map<std::string, std::string>;

} // namespace

TEST_CASE("temporary queue: names are legal, differ, and say what they are for") {
    std::set<std::string> names;
    for (int i = 0; i < 1'000; ++i) names.insert(temporary_queue_name("tail"));
    CHECK(names.size() == 1'000);
    const std::string& one = *names.begin();
    CHECK(one.starts_with("sluice-temporary-tail-"));
    CHECK(one.size() == std::string("sluice-temporary-tail-").size() + 16);
    CHECK_FALSE(sluice::protocol::check_queue_name(one).has_value());
    const std::string fifo = temporary_queue_name(std::string(40, 'p'), true);
    CHECK(fifo.ends_with(".fifo"));
    CHECK(fifo.size() <= 80);
    CHECK_FALSE(sluice::protocol::check_queue_name(fifo).has_value());
}

TEST_CASE("temporary queue: tags") {
    const auto tags = tags_of_temporary_queue("tail", noon, "arn:aws:sns:eu-west-1:123456789012:orders");
    CHECK(tags == tag_map{{"sluice:expires-at", "2025-12-18T12:00:00Z"},
                          {"sluice:purpose", "tail"},
                          {"sluice:topic", "arn:aws:sns:eu-west-1:123456789012:orders"}});
    CHECK(tags_of_temporary_queue("reply", noon).size() == 2);
    const std::string long_arn = "arn:aws:sns:eu-west-1:123456789012:" + std::string(256, 't');
    CHECK(tags_of_temporary_queue("tail", noon, long_arn).size() == 2);
    CHECK(expiry_tag(noon) == tag_map{{"sluice:expires-at", "2025-12-18T12:00:00Z"}});
}

TEST_CASE("temporary queue: expired after its time, not at it") {
    const std::string name = temporary_queue_name("tail");
    const auto tags = tags_of_temporary_queue("tail", noon);
    CHECK(judge_temporary_queue(name, tags, noon - seconds(1)) == temporary_queue_state::in_use);
    CHECK(judge_temporary_queue(name, tags, noon) == temporary_queue_state::in_use);
    CHECK(judge_temporary_queue(name, tags, noon + seconds(1)) == temporary_queue_state::expired);
    CHECK(judge_temporary_queue("https://sqs.eu-west-1.amazonaws.com/123456789012/" + name, tags, noon + seconds(1)) ==
          temporary_queue_state::expired);
    const tag_map renewed = expiry_tag(noon + seconds(60));
    CHECK(judge_temporary_queue(name, renewed, noon + seconds(1)) == temporary_queue_state::in_use);
}

TEST_CASE("temporary queue: what is not surely ours is never removed") {
    const auto later = noon + std::chrono::hours(24 * 365);
    const auto tags = tags_of_temporary_queue("tail", noon);
    const std::string name = temporary_queue_name("tail");
    for (const char* other : {"orders", "", "https://host/123456789012/orders", "x-sluice-temporary-tail-1",
                              "https://sluice-temporary-.example/123456789012/orders"}) {
        CHECK(judge_temporary_queue(other, tags, later) == temporary_queue_state::not_temporary);
    }
    for (const char* time : {"", "never", "1970", "0", "2025-12-18", "2025-12-18T12:00:00", "2025-02-30T12:00:00Z"}) {
        CHECK(judge_temporary_queue(name, tag_map{{temporary_queue_tags::expires_at, time}}, later) ==
              temporary_queue_state::not_temporary);
    }
    CHECK(judge_temporary_queue(name, {}, later) == temporary_queue_state::not_temporary);
    CHECK(judge_temporary_queue(name, {{"expires-at", "2025-12-18T12:00:00Z"}}, later) ==
          temporary_queue_state::not_temporary);
}

TEST_CASE("temporary queues: clocks differ, and a minute of grace bridges that") {
    const auto state = [](const char* expires, std::chrono::seconds grace) {
        return judge_expiry(tag_map{{temporary_queue_tags::expires_at, expires}}, noon, grace);
    };
    using enum temporary_queue_state;
    CHECK(state("2025-12-18T13:00:00Z", seconds(60)) == in_use);
    CHECK(state("2025-12-18T11:59:40Z", seconds(60)) == in_use);
    CHECK(state("2025-12-18T11:59:00Z", seconds(60)) == in_use);
    CHECK(state("2025-12-18T11:58:59Z", seconds(60)) == expired);
    CHECK(state("0001-01-01T00:00:00Z", seconds(60)) == expired);
    CHECK(state("long ago", seconds(60)) == not_temporary);
    CHECK(judge_expiry({}, noon, seconds(60)) == not_temporary);
}

} // namespace temporary_queue_test
