// Every parameter that an operation writes exists in the service's own model, in both protocols.
#include "support/conformance.hpp"
#include "support/scripted_transport.hpp"
#include "support/service_model.hpp"

#include "service/operation_codec.hpp"
#include "service/sns/publish_operations.hpp"
#include "service/sns/subscription_operations.hpp"
#include "service/sns/topic_operations.hpp"
#include "service/sqs/acknowledge_operations.hpp"
#include "service/sqs/message_operations.hpp"
#include "service/sts/identity_operations.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace unit_tests;
using sluice::attribute_value;
using sluice::message;
using sluice::wire_protocol;
using sluice::service::encode_body;

namespace {

message everything(const std::string& body) {
    message content(body);
    content.attribute("text", "a&b").attribute("number", attribute_value::number(7));
    content.attribute("bytes", attribute_value::binary(std::string("\0\xFF", 2)));
    content.group("group").deduplication_id("id");
    return content;
}

template<class Operation>
void check(const service_model& query, const service_model* json, const typename Operation::request& request) {
    const std::string name(Operation::info.name);
    CHECK(query.check_form(name, encode_body<Operation>(request, wire_protocol::query)) == "");
    if (json == nullptr) return;
    const auto body = nlohmann::json::parse(encode_body<Operation>(request, wire_protocol::json));
    CHECK(json->check_json(name, body) == "");
}

} // namespace

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

TEST_CASE("models: the operations of SQS, as form and as JSON") {
    const auto query_file = conformance_json("models/botocore-sqs-query-last/service-2.json");
    if (!query_file) return;
    const service_model query(*query_file);
    const service_model json(*conformance_json("models/botocore/sqs/2012-11-05/service-2.json"));
    namespace ops = sluice::sqs::operations;
    using namespace sluice::sqs;

    create_queue_request create("q");
    create.attributes = {{"VisibilityTimeout", "5"}, {"DelaySeconds", "1"}};
    create.tags = {{"team", "billing"}};
    check<ops::create_queue>(query, &json, create);
    get_queue_url_request look_up("q");
    look_up.owner_account_id = "123456789012";
    check<ops::get_queue_url>(query, &json, look_up);
    check<ops::get_queue_attributes>(query, &json, get_queue_attributes_request("url"));
    set_queue_attributes_request set("url");
    set.attributes = {{"Policy", "{}"}};
    check<ops::set_queue_attributes>(query, &json, set);
    check<ops::delete_queue>(query, &json, delete_queue_request("url"));

    const message full = everything("x").delay(5s).trace_header("Root=1");
    check<ops::send_message>(query, &json, send_message_request("url", full));
    check<ops::send_message_batch>(query, &json, send_message_batch_request("url", std::vector<message>(10, full)));
    receive_message_request receive("url");
    receive.wait_time = 20s;
    receive.visibility_timeout = 30s;
    check<ops::receive_message>(query, &json, receive);
    check<ops::delete_message>(query, &json, delete_message_request("url", "handle"));
    check<ops::delete_message_batch>(query, &json,
                                     delete_message_batch_request("url", std::vector<std::string>(10, "handle")));
    const visibility_change change("handle", 5s);
    check<ops::change_message_visibility>(query, &json, change_message_visibility_request("url", change));
    check<ops::change_message_visibility_batch>(
        query, &json, change_message_visibility_batch_request("url", std::vector<visibility_change>(10, change)));
}

TEST_CASE("models: the operations of SNS and STS") {
    const auto file = conformance_json("models/botocore/sns/2010-03-31/service-2.json");
    if (!file) return;
    const service_model sns(*file);
    namespace ops = sluice::sns::operations;
    using namespace sluice::sns;

    create_topic_request create("t");
    create.attributes = {{"FifoTopic", "true"}};
    create.tags = {{"team", "billing"}};
    check<ops::create_topic>(sns, nullptr, create);
    check<ops::delete_topic>(sns, nullptr, delete_topic_request("arn"));
    subscribe_request subscribe("arn", "endpoint");
    subscribe.attributes = {{"RawMessageDelivery", "true"}};
    check<ops::subscribe>(sns, nullptr, subscribe);
    check<ops::set_subscription_attributes>(sns, nullptr,
                                            set_subscription_attributes_request("arn", "FilterPolicy", "{}"));
    const message full = everything("x").subject("hello");
    check<ops::publish>(sns, nullptr, publish_request("arn", full));
    check<ops::publish_batch>(sns, nullptr, publish_batch_request("arn", std::vector<message>(10, full)));

    const service_model sts(*conformance_json("models/botocore/sts/2011-06-15/service-2.json"));
    check<sluice::sts::operations::get_caller_identity>(sts, nullptr, sluice::sts::get_caller_identity_request());
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
