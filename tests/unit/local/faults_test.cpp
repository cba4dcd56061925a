// What a client on a socket sees of each fault, and what the broker did all the same.
#include "support/http_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>

namespace faults_test {

using local_tests::http_client;
using local_tests::http_reply;
using local_tests::open_options;
using local_tests::running_broker;
using sluice::local::broker;
using sluice::local::connection_end;
using sluice::local::restart_memory;
using namespace std::chrono_literals;

namespace {

const std::string queue = "&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq";
const std::string send_one = "Action=SendMessage&MessageBody=one" + queue;

bool has(const http_reply& reply, const std::string& text) { return reply.body.find(text) != std::string::npos; }

/// A broker with the queue `q`, and a client of it.
struct world {
    world() : world(open_options()) {}
    explicit world(sluice::local::broker_options options) : server(std::move(options)), client(server.port()) {
        REQUIRE(client.sqs("Action=CreateQueue&QueueName=q").status == 200);
    }

    running_broker server;
    http_client client;

    [[nodiscard]] broker& it() { return server.broker(); }
    [[nodiscard]] sluice::local::queue_ledger ledger() { return it().ledger().at("q"); }
    /// Sends the request without waiting for anything.
    void ask(const std::string& query, http_client& through) {
        through.send("GET /?Version=2012-11-05&" + query + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }
};

std::string batch_of(int entries) {
    std::string out = "Action=SendMessageBatch" + queue;
    for (int i = 1; i <= entries; ++i) {
        const std::string prefix = "&SendMessageBatchRequestEntry." + std::to_string(i);
        out += prefix + ".Id=e" + std::to_string(i) + prefix + ".MessageBody=b" + std::to_string(i);
    }
    return out;
}

} // namespace

TEST_CASE("fault: a throttled request, on both protocols") {
    world w;
    w.it().on("SendMessage").nth(2).throttle();
    CHECK(w.client.sqs(send_one).status == 200);
    const http_reply refused = w.client.sqs(send_one);
    CHECK(refused.status == 403);
    CHECK(has(refused, "<Code>RequestThrottled</Code>"));
    CHECK(w.client.sqs(send_one).status == 200);
    CHECK(w.ledger().entered == 2);
    w.it().on("GetQueueUrl").times(1).throttle();
    const http_reply json = w.client.post(R"({"QueueName":"q"})", "X-Amz-Target: AmazonSQS.GetQueueUrl\r\n");
    CHECK(json.status == 403);
    CHECK(json.headers.at("x-amzn-query-error") == "RequestThrottled;Sender");
    CHECK(has(json, "com.amazonaws.sqs#RequestThrottled"));
}

TEST_CASE("fault: one entry of the third batch is throttled, the others are sent") {
    world w;
    const auto id = w.it().on("SendMessageBatch").nth(3).throttle_entry(4);
    for (int i = 1; i <= 4; ++i) {
        const http_reply reply = w.client.sqs(batch_of(5));
        CHECK(reply.status == 200);
        CHECK(has(reply, "<Code>RequestThrottled</Code>") == (i == 3));
        if (i == 3) CHECK(has(reply, "<Id>e4</Id><Code>"));
    }
    CHECK(w.ledger().entered == 19);
    const auto listed = w.it().faults();
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].id == id);
    CHECK(listed[0].seen == 4);
    CHECK(listed[0].applied == 1);
}

TEST_CASE("fault: each entry of DeleteMessageBatch and PublishBatch fails with what is asked for") {
    world w;
    w.it().on("DeleteMessageBatch").fail_entry(0, 500, "InternalError", "no luck");
    w.client.sqs(send_one);
    const http_reply reply =
        w.client.sqs("Action=DeleteMessageBatch&DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1."
                     "ReceiptHandle=x" +
                     queue);
    CHECK(has(reply, "<Id>a</Id><Code>InternalError</Code><Message>no luck</Message><SenderFault>false</SenderFault>"));
    const std::string sns = "Version=2010-03-31&";
    w.client.post(sns + "Action=CreateTopic&Name=t");
    w.it().on("PublishBatch").at("t").throttle_entry(2);
    const http_reply published =
        w.client.post(sns + "Action=PublishBatch&TopicArn=arn:aws:sns:us-east-1:000000000000:t"
                            "&PublishBatchRequestEntries.member.1.Id=a&PublishBatchRequestEntries.member.1.Message=m"
                            "&PublishBatchRequestEntries.member.2.Id=b&PublishBatchRequestEntries.member.2.Message=m");
    CHECK(has(published, "<Id>a</Id><MessageId>"));
    CHECK(has(published, "<Id>b</Id><Code>Throttled</Code>"));
}

TEST_CASE("fault: any code and status, 500 and 503 without one") {
    world w;
    w.it().on("SendMessage").times(1).fail(400, "KmsDisabled", "the key is off");
    w.it().on("SendMessage").nth(2).fail(500);
    w.it().on("SendMessage").nth(3).fail(503);
    const http_reply first = w.client.sqs(send_one);
    CHECK(first.status == 400);
    CHECK(has(first, "<Type>Sender</Type><Code>KmsDisabled</Code><Message>the key is off</Message>"));
    const http_reply second = w.client.sqs(send_one);
    CHECK(second.status == 500);
    CHECK(has(second, "<Type>Receiver</Type><Code>InternalError</Code>"));
    CHECK(w.client.sqs(send_one).status == 503);
    CHECK(w.ledger().entered == 0);
}

TEST_CASE("fault: the reply is dropped after applying") {
    for (const auto ending : {connection_end::closed, connection_end::reset}) {
        world w;
        w.it().on("SendMessage").drop_reply(ending);
        w.ask(send_one, w.client);
        const auto last = w.client.read_to_end();
        CHECK(last.bytes.empty());
        CHECK(last.reset == (ending == connection_end::reset));
        CHECK(w.ledger().entered == 1);
    }
}

TEST_CASE("fault: the request is dropped before applying") {
    for (const auto ending : {connection_end::closed, connection_end::reset}) {
        world w;
        w.it().on("SendMessage").times(1).drop_request(ending);
        w.ask(send_one, w.client);
        const auto last = w.client.read_to_end();
        CHECK(last.bytes.empty());
        CHECK(last.reset == (ending == connection_end::reset));
        CHECK(w.ledger().entered == 0);
        http_client again(w.server.port());
        CHECK(again.sqs(send_one).status == 200);
    }
}

TEST_CASE("fault: the connection ends in the middle of the reply") {
    world w;
    w.it().on("SendMessage").cut_reply();
    w.ask(send_one, w.client);
    const auto last = w.client.read_to_end();
    CHECK(last.bytes.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(last.bytes.find("<SendMessageResponse") != std::string::npos);
    CHECK(last.bytes.find("</SendMessageResponse>") == std::string::npos);
    CHECK(w.ledger().entered == 1);
    // A reset may overtake the bytes: all that is sure is that the reply is not whole.
    w.it().clear_faults();
    w.it().on("SendMessage").cut_reply(connection_end::reset);
    http_client other(w.server.port());
    w.ask(send_one, other);
    const auto torn = other.read_to_end();
    CHECK(torn.reset);
    CHECK(torn.bytes.find("</SendMessageResponse>") == std::string::npos);
}

TEST_CASE("fault: garbage instead of the reply, and instead of its body") {
    world w;
    w.it().on("SendMessage").nth(1).garbage_body();
    w.it().on("SendMessage").nth(2).garbage_reply();
    const http_reply body = w.client.sqs(send_one);
    CHECK(body.status == 200);
    CHECK(body.body.starts_with("\x01\x02<garbage>"));
    w.ask(send_one, w.client);
    const auto last = w.client.read_to_end();
    CHECK_FALSE(last.bytes.empty());
    CHECK_FALSE(last.bytes.starts_with("HTTP/"));
    CHECK(w.ledger().entered == 2);
}

TEST_CASE("fault: the reply comes late, by the broker's clock") {
    world w;
    w.it().on("SendMessage").delay_reply(1h);
    w.ask(send_one, w.client);
    auto reply = std::async(std::launch::async, [&w] { return w.client.read(); });
    while (w.ledger().entered == 0) std::this_thread::yield(); // it is applied at once
    CHECK(reply.wait_for(0s) == std::future_status::timeout);
    w.it().advance(1h);
    CHECK(reply.get().status == 200);
}

TEST_CASE("fault: a connection ends before anything is read") {
    world w;
    for (const auto ending : {connection_end::closed, connection_end::reset}) {
        w.it().refuse_connections(1, ending);
        http_client refused(w.server.port());
        if (ending == connection_end::closed) w.ask(send_one, refused);
        const auto last = refused.read_to_end();
        CHECK(last.bytes.empty());
        CHECK(last.reset == (ending == connection_end::reset));
        http_client next(w.server.port());
        CHECK(next.sqs("Action=ListQueues").status == 200);
    }
    CHECK(w.ledger().entered == 0);
    CHECK(w.client.sqs(send_one).status == 200);
}

TEST_CASE("fault: the visibility of what is in flight ends, at once or before an operation") {
    world w;
    w.client.sqs(send_one);
    const std::string receive = "Action=ReceiveMessage" + queue;
    CHECK(has(w.client.sqs(receive), "<Body>one<"));
    CHECK_FALSE(has(w.client.sqs(receive), "<Body>"));
    CHECK(w.it().expire_visibility("q"));
    CHECK_FALSE(w.it().expire_visibility("none"));
    CHECK(has(w.client.sqs(receive), "<Body>one<"));
    CHECK(w.ledger().in_flight == 1);
    w.it().on("GetQueueAttributes").at("q").expire_visibility();
    const http_reply counts = w.client.sqs("Action=GetQueueAttributes&AttributeName.1=All" + queue);
    CHECK(has(counts, "<Name>ApproximateNumberOfMessages</Name><Value>1</Value>"));
    CHECK(w.ledger().in_flight == 0);
    // A delayed message is not in flight.
    w.client.sqs("Action=SendMessage&MessageBody=late&DelaySeconds=60" + queue);
    w.it().expire_visibility("q");
    CHECK(w.ledger().delayed == 1);
}

TEST_CASE("fault: restarts, with the memory kept or lost") {
    world w;
    w.client.sqs(send_one);
    http_client waiting(w.server.port());
    w.client.sqs("Action=CreateQueue&QueueName=empty");
    w.ask("Action=ReceiveMessage&WaitTimeSeconds=20&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fempty", waiting);
    w.it().restart(restart_memory::kept);
    CHECK(w.client.is_closed());
    CHECK(waiting.is_closed());
    CHECK(w.ledger().visible == 1);
    http_client second(w.server.port());
    CHECK(has(second.sqs("Action=ReceiveMessage" + queue), "<Body>one<"));
    w.it().restart(restart_memory::lost);
    CHECK(second.is_closed());
    http_client third(w.server.port());
    CHECK(has(third.sqs(send_one), "NonExistentQueue"));
    CHECK(w.it().ledger().empty());
    CHECK(third.sqs("Action=CreateQueue&QueueName=q").status == 200);
    CHECK(third.sqs(send_one).status == 200);
}

TEST_CASE("fault: a restart as a rule takes the request with it") {
    world w;
    http_client idle(w.server.port());
    CHECK(idle.sqs("Action=ListQueues").status == 200);
    w.it().on("SendMessage").nth(2).restart(restart_memory::kept);
    CHECK(w.client.sqs(send_one).status == 200);
    w.ask(send_one, w.client);
    CHECK(w.client.read_to_end().bytes.empty());
    CHECK(idle.is_closed());
    CHECK(w.ledger().entered == 1);
}

TEST_CASE("fault: a long poll whose client has gone takes its message all the same") {
    // That it does not without the rule is shown in http_test.cpp.
    world w;
    w.it().on("ReceiveMessage").outlive_client();
    http_client waiting(w.server.port());
    w.ask("Action=ReceiveMessage&WaitTimeSeconds=20" + queue, waiting);
    while (w.it().faults().front().seen == 0) std::this_thread::yield();
    waiting.close();
    w.client.sqs(send_one);
    CHECK(w.ledger().in_flight == 1);
    w.it().advance(30s);
    CHECK(has(w.client.sqs("Action=ReceiveMessage" + queue), "<Body>one<"));
}

TEST_CASE("fault: a poll's reply is dropped after it took its messages") {
    world w;
    w.it().on("ReceiveMessage").drop_reply();
    http_client waiting(w.server.port());
    w.ask("Action=ReceiveMessage&WaitTimeSeconds=20" + queue, waiting);
    while (w.it().faults().front().seen == 0) std::this_thread::yield();
    w.client.sqs(send_one);
    CHECK(waiting.read_to_end().bytes.empty());
    CHECK(w.ledger().in_flight == 1);
}

TEST_CASE("fault: seeded chance over the sockets repeats itself") {
    const auto play = [] {
        world w;
        w.it().on("SendMessageBatch").with_probability(0.3, 7).throttle_entry();
        std::string out;
        for (int i = 0; i < 5; ++i) {
            const http_reply reply = w.client.sqs(batch_of(10));
            for (int entry = 1; entry <= 10; ++entry)
                out += has(reply, "<Id>e" + std::to_string(entry) + "</Id><Code>") ? 'x' : '.';
        }
        return out;
    };
    const std::string first = play();
    CHECK(first.find('x') != std::string::npos);
    CHECK(first.find('.') != std::string::npos);
    CHECK(play() == first);
}

} // namespace faults_test
