// The writers over a scripted service: what goes out, and whose result is whose.
#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"
#include "support/writer_fixture.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sns/writer.hpp>
#include <sluice/sqs/writer.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <atomic>

namespace writer_script_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using sluice::errc;
using sluice::message;
using sluice::receipt;
using sluice::result;

TEST_CASE("sqs writer: ten messages, one request, each its own receipt") {
    writer_fixture test;
    test.script->expect("SendMessageBatch").answer(accept_sends());
    sluice::sqs::writer writer(test.session, queue_url, patient());
    std::vector<started<result<receipt>>> written;
    for (int i = 0; i < 10; ++i) written.push_back(test.write(writer, message("b" + std::to_string(i))));
    const auto calls = test.script->calls();
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].parameter("QueueUrl") == queue_url);
    CHECK(calls[0].parameter("SendMessageBatchRequestEntry.10.Id") == "9");
    CHECK(calls[0].parameter("SendMessageBatchRequestEntry.10.MessageBody") == "b9");
    for (std::size_t i = 0; i < 10; ++i) CHECK(written[i].value()->message_id == "m:b" + std::to_string(i));
    const auto seen = writer.statistics();
    CHECK(seen.requests == 1);
    CHECK(seen.entries == 10);
    CHECK(seen.accepted == 10);
}

TEST_CASE("sqs writer: a refused entry fails alone, one that is not named is unknown") {
    writer_fixture test;
    test.script->expect("SendMessageBatch")
        .reply(
            200,
            reply_to("SendMessageBatch",
                     "<BatchResultErrorEntry><Id>1</Id><Code>InvalidMessageContents</Code><Message>no</Message>"
                     "<SenderFault>true</SenderFault></BatchResultErrorEntry>"
                     "<SendMessageBatchResultEntry><Id>0</Id><MessageId>m0</MessageId></SendMessageBatchResultEntry>"));
    sluice::sqs::writer writer(test.session, queue_url, patient());
    auto a = test.write(writer, "a");
    auto b = test.write(writer, "b");
    auto c = test.write(writer, "c");
    auto flushed = test.flush(writer);
    CHECK(flushed.ended());
    CHECK(a.value()->message_id == "m0");
    REQUIRE_FALSE(b.value().has_value());
    CHECK(b.value().error().service_code == "InvalidMessageContents");
    CHECK(b.value().error().sender_fault);
    CHECK_FALSE(b.value().error().may_have_been_applied);
    REQUIRE_FALSE(c.value().has_value());
    CHECK(c.value().error().code == errc::unknown_outcome);
    CHECK(c.value().error().may_have_been_applied);
}

TEST_CASE("sqs writer: a message that breaks a rule fails alone, and nothing is sent for it") {
    writer_fixture test;
    test.script->expect("SendMessageBatch").answer(accept_sends());
    sluice::sqs::writer writer(test.session, queue_url, patient());
    auto good = test.write(writer, "good");
    auto large = test.write(writer, message(std::string(1'048'577, 'x')));
    auto odd = test.write(writer, message("a\x01"
                                          "b"));
    CHECK(large.value().error().code == errc::message_too_long);
    CHECK(large.value().error().message.find("1048577") != std::string::npos);
    CHECK(odd.value().error().code == errc::invalid_argument);
    CHECK(test.script->calls().empty());
    CHECK_FALSE(good.ended());
    auto flushed = test.flush(writer);
    REQUIRE(test.script->calls().size() == 1);
    CHECK(test.script->calls()[0].entries("SendMessageBatchRequestEntry") == 1);
    CHECK(good.value()->message_id == "m:good");
}

TEST_CASE("sqs writer: a batch never has more than 1 MiB") {
    writer_fixture test;
    test.script->expect("SendMessageBatch").answer(accept_sends()).always();
    sluice::sqs::writer writer(test.session, queue_url, patient());
    auto half = test.write(writer, message(std::string(524'288, 'a')));
    auto other_half = test.write(writer, message(std::string(524'288, 'b')));
    CHECK(test.script->calls().empty()); // exactly full, but a batch without more bytes could still come
    auto more = test.write(writer, message("c"));
    REQUIRE(test.script->calls().size() == 1);
    CHECK(test.script->calls()[0].entries("SendMessageBatchRequestEntry") == 2);
    auto flushed = test.flush(writer);
    CHECK(test.script->calls().size() == 2);
    CHECK(more.value().has_value());
}

TEST_CASE("sqs writer: a queue given by name is looked up once, with the account of an ARN") {
    writer_fixture test;
    test.script->expect("GetQueueUrl")
        .reply(200, reply_to("GetQueueUrl", "<QueueUrl>" + std::string(queue_url) + "</QueueUrl>"));
    test.script->expect("SendMessageBatch").answer(accept_sends()).always();
    sluice::sqs::writer writer(test.session, "arn:aws:sqs:eu-west-1:123456789012:orders", patient());
    for (int i = 0; i < 2; ++i) {
        auto written = test.write(writer, "x");
        auto flushed = test.flush(writer);
        CHECK(written.value().has_value());
    }
    CHECK(test.script->operations() == std::vector<std::string>{"GetQueueUrl", "SendMessageBatch", "SendMessageBatch"});
    CHECK(test.script->calls()[0].parameter("QueueName") == "orders");
    CHECK(test.script->calls()[0].parameter("QueueOwnerAWSAccountId") == "123456789012");
    CHECK(test.script->calls()[1].parameter("QueueUrl") == queue_url);
}

TEST_CASE("sqs writer: an unknown queue fails every message with its name, and is asked for again") {
    writer_fixture test;
    test.script->expect("GetQueueUrl")
        .reply(400, error_xml("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."))
        .times(2);
    sluice::sqs::writer writer(test.session, "nowhere", patient());
    for (int i = 0; i < 2; ++i) {
        auto written = test.write(writer, "x");
        auto flushed = test.flush(writer);
        REQUIRE_FALSE(written.value().has_value());
        CHECK(written.value().error().code == errc::not_found);
        CHECK(written.value().error().message.find("nowhere") != std::string::npos);
        CHECK(written.value().error().request_id == "req-9");
    }
    CHECK(test.script->steps_left() == 0);
}

TEST_CASE("sqs writer: a queue that vanished is looked up anew with the next write") {
    writer_fixture test;
    test.script->expect("GetQueueUrl")
        .reply(200, reply_to("GetQueueUrl", "<QueueUrl>" + std::string(queue_url) + "</QueueUrl>"))
        .times(2);
    test.script->expect("SendMessageBatch").reply(400, error_xml("AWS.SimpleQueueService.NonExistentQueue", "gone"));
    test.script->expect("SendMessageBatch").answer(accept_sends());
    sluice::sqs::writer writer(test.session, "orders", patient());
    auto first = test.write(writer, "x");
    auto flushed = test.flush(writer);
    CHECK(first.value().error().code == errc::not_found);
    auto second = test.write(writer, "y");
    auto flushed_again = test.flush(writer);
    CHECK(second.value().has_value());
}

TEST_CASE("writers: a failed request fails all its messages, and says whether they may be there") {
    writer_fixture test;
    test.script->expect("PublishBatch").fail(errc::timeout, true);
    auto options = patient();
    options.delivery_timeout = 0ms; // nothing is sent again
    sluice::sns::writer writer(test.session, topic_arn, options);
    auto a = test.write(writer, "a");
    auto b = test.write(writer, "b");
    auto flushed = test.flush(writer);
    for (auto* written : {&a, &b}) {
        REQUIRE_FALSE(written->value().has_value());
        CHECK(written->value().error().code == errc::timeout);
        CHECK(written->value().error().may_have_been_applied);
        CHECK(written->value().error().operation == "PublishBatch");
    }
}

TEST_CASE("sns writer: a batch is held to the topic's message size; subject and group go along") {
    writer_fixture test;
    test.script->expect("PublishBatch").answer(accept_publishes()).always();
    sluice::sns::writer writer(test.session, topic_arn, patient());
    auto first = test.write(writer, message(std::string(262'144, 'a')));
    auto second = test.write(writer, message("b").subject("hello").group("g").attribute("k", "v"));
    REQUIRE(test.script->calls().size() == 1);
    CHECK(first.value().has_value());
    auto too_large = test.write(writer, message(std::string(262'145, 'a')));
    CHECK(too_large.value().error().code == errc::message_too_long);
    auto flushed = test.flush(writer);
    REQUIRE(test.script->calls().size() == 2);
    const seen_call call = test.script->calls()[1];
    const std::string entry = "PublishBatchRequestEntries.member.1.";
    CHECK(call.parameter("TopicArn") == topic_arn);
    CHECK(call.parameter(entry + "Subject") == "hello");
    CHECK(call.parameter(entry + "MessageGroupId") == "g");
    CHECK(call.parameter(entry + "MessageAttributes.entry.1.Value.StringValue") == "v");
    CHECK(second.value()->message_id == "m:b");
}

TEST_CASE("writers: a message group has one request under way, however the queue's name is given") {
    for (const std::string queue :
         {"https://sqs.eu-west-1.amazonaws.com/1/q.fifo", "https://sqs.eu-west-1.amazonaws.com/1/q.fifo/"}) {
        INFO(queue);
        writer_fixture test;
        test.script->expect("SendMessageBatch").answer(accept_sends()).hold().always();
        auto options = patient();
        options.linger = 0ms;
        sluice::sqs::writer writer(test.session, queue, options);
        std::vector<started<result<receipt>>> written;
        for (int i = 0; i < 5; ++i) written.push_back(test.write(writer, message(std::to_string(i)).group("g")));
        for (std::size_t i = 0; i < 5; ++i) {
            CHECK(test.script->held() == 1);
            REQUIRE(test.script->calls().size() == i + 1);
            CHECK(test.script->calls()[i].parameter("SendMessageBatchRequestEntry.1.MessageBody") == std::to_string(i));
            CHECK(test.script->calls()[i].parameter("SendMessageBatchRequestEntry.2.Id").empty());
            test.script->release();
            settle(test.context);
        }
        for (auto& one : written) CHECK(one.value().has_value());
    }
}

TEST_CASE("writers: cancelled before it left a message is not sent, afterwards its outcome is unknown") {
    writer_fixture test;
    test.script->expect("SendMessageBatch").answer(accept_sends()).hold();
    sluice::sqs::writer writer(test.session, queue_url, patient());
    auto kept = test.write(writer, "kept");
    auto early = test.write(writer, "early");
    auto late = test.write(writer, "late");
    early.cancel();
    settle(test.context);
    CHECK(early.value().error().code == errc::cancelled);
    auto flushed = test.flush(writer);
    REQUIRE(test.script->held() == 1);
    CHECK(test.script->calls()[0].entries("SendMessageBatchRequestEntry") == 2);
    late.cancel();
    settle(test.context);
    CHECK(late.value().error().code == errc::unknown_outcome);
    CHECK(late.value().error().may_have_been_applied);
    CHECK(test.script->held() == 1); // the neighbour's request goes on
    test.script->release();
    settle(test.context);
    CHECK(kept.value()->message_id == "m:kept");
}

TEST_CASE("writers: a cancelled flush does not pretend that all is done") {
    writer_fixture test;
    test.script->expect("SendMessageBatch").answer(accept_sends()).hold();
    sluice::sqs::writer writer(test.session, queue_url, patient());
    auto written = test.write(writer, "x");
    auto flushed = test.flush(writer);
    flushed.cancel();
    settle(test.context);
    REQUIRE(flushed.ended());
    CHECK_THROWS_AS((void)flushed.value(), const boost::system::system_error&);
    test.script->release();
    settle(test.context);
    CHECK(written.value().has_value());
}

TEST_CASE("writers: close drains; a second write is refused; patience may be as long as one likes") {
    writer_fixture test;
    test.script->expect("SendMessageBatch").answer(accept_sends()).hold();
    sluice::sqs::writer writer(test.session, queue_url, patient());
    auto written = test.write(writer, "x");
    started<bool> closed(test.context, then_true(writer.close(std::chrono::milliseconds::max())));
    settle(test.context);
    CHECK_FALSE(closed.ended());
    auto refused = test.write(writer, "y");
    CHECK(refused.value().error().code == errc::closed);
    test.script->release();
    settle(test.context);
    CHECK(closed.ended());
    CHECK(written.value().has_value());
}

TEST_CASE("writers: a linger as long as one likes waits for a full batch or a flush") {
    writer_fixture test;
    test.script->expect("SendMessageBatch").answer(accept_sends());
    sluice::writer_options options;
    options.linger = std::chrono::milliseconds::max();
    sluice::sqs::writer writer(test.session, queue_url, options);
    auto written = test.write(writer, "x");
    CHECK(test.script->calls().empty());
    auto flushed = test.flush(writer);
    CHECK(written.value().has_value());
}

TEST_CASE("writers: destroyed while a write is under way, the write completes") {
    writer_fixture test;
    test.script->expect("SendMessageBatch").answer(accept_sends()).hold();
    auto writer = std::make_unique<sluice::sqs::writer>(test.session, queue_url, patient());
    auto written = test.write(*writer, "x");
    auto flushed = test.flush(*writer);
    writer.reset();
    test.script->release();
    settle(test.context);
    CHECK(written.value()->message_id == "m:x");
    CHECK(flushed.ended());
}

TEST_CASE("writers: when the executor goes, everything that waited goes with it") {
    const auto token = std::make_shared<int>(0);
    struct holder {
        std::shared_ptr<int> token;
        sluice::sqs::writer writer;
    };
    auto use = [](std::shared_ptr<int> kept, sluice::session session, int stage) -> boost::asio::awaitable<void> {
        sluice::sqs::writer writer(session, queue_url, patient());
        holder held{std::move(kept), writer};
        if (stage == 0) co_await held.writer.write("waits in the buffer");
        for (int i = 0; i < 9; ++i)
            boost::asio::co_spawn(session.get_executor(), held.writer.write("x"), boost::asio::detached);
        co_await held.writer.write("in flight");
    };
    for (int stage = 0; stage < 2; ++stage) {
        boost::asio::io_context context;
        auto script = std::make_shared<scripted_transport>(context.get_executor());
        script->expect("SendMessageBatch").answer(accept_sends()).hold();
        boost::asio::co_spawn(context, use(token, scripted_session(context.get_executor(), script), stage),
                              boost::asio::detached);
        settle(context);
        CHECK(script->held() == static_cast<std::size_t>(stage));
        CHECK(token.use_count() == 2);
    }
    CHECK(token.use_count() == 1);
}

TEST_CASE("threads: a writer on four threads over a service that answers from any of them") {
    boost::asio::thread_pool pool(4);
    auto script = std::make_shared<scripted_transport>(pool.get_executor());
    script->expect("SendMessageBatch").answer(accept_sends()).always();
    sluice::session session = scripted_session(pool.get_executor(), script);
    sluice::sqs::writer writer(session, queue_url);
    std::atomic<int> right{0};
    auto one = [&](int number) -> boost::asio::awaitable<void> {
        const std::string body = std::to_string(number);
        const receipt got = co_await writer.write(body);
        if (got.message_id == "m:" + body) ++right;
    };
    for (int i = 0; i < 3000; ++i) boost::asio::co_spawn(pool, one(i), boost::asio::detached);
    pool.join();
    CHECK(right == 3000);
    CHECK(writer.statistics().accepted == 3000);
}

} // namespace writer_script_test
