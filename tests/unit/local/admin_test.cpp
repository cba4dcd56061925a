// The admin path: faults and time for programs in other processes.
#include "support/http_client.hpp"
#include "support/signed_form.hpp"

#include <local/admin.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace admin_test {

using local_tests::http_client;
using local_tests::http_reply;
using local_tests::running_broker;
using nlohmann::json;

namespace {

sluice::local::broker_options admin_options() {
    sluice::local::broker_options options = local_tests::open_options();
    options.admin = true;
    return options;
}

const std::string queue = "&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq";

json body_of(const http_reply& reply) {
    CAPTURE(reply.body);
    CHECK(reply.headers.at("content-type") == "application/json");
    return json::parse(reply.body);
}

std::string error_of(const http_reply& reply) { return body_of(reply).value("error", "no error"); }

} // namespace

TEST_CASE("admin: rules are added, listed, played and taken away") {
    running_broker server(admin_options());
    http_client client(server.port());
    client.sqs("Action=CreateQueue&QueueName=q");
    const http_reply added = client.call(
        "POST", "/_sluice/faults",
        R"({"operation":"SendMessage","nth":2,"fault":"fail","status":503,"code":"Busy","message":"later","at":"q"})");
    CHECK(added.status == 201);
    CHECK(body_of(added).at("id") == 1);
    const std::string send = "Action=SendMessage&MessageBody=a" + queue;
    CHECK(client.sqs(send).status == 200);
    const http_reply refused = client.sqs(send);
    CHECK(refused.status == 503);
    CHECK(refused.body.find("<Code>Busy</Code><Message>later</Message>") != std::string::npos);
    const json listed = body_of(client.call("GET", "/_sluice/faults"));
    CHECK(listed == json::parse(R"({"faults":[{"id":1,"operation":"SendMessage","nth":2,"fault":"fail","status":503,
        "code":"Busy","message":"later","at":"q","seen":2,"applied":1}]})"));
    CHECK(client.call("DELETE", "/_sluice/faults/1").status == 200);
    CHECK(error_of(client.call("DELETE", "/_sluice/faults/1")) == "there is no fault rule 1");
    client.call("POST", "/_sluice/faults", R"({"fault":"throttle"})");
    CHECK(client.sqs(send).status == 403);
    CHECK(client.call("DELETE", "/_sluice/faults").status == 200);
    CHECK(client.sqs(send).status == 200);
    CHECK(server.broker().faults().empty());
}

TEST_CASE("admin: every fault can be written and comes back as it was") {
    running_broker server(admin_options());
    http_client client(server.port());
    const char* const rules[] = {
        R"({"fault":"throttle","operation":"Publish","probability":0.25,"seed":9})",
        R"({"fault":"throttle_entry","operation":"*","entry":4,"times":2})",
        R"({"fault":"fail","operation":"*","status":500})",
        R"({"fault":"fail_entry","operation":"*","entry":0,"status":400,"code":"X"})",
        R"({"fault":"drop_request","operation":"NoSuch","ending":"reset"})",
        R"({"fault":"drop_reply","operation":"NoSuch","ending":"closed"})",
        R"({"fault":"cut_reply","operation":"NoSuch","ending":"reset"})",
        R"({"fault":"garbage_reply","operation":"NoSuch"})",
        R"({"fault":"garbage_body","operation":"NoSuch"})",
        R"({"fault":"delay_reply","operation":"NoSuch","delay_ms":250})",
        R"({"fault":"refuse_connection","operation":"*","ending":"closed","nth":1000})",
        R"({"fault":"expire_visibility","operation":"NoSuch"})",
        R"({"fault":"restart","operation":"NoSuch","memory":"kept"})",
        R"({"fault":"outlive_client","operation":"NoSuch"})",
    };
    for (const char* const text : rules) {
        CAPTURE(text);
        const http_reply added = client.call("POST", "/_sluice/faults", text);
        CHECK(added.status == 201);
        json back = body_of(client.call("GET", "/_sluice/faults")).at("faults").back();
        for (const char* const own : {"id", "seen", "applied"}) back.erase(own);
        CHECK(back == json::parse(text));
    }
    CHECK(server.broker().faults().size() == 14);
}

TEST_CASE("admin: what is wrong with a request is said") {
    running_broker server(admin_options());
    http_client client(server.port());
    const std::pair<const char*, const char*> cases[] = {
        {"", "the body must be a JSON object"},
        {"[1]", "the body must be a JSON object"},
        {"{}", "the member \"fault\" is missing: what shall happen"},
        {R"({"fault":"throttle","when":1})", "a fault rule has no member \"when\""},
        {R"({"fault":"throttle","nth":-1})", "\"nth\": -1 must be an integer from 0 to 18446744073709551615"},
        {R"({"fault":"throttle","operation":7})", "\"operation\": 7 must be a string"},
        {R"({"fault":"drop_reply","ending":"soft"})", "\"ending\": \"soft\" must be \"closed\" or \"reset\""},
        {R"({"fault":"throttle_entry","entry":11})", "\"entry\": 11 must be an integer from 0 to 10"},
        {R"({"fault":"throttle","probability":2})", "fault rule: probability 2.000000 must be above 0 and at most 1"},
    };
    for (const auto& [body, expected] : cases) {
        CAPTURE(body);
        const http_reply reply = client.call("POST", "/_sluice/faults", body);
        CHECK(reply.status == 400);
        CHECK(error_of(reply) == expected);
    }
    CHECK(error_of(client.call("POST", "/_sluice/faults", R"({"fault":"fire"})"))
              .starts_with("\"fault\": \"fire\" is none of: throttle, throttle_entry, fail"));
    CHECK(client.call("POST", "/_sluice/faults", std::string(1000, '[')).status == 400);
    CHECK(error_of(client.call("POST", "/_sluice/advance", R"({"minutes":5})")) ==
          "the body must have the member \"seconds\" and no other");
    CHECK(error_of(client.call("POST", "/_sluice/advance", R"({"seconds":-5})")) ==
          "-5000 ms: the clock cannot go back");
    CHECK(client.call("POST", "/_sluice/advance", R"({"seconds":1e300})").status == 400);
    CHECK(client.call("POST", "/_sluice/restart", R"({"memory":"some"})").status == 400);
    CHECK(client.call("POST", "/_sluice/expire-visibility", R"({"queue":"none"})").status == 404);
    CHECK(client.call("GET", "/_sluice/nothing").status == 404);
    CHECK(client.call("PUT", "/_sluice/faults", "{}").status == 404);
    CHECK(client.call("GET", "/_sluice/advance").status == 404);
}

TEST_CASE("admin: time, skew, visibility, restarts and the ledger") {
    running_broker server(admin_options());
    http_client client(server.port());
    client.sqs("Action=CreateQueue&QueueName=q");
    client.sqs("Action=SendMessage&MessageBody=a" + queue);
    const std::string receive = "Action=ReceiveMessage" + queue;
    CHECK(client.sqs(receive).body.find("<Body>") != std::string::npos);
    CHECK(client.sqs(receive).body.find("<Body>") == std::string::npos);
    CHECK(client.call("POST", "/_sluice/advance", R"({"seconds":30})").status == 200);
    CHECK(client.sqs(receive).body.find("<Body>") != std::string::npos);
    CHECK(client.call("POST", "/_sluice/expire-visibility", R"({"queue":"q"})").status == 200);
    CHECK(client.sqs(receive).body.find("<Body>") != std::string::npos);
    const json ledger = body_of(client.call("GET", "/_sluice/ledger"));
    CHECK(ledger.at("queues").at("q").at("entered") == 1);
    CHECK(ledger.at("queues").at("q").at("in_flight") == 1);
    CHECK(client.call("POST", "/_sluice/skew", R"({"seconds":-86400})").status == 200);
    const auto yesterday = std::chrono::system_clock::now() - std::chrono::hours(24);
    CHECK(client.sqs("Action=ListQueues").headers.at("date").substr(0, 16) ==
          sluice::local::http_date(yesterday).substr(0, 16));
    client.call("POST", "/_sluice/restart", R"({"memory":"lost"})");
    CHECK(server.broker().ledger().empty());
}

TEST_CASE("admin: no signature is asked for, but the name of this machine and no page of a browser") {
    auto options = admin_options();
    options.verify_signatures = true;
    running_broker server(options);
    http_client client(server.port());
    CHECK(client.sqs("Action=ListQueues").status == 403);
    CHECK(client.call("GET", "/_sluice/faults").status == 200);
    const http_reply rebound = client.call("GET", "/_sluice/faults", "", "Host: evil.example.com:4566\r\n");
    CHECK(rebound.status == 403);
    CHECK(error_of(rebound).find("not \"evil.example.com:4566\"") != std::string::npos);
    CHECK(client.call("GET", "/_sluice/faults", "", "Origin: http://127.0.0.1:4566\r\n").status == 403);
    CHECK(client.call("GET", "/_sluice/faults", "", "Host: LOCALHOST:1\r\n").status == 200);
}

TEST_CASE("admin: without the option there is none") {
    running_broker server(local_tests::open_options());
    http_client client(server.port());
    CHECK(client.call("POST", "/_sluice/faults", R"({"fault":"throttle"})").status == 404);
    CHECK(server.broker().faults().empty());
}

TEST_CASE("admin: names of this machine") {
    for (const char* good :
         {"localhost", "localhost:4566", "a.localhost", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:9"})
        CHECK_MESSAGE(sluice::local::names_this_machine(good), good);
    for (const char* bad : {"", "localhost.evil.com", "notlocalhost", "127.evil.com", "127.0.0.1.evil.com", "10.0.0.1",
                            "[::1", "[::2]", "[::1]x", "127.0.0"})
        CHECK_MESSAGE(!sluice::local::names_this_machine(bad), bad);
}

} // namespace admin_test
