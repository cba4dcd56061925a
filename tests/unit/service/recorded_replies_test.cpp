// Replies that others collected from the services, decoded by our operations: all of what is in them must come out.
#include "support/case_account.hpp"
#include "support/conformance.hpp"
#include "support/query_replies.hpp"

#include "protocol/error_reply.hpp"
#include "protocol/md5.hpp"
#include "service/operation_codec.hpp"
#include "service/sns/access_operations.hpp"
#include "service/sns/publish_operations.hpp"
#include "service/sns/subscription_operations.hpp"
#include "service/sns/topic_operations.hpp"
#include "service/sqs/acknowledge_operations.hpp"
#include "service/sqs/list_operations.hpp"
#include "service/sqs/message_operations.hpp"
#include "service/sqs/permission_operations.hpp"

#include <doctest/doctest.h>

#include <functional>

namespace recorded_replies_test {

using namespace unit_tests;
using nlohmann::json;
using sluice::message;
using sluice::wire_protocol;
using sluice::service::decode_reply;

namespace {

/// A pair of a reply and what is in it, in botocore's notation.
struct recorded {
    std::string xml;
    json expected;

    /// Entries of batches bear the ids that somebody else gave them; ours are positions.
    void put_our_ids() {
        json& successful = expected.at("Successful");
        for (std::size_t i = 0; i < successful.size(); ++i) {
            const std::string theirs = "<Id>" + successful[i].at("Id").get<std::string>() + "</Id>";
            const auto at = xml.find(theirs);
            if (at == std::string::npos) throw std::invalid_argument(theirs + " is not in the reply");
            xml.replace(at, theirs.size(), "<Id>" + std::to_string(i) + "</Id>");
            successful[i]["Id"] = std::to_string(i);
        }
    }
};

template<class Operation>
typename Operation::reply decode(const recorded& pair, const typename Operation::request& request) {
    return decode_reply<Operation>(ok(pair.xml), request, wire_protocol::query).value();
}

template<class Operation>
json nothing_in(const recorded& pair) {
    decode<Operation>(pair, typename Operation::request());
    return json::object();
}

json url_in(const sluice::sqs::queue_url_reply& reply) { return {{"QueueUrl", reply.queue_url}}; }
json arn_in(const sluice::sns::subscribe_reply& reply) { return {{"SubscriptionArn", reply.subscription_arn}}; }

json subscriptions_in(const sluice::sns::subscription_page& reply) {
    json list = json::array();
    for (const auto& one : reply.subscriptions) {
        list.push_back({{"SubscriptionArn", one.subscription_arn},
                        {"Owner", one.owner},
                        {"Protocol", one.protocol},
                        {"Endpoint", one.endpoint},
                        {"TopicArn", one.topic_arn}});
    }
    return {{"Subscriptions", list}};
}

json ids_in(const sluice::sqs::batch_reply<void>& reply) {
    json list = json::array();
    for (std::size_t i = 0; i < reply.entries.size(); ++i) {
        if (reply.entries[i]) list.push_back({{"Id", std::to_string(i)}});
    }
    return {{"Successful", list}};
}

json error_in(const recorded& pair) {
    sluice::protocol::error_reply_source source;
    source.status = 400;
    source.body = pair.xml;
    const sluice::error_info got = sluice::protocol::parse_error_reply(source);
    json expected = {
        {"Error",
         {{"Code", got.service_code}, {"Message", got.message}, {"Type", got.sender_fault ? "Sender" : "Receiver"}}},
        {"ResponseMetadata", {{"RequestId", got.request_id}}}};
    // An empty element that nobody has ever seen filled.
    if (pair.expected.at("Error").contains("Detail")) expected["Error"]["Detail"] = nullptr;
    return expected;
}

json sent_in(const recorded& pair) {
    const message sent("This is a test message"); // of the API reference: the sum that the reply states is its
    const auto reply =
        decode<sluice::sqs::operations::send_message>(pair, sluice::sqs::send_message_request("u", sent));
    return {{"MessageId", reply.message_id}, {"MD5OfMessageBody", sluice::protocol::md5_hex(sent.body())}};
}

json sent_batch_in(const recorded& pair) {
    const std::vector<message> sent{message("test message body 1"), message("test message body 2")};
    const auto reply =
        decode<sluice::sqs::operations::send_message_batch>(pair, sluice::sqs::send_message_batch_request("u", sent));
    json list = json::array();
    for (std::size_t i = 0; i < sent.size(); ++i) {
        list.push_back({{"Id", std::to_string(i)},
                        {"MessageId", reply.entries.at(i).value().message_id},
                        {"MD5OfMessageBody", sluice::protocol::md5_hex(sent[i].body())}});
    }
    return {{"Successful", list}};
}

json received_in(const recorded& pair) {
    const auto reply = decode<sluice::sqs::operations::receive_message>(pair, sluice::sqs::receive_message_request());
    json list = json::array();
    for (const auto& got : reply.messages) {
        if (!got.intact) return "a message is not intact";
        list.push_back({{"MessageId", got.message_id},
                        {"ReceiptHandle", got.receipt_handle}, // with its line breaks
                        {"Body", got.body},
                        {"MD5OfBody", sluice::protocol::md5_hex(got.body)},
                        {"Attributes", got.system_attributes}});
    }
    return {{"Messages", list}};
}

using reader = std::function<json(const recorded&)>;

std::map<std::string, reader> queue_readers() {
    namespace ops = sluice::sqs::operations;
    using namespace sluice::sqs;
    return {
        {"error-sqs-delete-queue", error_in},
        {"sqs-add-permission", nothing_in<ops::add_permission>},
        {"sqs-change-message-visibility-batch",
         [](const recorded& pair) {
             const change_message_visibility_batch_request request("u", std::vector<visibility_change>(2));
             return ids_in(decode<ops::change_message_visibility_batch>(pair, request));
         }},
        {"sqs-create-queue",
         [](const recorded& pair) { return url_in(decode<ops::create_queue>(pair, create_queue_request())); }},
        {"sqs-delete-message-batch",
         [](const recorded& pair) {
             const delete_message_batch_request request("u", std::vector<std::string>(2, "h"));
             return ids_in(decode<ops::delete_message_batch>(pair, request));
         }},
        {"sqs-get-queue-attributes",
         [](const recorded& pair) {
             const auto reply = decode<ops::get_queue_attributes>(pair, get_queue_attributes_request());
             return json{{"Attributes", reply.attributes}};
         }},
        {"sqs-get-queue-url",
         [](const recorded& pair) { return url_in(decode<ops::get_queue_url>(pair, get_queue_url_request())); }},
        {"sqs-list-queues",
         [](const recorded& pair) {
             return json{{"QueueUrls", decode<ops::list_queues>(pair, list_queues_request()).queue_urls}};
         }},
        {"sqs-receive-message", received_in},
        {"sqs-send-message", sent_in},
        {"sqs-send-message-batch", sent_batch_in},
    };
}

std::map<std::string, reader> topic_readers() {
    namespace ops = sluice::sns::operations;
    using namespace sluice::sns;
    return {
        {"sns-add-permission", nothing_in<ops::add_permission>},
        {"sns-confirm-subscription",
         [](const recorded& pair) {
             return arn_in(decode<ops::confirm_subscription>(pair, confirm_subscription_request()));
         }},
        {"sns-create-topic",
         [](const recorded& pair) {
             return json{{"TopicArn", decode<ops::create_topic>(pair, create_topic_request()).topic_arn}};
         }},
        {"sns-delete-topic", error_in},
        {"sns-get-subscription-attributes",
         [](const recorded& pair) {
             const auto reply = decode<ops::get_subscription_attributes>(pair, get_subscription_attributes_request());
             return json{{"Attributes", reply.attributes}};
         }},
        {"sns-get-topic-attributes",
         [](const recorded& pair) {
             const auto reply = decode<ops::get_topic_attributes>(pair, get_topic_attributes_request());
             return json{{"Attributes", reply.attributes}};
         }},
        {"sns-list-subscriptions",
         [](const recorded& pair) {
             return subscriptions_in(decode<ops::list_subscriptions>(pair, list_subscriptions_request()));
         }},
        {"sns-list-subscriptions-by-topic",
         [](const recorded& pair) {
             const list_subscriptions_by_topic_request request;
             return subscriptions_in(decode<ops::list_subscriptions_by_topic>(pair, request));
         }},
        {"sns-list-topics",
         [](const recorded& pair) {
             json list = json::array();
             const auto reply = decode<ops::list_topics>(pair, list_topics_request());
             for (const std::string& arn : reply.topic_arns) list.push_back({{"TopicArn", arn}});
             return json{{"Topics", list}};
         }},
        {"sns-publish",
         [](const recorded& pair) {
             return json{{"MessageId", decode<ops::publish>(pair, publish_request()).message_id}};
         }},
        {"sns-subscribe",
         [](const recorded& pair) { return arn_in(decode<ops::subscribe>(pair, subscribe_request())); }},
        {"sts-get-session-token", error_in},
    };
}

std::string compare(const recorded& original, const reader& read) {
    recorded pair = original;
    if (pair.expected.contains("Successful")) pair.put_our_ids();
    const bool refused = pair.expected.contains("Error");
    if (!refused) pair.expected.erase("ResponseMetadata");
    const json got = read(pair);
    return got == pair.expected ? "" : got.dump() + " instead of " + pair.expected.dump();
}

void run_folder(case_account& account, const std::string& folder, const std::map<std::string, reader>& readers) {
    const auto path = *test_support::conformance_dir() / "xml-responses" / folder;
    for (const auto& file : std::filesystem::directory_iterator(path)) {
        if (file.path().extension() != ".xml") continue;
        const std::string name = file.path().stem().string();
        const std::string id = folder + "/" + name;
        if (!account.wants(id)) continue;
        const auto found = readers.find(name);
        if (found == readers.end()) {
            account.ran(id, "no operation reads it");
            continue;
        }
        auto expected_file = file.path();
        expected_file.replace_extension(".json");
        const recorded pair{test_support::read_file(file.path()), json::parse(test_support::read_file(expected_file))};
        try {
            account.ran(id, compare(pair, found->second));
        } catch (const std::exception& thrown) {
            account.ran(id, thrown.what());
        }
    }
}

} // namespace

TEST_CASE("recorded: every reply and every error, with all that is in it") {
    if (!test_support::conformance_dir()) return test_support::skip("no conformance data: xml-responses");
    if (!sluice::protocol::md5_available()) return test_support::skip("OpenSSL offers no MD5 here");
    case_account account("xml_responses");
    run_folder(account, "botocore-sqs-query", queue_readers());
    run_folder(account, "botocore", topic_readers());
    account.close();
}

TEST_CASE("recorded: what was sent is another message, or the ids of a batch are not ours") {
    const auto folder = test_support::conformance_dir();
    if (!folder) return test_support::skip("no conformance data: xml-responses");
    const auto load = [&](const std::string& name) {
        return ok(test_support::read_file(*folder / ("xml-responses/botocore-sqs-query/" + name + ".xml")));
    };
    if (sluice::protocol::md5_available()) {
        const sluice::sqs::send_message_request other("u", message("another body"));
        const auto damaged =
            decode_reply<sluice::sqs::operations::send_message>(load("sqs-send-message"), other, wire_protocol::query);
        REQUIRE_FALSE(damaged.has_value());
        CHECK(damaged.error().message.find("5fea7756-0ea4-451a-a703-a558b933e274") != std::string::npos);
    }
    const sluice::sqs::send_message_batch_request two("u", std::vector<message>(2, message("b")));
    const auto foreign = decode_reply<sluice::sqs::operations::send_message_batch>(load("sqs-send-message-batch"), two,
                                                                                   wire_protocol::query);
    for (const auto& entry : foreign.value().entries) CHECK(entry.error().code == sluice::errc::unknown_outcome);
}

} // namespace recorded_replies_test
