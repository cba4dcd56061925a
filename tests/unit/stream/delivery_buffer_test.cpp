#include "stream/delivery_buffer.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using sluice::stream::delivery_buffer;

namespace {

const delivery_buffer::time_point start{};

delivery_buffer::held message(const std::string& id, delivery_buffer::time_point until) {
    delivery_buffer::held made;
    made.content.message_id = id;
    made.ours_until = until;
    return made;
}

} // namespace

TEST_CASE("messages come out in order; expired ones are dropped and counted") {
    delivery_buffer buffer;
    buffer.add(message("a", start + 1s));
    buffer.add(message("b", start + 5s));
    buffer.add(message("c", start + 5s));
    auto first = buffer.take(start + 1s); // at the very end of its time it is not ours any more
    REQUIRE(first.has_value());
    CHECK(first->content.message_id == "b");
    CHECK(buffer.expired() == 1);
    buffer.give_back(std::move(*first));
    CHECK(buffer.take(start)->content.message_id == "b");
    CHECK(buffer.take(start)->content.message_id == "c");
    CHECK_FALSE(buffer.take(start).has_value());
}

TEST_CASE("take_all empties it") {
    delivery_buffer buffer;
    buffer.add(message("a", start + 1s));
    buffer.add(message("b", start + 1s));
    CHECK(buffer.take_all().size() == 2);
    CHECK(buffer.size() == 0);
}

TEST_CASE("a second is kept back from the visibility timeout, or half of a short one") {
    using sluice::stream::ours_until;
    CHECK(ours_until(start, 30s) == start + 29s);
    CHECK(ours_until(start, 3s) == start + 2s);
    CHECK(ours_until(start, 2s) == start + 1s);
    CHECK(ours_until(start, 1s) == start + 500ms);
}

TEST_CASE("a poll is sent only when ten messages still fit") {
    using sluice::stream::may_poll;
    CHECK(may_poll(0, 0, 20));
    CHECK(may_poll(10, 0, 20));
    CHECK_FALSE(may_poll(11, 0, 20));
    CHECK(may_poll(0, 1, 20));
    CHECK_FALSE(may_poll(0, 2, 20));
    CHECK(may_poll(0, 0, 1)); // a smaller buffer still has room for one poll
    CHECK_FALSE(may_poll(1, 0, 1));
}

TEST_CASE("the pause after failed polls doubles up to 30 s") {
    using sluice::stream::poll_pause;
    CHECK(poll_pause(1) == 1s);
    CHECK(poll_pause(2) == 2s);
    CHECK(poll_pause(5) == 16s);
    CHECK(poll_pause(6) == 30s);
    CHECK(poll_pause(1000) == 30s);
}
