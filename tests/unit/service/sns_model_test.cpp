// The typed operations of SNS against its model.
#include "model_table.hpp"

#include "support/conformance.hpp"

#include "service/sns/access_operations.hpp"
#include "service/sns/publish_operations.hpp"
#include "service/sns/subscription_operations.hpp"
#include "service/sns/topic_operations.hpp"

#include <doctest/doctest.h>

namespace sns_model_test {

using namespace unit_tests;
using namespace sluice::sns;
using sluice::attribute_value;
using sluice::message;
namespace ops = sluice::sns::operations;

namespace {

const auto flat_attributes = [](const attributes_reply& reply) {
    return flat_reply{{"Attributes.key", reply.attributes.begin()->first},
                      {"Attributes.value", reply.attributes.begin()->second}};
};

void check_topics(model_table& table) {
    create_topic_request create("Name");
    create.attributes = attribute_map{{"Attributes.key", "Attributes.value"}};
    create.tags = attribute_map{{"Tags.Key", "Tags.Value"}};
    create.data_protection_policy = "DataProtectionPolicy";
    table.requests<ops::create_topic>({create});
    table.replies<ops::create_topic>(
        create, [](const create_topic_reply& reply) { return flat_reply{{"TopicArn", reply.topic_arn}}; });
    table.requests<ops::delete_topic>({delete_topic_request("TopicArn")});
    table.replies<ops::delete_topic>(delete_topic_request(), nothing);
    table.requests<ops::list_topics>({list_topics_request("NextToken")});
    table.replies<ops::list_topics>(list_topics_request(), [](const topic_page& reply) {
        return flat_reply{{"Topics.TopicArn", reply.topic_arns.at(0)}, {"NextToken", reply.next_token}};
    });
    table.requests<ops::get_topic_attributes>({get_topic_attributes_request("TopicArn")});
    table.replies<ops::get_topic_attributes>(get_topic_attributes_request(), flat_attributes);
    table.requests<ops::set_topic_attributes>(
        {set_topic_attributes_request("TopicArn", "AttributeName", "AttributeValue")});
    table.replies<ops::set_topic_attributes>(set_topic_attributes_request(), nothing);
    table.requests<ops::get_data_protection_policy>({get_data_protection_policy_request("ResourceArn")});
    table.replies<ops::get_data_protection_policy>(
        get_data_protection_policy_request(),
        [](const data_protection_policy_reply& reply) { return flat_reply{{"DataProtectionPolicy", reply.policy}}; });
    table.requests<ops::put_data_protection_policy>(
        {put_data_protection_policy_request("ResourceArn", "DataProtectionPolicy")});
    table.replies<ops::put_data_protection_policy>(put_data_protection_policy_request(), nothing);
}

void check_subscriptions(model_table& table) {
    const auto flat_arn = [](const subscribe_reply& reply) {
        return flat_reply{{"SubscriptionArn", reply.subscription_arn}};
    };
    const auto flat_page = [](const subscription_page& reply) {
        const subscription& one = reply.subscriptions.at(0);
        return flat_reply{{"Subscriptions.SubscriptionArn", one.subscription_arn},
                          {"Subscriptions.Owner", one.owner},
                          {"Subscriptions.Protocol", one.protocol},
                          {"Subscriptions.Endpoint", one.endpoint},
                          {"Subscriptions.TopicArn", one.topic_arn},
                          {"NextToken", reply.next_token}};
    };
    subscribe_request subscribe("TopicArn", "Endpoint");
    subscribe.protocol = "Protocol";
    subscribe.attributes = attribute_map{{"Attributes.key", "Attributes.value"}};
    table.requests<ops::subscribe>({subscribe});
    table.replies<ops::subscribe>(subscribe, flat_arn);
    confirm_subscription_request confirm("TopicArn", "Token");
    confirm.authenticate_on_unsubscribe = true;
    table.requests<ops::confirm_subscription>({confirm}, {{"AuthenticateOnUnsubscribe", "true"}});
    table.replies<ops::confirm_subscription>(confirm, flat_arn);
    table.requests<ops::unsubscribe>({unsubscribe_request("SubscriptionArn")});
    table.replies<ops::unsubscribe>(unsubscribe_request(), nothing);
    table.requests<ops::list_subscriptions>({list_subscriptions_request("NextToken")});
    table.replies<ops::list_subscriptions>(list_subscriptions_request(), flat_page);
    list_subscriptions_by_topic_request by_topic("TopicArn");
    by_topic.next_token = "NextToken";
    table.requests<ops::list_subscriptions_by_topic>({by_topic});
    table.replies<ops::list_subscriptions_by_topic>(by_topic, flat_page);
    table.requests<ops::get_subscription_attributes>({get_subscription_attributes_request("SubscriptionArn")});
    table.replies<ops::get_subscription_attributes>(get_subscription_attributes_request(), flat_attributes);
    table.requests<ops::set_subscription_attributes>(
        {set_subscription_attributes_request("SubscriptionArn", "AttributeName", "AttributeValue")});
    table.replies<ops::set_subscription_attributes>(set_subscription_attributes_request(), nothing);
}

void check_access(model_table& table) {
    add_permission_request add("TopicArn", "Label");
    add.account_ids = {"AWSAccountId"};
    add.actions = {"ActionName"};
    table.requests<ops::add_permission>({add});
    table.replies<ops::add_permission>(add, nothing);
    table.requests<ops::remove_permission>({remove_permission_request("TopicArn", "Label")});
    table.replies<ops::remove_permission>(remove_permission_request(), nothing);
    table.requests<ops::tag_resource>({tag_resource_request("ResourceArn", attribute_map{{"Tags.Key", "Tags.Value"}})});
    table.replies<ops::tag_resource>(tag_resource_request(), nothing);
    table.requests<ops::untag_resource>({untag_resource_request("ResourceArn", {"TagKeys"})});
    table.replies<ops::untag_resource>(untag_resource_request(), nothing);
    table.requests<ops::list_tags_for_resource>({list_tags_for_resource_request("ResourceArn")});
    table.replies<ops::list_tags_for_resource>(list_tags_for_resource_request(), [](const tags_reply& reply) {
        return flat_reply{{"Tags.Key", reply.tags.begin()->first}, {"Tags.Value", reply.tags.begin()->second}};
    });
}

message sample_message(const std::string& prefix) {
    const std::string attributes = prefix + "MessageAttributes.";
    message sample(prefix + "Message");
    sample.attribute(attributes + "key", attribute_value(attributes + "value.StringValue"));
    sample.attribute("bytes", attribute_value::binary(attributes + "value.BinaryValue"));
    sample.subject(prefix + "Subject").structure(prefix + "MessageStructure");
    sample.group(prefix + "MessageGroupId").deduplication_id(prefix + "MessageDeduplicationId");
    return sample;
}

void check_publish(model_table& table) {
    publish_request to_phone("", sample_message(""));
    to_phone.phone_number = "PhoneNumber";
    publish_request to_target = to_phone;
    to_target.phone_number.clear();
    to_target.target_arn = "TargetArn";
    table.requests<ops::publish>({publish_request("TopicArn", sample_message("")), to_target, to_phone},
                                 {{"MessageAttributes.value.DataType", "String"}});
    table.replies<ops::publish>(publish_request(), [](const sluice::receipt& reply) {
        return flat_reply{{"MessageId", reply.message_id}, {"SequenceNumber", reply.sequence_number}};
    });
    const std::string prefix = "PublishBatchRequestEntries.";
    const publish_batch_request two("TopicArn", std::vector<message>(2, sample_message(prefix)));
    table.requests<ops::publish_batch>({two},
                                       {{prefix + "Id", "1"}, {prefix + "MessageAttributes.value.DataType", "String"}});
    table.replies<ops::publish_batch>(two,
                                      [](const publish_batch_reply& reply) {
                                          const sluice::receipt& good = reply.entries.at(0).value();
                                          const sluice::error_info& bad = reply.entries.at(1).error();
                                          return flat_reply{
                                              {"Successful.Id", "0"},
                                              {"Successful.MessageId", good.message_id},
                                              {"Successful.SequenceNumber", good.sequence_number},
                                              {"Failed.Id", "1"},
                                              {"Failed.Code", bad.service_code},
                                              {"Failed.Message", bad.message},
                                              {"Failed.SenderFault", bad.sender_fault ? "true" : "false"}};
                                      },
                                      {{"Successful.Id", "0"}, {"Failed.Id", "1"}});
}

} // namespace

TEST_CASE("models: every member of the typed operations of SNS") {
    const auto file = conformance_json("models/botocore/sns/2010-03-31/service-2.json");
    if (!file) return;
    std::vector<spoken_model> models;
    models.push_back({"sns", service_model(*file), sluice::wire_protocol::query});
    model_table table("models_sns", std::move(models));
    check_topics(table);
    check_subscriptions(table);
    check_access(table);
    check_publish(table);
    table.close();
}

} // namespace sns_model_test
