// The test suites of the AWS Query and AWS JSON 1.0 protocols, as far as the shapes of our services go: requests are
// compared by their body, replies by what is read. (Headers, signature and endpoint belong to the call path.)
#include "any_operation.hpp"

#include "support/case_account.hpp"
#include "support/conformance.hpp"
#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"

#include "protocol/error_reply.hpp"
#include "service/operation_codec.hpp"

#include <sluice/sqs/client.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

namespace protocol_suites_test {

using namespace unit_tests;
using sluice::wire_protocol;

namespace {

/// Calls `run(suite, case)` for each case of a file and notes what it says; an exception is a wrong case, not the end.
void run_suite(const std::string& set, const std::string& file,
               const std::function<std::string(const json& suite, const json& one)>& run) {
    const auto suites = conformance_json("protocols/botocore/" + file + ".json");
    if (!suites) return;
    case_account account(set);
    for (const json& suite : *suites) {
        running_case::shapes = suite_shapes(suite.at("shapes"));
        for (const json& one : suite.at("cases")) {
            const std::string id = one.at("id");
            if (!account.wants(id)) continue;
            const json& given = one.at("given");
            running_case::name = given.at("name");
            running_case::input = given.value("input", json());
            running_case::output = given.value("output", json());
            any_operation::info.name = running_case::name;
            try {
                account.ran(id, run(suite, one));
            } catch (const std::exception& thrown) {
                account.ran(id, thrown.what());
            }
        }
    }
    account.close();
}

/// Empty when the case is about the body, apart from headers that every call of its protocol has.
std::string not_about_the_body(const json& serialized) {
    if (serialized.contains("host") || serialized.value("uri", "/") != "/") return "the case is about the endpoint";
    const json headers = serialized.value("headers", json::object());
    for (const auto& [name, value] : headers.items()) {
        if (name != "Content-Type" && name != "X-Amz-Target") return "the case is about the header " + name;
    }
    return {};
}

std::string query_request(const json& suite, const json& one) {
    if (auto other = not_about_the_body(one.at("serialized")); !other.empty()) return other;
    auto got = parse_form(sluice::service::encode_body<any_operation>(one.at("params"), wire_protocol::query));
    auto wanted = parse_form(one.at("serialized").at("body").get<std::string>());
    if (wanted.at("Version") != suite.at("metadata").at("apiVersion").get<std::string>())
        return "the case contradicts its suite";
    // The suites' service is not ours, and so is its version.
    wanted["Version"] = got.at("Version");
    return got == wanted ? "" : json(got).dump() + " instead of " + json(wanted).dump();
}

std::string json_request(const json&, const json& one) {
    if (auto other = not_about_the_body(one.at("serialized")); !other.empty()) return other;
    const auto got = json::parse(sluice::service::encode_body<any_operation>(one.at("params"), wire_protocol::json));
    const auto wanted = json::parse(one.at("serialized").at("body").get<std::string>());
    return got == wanted ? "" : got.dump() + " instead of " + wanted.dump();
}

sluice::http_reply reply_of(const json& one) {
    const json& response = one.at("response");
    sluice::http_reply reply = ok(response.value("body", ""));
    reply.status = response.at("status_code");
    const json headers = response.value("headers", json::object());
    for (const auto& [name, value] : headers.items()) reply.headers.emplace_back(name, value);
    return reply;
}

std::string read_error(const json& one) {
    const sluice::http_reply reply = reply_of(one);
    sluice::protocol::error_reply_source source;
    source.status = reply.status;
    source.content_type = reply.header("Content-Type");
    source.body = reply.body;
    source.request_id_header = reply.header("x-amzn-RequestId");
    source.query_error_header = reply.header("x-amzn-query-error");
    source.error_type_header = reply.header("x-amzn-errortype");
    const sluice::error_info got = sluice::protocol::parse_error_reply(source);
    if (got.service_code != one.at("errorCode").get<std::string>()) return "the code is " + got.service_code;
    if (one.contains("errorMessage") && got.message != one.at("errorMessage").get<std::string>())
        return "the message is " + got.message;
    if (got.http_status != reply.status) return "the status is " + std::to_string(got.http_status);
    if (reply.body.find("<RequestId>foo-id<") != std::string::npos && got.request_id != "foo-id") {
        return "the request id is " + got.request_id;
    }
    return {};
}

std::string read_reply(const json& one, wire_protocol protocol) {
    if (one.contains("errorCode")) return read_error(one);
    const sluice::http_reply reply = reply_of(one);
    const json& output = running_case::output;
    if (output.is_null() || running_case::shapes.of(output).at("members").empty()) {
        const auto got = sluice::service::decode_reply<operation_without_output>(reply, json(), protocol);
        if (!got) return got.error().describe();
        return one.at("result").empty() ? "" : "the case wants members of a shape without them";
    }
    const auto got = sluice::service::decode_reply<any_operation>(reply, json(), protocol);
    if (!got) return got.error().describe();
    return *got == one.at("result") ? "" : got->dump() + " instead of " + one.at("result").dump();
}

std::string query_reply(const json&, const json& one) { return read_reply(one, wire_protocol::query); }
std::string json_reply(const json&, const json& one) { return read_reply(one, wire_protocol::json); }

} // namespace

TEST_CASE("protocol suite: AWS Query, requests") { run_suite("query_input", "input/query", query_request); }
TEST_CASE("protocol suite: AWS Query, replies") { run_suite("query_output", "output/query", query_reply); }
TEST_CASE("protocol suite: AWS JSON 1.0, requests") { run_suite("json_1_0_input", "input/json_1_0", json_request); }
TEST_CASE("protocol suite: AWS JSON 1.0, replies") { run_suite("json_1_0_output", "output/json_1_0", json_reply); }
TEST_CASE("protocol suite: AWS JSON 1.0 with query-compatible errors, replies") {
    run_suite("query_compatible_output", "output/json_1_0-query-compatible", json_reply);
}

// The only request case is about a header, so a whole call is made.
TEST_CASE("protocol suite: AWS JSON 1.0 with query-compatible errors, requests") {
    run_suite("query_compatible_input", "input/json_1_0-query-compatible", [](const json&, const json& one) {
        boost::asio::io_context context;
        auto script = std::make_shared<scripted_transport>(context.get_executor());
        sluice::session_options options;
        options.read_environment = false;
        options.region = "eu-west-1";
        options.credentials = sluice::static_credentials(sluice::credentials("AKID", "secret"));
        options.sqs_protocol = wire_protocol::json;
        options.transport = script;
        const sluice::session session(context.get_executor(), options);
        script->expect("ListQueues").reply(200, "{}");
        run(context, session.sqs().list_queues());
        const sluice::http_request sent = script->calls().at(0).request;
        const json& wanted = one.at("serialized");
        if (sent.method != wanted.at("method").get<std::string>() || sent.target != wanted.at("uri").get<std::string>())
            return sent.method + sent.target;
        if (sent.body != wanted.at("body").get<std::string>()) return "the body is " + sent.body;
        for (const auto& [name, value] : wanted.at("headers").items()) {
            const auto found = std::ranges::find(sent.headers, name, &sluice::http_header::name);
            if (found == sent.headers.end()) return name + " is missing";
            if (name != "X-Amz-Target" && found->value != value.get<std::string>()) return name + " is " + found->value;
        }
        return std::string();
    });
}

} // namespace protocol_suites_test
