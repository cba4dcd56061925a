// The batch channel: cancellation, flush and close at every stage of an entry.
#include "support/manual_service.hpp"
#include "support/run_coroutine.hpp"

#include <doctest/doctest.h>

namespace channel_ending_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using sluice::errc;
using sluice::stream::channel_limits;
using time_point = number_channel::time_point;

namespace {

struct fixture {
    explicit fixture(std::size_t pending_entries = 1000)
        : service(context),
          channel(std::make_shared<number_channel>(context.get_executor(), limits(pending_entries), service.sender())) {
    }

    static channel_limits limits(std::size_t pending_entries) {
        channel_limits limits;
        limits.batch.linger = 1h;
        limits.flow.entries = pending_entries;
        return limits;
    }
    started<number_outcome> push(int entry) {
        started<number_outcome> pushed(context, channel->push(number_entry(entry, 1)));
        settle(context);
        return pushed;
    }
    started<bool> flush(time_point deadline = time_point::max()) {
        started<bool> flushed(context, channel->flush(deadline));
        settle(context);
        return flushed;
    }
    started<bool> close(time_point deadline) {
        started<bool> closed(context, then_true(channel->close(deadline)));
        settle(context);
        return closed;
    }

    boost::asio::io_context context;
    manual_service service;
    std::shared_ptr<number_channel> channel;
};

} // namespace

TEST_CASE("channel: cancelled in the buffer, an entry is not sent and its neighbours are") {
    fixture test;
    auto first = test.push(1);
    auto second = test.push(2);
    auto third = test.push(3);
    second.cancel();
    settle(test.context);
    REQUIRE(second.ended());
    CHECK(second.value().error().code == errc::cancelled);
    CHECK_FALSE(second.value().error().may_have_been_applied);
    auto flushed = test.flush();
    REQUIRE(test.service.count() == 1);
    CHECK(test.service.batch(0) == std::vector<int>{1, 3});
    test.service.accept(0);
    settle(test.context);
    CHECK(*first.value() == 10);
    CHECK(*third.value() == 30);
    CHECK(flushed.value());
}

TEST_CASE("channel: cancelled in flight, an entry ends as unknown and its neighbours get their results") {
    fixture test;
    auto first = test.push(1);
    auto second = test.push(2);
    auto flushed = test.flush();
    first.cancel();
    settle(test.context);
    REQUIRE(first.ended());
    CHECK(first.value().error().code == errc::unknown_outcome);
    CHECK(first.value().error().may_have_been_applied);
    CHECK_FALSE(second.ended());
    test.service.accept(0);
    settle(test.context);
    CHECK(*second.value() == 20);
    CHECK(test.channel->counts().pending == 0);
}

TEST_CASE("channel: cancelled while it waits for space, an entry never enters the buffer") {
    fixture test(2);
    auto first = test.push(1);
    auto second = test.push(2);
    auto third = test.push(3);
    auto fourth = test.push(4);
    CHECK(test.channel->counts().waiting == 2);
    third.cancel();
    settle(test.context);
    CHECK(third.value().error().code == errc::cancelled);
    // Space that a cancelled entry leaves goes to the next one.
    first.cancel();
    settle(test.context);
    CHECK(test.channel->counts().waiting == 0);
    auto flushed = test.flush();
    REQUIRE(test.service.count() == 1);
    CHECK(test.service.batch(0) == std::vector<int>{2, 4});
    test.service.accept(0);
    settle(test.context);
    CHECK(*fourth.value() == 40);
}

TEST_CASE("channel: cancelled after the answer, a push keeps its result") {
    fixture test;
    auto pushed = test.push(1);
    auto flushed = test.flush();
    test.service.accept(0);
    settle(test.context);
    pushed.cancel();
    settle(test.context);
    CHECK(*pushed.value() == 10);
}

TEST_CASE("channel: a flush ends early at its deadline or when it is cancelled, and harms nothing") {
    fixture test;
    auto pushed = test.push(1);
    auto late = test.flush(std::chrono::steady_clock::now() - 1s);
    REQUIRE(late.ended());
    CHECK_FALSE(late.value());
    auto cancelled = test.flush();
    cancelled.cancel();
    settle(test.context);
    REQUIRE(cancelled.ended());
    CHECK_FALSE(cancelled.value());
    test.service.accept(0);
    settle(test.context);
    CHECK(*pushed.value() == 10);
    auto empty = test.flush();
    CHECK(empty.value());
}

TEST_CASE("channel: a flush waits for what came before it, not for what comes later") {
    fixture test;
    auto before = test.push(1);
    auto flushed = test.flush();
    auto after = test.push(2);
    test.service.accept(0);
    settle(test.context);
    CHECK(flushed.ended());
    CHECK(before.ended());
    CHECK_FALSE(after.ended());
    auto rest = test.flush();
    test.service.accept(test.service.count() - 1);
    settle(test.context);
    CHECK(*after.value() == 20);
    CHECK(rest.value());
}

TEST_CASE("channel: close drains, refuses what comes later, and may be repeated") {
    fixture test;
    auto before = test.push(1);
    auto closed = test.close(time_point::max());
    auto later = test.push(2);
    REQUIRE(later.ended());
    CHECK(later.value().error().code == errc::closed);
    CHECK_FALSE(later.value().error().may_have_been_applied);
    CHECK_FALSE(closed.ended());
    test.service.accept(0);
    settle(test.context);
    CHECK(*before.value() == 10);
    CHECK(closed.ended());
    auto again = test.close(time_point::max());
    CHECK(again.ended());
}

TEST_CASE("channel: at the deadline of a close, unsent entries end as closed and sent ones as unknown") {
    fixture test(20);
    std::vector<started<number_outcome>> sent;
    for (int i = 0; i < 10; ++i) sent.push_back(test.push(i));
    std::vector<started<number_outcome>> unsent;
    for (int i = 10; i < 25; ++i) unsent.push_back(test.push(i)); // ten in a second batch, five wait for space
    CHECK(test.service.count() == 2);
    auto closed = test.close(std::chrono::steady_clock::now() - 1s);
    REQUIRE(closed.ended());
    for (auto& one : sent) CHECK(one.value().error().code == errc::unknown_outcome);
    for (std::size_t i = 0; i < 10; ++i) CHECK(unsent[i].value().error().code == errc::unknown_outcome);
    for (std::size_t i = 10; i < 15; ++i) {
        CHECK(unsent[i].value().error().code == errc::closed);
        CHECK_FALSE(unsent[i].value().error().may_have_been_applied);
    }
    // The answers that come all the same change nothing.
    test.service.accept(0);
    test.service.accept(1);
    settle(test.context);
    CHECK(sent[0].value().error().code == errc::unknown_outcome);
    CHECK(test.channel->counts().failed == 25);
    CHECK(test.channel->counts().pending == 0);
}

TEST_CASE("channel: let go by its owner, it still sends what it was given") {
    fixture test;
    auto pushed = test.push(1);
    auto flushed = test.flush();
    test.channel.reset();
    settle(test.context);
    REQUIRE(test.service.count() == 1);
    test.service.accept(0);
    settle(test.context);
    CHECK(*pushed.value() == 10);
}

} // namespace channel_ending_test
