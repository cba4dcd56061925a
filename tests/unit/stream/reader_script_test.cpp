// The reader over a scripted service: polls, hand-out, acknowledgements, stop.
#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sqs/reader.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <set>

namespace reader_script_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using sluice::errc;
using sluice::result;
using sluice::sqs::delivery;

namespace {

sluice::sqs::reader_options options_of_test() {
    sluice::sqs::reader_options options;
    options.visibility_timeout = 30s; // else the queue is asked for its own
    options.acknowledge_linger = 0ms;
    return options;
}

boost::asio::awaitable<void> without_report(boost::asio::awaitable<sluice::sqs::stop_report> stopping) {
    co_await std::move(stopping);
}

struct fixture {
    boost::asio::io_context context;
    std::shared_ptr<scripted_transport> script = std::make_shared<scripted_transport>(context.get_executor());
    sluice::session session = scripted_session(context.get_executor(), script);

    /// After the messages, polls wait for ever.
    void queue_holds(const std::vector<std::vector<std::string>>& polls) {
        for (const auto& bodies : polls) script->expect("ReceiveMessage").reply(200, received_messages(bodies));
        script->expect("ReceiveMessage").reply(200, received_messages({})).hold().always();
    }
    started<result<delivery>> read(sluice::sqs::reader& reader) {
        started<result<delivery>> got(context, sluice::as_result(reader.read()));
        settle(context);
        return got;
    }
    template<class Operation>
    started<result<void>> start(Operation operation) {
        started<result<void>> ran(context, sluice::as_result(std::move(operation)));
        settle(context);
        return ran;
    }
    started<result<void>> start(boost::asio::awaitable<sluice::sqs::stop_report> stopping) {
        return start(without_report(std::move(stopping)));
    }
    std::size_t count(const std::string& operation) const {
        const auto names = script->operations();
        return static_cast<std::size_t>(std::count(names.begin(), names.end(), operation));
    }
};

} // namespace

TEST_CASE("reader: messages come out in the order of the queue's answers") {
    fixture test;
    test.queue_holds({{"a", "b", "c"}, {"d"}});
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    CHECK(test.script->calls().empty()); // the first read starts the polls
    for (const char* body : {"a", "b", "c", "d"}) {
        auto got = test.read(reader);
        CHECK(got.value()->body() == body);
        CHECK(got.value()->receipt_handle() == "r:" + std::string(body));
    }
    const auto poll = test.script->calls()[0];
    CHECK(poll.parameter("QueueUrl") == queue_url);
    CHECK(poll.parameter("MaxNumberOfMessages") == "10");
    CHECK(poll.parameter("WaitTimeSeconds") == "1"); // the shortest, until a poll finds nothing
    CHECK(poll.parameter("VisibilityTimeout") == "30");
    CHECK(poll.parameter("AttributeName.1") == "All");
    CHECK(poll.request.lane == sluice::http_lane::long_poll);
    CHECK(poll.request.timeout == 11s); // what the service waits, and as long as any request
}

TEST_CASE("reader: waiting reads are served in their order") {
    fixture test;
    test.script->expect("ReceiveMessage").reply(200, received_messages({"a", "b"})).hold();
    test.script->expect("ReceiveMessage").reply(200, received_messages({})).hold().always();
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    auto first = test.read(reader);
    auto second = test.read(reader);
    auto third = test.read(reader);
    test.script->release();
    settle(test.context);
    CHECK(first.value()->body() == "a");
    CHECK(second.value()->body() == "b");
    CHECK_FALSE(third.ended());
}

TEST_CASE("reader: polls stop while the buffer is full and go on when it is read") {
    fixture test;
    int made = 0;
    test.script->expect("ReceiveMessage")
        .answer([&made](const seen_call&) {
            std::vector<std::string> ten;
            for (int i = 0; i < 10; ++i) ten.push_back("m" + std::to_string(made++));
            return result<sluice::http_reply>(ok(received_messages(ten)));
        })
        .always();
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    auto got = test.read(reader);
    CHECK(reader.statistics().buffered <= 20);
    const std::size_t polls = test.count("ReceiveMessage");
    CHECK(polls <= 3);
    for (int i = 0; i < 12; ++i) {
        auto next = test.read(reader);
        CHECK(next.value().has_value());
    }
    CHECK(test.count("ReceiveMessage") > polls);
    CHECK(reader.statistics().buffered <= 20);
}

TEST_CASE("reader: the queue is asked for its visibility timeout; who may not ask reads all the same") {
    fixture test;
    test.script->expect("GetQueueUrl")
        .reply(200, reply_to("GetQueueUrl", "<QueueUrl>" + std::string(queue_url) + "</QueueUrl>"));
    test.script->expect("GetQueueAttributes").reply(403, error_xml("AccessDenied", "no"));
    test.queue_holds({{"a"}});
    sluice::sqs::reader_options options;
    sluice::sqs::reader reader(test.session, "orders", options);
    auto got = test.read(reader);
    CHECK(got.value()->body() == "a");
    CHECK(test.script->operations()[1] == "GetQueueAttributes");
    CHECK(test.script->calls()[1].parameter("AttributeName.1") == "VisibilityTimeout");
    CHECK(test.script->calls()[2].parameter("VisibilityTimeout") == "30");
    CHECK(reader.statistics().visibility_timeout == 30s);
}

TEST_CASE("reader: acknowledgements of one moment share a request") {
    fixture test;
    std::vector<std::string> ten;
    for (int i = 0; i < 10; ++i) ten.push_back("m" + std::to_string(i));
    test.queue_holds({ten});
    test.script->expect("DeleteMessageBatch").answer(accept_deletes());
    auto options = options_of_test();
    options.acknowledge_linger = 1s;
    sluice::sqs::reader reader(test.session, queue_url, options);
    std::vector<delivery> deliveries;
    for (int i = 0; i < 10; ++i) {
        auto got = test.read(reader);
        deliveries.push_back(std::move(*got.value()));
    }
    std::vector<started<result<void>>> acks;
    for (delivery& one : deliveries) acks.push_back(test.start(one.ack()));
    for (auto& ack : acks) CHECK(ack.value().has_value());
    const auto call = test.script->calls().back();
    CHECK(call.operation == "DeleteMessageBatch");
    CHECK(call.parameter("DeleteMessageBatchRequestEntry.3.ReceiptHandle") == "r:m2");
    CHECK(reader.statistics().acknowledged == 10);
}

TEST_CASE("reader: a refused acknowledgement is thrown, alone") {
    fixture test;
    test.queue_holds({{"a", "b"}});
    test.script->expect("DeleteMessageBatch")
        .answer([](const seen_call& call) {
            // Two handles in one request, or one each: entry 0 is refused when its handle is r:a.
            std::string inner;
            for (std::size_t i = 0; i < call.entries("DeleteMessageBatchRequestEntry"); ++i) {
                const std::string id = std::to_string(i);
                const bool bad = call.parameter("DeleteMessageBatchRequestEntry." + std::to_string(i + 1) +
                                                ".ReceiptHandle") == "r:a";
                inner += bad ? "<BatchResultErrorEntry><Id>" + id +
                                   "</Id><Code>ReceiptHandleIsInvalid</Code><SenderFault>true"
                                   "</SenderFault></BatchResultErrorEntry>"
                             : "<DeleteMessageBatchResultEntry><Id>" + id + "</Id></DeleteMessageBatchResultEntry>";
            }
            return result<sluice::http_reply>(ok(reply_to("DeleteMessageBatch", inner)));
        })
        .always();
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    auto a = test.read(reader);
    auto b = test.read(reader);
    auto ack_a = test.start(a.value()->ack());
    auto ack_b = test.start(b.value()->ack());
    settle(test.context);
    REQUIRE_FALSE(ack_a.value().has_value());
    CHECK(ack_a.value().error().service_code == "ReceiptHandleIsInvalid");
    CHECK(ack_b.value().has_value());
    CHECK(reader.statistics().failed_acknowledgements == 1);
}

TEST_CASE("reader: release sets the visibility timeout, and checks its range first") {
    fixture test;
    test.queue_holds({{"a"}});
    test.script->expect("ChangeMessageVisibilityBatch").answer(accept_changes());
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    auto got = test.read(reader);
    for (const auto bad : {-1s, 43'201s}) {
        auto refused = test.start(got.value()->release(bad));
        CHECK(refused.value().error().code == errc::invalid_argument);
        CHECK(refused.value().error().message.find(std::to_string(bad.count())) != std::string::npos);
    }
    auto released = test.start(got.value()->release(43'200s));
    while (!released.ended() && test.context.run_one() > 0) {}
    CHECK(released.value().has_value());
    CHECK(test.script->calls().back().parameter("ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout") ==
          "43200");
    CHECK(test.count("ChangeMessageVisibilityBatch") == 1);
}

TEST_CASE("reader: an empty delivery cannot be acknowledged, and says so") {
    fixture test;
    delivery empty;
    auto acked = test.start(empty.ack());
    REQUIRE_FALSE(acked.value().has_value());
    CHECK(acked.value().error().code == errc::invalid_argument);
    auto released = test.start(empty.release());
    CHECK(released.value().error().code == errc::invalid_argument);
}

TEST_CASE("reader: a damaged message is not handed out") {
    fixture test;
    std::string reply = received_messages({"good"});
    reply.insert(reply.find("<Message>"),
                 "<Message><MessageId>bad</MessageId><ReceiptHandle>r</ReceiptHandle>"
                 "<MD5OfBody>00000000000000000000000000000000</MD5OfBody><Body>bad</Body></Message>");
    test.script->expect("ReceiveMessage").reply(200, reply);
    test.queue_holds({});
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    auto got = test.read(reader);
    CHECK(got.value()->body() == "good");
    CHECK(reader.statistics().damaged == 1);
    CHECK(reader.statistics().received == 2);
    CHECK(test.count("DeleteMessageBatch") == 0);
}

TEST_CASE("reader: stop ends waiting reads, hands back what was not read, and flushes acknowledgements") {
    fixture test;
    test.queue_holds({{"a", "b", "c"}});
    test.script->expect("ChangeMessageVisibilityBatch").answer(accept_changes()).always();
    test.script->expect("DeleteMessageBatch").answer(accept_deletes()).hold();
    auto options = options_of_test();
    options.acknowledge_linger = 1s;
    sluice::sqs::reader reader(test.session, queue_url, options);
    auto got = test.read(reader);
    auto acked = test.start(got.value()->ack());
    CHECK_FALSE(acked.ended());
    auto stopped = test.start(reader.stop());
    auto late = test.read(reader);
    CHECK(late.value().error().code == errc::closed);
    CHECK_FALSE(stopped.ended()); // the poll is still under way
    test.script->release();       // which ends now
    while (test.count("ChangeMessageVisibilityBatch") == 0 && test.context.run_one() > 0) {}
    CHECK(test.count("ChangeMessageVisibilityBatch") == 1);
    const auto calls = test.script->calls();
    const auto change = std::find_if(calls.begin(), calls.end(), [](const seen_call& call) {
        return call.operation == "ChangeMessageVisibilityBatch";
    });
    REQUIRE(change != calls.end());
    CHECK(change->entries("ChangeMessageVisibilityBatchRequestEntry") == 2);
    CHECK(change->parameter("ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle") == "r:b");
    CHECK(change->parameter("ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout") == "0");
    while (test.script->held() == 0 && test.context.run_one() > 0) {}
    CHECK_FALSE(stopped.ended()); // the acknowledgement is under way
    test.script->release();
    settle(test.context);
    CHECK(stopped.value().has_value());
    CHECK(acked.value().has_value());
    CHECK(reader.statistics().released == 2);
    CHECK(test.count("ReceiveMessage") == 2);
}

TEST_CASE("reader: what a poll brings after the stop is handed back") {
    fixture test;
    test.script->expect("ReceiveMessage").reply(200, received_messages({"late"})).hold();
    test.script->expect("ChangeMessageVisibilityBatch").answer(accept_changes());
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    auto waiting = test.read(reader);
    auto stopped = test.start(reader.stop());
    CHECK(waiting.value().error().code == errc::closed);
    test.script->release();
    while (!stopped.ended() && test.context.run_one() > 0) {}
    settle(test.context);
    CHECK(stopped.value().has_value());
    CHECK(test.count("ChangeMessageVisibilityBatch") == 1);
    CHECK(reader.statistics().released == 1);
}

TEST_CASE("reader: stop gives up at the end of its patience") {
    fixture test;
    test.queue_holds({});
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    auto waiting = test.read(reader);
    auto stopped = test.start(reader.stop(1ms));
    while (!stopped.ended() && test.context.run_one() > 0) {}
    CHECK(stopped.value().has_value());
    CHECK(test.script->held() == 1);
}

TEST_CASE("reader: destroyed, it ends its waiting reads and hands back its buffer; deliveries stay usable") {
    fixture test;
    test.queue_holds({{"a", "b"}});
    test.script->expect("ChangeMessageVisibilityBatch").answer(accept_changes());
    test.script->expect("DeleteMessageBatch").answer(accept_deletes());
    auto reader = std::make_unique<sluice::sqs::reader>(test.session, queue_url, options_of_test());
    auto got = test.read(*reader);
    reader.reset();
    settle(test.context);
    for (int i = 0; i < 10 && test.count("ChangeMessageVisibilityBatch") == 0; ++i) test.context.run_one();
    CHECK(test.count("ChangeMessageVisibilityBatch") == 1);
    auto acked = test.start(got.value()->ack());
    while (!acked.ended() && test.context.run_one() > 0) {}
    CHECK(acked.value().has_value());
}

TEST_CASE("reader: a cancelled read takes no message") {
    fixture test;
    test.script->expect("ReceiveMessage").reply(200, received_messages({"a"})).hold();
    test.queue_holds({});
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    auto cancelled = test.read(reader);
    cancelled.cancel();
    settle(test.context);
    CHECK(cancelled.value().error().code == errc::cancelled);
    test.script->release();
    settle(test.context);
    auto got = test.read(reader);
    CHECK(got.value()->body() == "a");
}

TEST_CASE("reader: a read that is cancelled as its message comes passes it on to the read behind it") {
    fixture test;
    test.script->expect("ReceiveMessage").reply(200, received_messages({"a"})).hold();
    test.queue_holds({});
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    auto first = test.read(reader);
    auto second = test.read(reader);
    test.script->release();
    // Step by step until the message has been given to the first read, which has not run yet.
    while (reader.statistics().received == 0 && test.context.poll_one() > 0) {}
    REQUIRE(reader.statistics().received == 1);
    REQUIRE_FALSE(first.ended());
    first.cancel();
    settle(test.context);
    REQUIRE(first.ended());
    if (first.value().has_value()) {
        CHECK(first.value()->body() == "a"); // it was faster: nothing is lost either
    } else {
        REQUIRE(second.ended());
        CHECK(second.value()->body() == "a");
    }
}

TEST_CASE("reader: a start that fails is thrown to all waiting reads; the next read tries again") {
    fixture test;
    test.script->expect("GetQueueUrl")
        .reply(400, error_xml("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."))
        .hold();
    test.script->expect("GetQueueUrl")
        .reply(200, reply_to("GetQueueUrl", "<QueueUrl>" + std::string(queue_url) + "</QueueUrl>"));
    test.queue_holds({{"a"}});
    sluice::sqs::reader reader(test.session, "orders", options_of_test());
    auto first = test.read(reader);
    auto second = test.read(reader);
    test.script->release();
    settle(test.context);
    CHECK(first.value().error().code == errc::not_found);
    CHECK(second.value().error().code == errc::not_found);
    CHECK(reader.statistics().last_poll_error.find("GetQueueUrl") != std::string::npos);
    auto third = test.read(reader);
    CHECK(third.value()->body() == "a");
}

TEST_CASE("reader: a passing failure is not thrown; the poll pauses, and stop ends the pause") {
    fixture test;
    test.script->expect("ReceiveMessage").reply(503, "").always();
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    auto waiting = test.read(reader);
    CHECK_FALSE(waiting.ended());
    CHECK(reader.statistics().failed_polls == 1);
    CHECK(test.count("ReceiveMessage") == 1); // not at once again
    CHECK(reader.statistics().last_poll_error.find("503") != std::string::npos);
    auto stopped = test.start(reader.stop());
    CHECK(stopped.ended());
    CHECK(waiting.value().error().code == errc::closed);
}

TEST_CASE("reader: a refusal for good is thrown to the waiting reads") {
    fixture test;
    test.script->expect("ReceiveMessage").reply(403, error_xml("AccessDenied", "not you")).always();
    sluice::sqs::reader reader(test.session, queue_url, options_of_test());
    auto waiting = test.read(reader);
    REQUIRE(waiting.ended());
    CHECK(waiting.value().error().code == errc::access_denied);
    CHECK(waiting.value().error().operation == "ReceiveMessage");
}

TEST_CASE("reader: options out of range are refused with the value and the rule") {
    fixture test;
    const auto refusal = [&test](const sluice::sqs::reader_options& options) {
        try {
            sluice::sqs::reader reader(test.session, queue_url, options);
        } catch (const sluice::error& failure) {
            CHECK(failure.code() == sluice::errc::invalid_argument);
            return failure.info().message;
        }
        return std::string("accepted");
    };
    auto options = options_of_test();
    options.wait_time = 21s;
    CHECK(refusal(options) == "wait_time is 21 s: it must be 0 to 20 s");
    options.wait_time = 20s;
    CHECK(refusal(options) == "accepted");
    options.visibility_timeout = 0s;
    CHECK(refusal(options).find("visibility_timeout is 0 s") == 0);
    options.visibility_timeout = 43'201s;
    CHECK(refusal(options).find("43201") != std::string::npos);
    options.visibility_timeout = 43'200s;
    options.pollers = 0;
    CHECK(refusal(options).find("pollers is 0") == 0);
    CHECK_THROWS_AS(sluice::sqs::reader(test.session, "no such name!"), const sluice::error&);
}

TEST_CASE("reader: when the executor goes, everything that waited goes with it") {
    const auto token = std::make_shared<int>(0);
    {
        boost::asio::io_context context;
        auto script = std::make_shared<scripted_transport>(context.get_executor());
        script->expect("ReceiveMessage").reply(200, received_messages({"a"}));
        script->expect("ReceiveMessage").reply(200, received_messages({})).hold().always();
        script->expect("DeleteMessageBatch").answer(accept_deletes()).hold();
        auto use = [](std::shared_ptr<int> kept, sluice::session session) -> boost::asio::awaitable<void> {
            sluice::sqs::reader reader(session, queue_url, options_of_test());
            delivery next = co_await reader.read();
            co_await next.ack();
            *kept = 1;
        };
        boost::asio::co_spawn(context, use(token, scripted_session(context.get_executor(), script)),
                              boost::asio::detached);
        settle(context);
        CHECK(token.use_count() == 2);
    }
    CHECK(*token == 0);
    CHECK(token.use_count() == 1);
}

TEST_CASE("threads: 40 coroutines read and acknowledge on four threads; every message once") {
    boost::asio::thread_pool pool(4);
    auto script = std::make_shared<scripted_transport>(pool.get_executor());
    std::atomic<int> produced{0};
    constexpr int total = 2000;
    script->expect("ReceiveMessage")
        .answer([&produced](const seen_call&) {
            std::vector<std::string> bodies;
            for (int i = 0; i < 10; ++i) {
                const int next = produced++;
                if (next < total) bodies.push_back(std::to_string(next));
            }
            return result<sluice::http_reply>(ok(received_messages(bodies)));
        })
        .always();
    script->expect("DeleteMessageBatch").answer(accept_deletes()).always();
    script->expect("ChangeMessageVisibilityBatch").answer(accept_changes()).always();
    sluice::session session = scripted_session(pool.get_executor(), script);
    auto options = options_of_test();
    options.pollers = 3;
    options.buffered_messages = 60;
    auto reader = std::make_shared<sluice::sqs::reader>(session, queue_url, options);
    std::mutex mutex;
    std::set<std::string> seen;
    std::atomic<int> handled{0};
    auto consume = [&]() -> boost::asio::awaitable<void> {
        while (true) {
            auto got = co_await sluice::as_result(reader->read());
            if (!got) break;
            {
                const std::lock_guard lock(mutex);
                seen.insert(got->body());
            }
            co_await got->ack();
            if (++handled == total) co_await reader->stop(1s);
        }
    };
    for (int i = 0; i < 40; ++i) boost::asio::co_spawn(pool, consume(), boost::asio::detached);
    pool.join();
    CHECK(handled == total);
    CHECK(seen.size() == total);
    CHECK(reader->statistics().acknowledged == total);
}

} // namespace reader_script_test
