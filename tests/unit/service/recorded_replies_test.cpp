// Replies that others collected from the services, decoded by our operations.
#include "support/conformance.hpp"
#include "support/query_replies.hpp"

#include "protocol/error_reply.hpp"
#include "service/operation_codec.hpp"
#include "service/sns/publish_operations.hpp"
#include "service/sns/subscription_operations.hpp"
#include "service/sns/topic_operations.hpp"
#include "service/sqs/acknowledge_operations.hpp"
#include "service/sqs/message_operations.hpp"

#include <doctest/doctest.h>

using namespace unit_tests;
using sluice::wire_protocol;
using sluice::service::decode_reply;

namespace {

struct recorded {
    std::string xml;
    nlohmann::json expected;
};

std::optional<recorded> load(const std::string& name) {
    auto expected = conformance_json("xml-responses/" + name + ".json");
    if (!expected) return std::nullopt;
    return recorded{test_support::read_file(*test_support::conformance_dir() / ("xml-responses/" + name + ".xml")),
                    *expected};
}

template<class Operation>
typename Operation::reply decode(const recorded& pair, const typename Operation::request& request) {
    return decode_reply<Operation>(ok(pair.xml), request, wire_protocol::query).value();
}

} // namespace

TEST_CASE("recorded: SQS queue operations") {
    namespace ops = sluice::sqs::operations;
    const auto created = load("botocore-sqs-query/sqs-create-queue");
    if (!created) return;
    CHECK(decode<ops::create_queue>(*created, sluice::sqs::create_queue_request()).queue_url ==
          created->expected.at("QueueUrl"));
    const auto found = load("botocore-sqs-query/sqs-get-queue-url");
    CHECK(decode<ops::get_queue_url>(*found, sluice::sqs::get_queue_url_request()).queue_url ==
          found->expected.at("QueueUrl"));
    const auto asked = load("botocore-sqs-query/sqs-get-queue-attributes");
    const auto attributes =
        decode<ops::get_queue_attributes>(*asked, sluice::sqs::get_queue_attributes_request()).attributes;
    CHECK(nlohmann::json(attributes) == asked->expected.at("Attributes"));
}

TEST_CASE("recorded: SQS receive") {
    const auto pair = load("botocore-sqs-query/sqs-receive-message");
    if (!pair) return;
    const auto reply = decode<sluice::sqs::operations::receive_message>(*pair, sluice::sqs::receive_message_request());
    const auto& expected = pair->expected.at("Messages");
    REQUIRE(reply.messages.size() == expected.size());
    const auto& got = reply.messages[0];
    CHECK(got.body == expected[0].at("Body"));
    CHECK(got.message_id == expected[0].at("MessageId"));
    CHECK(got.receipt_handle == expected[0].at("ReceiptHandle")); // with its line breaks
    CHECK(nlohmann::json(got.system_attributes) == expected[0].at("Attributes"));
    CHECK(got.intact);
}

TEST_CASE("recorded: SQS send") {
    const auto one = load("botocore-sqs-query/sqs-send-message");
    if (!one) return;
    // What was sent is not recorded: the sums that the reply states are for another body than ours.
    const auto decoded = decode_reply<sluice::sqs::operations::send_message>(
        ok(one->xml), sluice::sqs::send_message_request("u", sluice::message("another body")), wire_protocol::query);
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().message.find(one->expected.at("MessageId").get<std::string>()) != std::string::npos);
    // The ids of a recorded batch are not ours: nobody's entry may take them.
    const auto batch = load("botocore-sqs-query/sqs-send-message-batch");
    const sluice::sqs::send_message_batch_request request("u", std::vector<sluice::message>(2, sluice::message("b")));
    const auto reply = decode<sluice::sqs::operations::send_message_batch>(*batch, request);
    for (const auto& entry : reply.entries) CHECK(entry.error().code == sluice::errc::unknown_outcome);
}

TEST_CASE("recorded: SQS batches, with the ids put to ours") {
    auto deleted = load("botocore-sqs-query/sqs-delete-message-batch");
    if (!deleted) return;
    const auto put = [](std::string& xml, const std::string& theirs, const std::string& ours) {
        const auto at = xml.find("<Id>" + theirs + "</Id>");
        REQUIRE(at != std::string::npos);
        xml.replace(at + 4, theirs.size(), ours);
    };
    for (std::size_t i = 0; i < 2; ++i)
        put(deleted->xml, deleted->expected.at("Successful")[i].at("Id"), std::to_string(i));
    const auto reply = decode<sluice::sqs::operations::delete_message_batch>(
        *deleted, sluice::sqs::delete_message_batch_request("u", std::vector<std::string>(2, "h")));
    for (const auto& entry : reply.entries) CHECK(entry.has_value());
    auto changed = load("botocore-sqs-query/sqs-change-message-visibility-batch");
    const auto& good = changed->expected.at("Successful");
    for (std::size_t i = 0; i < good.size(); ++i) put(changed->xml, good[i].at("Id"), std::to_string(i));
    const auto change_reply = decode<sluice::sqs::operations::change_message_visibility_batch>(
        *changed, sluice::sqs::change_message_visibility_batch_request(
                      "u", std::vector<sluice::sqs::visibility_change>(good.size())));
    for (const auto& entry : change_reply.entries) CHECK(entry.has_value());
}

TEST_CASE("recorded: SNS") {
    namespace ops = sluice::sns::operations;
    const auto created = load("botocore/sns-create-topic");
    if (!created) return;
    CHECK(decode<ops::create_topic>(*created, sluice::sns::create_topic_request()).topic_arn ==
          created->expected.at("TopicArn"));
    const auto subscribed = load("botocore/sns-subscribe");
    CHECK(decode<ops::subscribe>(*subscribed, sluice::sns::subscribe_request()).subscription_arn ==
          subscribed->expected.at("SubscriptionArn"));
    const auto published = load("botocore/sns-publish");
    CHECK(decode<ops::publish>(*published, sluice::sns::publish_request()).message_id ==
          published->expected.at("MessageId"));
    const auto refused = load("botocore/sns-delete-topic"); // recorded as a refusal
    sluice::protocol::error_reply_source source;
    source.status = 400;
    source.body = refused->xml;
    const sluice::error_info refusal = sluice::protocol::parse_error_reply(source);
    CHECK(refusal.service_code == refused->expected.at("Error").at("Code"));
    CHECK(refusal.request_id == refused->expected.at("ResponseMetadata").at("RequestId"));
}
