// Handlers of a reader over a scripted service: what is deleted, what goes back and when, and how they end.
#include "support/reader_fixture.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

namespace reader_run_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using boost::asio::awaitable;
using sluice::errc;
using sluice::result;
using sluice::sqs::delivery;
using sluice::sqs::reader;
using sluice::sqs::run_options;
using sluice::sqs::stop_policy;
using sluice::sqs::stop_report;

namespace {
using fixture = reader_fixture;
} // namespace

TEST_CASE("run: what a handler returned from is deleted; what it threw on goes back with a growing delay") {
    fixture test;
    test.queue_holds({joined(
        {received("good", "", 1, "r:good"), received("bad", "", 1, "r:bad"), received("worse", "", 4, "r:worse")})});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    auto handler = [&test](delivery& one) -> awaitable<void> {
        test.order.push_back(one.body());
        if (one.body() != "good") throw std::runtime_error("cannot " + one.body());
        co_return;
    };
    auto ran = test.start(from.run(handler));
    std::sort(test.order.begin(), test.order.end()); // side by side, in no fixed order
    CHECK(test.order == names{"bad", "good", "worse"});
    test.until([&] { return from.statistics().released == 2; });
    CHECK(test.deletes() == names{"r:good"});
    auto changes = test.changes();
    std::sort(changes.begin(), changes.end());
    CHECK(changes == pairs{{"r:bad", "1"}, {"r:worse", "8"}});
    const auto statistics = from.statistics();
    CHECK(statistics.handled == 1);
    CHECK(statistics.failed_handlers == 2);
    CHECK(statistics.in_flight == 0);
    CHECK(std::count_if(test.seen->failures.begin(), test.seen->failures.end(), [](const auto& one) {
              return one.second == "cannot bad" || one.second == "cannot worse";
          }) == 2);
    CHECK_FALSE(ran.ended());
    const stop_report report = test.stop(from, stop_policy::drain);
    CHECK(report.complete);
    settle(test.context);
    CHECK(ran.value().has_value());
}

TEST_CASE("run: acknowledge modes") {
    for (const auto mode : {sluice::sqs::acknowledge_mode::always, sluice::sqs::acknowledge_mode::manual}) {
        fixture test;
        test.queue_holds(
            {joined({received("a", "", 1, "r:a"), received("b", "", 1, "r:b"), received("c", "", 1, "r:c")})});
        test.accept_everything();
        reader from(test.session, queue_url, test.options());
        auto handler = [](delivery& one) -> awaitable<void> {
            if (one.body() == "a") throw std::runtime_error("no");
            if (one.body() == "b") co_await one.ack();
        };
        run_options options;
        options.acknowledge = mode;
        auto ran = test.start(from.run(handler, options));
        auto deleted = test.deletes();
        std::sort(deleted.begin(), deleted.end());
        if (mode == sluice::sqs::acknowledge_mode::always) {
            CHECK(deleted == names{"r:a", "r:b", "r:c"}); // each once
            CHECK(test.changes().empty());
            CHECK(from.statistics().dropped == 0);
        } else {
            CHECK(deleted == names{"r:b"});
            test.until([&] { return from.statistics().released == 1; });
            CHECK(test.changes() == pairs{{"r:a", "1"}});
            CHECK(from.statistics().dropped == 1); // c: it comes again after its visibility timeout
        }
        test.stop(from, stop_policy::drain);
    }
}

TEST_CASE("run: so many handlers at once and no more") {
    fixture test;
    std::vector<std::string> ten;
    for (int i = 0; i < 10; ++i) ten.push_back("m" + std::to_string(i));
    test.queue_holds({received_messages(ten)});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    std::size_t now = 0;
    std::size_t most = 0;
    auto handler = [&](delivery&) -> awaitable<void> {
        most = std::max(most, ++now);
        const auto executor = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer brief(executor, 1ms);
        co_await brief.async_wait(boost::asio::use_awaitable);
        --now;
    };
    run_options options;
    options.handlers = 3;
    auto ran = test.start(from.run(handler, options));
    test.until([&] { return from.statistics().acknowledged == 10; });
    CHECK(most == 3);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("run: a handler that takes too long is cancelled, and its message goes back") {
    fixture test;
    test.queue_holds({received("slow", "", 2, "r:slow")});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    auto handler = [](delivery&) -> awaitable<void> { return wait_for_ever(); };
    run_options options;
    options.handler_timeout = 20ms;
    auto ran = test.start(from.run(handler, options));
    test.until([&] { return from.statistics().released == 1; });
    CHECK(test.changes() == pairs{{"r:slow", "2"}});
    CHECK(test.seen->failures.begin()->second.find("cancelled after handler_timeout") == 0);
    CHECK(from.statistics().failed_handlers == 1);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("run: renewals fail, so the handler is cancelled before the visibility timeout ends; nothing is deleted") {
    fixture test;
    test.queue_holds({received("m", "", 1, "r:m")});
    test.script->expect("ChangeMessageVisibilityBatch").reply(503, "").always();
    auto with = test.options();
    with.visibility_timeout = 5s; // renewed after 2.4 s, ours for 4 s
    reader from(test.session, queue_url, with);
    const auto begun = std::chrono::steady_clock::now();
    std::chrono::milliseconds left(-1);
    auto handler = [&left](delivery& one) -> awaitable<void> {
        left = one.lease_remaining();
        return wait_for_ever();
    };
    auto ran = test.start(from.run(handler));
    CHECK(left > 0ms);
    CHECK(left <= 4s);
    test.until([&] { return from.statistics().failed_handlers == 1; });
    CHECK(std::chrono::steady_clock::now() - begun < 5s);
    settle(test.context);
    CHECK(from.statistics().lost_leases == 1);
    CHECK(from.statistics().failed_renewals >= 1);
    CHECK(test.seen->failed_renewals >= 1);
    CHECK(test.deletes().empty());
    CHECK(test.seen->settled.begin()->second == sluice::sqs::settlement::lost);
    CHECK(test.seen->failures.begin()->second.find("cancelled, as its lease was lost") == 0);
    CHECK(from.statistics().in_flight == 0);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("run: a longer handler keeps its message by renewals of a whole timeout, which end with it") {
    fixture test;
    test.queue_holds({received("m", "", 1, "r:m")});
    test.accept_everything();
    auto with = test.options();
    with.visibility_timeout = 4s; // renewed after 1.8 s, ours for 3 s
    reader from(test.session, queue_url, with);
    auto handler = [&from](delivery&) -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer longer(executor);
        while (from.statistics().renewals < 3) {
            longer.expires_after(10ms);
            co_await longer.async_wait(boost::asio::use_awaitable);
        }
    };
    auto ran = test.start(from.run(handler));
    test.until([&] { return from.statistics().acknowledged == 1; });
    const auto renewals = test.changes();
    CHECK(renewals.size() >= 3);
    CHECK(std::all_of(renewals.begin(), renewals.end(), [](const auto& one) { return one.second == "4"; }));
    CHECK(from.statistics().lost_leases == 0);
    CHECK(test.deletes() == names{"r:m"});
    test.stop(from, stop_policy::drain);
    CHECK(test.changes().size() == renewals.size());
}

TEST_CASE("run_batch: one call for many; single ones settled by hand, the rest as one") {
    fixture test;
    test.queue_holds({received_messages({"a", "b", "c", "d"}), received_messages({"e", "f"})});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    std::vector<std::size_t> sizes;
    auto handler = [&sizes](std::vector<delivery>& batch) -> awaitable<void> {
        sizes.push_back(batch.size());
        for (delivery& one : batch) {
            if (one.body() == "b") co_await one.release(7s);
            if (one.body() == "f") throw std::runtime_error("no f");
        }
    };
    run_options options;
    options.handlers = 1;
    options.batch_messages = 4;
    options.batch_linger = 0ms;
    auto ran = test.start(from.run_batch(handler, options));
    test.until([&] { return from.statistics().in_flight == 0 && sizes.size() == 2; });
    CHECK(sizes == std::vector<std::size_t>{4, 2});
    auto deleted = test.deletes();
    std::sort(deleted.begin(), deleted.end());
    CHECK(deleted == names{"r:a", "r:c", "r:d"});
    auto changes = test.changes();
    std::sort(changes.begin(), changes.end());
    CHECK(changes == pairs{{"r:b", "7"}, {"r:e", "1"}, {"r:f", "1"}});
    CHECK(test.seen->failures.size() >= 1);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("run on a FIFO queue: a failure takes the rest of its group back, in order, with one delay in one request") {
    fixture test;
    const std::string url = std::string(queue_url) + ".fifo";
    test.queue_holds(
        {joined({received("a1", "a", 3, "r:a1"), received("a2", "a", 1, "r:a2"), received("b1", "b", 1, "r:b1"),
                 received("a3", "a", 1, "r:a3"), received("b2", "b", 1, "r:b2")})});
    test.accept_everything();
    auto with = test.options();
    with.acknowledge_linger = 50ms; // the three go in one request also on a machine that stalls between them
    reader from(test.session, url, with);
    auto handler = [&test](delivery& one) -> awaitable<void> {
        test.order.push_back(one.body());
        if (one.body() == "a1") throw std::runtime_error("no");
        co_return;
    };
    auto ran = test.start(from.run(handler));
    test.until([&] { return from.statistics().released == 3 && from.statistics().acknowledged == 2; });
    CHECK(test.order.size() == 3);
    CHECK(std::find(test.order.begin(), test.order.end(), "a1") != test.order.end()); // and nothing of a behind it
    CHECK(std::find(std::find(test.order.begin(), test.order.end(), "b1"), test.order.end(), "b2") != test.order.end());
    CHECK(test.deletes() == names{"r:b1", "r:b2"});
    CHECK(test.changes() == pairs{{"r:a1", "4"}, {"r:a2", "4"}, {"r:a3", "4"}});
    const auto operations = test.script->operations();
    CHECK(std::count(operations.begin(), operations.end(), "ChangeMessageVisibilityBatch") == 1);
    CHECK(from.statistics().released == 3);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("FIFO: a receive that may have been carried out is tried again under the same attempt id") {
    fixture test;
    const std::string url = std::string(queue_url) + ".fifo";
    test.script->expect("ReceiveMessage").fail(errc::connection, true);
    test.script->expect("ReceiveMessage").reply(200, received("m", "g", 1, "r:m"));
    test.queue_holds({});
    test.accept_everything();
    reader from(test.session, url, test.options());
    auto handler = [](delivery&) -> awaitable<void> { co_return; };
    auto ran = test.start(from.run(handler));
    test.until([&] { return from.statistics().acknowledged == 1; });
    const auto calls = test.script->calls();
    std::vector<std::string> ids;
    for (const auto& call : calls) {
        if (call.operation == "ReceiveMessage") ids.push_back(call.parameter("ReceiveRequestAttemptId"));
    }
    REQUIRE(ids.size() >= 3);
    CHECK(ids[0].size() == 36);
    CHECK(ids[0] == ids[1]);
    CHECK(ids[1] != ids[2]);
    CHECK(test.seen->failed_polls == 1);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("acknowledged with the newest handle: a message that came again meanwhile is deleted by that one too") {
    fixture test;
    test.script->expect("ReceiveMessage").reply(200, received("m", "", 1, "old"));
    test.script->expect("ReceiveMessage").reply(200, received("m", "", 2, "new")).hold();
    test.queue_holds({});
    test.script->expect("DeleteMessageBatch").answer(accept_deletes()).hold();
    test.script->expect("DeleteMessageBatch").answer(accept_deletes());
    reader from(test.session, queue_url, test.options());
    std::size_t calls = 0;
    auto handler = [&calls](delivery&) -> awaitable<void> {
        ++calls;
        co_return;
    };
    auto ran = test.start(from.run(handler));
    CHECK(test.deletes() == names{"old"});
    test.script->release_all(); // the second receive comes first
    settle(test.context);
    CHECK(test.deletes() == names{"old", "new"});
    CHECK(calls == 1);
    CHECK(from.statistics().received_again == 1);
    CHECK(from.statistics().acknowledged == 1);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("a released message that comes again before the release is confirmed is another delivery") {
    fixture test;
    test.script->expect("ReceiveMessage").reply(200, received("m", "", 1, "old"));
    test.script->expect("ReceiveMessage").reply(200, received("m", "", 2, "new")).hold();
    test.queue_holds({});
    test.script->expect("ChangeMessageVisibilityBatch").answer(accept_changes()).hold();
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    std::vector<int> counts;
    auto handler = [&counts](delivery& one) -> awaitable<void> {
        counts.push_back(one.receive_count());
        if (counts.size() == 1) throw std::runtime_error("not now");
        co_return;
    };
    auto ran = test.start(from.run(handler));
    test.until([&] { return test.script->held() == 2; });
    test.script->release_all();
    settle(test.context);
    CHECK(counts == std::vector<int>{1, 2});
    CHECK(test.changes() == pairs{{"old", "1"}});
    CHECK(test.deletes() == names{"new"});
    CHECK(from.statistics().in_flight == 0);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("processed but not deleted: when it comes again it is deleted without being handled") {
    fixture test;
    test.script->expect("ReceiveMessage").reply(200, received("m", "", 1, "old"));
    test.script->expect("ReceiveMessage").reply(200, received("m", "", 2, "new")).hold();
    test.queue_holds({});
    test.script->expect("DeleteMessageBatch").reply(403, error_xml("AccessDenied", "no"));
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    std::size_t calls = 0;
    auto handler = [&calls](delivery&) -> awaitable<void> {
        ++calls;
        co_return;
    };
    auto ran = test.start(from.run(handler));
    CHECK(from.statistics().failed_acknowledgements == 1);
    test.script->release();
    settle(test.context);
    CHECK(from.statistics().deleted_again == 1);
    CHECK(calls == 1);
    CHECK(test.seen->failed_settlements == 1);
    CHECK(test.deletes() == names{"old", "new"});
    test.stop(from, stop_policy::drain);
}

TEST_CASE("acknowledged in the background: the delivery may go at once") {
    fixture test;
    test.queue_holds({received("m", "", 1, "r:m")});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    auto read_one = [&from]() -> awaitable<void> {
        delivery one = co_await from.read();
        one.ack_in_background();
        CHECK_THROWS_AS(one.ack_in_background(), const sluice::error&); // it is settled
    };
    auto ran = test.start(read_one());
    CHECK(ran.value().has_value());
    CHECK(test.deletes() == names{"r:m"});
    CHECK(from.statistics().acknowledged == 1);
    CHECK(from.statistics().dropped == 0);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("stop(fast): polls are cut, handlers cancelled, their messages handed back at once, in less than a second") {
    fixture test;
    test.queue_holds({received_messages({"a", "b"})});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    auto handler = [](delivery&) -> awaitable<void> { return wait_for_ever(); };
    run_options options;
    options.handlers = 1; // b stays in the buffer
    auto ran = test.start(from.run(handler, options));
    REQUIRE(from.statistics().polls_under_way == 1);
    const auto begun = std::chrono::steady_clock::now();
    auto stopping = from.stop(stop_policy::fast);
    const stop_report report = run(test.context, std::move(stopping));
    CHECK(std::chrono::steady_clock::now() - begun < 1s);
    CHECK(report.polls_cut == 1);
    CHECK(report.handlers_cancelled == 1);
    CHECK(report.released == 2);
    CHECK(report.still_out == 0);
    auto changes = test.changes();
    std::sort(changes.begin(), changes.end());
    CHECK(changes == pairs{{"r:a", "0"}, {"r:b", "0"}});
    settle(test.context);
    CHECK(ran.value().has_value());
}

TEST_CASE("stop(fast): a handler that does not heed its cancellation is reported") {
    fixture test;
    test.queue_holds({received_messages({"a"})});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    boost::asio::steady_timer gate(test.context, std::chrono::steady_clock::time_point::max());
    auto stubborn = [&gate](delivery&) -> awaitable<void> {
        co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
        boost::system::error_code ignored;
        co_await gate.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    };
    auto ran = test.start(from.run(stubborn));
    const auto begun = std::chrono::steady_clock::now();
    auto stopping = from.stop(stop_policy::fast);
    const stop_report report = run(test.context, std::move(stopping));
    CHECK(std::chrono::steady_clock::now() - begun < 1s);
    CHECK_FALSE(report.complete);
    CHECK(report.handlers_left == 1);
    CHECK(report.still_out == 1);
    CHECK_FALSE(ran.ended());
    gate.cancel();
    settle(test.context);
    CHECK(ran.value().has_value());
    CHECK(test.deletes() == names{"r:a"}); // it did its work
}

TEST_CASE("run: cancelled, it stops the reader and says so") {
    fixture test;
    test.queue_holds({received_messages({"a"})});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    auto handler = [](delivery&) -> awaitable<void> { return wait_for_ever(); };
    auto ran = test.start(from.run(handler));
    ran.cancel();
    test.until([&] { return ran.ended(); });
    CHECK(ran.value().error().code == errc::cancelled);
    CHECK(test.changes() == pairs{{"r:a", "0"}});
}

TEST_CASE("run: the queue cannot be reached at first: it is tried again; one that does not exist ends it") {
    fixture test;
    test.script->expect("GetQueueUrl").fail(errc::connection, false);
    test.script->expect("GetQueueUrl")
        .reply(200, reply_to("GetQueueUrl", "<QueueUrl>" + std::string(queue_url) + "</QueueUrl>"));
    test.queue_holds({received_messages({"a"})});
    test.accept_everything();
    {
        reader from(test.session, "orders", test.options());
        auto handler = [](delivery&) -> awaitable<void> { co_return; };
        auto ran = test.start(from.run(handler));
        CHECK_FALSE(ran.ended());
        CHECK(test.seen->failed_polls == 1);
        test.until([&] { return from.statistics().acknowledged == 1; });
        test.stop(from, stop_policy::drain);
    }
    test.script->expect("GetQueueUrl")
        .reply(400, error_xml("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."));
    reader from(test.session, "no-such-queue", test.options());
    auto handler = [](delivery&) -> awaitable<void> { co_return; };
    auto ran = test.start(from.run(handler));
    REQUIRE(ran.ended());
    INFO(ran.value().error().describe());
    CHECK(ran.value().error().code == errc::not_found);
}

TEST_CASE("run: options out of range and an empty handler are refused, naming the value and the rule") {
    fixture test;
    reader from(test.session, queue_url, test.options());
    auto handler = [](delivery&) -> awaitable<void> { co_return; };
    run_options none;
    none.handlers = 0;
    auto refused = test.start(from.run(handler, none));
    CHECK(refused.value().error().message == "handlers is 0: it must be 1 or more");
    auto empty = test.start(from.run(sluice::sqs::message_handler()));
    CHECK(empty.value().error().message == "the handler is empty");
    run_options batches;
    batches.batch_messages = 0;
    auto batch_handler = [](std::vector<delivery>&) -> awaitable<void> { co_return; };
    auto no_batch = test.start(from.run_batch(batch_handler, batches));
    CHECK(no_batch.value().error().code == errc::invalid_argument);
    CHECK(test.script->calls().empty());
}

TEST_CASE("OverLimit: the reader pauses for a second or two, and does not give up") {
    fixture test;
    test.script->expect("ReceiveMessage").reply(403, error_xml("OverLimit", "too many in flight")).times(2);
    test.queue_holds({received_messages({"a"})});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    auto handler = [](delivery&) -> awaitable<void> { co_return; };
    auto ran = test.start(from.run(handler));
    CHECK_FALSE(ran.ended());
    test.until([&] { return from.statistics().acknowledged == 1; });
    CHECK(from.statistics().over_limit == 2);
    test.stop(from, stop_policy::drain);
}

TEST_CASE("pause: nothing is polled or handed out; leases go on; resume goes on") {
    fixture test;
    test.queue_holds({received_messages({"a"})});
    test.accept_everything();
    reader from(test.session, queue_url, test.options());
    from.pause();
    auto handler = [&test](delivery& one) -> awaitable<void> {
        test.order.push_back(one.body());
        co_return;
    };
    auto ran = test.start(from.run(handler));
    CHECK(test.script->calls().empty());
    from.resume();
    settle(test.context);
    CHECK(test.order == names{"a"});
    test.stop(from, stop_policy::drain);
}

TEST_CASE("envelopes: required, from known topics only; what came without is damaged and stays in the queue") {
    fixture test;
    const std::string envelope =
        R"({"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-west-1:123456789012:orders",)"
        R"("Message":"inside","Timestamp":"2026-11-01T00:00:00.000Z","Subject":"s",)"
        R"("MessageAttributes":{"kind":{"Type":"String","Value":"order"}}})";
    std::string reply = received_messages({"xyz", "plain"});
    // The service escapes what it sends; the MD5 sum is of another body, so it goes.
    std::string escaped;
    for (const char c : envelope) escaped += c == '"' ? std::string("&quot;") : std::string(1, c);
    const auto md5 = reply.find("<MD5OfBody>");
    reply.erase(md5, reply.find("</MD5OfBody>") + 12 - md5);
    reply.replace(reply.find("<Body>xyz"), 9, "<Body>" + escaped);
    for (const auto mode :
         {sluice::sqs::sns_envelope::required, sluice::sqs::sns_envelope::raw, sluice::sqs::sns_envelope::automatic}) {
        fixture each;
        each.queue_holds({reply});
        each.accept_everything();
        auto with = each.options();
        with.envelope = mode;
        if (mode != sluice::sqs::sns_envelope::raw) with.topics.push_back(topic_arn);
        reader from(each.session, queue_url, with);
        auto handler = [&each](delivery& one) -> awaitable<void> {
            each.order.push_back(one.body());
            if (one.body() == "inside") {
                CHECK(one.topic_arn() == topic_arn);
                CHECK(one.subject() == "s");
                REQUIRE(one.attribute("kind") != nullptr);
                CHECK(one.attribute("kind")->value() == "order");
            }
            co_return;
        };
        auto ran = each.start(from.run(handler));
        if (mode == sluice::sqs::sns_envelope::required) {
            CHECK(each.order == names{"inside"});
            CHECK(from.statistics().damaged == 1);
            CHECK(each.deletes().size() == 1);
        } else {
            std::sort(each.order.begin(), each.order.end());
            const bool raw = mode == sluice::sqs::sns_envelope::raw;
            CHECK(each.order == (raw ? names{"plain", envelope} : names{"inside", "plain"}));
        }
        each.stop(from, stop_policy::drain);
    }
}

} // namespace reader_run_test
