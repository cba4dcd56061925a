// The HTTP shell over real loopback sockets.
#include "support/http_client.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace http_test {

using local_tests::http_client;
using local_tests::http_reply;
using local_tests::open_options;
using local_tests::running_broker;
using namespace std::chrono_literals;

namespace {

const std::string queue_url = "QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq";

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
    const auto at = text.find(begin);
    if (at == std::string::npos) return {};
    return text.substr(at + begin.size(), text.find(end, at) - at - begin.size());
}

/// Whether a new connection gets an answer.
bool is_accepted(std::uint16_t port) {
    try {
        http_client client(port);
        client.send("GET /?Action=ListQueues&Version=2012-11-05 HTTP/1.1\r\nHost: h\r\n\r\n");
        return client.read().status == 200;
    } catch (const boost::system::system_error&) {
        return false; // closed while we were sending
    }
}

/// Waits until something on the broker's side has happened; the limit only ends a test that has failed.
template<class Condition>
bool comes_true(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}

} // namespace

TEST_CASE("a reply carries its request id, date, type and length, and the connection goes on") {
    running_broker server(open_options());
    http_client client(server.port());
    const http_reply first = client.sqs("Action=ListQueues");
    CHECK(first.status == 200);
    CHECK(first.headers.at("x-amzn-requestid").size() == 36);
    CHECK(first.body.find(first.headers.at("x-amzn-requestid")) != std::string::npos);
    CHECK(first.headers.at("date").ends_with(" GMT"));
    CHECK(first.headers.at("content-type") == "text/xml");
    const http_reply second = client.sqs("Action=ListQueues");
    CHECK(second.headers.at("x-amzn-requestid") != first.headers.at("x-amzn-requestid"));
    CHECK(server.broker().endpoint() == "http://127.0.0.1:" + std::to_string(server.port()));
    CHECK(server.broker().queue_arn("q") == "arn:aws:sqs:us-east-1:000000000000:q");
    CHECK(server.broker().topic_arn("t") == "arn:aws:sns:us-east-1:000000000000:t");
}

TEST_CASE("JSON replies say their type and, when they fail, the code of the other protocol") {
    running_broker server(open_options());
    http_client client(server.port());
    const http_reply reply = client.post(R"({"QueueName":"none"})", "X-Amz-Target: AmazonSQS.GetQueueUrl\r\n");
    CHECK(reply.status == 400);
    CHECK(reply.headers.at("content-type") == "application/x-amz-json-1.0");
    CHECK(reply.headers.at("x-amzn-query-error") == "AWS.SimpleQueueService.NonExistentQueue;Sender");
}

TEST_CASE("Connection: close is done") {
    running_broker server(open_options());
    http_client client(server.port());
    CHECK(client.post("Action=ListQueues&Version=2012-11-05", "Connection: close\r\n").headers.at("connection") ==
          "close");
    CHECK(client.is_closed());
}

TEST_CASE("a client of HTTP/1.0 is not kept") {
    running_broker server(open_options());
    http_client client(server.port());
    client.send("GET /?Action=ListQueues&Version=2012-11-05 HTTP/1.0\r\n\r\n");
    CHECK(client.read().status == 200);
    CHECK(client.is_closed());
}

TEST_CASE("a chunked request") {
    running_broker server(open_options());
    http_client client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("12\r\nAction=ListQueues&\r\n");
    client.send("12\r\nVersion=2012-11-05\r\n0\r\n\r\n");
    CHECK(client.read().status == 200);
}

TEST_CASE("Expect: 100-continue") {
    running_broker server(open_options());
    http_client client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 36\r\n\r\n");
    CHECK(client.read().status == 100);
    client.send("Action=ListQueues&Version=2012-11-05");
    CHECK(client.read().status == 200);
    // A client that does not wait for it gets no second one.
    CHECK(client.post("Action=ListQueues&Version=2012-11-05", "Expect: 100-continue\r\n").status == 200);
}

TEST_CASE("requests sent in one go are answered in order, one byte at a time works too") {
    running_broker server(open_options());
    http_client client(server.port());
    std::string three;
    for (const char* name : {"a", "b", "c"}) {
        three += std::string("GET /?Action=CreateQueue&Version=2012-11-05&QueueName=") + name +
                 " HTTP/1.1\r\nHost: h\r\n\r\n";
    }
    client.send(three);
    for (const char* name : {"a", "b", "c"}) CHECK(between(client.read().body, "/000000000000/", "<") == name);
    for (const char c : three.substr(0, three.size() / 3)) client.send(std::string(1, c));
    CHECK(client.read().status == 200);
}

TEST_CASE("what is not HTTP, too large or of another method gets a clean refusal") {
    auto options = open_options();
    options.max_request_bytes = 1000;
    running_broker server(options);
    const std::pair<std::string, int> cases[] = {
        {"garbage\r\n\r\n", 400},
        {std::string(100, '\0'), 400},
        {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", 431},
        {"DELETE / HTTP/1.1\r\nHost: h\r\n\r\n", 405},
    };
    for (const auto& [request, status] : cases) {
        CAPTURE(request.substr(0, 60));
        http_client client(server.port());
        client.send(request);
        CHECK(client.read().status == status);
    }
    http_client client(server.port());
    CHECK(client.post(std::string(5000, 'x')).status == 413);
    CHECK(client.is_closed());
    http_client good(server.port());
    CHECK(good.sqs("Action=ListQueues").status == 200);
}

TEST_CASE("a long poll is answered as soon as a message comes, through another connection") {
    running_broker server(open_options());
    http_client sender(server.port());
    sender.sqs("Action=CreateQueue&QueueName=q");
    http_client waiting(server.port());
    waiting.send("GET /?Action=ReceiveMessage&Version=2012-11-05&WaitTimeSeconds=20&" + queue_url +
                 " HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(sender.sqs("Action=SendMessage&MessageBody=hello&" + queue_url).status == 200);
    CHECK(between(waiting.read().body, "<Body>", "</Body>") == "hello");
    // The connection goes on.
    CHECK(waiting.sqs("Action=ListQueues").status == 200);
    CHECK(server.broker().ledger().at("q").in_flight == 1);
}

TEST_CASE("a delayed message reaches a long poll by the server's own timer, and an empty poll ends") {
    running_broker server(open_options());
    http_client client(server.port());
    client.sqs("Action=CreateQueue&QueueName=q");
    client.sqs("Action=SendMessage&MessageBody=late&DelaySeconds=1&" + queue_url);
    CHECK(between(client.sqs("Action=ReceiveMessage&WaitTimeSeconds=20&" + queue_url).body, "<Body>", "</Body>") ==
          "late");
    CHECK(client.sqs("Action=ReceiveMessage&WaitTimeSeconds=1&" + queue_url).body.find("<Body>") == std::string::npos);
}

TEST_CASE("a client that leaves while it waits takes no message with it") {
    auto options = open_options();
    options.max_connections = 2;
    for (const bool reset : {false, true}) {
        running_broker server(options);
        http_client client(server.port());
        client.sqs("Action=CreateQueue&QueueName=q");
        http_client leaving(server.port());
        leaving.send("GET /?Action=ReceiveMessage&Version=2012-11-05&WaitTimeSeconds=20&" + queue_url +
                     " HTTP/1.1\r\nHost: h\r\n\r\n");
        leaving.close(reset);
        // There is room for another connection when the broker has noticed.
        CHECK(comes_true([&] { return is_accepted(server.port()); }));
        client.sqs("Action=SendMessage&MessageBody=x&" + queue_url);
        CHECK(client.sqs("Action=ReceiveMessage&" + queue_url).body.find("<Body>x</Body>") != std::string::npos);
    }
}

TEST_CASE("a request sent behind a waiting poll does not end it") {
    running_broker server(open_options());
    http_client client(server.port());
    client.sqs("Action=CreateQueue&QueueName=q");
    http_client eager(server.port());
    eager.send("GET /?Action=ReceiveMessage&Version=2012-11-05&WaitTimeSeconds=20&" + queue_url +
               " HTTP/1.1\r\nHost: h\r\n\r\n"
               "GET /?Action=ListQueues&Version=2012-11-05 HTTP/1.1\r\nHost: h\r\n\r\n");
    client.sqs("Action=SendMessage&MessageBody=x&" + queue_url);
    CHECK(eager.read().body.find("<Body>x</Body>") != std::string::npos);
    CHECK(eager.read().body.find("ListQueuesResult") != std::string::npos);
}

TEST_CASE("connections above the limit are closed, the others go on") {
    auto options = open_options();
    options.max_connections = 2;
    std::atomic<int> refusals = 0;
    options.log = [&refusals](std::string_view) { ++refusals; };
    running_broker server(options);
    http_client first(server.port());
    http_client second(server.port());
    CHECK(first.sqs("Action=ListQueues").status == 200);
    CHECK(second.sqs("Action=ListQueues").status == 200);
    http_client third(server.port());
    CHECK(third.is_closed());
    CHECK(comes_true([&] { return refusals == 1; }));
    CHECK(first.sqs("Action=ListQueues").status == 200);
    second.close();
    CHECK(comes_true([&] { return is_accepted(server.port()); }));
}

TEST_CASE("stopping closes the listener and every connection, also those that wait") {
    auto options = open_options();
    running_broker server(options);
    const std::uint16_t port = server.port();
    http_client idle(port);
    http_client waiting(port);
    waiting.sqs("Action=CreateQueue&QueueName=q");
    waiting.send("GET /?Action=ReceiveMessage&Version=2012-11-05&WaitTimeSeconds=20&" + queue_url +
                 " HTTP/1.1\r\nHost: h\r\n\r\n");
    server.broker().stop();
    server.broker().stop(); // twice is harmless
    CHECK(idle.is_closed());
    CHECK(waiting.is_closed());
    CHECK_THROWS_AS(http_client{port}, boost::system::system_error);
}

TEST_CASE("a broker that never ran can go, and one whose executor stopped") {
    boost::asio::io_context context;
    { const sluice::local::broker broker(context.get_executor(), open_options()); }
    context.run();
    auto left = std::make_unique<sluice::local::broker>(context.get_executor(), open_options());
    left.reset();
}

TEST_CASE("an address that is taken or nonsense is said at once") {
    running_broker server(open_options());
    boost::asio::io_context context;
    auto options = open_options();
    options.port = server.port();
    CHECK_THROWS_AS(sluice::local::broker(context.get_executor(), options), boost::system::system_error);
    options.address = "nowhere";
    CHECK_THROWS_AS(sluice::local::broker(context.get_executor(), options), boost::system::system_error);
}

TEST_CASE("the log may ask the broker") {
    auto options = open_options();
    std::atomic<bool> called = false;
    sluice::local::broker* asked = nullptr;
    options.log = [&](std::string_view) { called = !asked->ledger().empty(); };
    running_broker server(options);
    asked = &server.broker();
    http_client client(server.port());
    client.sqs("Action=CreateQueue&QueueName=q");
    const std::string topic = "TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A000000000000%3At";
    client.post("Version=2010-03-31&Action=CreateTopic&Name=t");
    client.post(
        "Version=2010-03-31&Action=Subscribe&Protocol=sqs&Endpoint=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Aq&" +
        topic);
    CHECK(client.post("Version=2010-03-31&Action=Publish&Message=x&" + topic).status == 200);
    CHECK(comes_true([&] { return called.load(); }));
}

TEST_CASE("several threads, several clients: every message is received once") {
    running_broker server(open_options(), 3);
    {
        http_client client(server.port());
        client.sqs("Action=CreateQueue&QueueName=q");
    }
    constexpr int senders = 3;
    constexpr int each = 200;
    std::atomic<int> received = 0;
    std::vector<std::thread> threads;
    for (int s = 0; s < senders; ++s) {
        threads.emplace_back([&server] {
            http_client client(server.port());
            for (int i = 0; i < each; ++i) client.sqs("Action=SendMessage&MessageBody=x&" + queue_url);
        });
    }
    for (int r = 0; r < 3; ++r) {
        threads.emplace_back([&server, &received] {
            http_client client(server.port());
            while (received < senders * each) {
                const auto reply =
                    client.sqs("Action=ReceiveMessage&MaxNumberOfMessages=1&WaitTimeSeconds=1&" + queue_url);
                if (reply.body.find("<Body>x</Body>") != std::string::npos) ++received;
            }
        });
    }
    for (std::thread& one : threads) one.join();
    const auto seen = server.broker().ledger().at("q");
    CHECK(received == senders * each);
    CHECK(seen.entered == senders * each);
    CHECK(seen.in_flight == senders * each);
}

} // namespace http_test
