// What happens to a reader's messages between two of its steps: moved deliveries, stops, cancellations, renewals under
// way, redeliveries.
#include "support/reader_fixture.hpp"

#include <boost/asio/redirect_error.hpp>

#include <algorithm>

namespace reader_edges_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using boost::asio::awaitable;
using sluice::errc;
using sluice::sqs::delivery;
using sluice::sqs::reader;
using sluice::sqs::run_options;
using sluice::sqs::stop_policy;

namespace {

const std::string fifo_url = std::string(queue_url) + ".fifo";

awaitable<void> wait_for(std::chrono::milliseconds time) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, time);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

/// Does not heed a cancellation.
awaitable<void> insist_on(std::chrono::milliseconds time) {
    const auto executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
    boost::asio::steady_timer timer(executor, time);
    boost::system::error_code ignored;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

} // namespace

TEST_CASE("a handler may move its delivery away: whoever has it settles it") {
    reader_fixture test;
    test.queue_holds({received_messages({"kept", "thrown"})});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    std::vector<delivery> elsewhere;
    auto handler = [&elsewhere](delivery& one) -> awaitable<void> {
        elsewhere.push_back(std::move(one));
        if (elsewhere.back().body() == "thrown") throw std::runtime_error("after the move");
        co_return;
    };
    auto ran = test.start(from.run(handler));
    REQUIRE(elsewhere.size() == 2);
    CHECK(test.deletes().empty());
    CHECK(from.statistics().in_flight == 2);
    CHECK(test.seen->failures.begin()->first == "m:thrown"); // known by its id all the same
    for (delivery& one : elsewhere) {
        auto acked = test.start(one.ack());
        CHECK(acked.value().has_value());
    }
    CHECK(from.statistics().in_flight == 0);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("stop(fast): a batch that waits for others is handed back, and its handler does not begin") {
    reader_fixture test;
    test.queue_holds({received_messages({"a"})});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    bool begun = false;
    auto handler = [&begun](std::vector<delivery>&) -> awaitable<void> {
        begun = true;
        co_return;
    };
    run_options options;
    options.handlers = 1;
    options.batch_linger = 1h;
    auto ran = test.start(from.run_batch(handler, options));
    auto stopping = from.stop(stop_policy::fast);
    const auto report = run(test.context, std::move(stopping));
    CHECK_FALSE(begun);
    CHECK(report.complete);
    CHECK(report.released == 1);
    CHECK(test.changes() == pairs{{"r:a", "0"}});
    settle(test.context);
    CHECK(ran.value().has_value());
}

TEST_CASE("what goes back waits for its renewal, which would hide it again") {
    reader_fixture test;
    test.queue_holds({received_messages({"a", "b"})});
    test.script->expect("ChangeMessageVisibilityBatch").answer(accept_changes()).hold(); // the renewal
    test.accept_everything();
    auto with = test.options();
    with.visibility_timeout = 4s;
    reader from(test.session, queue_url, with);
    auto handler = [](delivery&) -> awaitable<void> { return wait_for_ever(); };
    run_options options;
    options.handlers = 1;
    auto ran = test.start(from.run(handler, options));
    test.until([&] { return test.changes().size() == 2; });
    started<sluice::sqs::stop_report> stopped(test.context, from.stop(stop_policy::fast));
    settle(test.context);
    CHECK(test.changes() == pairs{{"r:a", "4"}, {"r:b", "4"}}); // nothing else while it is under way
    test.script->hold_nothing_more();
    test.script->release_all();
    test.until([&] { return test.changes().size() == 4 && stopped.ended() && ran.ended(); });
    auto changes = test.changes();
    std::sort(changes.begin() + 2, changes.end());
    CHECK(changes == pairs{{"r:a", "4"}, {"r:b", "4"}, {"r:a", "0"}, {"r:b", "0"}});
    CHECK(stopped.value().released == 2);
}

TEST_CASE("FIFO: behind a damaged message nothing of its group is handled; it goes back") {
    reader_fixture test;
    std::string damaged = received("m1", "g", 1, "r:m1");
    const auto sum = damaged.find("<MD5OfBody>") + 11;
    damaged.replace(sum, 32, std::string(32, '0'));
    test.queue_holds({joined({damaged, received("m2", "g", 1, "r:m2"), received("n1", "h", 1, "r:n1")})});
    test.accept_everything();
    reader from(test.session, fifo_url, test.options());
    auto handler = [&test](delivery& one) -> awaitable<void> {
        test.order.push_back(one.body());
        co_return;
    };
    auto ran = test.start(from.run(handler));
    test.until([&] { return from.statistics().released == 1; });
    CHECK(test.order == names{"n1"});
    CHECK(test.changes() == pairs{{"r:m2", "0"}});
    CHECK(from.statistics().damaged == 1);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("a cancelled ack ends its wait alone: what was processed is deleted") {
    reader_fixture test;
    test.queue_holds({received_messages({"a"})});
    test.script->expect("DeleteMessageBatch").answer(accept_deletes()).hold();
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    delivery one = std::move(*test.start_read(from).value());
    auto acked = test.start(one.ack());
    acked.cancel();
    settle(test.context);
    CHECK(acked.value().error().code == errc::unknown_outcome);
    started<sluice::sqs::stop_report> stopped(test.context, from.stop(stop_policy::drain));
    settle(test.context);
    CHECK_FALSE(stopped.ended());
    test.script->hold_nothing_more();
    test.script->release_all();
    test.until([&] { return stopped.ended(); });
    CHECK(stopped.value().complete);
    CHECK(from.statistics().acknowledged == 1);
}

TEST_CASE("the caller's own way with cancellations stays as it was") {
    reader_fixture test;
    test.queue_holds({received_messages({"a", "b", "c"})});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    std::vector<bool> throws;
    bool cancelled_again = false;
    auto use = [&]() -> awaitable<void> {
        delivery one = co_await from.read();
        throws.push_back(co_await boost::asio::this_coro::throw_if_cancelled());
        co_await one.ack();
        throws.push_back(co_await boost::asio::this_coro::throw_if_cancelled());
        std::vector<delivery> two = co_await from.read_batch(2, 1s);
        throws.push_back(co_await boost::asio::this_coro::throw_if_cancelled());
        co_await two.front().release(0s);
        auto handler = [](delivery&) -> awaitable<void> { co_return; };
        try {
            co_await from.run(handler);
        } catch (const sluice::error& failure) {
            if (failure.code() != errc::cancelled) throw;
        }
        throws.push_back(co_await boost::asio::this_coro::throw_if_cancelled());
        try {
            co_await wait_for_ever();
        } catch (const boost::system::system_error&) {
            cancelled_again = true;
        }
    };
    auto used = test.start(use());
    test.until([&] { return throws.size() == 3 && from.statistics().released == 1; });
    settle(test.context);
    used.cancel();
    test.until([&] { return used.ended(); });
    CHECK(throws == std::vector<bool>{true, true, true, true});
    CHECK(cancelled_again);
}

TEST_CASE("when the executor goes with a handler under way, everything goes with it") {
    const auto token = std::make_shared<int>(0);
    {
        auto test = std::make_unique<reader_fixture>();
        test->queue_holds({received_messages({"a"})});
        test->accept_everything();
        auto from = std::make_unique<reader>(test->session, queue_url, test->options());
        auto handler = [token](delivery&) -> awaitable<void> { return wait_for_ever(); };
        auto ran = test->start(from->run(handler));
        CHECK(from->statistics().handlers == 1);
        CHECK(token.use_count() > 1);
    }
    CHECK(token.use_count() == 1);
}

TEST_CASE("a message whose lease was lost comes again while its handler goes on, which ends well: it is deleted") {
    for (const std::string& url : {fifo_url, std::string(queue_url)}) {
        const std::string group = url == fifo_url ? "g" : "";
        reader_fixture test;
        test.script->expect("ReceiveMessage").reply(200, received("m", group, 1, "old"));
        test.script->expect("ReceiveMessage").reply(200, received("m", group, 2, "new")).hold();
        test.queue_holds({});
        test.accept_everything();
        auto with = test.options();
        with.visibility_timeout = 2s;
        with.renew_leases = false;
        reader from(test.session, url, with);
        std::size_t calls = 0;
        auto handler = [&calls](delivery&) -> awaitable<void> {
            ++calls;
            return insist_on(1500ms);
        };
        run_options options;
        options.handlers = 1;
        auto ran = test.start(from.run(handler, options));
        test.until([&] { return from.statistics().lost_leases == 1; });
        test.script->release();
        test.until([&] { return from.statistics().deleted_again == 1 && from.statistics().in_flight == 0; });
        CHECK(calls == 1);
        CHECK(test.deletes() == names{"new"});
        CHECK(from.statistics().released == 0);
        test.stop(from, stop_policy::drain);
    }
}

TEST_CASE("a batch does not hold what was lost as it waited for others") {
    reader_fixture test;
    test.queue_holds({received_messages({"a"})});
    test.accept_everything();
    auto with = test.options();
    with.visibility_timeout = 1s;
    with.renew_leases = false; // ours for half a second
    reader from(test.session, queue_url, with);
    std::size_t calls = 0;
    auto handler = [&calls](std::vector<delivery>&) -> awaitable<void> {
        ++calls;
        co_return;
    };
    run_options options;
    options.handlers = 1;
    options.batch_linger = 700ms;
    auto ran = test.start(from.run_batch(handler, options));
    test.until([&] { return from.statistics().lost_leases == 1 && from.statistics().in_flight == 0; });
    CHECK(calls == 0);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("an acknowledgement whose renewal hangs until the lease is over deletes nothing") {
    reader_fixture test;
    test.queue_holds({received_messages({"a"})});
    test.script->expect("ChangeMessageVisibilityBatch").answer(accept_changes()).hold();
    test.accept_everything();
    auto with = test.options();
    with.visibility_timeout = 4s; // renewed after 1.8 s, ours for 3 s
    reader from(test.session, queue_url, with);
    delivery one = std::move(*test.start_read(from).value());
    test.until([&] { return test.changes().size() == 1; });
    auto acked = test.start(one.ack());
    CHECK_FALSE(acked.ended()); // it waits for the renewal
    auto passed = test.start(wait_for(2s));
    test.until([&] { return passed.ended(); });
    test.script->hold_nothing_more(); // the renewal is answered when the lease is over
    test.script->release_all();
    settle(test.context);
    REQUIRE(acked.ended());
    CHECK(acked.value().error().code == errc::lease_lost);
    CHECK(test.deletes().empty());
    CHECK(from.statistics().failed_acknowledgements == 1);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("read_batch: cancelled, it gives what it has, and says so when it has nothing") {
    reader_fixture test;
    test.queue_holds({received_messages({"a"})});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    std::vector<std::string> ends;
    auto use = [&]() -> awaitable<void> {
        co_await boost::asio::this_coro::throw_if_cancelled(false);
        for (int i = 0; i < 2; ++i) {
            const auto got = co_await sluice::as_result(from.read_batch(2, 1h));
            ends.push_back(got ? std::to_string(got->size()) : got.error().describe());
        }
    };
    auto used = test.start(use());
    CHECK(ends.empty());
    used.cancel();
    settle(test.context);
    REQUIRE(ends.size() == 2);
    CHECK(ends[0] == "1");
    CHECK(ends[1].find("cancelled") != std::string::npos);
    test.stop(from, stop_policy::drain);
}

} // namespace reader_edges_test
