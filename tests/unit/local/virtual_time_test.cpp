// The broker's clock moved by hand: over sockets, without waiting, and signatures stay good.
#include "support/http_client.hpp"
#include "support/signed_form.hpp"

#include <local/server_clock.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <stdexcept>
#include <string>

namespace virtual_time_test {

using local_tests::http_client;
using local_tests::http_reply;
using local_tests::open_options;
using local_tests::running_broker;
using local_tests::sign_form;
using namespace std::chrono_literals;

namespace {

const std::string queue = "QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq";

bool has(const http_reply& reply, const std::string& text) { return reply.body.find(text) != std::string::npos; }

} // namespace

TEST_CASE("virtual time: visibility, delay and retention pass at once") {
    running_broker server(open_options());
    http_client client(server.port());
    client.sqs("Action=CreateQueue&QueueName=q&Attribute.1.Name=MessageRetentionPeriod&Attribute.1.Value=3600");
    client.sqs("Action=SendMessage&MessageBody=one&" + queue);
    client.sqs("Action=SendMessage&MessageBody=later&DelaySeconds=900&" + queue);
    CHECK(has(client.sqs("Action=ReceiveMessage&MaxNumberOfMessages=10&" + queue), "<Body>one<"));
    CHECK_FALSE(has(client.sqs("Action=ReceiveMessage&MaxNumberOfMessages=10&" + queue), "<Body>"));
    server.broker().advance(30s);
    CHECK(has(client.sqs("Action=ReceiveMessage&MaxNumberOfMessages=10&" + queue), "<Body>one<"));
    server.broker().advance(15min);
    const http_reply both = client.sqs("Action=ReceiveMessage&MaxNumberOfMessages=10&" + queue);
    CHECK(has(both, "<Body>one<"));
    CHECK(has(both, "<Body>later<"));
    server.broker().advance(1h);
    const auto ledger = server.broker().ledger().at("q");
    CHECK(ledger.expired == 2);
    CHECK(ledger.visible + ledger.in_flight + ledger.delayed == 0);
}

TEST_CASE("virtual time: a long poll ends empty when its time is up") {
    running_broker server(open_options());
    http_client client(server.port());
    client.sqs("Action=CreateQueue&QueueName=q");
    client.send("GET /?Version=2012-11-05&Action=ReceiveMessage&WaitTimeSeconds=20&" + queue +
                " HTTP/1.1\r\nHost: h\r\n\r\n");
    auto reply = std::async(std::launch::async, [&client] { return client.read(); });
    // The poll may not have arrived yet at the first step.
    while (reply.wait_for(0s) != std::future_status::ready) server.broker().advance(20s);
    const http_reply got = reply.get();
    CHECK(got.status == 200);
    CHECK_FALSE(has(got, "<Body>"));
}

TEST_CASE("virtual time: signatures and the header Date stay with the true time") {
    running_broker server(sluice::local::broker_options{});
    http_client client(server.port());
    server.broker().advance(std::chrono::hours(24 * 30));
    const http_reply reply = client.post("Action=ListQueues&Version=2012-11-05",
                                         sign_form("Action=ListQueues&Version=2012-11-05", {"test", "test", ""}));
    CHECK(reply.status == 200);
    const auto today = std::chrono::system_clock::now();
    const std::string date = reply.headers.at("date");
    CHECK((date == sluice::local::http_date(today) || date == sluice::local::http_date(today - 1s)));
}

TEST_CASE("a skewed clock: the header Date shows it, and signatures are refused with the text of AWS") {
    running_broker server(sluice::local::broker_options{});
    http_client client(server.port());
    const std::string form = "Action=ListQueues&Version=2012-11-05";
    server.broker().skew_clock(16min);
    const http_reply late = client.post(form, sign_form(form, {"test", "test", ""}));
    CHECK(late.status == 403);
    CHECK(has(late, "<Code>SignatureDoesNotMatch</Code>"));
    CHECK(has(late, "Signature expired: 20"));
    CHECK(has(late, " - 15 min.)"));
    const auto shown = std::chrono::system_clock::now() + 16min;
    CHECK((late.headers.at("date") == sluice::local::http_date(shown) ||
           late.headers.at("date") == sluice::local::http_date(shown - 1s)));
    server.broker().skew_clock(-16min);
    CHECK(has(client.post(form, sign_form(form, {"test", "test", ""})), "Signature not yet current: 20"));
    server.broker().skew_clock(0s);
    CHECK(client.post(form, sign_form(form, {"test", "test", ""})).status == 200);
}

TEST_CASE("the clock does not go back, nor further than it can hold") {
    sluice::local::server_clock clock;
    const auto before = clock.now();
    CHECK_THROWS_WITH_AS(clock.advance(-1ms), "-1 ms: the clock cannot go back", std::invalid_argument);
    CHECK_THROWS_AS(clock.advance(std::chrono::milliseconds::max()), std::invalid_argument);
    clock.advance(std::chrono::hours(24 * 365 * 100));
    CHECK_THROWS_AS(clock.advance(1ms), std::invalid_argument);
    CHECK_THROWS_AS(clock.skew(std::chrono::milliseconds::min()), std::invalid_argument);
    CHECK(clock.now() - before >= std::chrono::hours(24 * 365 * 100));
}

} // namespace virtual_time_test
