// How long a client may take, by the given clock.
#include <local/client_pace.hpp>

#include <doctest/doctest.h>

namespace client_pace_test {

using sluice::local::client_deadlines;
using sluice::local::client_pace;
using sluice::local::client_stage;
using namespace std::chrono_literals;

namespace {

const client_pace::clock_point start = client_pace::clock_point() + 1h;

client_deadlines different() {
    client_deadlines all;
    all.handshake = 1s;
    all.head = 2s;
    all.body = 3s;
    all.reply = 4s;
    all.rest = 5s;
    return all;
}

} // namespace

TEST_CASE("each stage has a deadline of its own, and what the broker does has none") {
    const std::pair<client_stage, std::chrono::seconds> cases[] = {
        {client_stage::handshake, 1s}, {client_stage::head, 2s},  {client_stage::drain, 2s},
        {client_stage::body, 3s},      {client_stage::reply, 4s}, {client_stage::rest, 5s},
    };
    client_pace pace(different());
    for (const auto& [stage, time] : cases) {
        pace.enter(stage, start);
        CHECK(pace.deadline() == start + time);
        CHECK_FALSE(pace.is_overdue(start + time - 1ms));
        CHECK(pace.is_overdue(start + time));
    }
    pace.enter(client_stage::served, start);
    CHECK(pace.alarm() == client_pace::clock_point::max());
    CHECK_FALSE(pace.is_overdue(start + 1000h));
}

TEST_CASE("a body and a reply get a second more for each 64 KiB, a head does not") {
    client_pace pace(different());
    pace.enter(client_stage::body, start);
    pace.move(64 * 1024);
    CHECK(pace.deadline() == start + 4s);
    pace.move(32 * 1024);
    CHECK(pace.deadline() == start + 4500ms);
    pace.enter(client_stage::reply, start);
    CHECK(pace.deadline() == start + 4s);
    pace.move(10 * 64 * 1024);
    CHECK(pace.deadline() == start + 14s);
    pace.enter(client_stage::head, start);
    pace.move(64 * 1024);
    CHECK(pace.deadline() == start + 2s);
}

TEST_CASE("a client that rests gives its buffers back once") {
    client_pace pace(different());
    pace.enter(client_stage::rest, start);
    CHECK(pace.alarm() == start + client_pace::rest_with_buffers);
    CHECK_FALSE(pace.should_become_lean(start + client_pace::rest_with_buffers - 1ms));
    CHECK(pace.should_become_lean(start + client_pace::rest_with_buffers));
    pace.become_lean();
    CHECK_FALSE(pace.should_become_lean(start + client_pace::rest_with_buffers));
    CHECK(pace.alarm() == start + 5s);
    pace.enter(client_stage::head, start);
    CHECK_FALSE(pace.should_become_lean(start + 1h));
    pace.enter(client_stage::rest, start);
    CHECK(pace.should_become_lean(start + client_pace::rest_with_buffers));
}

TEST_CASE("who may rest only shortly is not looked at later than that") {
    client_deadlines short_ones;
    short_ones.rest = 1s;
    client_pace pace(short_ones);
    pace.enter(client_stage::rest, start);
    CHECK(pace.alarm() == start + 1s);
}

} // namespace client_pace_test
