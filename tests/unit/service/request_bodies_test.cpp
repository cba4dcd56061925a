// Bodies of requests, value by value.
#include "support/conformance.hpp"
#include "support/scripted_transport.hpp"
#include "support/service_model.hpp"

#include "service/operation_codec.hpp"
#include "service/sqs/message_operations.hpp"

#include <doctest/doctest.h>

namespace request_bodies_test {

using namespace unit_tests;
using sluice::attribute_value;
using sluice::message;
using sluice::wire_protocol;
using sluice::service::encode_body;

TEST_CASE("models: the checker itself finds wrong names") {
    const auto file = conformance_json("models/botocore-sqs-query-last/service-2.json");
    if (!file) return;
    const service_model sqs(*file);
    const std::string right =
        "Action=SetQueueAttributes&Version=2012-11-05&QueueUrl=u&Attribute.1.Name=a&Attribute.1.Value=b";
    CHECK(sqs.check_form("SetQueueAttributes", right) == "");
    CHECK(sqs.check_form("SetQueueAttributes", right + "&Attributes.2.Name=a") != "");
    CHECK(sqs.check_form("SetQueueAttributes", right + "&Attribute.0.Name=a") != "");
    CHECK(sqs.check_form("SetQueueAttributes", right + "&Attribute.2.Key=a") != "");
    CHECK(sqs.check_form("SetQueueAttributes", "Action=SetQueueAttributes&Version=2012-11-05&QueueUrl=u") != "");
}

TEST_CASE("batches: entries bear their position as id, and their own content") {
    std::vector<message> messages;
    for (int i = 0; i < 10; ++i) messages.push_back(message("body " + std::to_string(i)));
    const sluice::sqs::send_message_batch_request request("url", messages);
    using send = sluice::sqs::operations::send_message_batch;
    const auto form = parse_form(encode_body<send>(request, wire_protocol::query));
    const auto json = nlohmann::json::parse(encode_body<send>(request, wire_protocol::json));
    REQUIRE(json.at("Entries").size() == 10);
    for (std::size_t i = 0; i < 10; ++i) {
        const std::string prefix = "SendMessageBatchRequestEntry." + std::to_string(i + 1) + ".";
        CHECK(form.at(prefix + "Id") == std::to_string(i));
        CHECK(form.at(prefix + "MessageBody") == "body " + std::to_string(i));
        CHECK(json.at("Entries")[i].at("Id") == std::to_string(i));
        CHECK(json.at("Entries")[i].at("MessageBody") == "body " + std::to_string(i));
    }
}

TEST_CASE("a message goes out whole: every odd character, numbers and raw bytes") {
    const std::string odd = "tab\t lf\n cr\r & < > \" ' % + = \xC3\xA4 \xF0\x9F\x98\x80";
    message content(odd);
    content.attribute("bytes", attribute_value::binary(std::string("\0\x01\xFF", 3)));
    content.attribute("number", attribute_value::number("-1.5e3"));
    const sluice::sqs::send_message_request request("https://h/1/q", content);
    using send = sluice::sqs::operations::send_message;
    const auto form = parse_form(encode_body<send>(request, wire_protocol::query));
    CHECK(form.at("MessageBody") == odd);
    CHECK(form.at("MessageAttribute.1.Name") == "bytes");
    CHECK(form.at("MessageAttribute.1.Value.BinaryValue") == "AAH/");
    CHECK(form.at("MessageAttribute.2.Value.DataType") == "Number");
    CHECK(form.at("MessageAttribute.2.Value.StringValue") == "-1.5e3");
    const auto json = nlohmann::json::parse(encode_body<send>(request, wire_protocol::json));
    CHECK(json.at("MessageBody") == odd);
    CHECK(json.at("MessageAttributes").at("bytes").at("BinaryValue") == "AAH/");
}

} // namespace request_bodies_test
