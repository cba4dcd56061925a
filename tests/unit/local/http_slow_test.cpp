// Clients that are slow, leave, or are too many: deadlines and what unfinished requests may cost.
#include "support/http_client.hpp"
#include "support/log_lines.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace http_slow_test {

using local_tests::http_client;
using local_tests::http_reply;
using local_tests::log_lines;
using local_tests::open_options;
using local_tests::running_broker;
using namespace std::chrono_literals;

namespace {

const std::string list_queues = "Action=ListQueues&Version=2012-11-05";

std::unique_ptr<http_client> connect(running_broker& server) {
    const std::string pem = server.broker().certificate_pem();
    if (pem.empty()) return std::make_unique<http_client>(server.port());
    return std::make_unique<http_client>(server.port(), pem);
}

} // namespace

TEST_CASE("a head that does not come to its end is answered with 408, over http and https") {
    for (const bool secure : {false, true}) {
        log_lines log;
        auto options = open_options();
        options.deadlines.head = 1s;
        options.log = log.taker();
        if (secure) options.tls.emplace();
        running_broker server(options);
        const auto silent = connect(server);
        CHECK(silent->read_to_end().bytes.empty());
        const auto slow = connect(server);
        slow->send("POST / HTTP/1.1\r\nHost: h\r\nX-Half");
        CHECK(slow->read().status == 408);
        CHECK(slow->is_closed());
        CHECK(log.comes("too slow: head 1"));
    }
}

TEST_CASE("the time of a head counts from its first byte; before that a client may rest") {
    auto options = open_options();
    options.deadlines.head = 1s;
    running_broker server(options);
    http_client late(server.port());
    CHECK(late.sqs("Action=ListQueues").status == 200);
    std::this_thread::sleep_for(1500ms);
    CHECK(late.sqs("Action=ListQueues").status == 200);
    late.send("P");
    CHECK(late.read().status == 408);
}

TEST_CASE("a body that does not come to its end is answered with 408 in its protocol") {
    for (const bool secure : {false, true}) {
        log_lines log;
        auto options = open_options();
        options.deadlines.body = 100ms;
        options.log = log.taker();
        if (secure) options.tls.emplace();
        running_broker server(options);
        const auto slow = connect(server);
        slow->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\nX-Amz-Target: AmazonSQS.ListQueues\r\n\r\n{");
        const http_reply reply = slow->read();
        CHECK(reply.status == 408);
        CHECK(reply.headers.at("x-amzn-query-error") == "RequestTimeout;Sender");
        CHECK(slow->is_closed());
        CHECK(log.comes("too slow: body 1"));
    }
}

TEST_CASE("a client that takes no reply is given up") {
    log_lines log;
    auto options = open_options();
    options.deadlines.reply = 100ms;
    options.log = log.taker();
    running_broker server(options);
    http_client filler(server.port());
    const std::string queue = "QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq";
    filler.sqs("Action=CreateQueue&QueueName=q&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=0");
    filler.sqs("Action=SendMessage&MessageBody=" + std::string(60'000, 'x') + "&" + queue);
    http_client deaf(server.port());
    const std::string receive =
        "GET /?Action=ReceiveMessage&Version=2012-11-05&" + queue + " HTTP/1.1\r\nHost: h\r\n\r\n";
    std::string many;
    for (int i = 0; i < 400; ++i) many += receive; // 24 MB of replies: more than two sockets take
    deaf.send(many);
    CHECK(log.comes("too slow: reply 1"));
    CHECK(deaf.read_to_end().bytes.size() < 400 * 60'000);
    CHECK(filler.sqs("Action=ListQueues").status == 200);
}

TEST_CASE("a connection that rests too long is closed without a word; a waiting poll is no rest") {
    for (const bool secure : {false, true}) {
        auto options = open_options();
        options.deadlines.rest = 100ms;
        if (secure) options.tls.emplace();
        running_broker server(options);
        const auto polling = connect(server);
        polling->send("GET /?Action=CreateQueue&Version=2012-11-05&QueueName=q HTTP/1.1\r\nHost: h\r\n\r\n"
                      "GET /?Action=ReceiveMessage&Version=2012-11-05&WaitTimeSeconds=1&"
                      "QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(polling->read().status == 200);
        const auto resting = connect(server);
        CHECK(resting->sqs("Action=ListQueues").status == 200);
        CHECK(resting->read_to_end().bytes.empty());
        CHECK(polling->read().status == 200);
    }
}

TEST_CASE("a client that has rested for long is served as before") {
    auto options = open_options();
    running_broker plain(options);
    options.tls.emplace();
    running_broker secure(options);
    const std::unique_ptr<http_client> clients[] = {connect(plain), connect(secure)};
    for (const auto& client : clients) CHECK(client->sqs("Action=ListQueues").status == 200);
    std::this_thread::sleep_for(3500ms); // its buffers are given back after two seconds, seen within another
    for (const auto& client : clients) {
        CHECK(client->sqs("Action=ListQueues").status == 200);
        client->send("GET /?" + list_queues + " HTTP/1.1\r\nHost: h\r\n\r\nGET /?" + list_queues + " HTTP/1.1\r\n");
        CHECK(client->read().status == 200);
        client->send("Host: h\r\n\r\n");
        CHECK(client->read().status == 200);
    }
}

TEST_CASE("unfinished requests beyond the limit: some give way, the others and everybody else are served") {
    for (const bool secure : {false, true}) {
        log_lines log;
        auto options = open_options();
        options.max_request_bytes = 1 << 20;
        options.max_unfinished_bytes = 4 << 20;
        options.log = log.taker();
        if (secure) options.tls.emplace();
        running_broker server(options);
        const std::string begun = list_queues + std::string(900'000, '&');
        const std::string rest(1'000'000 - begun.size(), '&');
        std::vector<std::unique_ptr<http_client>> slow;
        // Each holds 900 KB at least, so that no more than four can.
        for (int i = 0; i < 10; ++i) {
            slow.push_back(connect(server));
            slow.back()->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + begun);
        }
        CHECK(log.comes("max_unfinished_bytes", 6));
        CHECK(connect(server)->sqs("Action=ListQueues").status == 200);
        int refused = 0;
        int served = 0;
        for (const auto& client : slow) {
            client->send(rest);
            const http_reply reply = client->read();
            if (reply.status == 200) ++served;
            else if (reply.status == 503 && reply.body.find("<Code>ServiceUnavailable</Code>") != std::string::npos)
                ++refused;
        }
        CHECK(refused >= 6);
        CHECK(served >= 1);
        CHECK(refused + served == 10);
    }
}

TEST_CASE("a deadline that cannot be is said") {
    boost::asio::io_context context;
    for (const auto wrong : {0ms, -1ms, std::chrono::milliseconds(25h)}) {
        auto options = open_options();
        options.deadlines.body = wrong;
        CHECK_THROWS_AS(sluice::local::broker(context.get_executor(), options), std::invalid_argument);
    }
}

} // namespace http_slow_test
