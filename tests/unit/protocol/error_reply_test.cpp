// What error replies mean: of the services in both protocols, of other people's servers, and of whoever stands between.
#include "support/conformance.hpp"
#include "support/query_replies.hpp"

#include "protocol/error_reply.hpp"

#include <doctest/doctest.h>

namespace error_reply_test {

using namespace unit_tests;
using sluice::errc;
using sluice::error_info;
using sluice::protocol::classify;
using sluice::protocol::error_reply_source;
using sluice::protocol::parse_error_reply;

namespace {

error_info parse(int status, std::string_view body, std::string_view content_type = "text/xml") {
    error_reply_source reply;
    reply.status = status;
    reply.body = body;
    reply.content_type = content_type;
    return parse_error_reply(reply);
}

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '<') out += "&lt;";
        else if (c == '>') out += "&gt;";
        else if (c == '&') out += "&amp;";
        else out += c;
    }
    return out;
}

} // namespace

TEST_CASE("error reply: XML of the Query protocol, with and without a prefix") {
    const error_info info = parse(400, error_xml("InvalidParameterValue", "Value &lt;x&gt; is bad"));
    CHECK(info.service_code == "InvalidParameterValue");
    CHECK(info.message == "Value <x> is bad");
    CHECK(info.sender_fault);
    CHECK(info.request_id == "req-9");
    CHECK(info.http_status == 400);
    CHECK(info.code == errc::service_error);
    CHECK_FALSE(info.may_have_been_applied);
    const error_info prefixed =
        parse(400, "<e:ErrorResponse xmlns:e='u'><e:Error><e:Type>Receiver</e:Type><e:Code>C</e:Code></e:Error>"
                   "<e:RequestId>r</e:RequestId></e:ErrorResponse>");
    CHECK(prefixed.service_code == "C");
    CHECK_FALSE(prefixed.sender_fault);
    CHECK(prefixed.request_id == "r");
}

TEST_CASE("error reply: the other shapes of XML that are about") {
    CHECK(parse(400, "<Response><Errors><Error><Code>C</Code><Message>m</Message></Error></Errors></Response>")
              .service_code == "C");
    const error_info bare =
        parse(403, "<Error><Code>AccessDenied</Code><message>small</message><RequestId>r</RequestId></Error>");
    CHECK(bare.code == errc::access_denied);
    CHECK(bare.message == "small");
    CHECK(bare.request_id == "r");
}

TEST_CASE("error reply: JSON, its type wherever it stands") {
    for (const std::string type :
         {"QueueDoesNotExist", "com.amazonaws.sqs#QueueDoesNotExist",
          "com.amazonaws.sqs#QueueDoesNotExist:http://internal.amazon.com/", "QueueDoesNotExist:http://x"}) {
        INFO(type);
        CHECK(parse(400, "{\"__type\":\"" + type + "\",\"message\":\"m\"}").service_code == "QueueDoesNotExist");
        CHECK(parse(400, "{\"code\":\"" + type + "\",\"Message\":\"M\"}").message == "M");
        error_reply_source reply;
        reply.status = 400;
        reply.body = "{}";
        reply.error_type_header = type;
        CHECK(parse_error_reply(reply).service_code == "QueueDoesNotExist");
    }
    CHECK(parse(400, "{\"__type\":\"QueueDoesNotExist\"}").code == errc::not_found);
    CHECK(parse(400, "{\"__type\":null,\"message\":7}").message == "7");
}

TEST_CASE("error reply: the Query code beside the JSON type is the one that users know") {
    error_reply_source reply;
    reply.status = 400;
    reply.body = R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."})";
    reply.query_error_header = "AWS.SimpleQueueService.NonExistentQueue;Sender";
    reply.request_id_header = "req-1";
    const error_info info = parse_error_reply(reply);
    CHECK(info.service_code == "AWS.SimpleQueueService.NonExistentQueue");
    CHECK(info.sender_fault);
    CHECK(info.request_id == "req-1");
    CHECK(info.code == errc::not_found);
    reply.query_error_header = "InternalError;Receiver";
    CHECK_FALSE(parse_error_reply(reply).sender_fault);
    reply.query_error_header = "CodeOnly";
    CHECK(parse_error_reply(reply).service_code == "CodeOnly");
}

TEST_CASE("error reply: an empty body, a page of a proxy, and garbage are errors by their status") {
    for (const std::string body :
         {"", "  \n", "<html><head><title>502</title></head><body>Bad Gateway<br></body></html>", "upstream timed out",
          "<html/>", "{", "[]", "{}", "<ErrorResponse>", "<ErrorResponse/>", "{\"unrelated\":1}"}) {
        INFO("body: " << body);
        const error_info info = parse(502, body, "text/html");
        CHECK(info.code == errc::service_unavailable);
        CHECK(info.service_code.empty());
        CHECK(info.message.find("502") != std::string::npos);
        CHECK(info.message.find("text/html") != std::string::npos);
        CHECK(parse(403, body).code == errc::access_denied);
        CHECK(parse(404, body).code == errc::service_error);
        CHECK(parse(429, body).code == errc::throttled);
    }
}

TEST_CASE("error reply: cut at every byte it is still an error") {
    const std::string xml = error_xml("Throttling", "Rate exceeded");
    const std::string json = R"({"__type":"a#b:c","message":"m","code":["x"]})";
    for (const std::string& whole : {xml, json}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const error_info info = parse(400, whole.substr(0, size));
            CHECK(info.http_status == 400);
            CHECK_FALSE(info.describe().empty());
        }
    }
}

TEST_CASE("classify: codes of all three services, and the status where there is no code") {
    CHECK(classify("KMS.ThrottlingException", 400) == errc::throttled);
    CHECK(classify("Throttled", 429) == errc::throttled);
    CHECK(classify("SignatureDoesNotMatch", 403) == errc::access_denied);
    CHECK(classify("ExpiredToken", 400) == errc::access_denied);
    CHECK(classify("AuthorizationError", 403) == errc::access_denied);
    CHECK(classify("NotFound", 404) == errc::not_found);
    CHECK(classify("QueueDoesNotExist", 400) == errc::not_found);
    CHECK(classify("AWS.SimpleQueueService.BatchRequestTooLong", 400) == errc::message_too_long);
    CHECK(classify("InternalError", 500) == errc::service_unavailable);
    CHECK(classify("InternalError", 0) == errc::service_unavailable);
    CHECK(classify("", 599) == errc::service_unavailable);
    CHECK(classify("InvalidParameter", 400) == errc::service_error);
    CHECK(classify("SomethingNew", 403) == errc::service_error); // the code says what it is, not the status
}

TEST_CASE("error reply: everything recorded from AWS, put back into a reply") {
    const auto file = conformance_json("aws-recorded/error-messages.json");
    if (!file) return;
    int ran = 0;
    for (const auto& row : file->at("errors")) {
        INFO(row.dump());
        const std::string code = row.at("code").is_null() ? "" : row.at("code").get<std::string>();
        const std::string message = row.at("message").is_null() ? "" : row.at("message").get<std::string>();
        const std::string type = row.at("type").is_null() ? "" : row.at("type").get<std::string>();
        const int status = row.at("httpStatus").is_null() ? 400 : row.at("httpStatus").get<int>();
        error_reply_source reply;
        reply.status = status;
        std::string body;
        std::string header;
        if (row.at("protocol") == "json") {
            const std::string modelled =
                row.at("modeledType").is_null() ? code : row.at("modeledType").get<std::string>();
            body = nlohmann::json({{"__type", "com.amazonaws.sqs#" + modelled}, {"message", message}}).dump();
            header = code + ";" + type;
            reply.query_error_header = header;
        } else {
            body = error_xml(code, escaped(message), type);
        }
        reply.body = body;
        const error_info info = parse_error_reply(reply);
        CHECK(info.service_code == code);
        if (!message.empty()) CHECK(info.message == message);
        CHECK(info.sender_fault == (type == "Sender"));
        CHECK(info.http_status == status);
        CHECK(info.code != errc::bad_reply);
        CHECK(info.describe().find('\n') == std::string::npos);
        ++ran;
    }
    CHECK(ran >= 200);
}

TEST_CASE("error reply: the recorded XML of SQS") {
    const auto folder = test_support::conformance_dir();
    if (!folder) {
        test_support::skip("no conformance data: xml-responses");
        return;
    }
    const error_info info =
        parse(404, test_support::read_file(*folder / "xml-responses/botocore-sqs-query/error-sqs-delete-queue.xml"));
    CHECK(info.service_code == "InvalidAddress");
    CHECK(info.message == "The address foobar is not valid for this endpoint.");
    CHECK(info.request_id == "9b06cd2c-b433-550f-bde2-8728ce9b1a93");
}

} // namespace error_reply_test
