#include "local/sns_service.hpp"

#include "local/fault.hpp"
#include "local/sns_parameters.hpp"
#include "protocol/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace sluice::local {
namespace {

constexpr std::size_t deepest_policy = 16;

constexpr std::array<std::string_view, 6> topic_attributes{"DeliveryPolicy",     "DisplayName",      "KmsMasterKeyId",
                                                           "MaximumMessageSize", "SignatureVersion", "TracingConfig"};

bool is_topic_name(std::string_view name, bool fifo) {
    constexpr std::string_view suffix = ".fifo";
    if (name.size() > limits::topic_name_length || name.ends_with(suffix) != fifo) return false;
    if (fifo) name.remove_suffix(suffix.size());
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

bool is_fifo_attribute(const std::string& name) {
    return name == "FifoTopic" || name == "ContentBasedDeduplication" || name == "FifoThroughputScope";
}

/// CreateTopic and SetTopicAttributes word it differently when the name is unknown.
void check_topic_attribute(const std::string& name, const std::string& value, bool fifo,
                           const std::string& unknown_text) {
    if (fifo && is_fifo_attribute(name)) {
        const bool scope = name == "FifoThroughputScope";
        const bool good = scope ? value == "Topic" || value == "MessageGroup" : value == "true" || value == "false";
        if (!good) throw sns_invalid_parameter(name + " Reason: invalid value " + value);
        return;
    }
    if (name == "MaximumMessageSize") {
        const auto bytes = parse_integer(value);
        const bool good = bytes && *bytes >= static_cast<std::int64_t>(limits::message_bytes_min) &&
                          *bytes <= static_cast<std::int64_t>(limits::sns_message_bytes_max);
        if (!good) throw sns_invalid_parameter("MaximumMessageSize Reason: must be from 1024 to 1048576, not " + value);
        return;
    }
    if (name == "SignatureVersion" && value != "1" && value != "2") {
        throw sns_invalid_parameter("SignatureVersion Reason: must be 1 or 2, not " + value);
    }
    if (name == "DeliveryPolicy") {
        try {
            parse_topic_delivery_policy(value);
        } catch (const bad_delivery_policy& why) {
            throw sns_invalid_parameter("DeliveryPolicy: " + why.text);
        }
    }
    const bool known = name == "Policy" || std::ranges::find(topic_attributes, name) != topic_attributes.end();
    if (!known) throw sns_invalid_parameter(unknown_text);
    if (!has_only_allowed_characters(value)) throw sns_invalid_parameter(name + " Reason: invalid characters");
    if (name != "Policy") return;
    const bool good = json_depth(value) <= deepest_policy && nlohmann::json::parse(value, nullptr, false).is_object();
    if (!good) throw sns_invalid_parameter("Policy Reason: it must be a JSON object");
}

} // namespace

std::string sns_service::arn_of(std::string_view name) const {
    return "arn:aws:sns:" + region_ + ":" + account_id_ + ":" + std::string(name);
}

void sns_service::handle(std::string_view action, members parameters, output& reply, const request_context& context) {
    using operation = void (sns_service::*)(members, output&, const request_context&);
    static const std::map<std::string_view, operation> operations{
        {"AddPermission", &sns_service::add_permission},
        {"ConfirmSubscription", &sns_service::confirm_subscription},
        {"CreateTopic", &sns_service::create_topic},
        {"DeleteTopic", &sns_service::delete_topic},
        {"GetDataProtectionPolicy", &sns_service::get_data_protection_policy},
        {"GetSubscriptionAttributes", &sns_service::get_subscription_attributes},
        {"GetTopicAttributes", &sns_service::get_topic_attributes},
        {"ListSubscriptions", &sns_service::list_subscriptions},
        {"ListSubscriptionsByTopic", &sns_service::list_subscriptions_by_topic},
        {"ListTagsForResource", &sns_service::list_tags_for_resource},
        {"ListTopics", &sns_service::list_topics},
        {"Publish", &sns_service::publish},
        {"PublishBatch", &sns_service::publish_batch},
        {"PutDataProtectionPolicy", &sns_service::put_data_protection_policy},
        {"RemovePermission", &sns_service::remove_permission},
        {"SetSubscriptionAttributes", &sns_service::set_subscription_attributes},
        {"SetTopicAttributes", &sns_service::set_topic_attributes},
        {"Subscribe", &sns_service::subscribe},
        {"TagResource", &sns_service::tag_resource},
        {"Unsubscribe", &sns_service::unsubscribe},
        {"UntagResource", &sns_service::untag_resource},
    };
    const auto found = operations.find(action);
    if (found == operations.end()) throw invalid_action(action);
    forget_unconfirmed(context.now);
    (this->*found->second)(parameters, reply, context);
}

sns_service::topic& sns_service::topic_of(members parameters) {
    return find_topic(needed(parameters, "TopicArn"), "TopicArn");
}

sns_service::topic& sns_service::find_topic(const std::string& arn, std::string_view member) {
    check_arn(arn, member);
    // A topic of another region is not looked for.
    if (!arn.starts_with("arn:aws:sns:" + region_ + ":")) throw sns_invalid_parameter(std::string(member));
    const auto found = topics_.find(arn);
    if (found == topics_.end()) throw sns_not_found("Topic");
    return found->second;
}

bool sns_service::topic::is_set(const char* attribute) const {
    const auto found = attributes.find(attribute);
    return found != attributes.end() && found->second == "true";
}

void sns_service::create_topic(members parameters, output& reply, const request_context&) {
    const std::string name = needed(parameters, "Name");
    auto attributes = parameters.text_map("Attributes", "Attributes.entry", "key", "value");
    const auto tags = parameters.text_map("Tags", "Tags.member", "Key", "Value");
    const auto given = attributes.find("FifoTopic");
    const bool fifo = given != attributes.end() && given->second == "true";
    if (given != attributes.end() && !fifo) attributes.erase(given);
    if (!is_topic_name(name, fifo)) throw sns_invalid_parameter("Topic Name");
    for (const auto& [key, value] : attributes) {
        check_topic_attribute(key, value, fifo, "Attributes Reason: Invalid attribute name: " + key);
    }
    check_topic_tags(tags);
    const std::string arn = arn_of(name);
    const auto [at, made] = topics_.try_emplace(arn);
    topic& of = at->second;
    if (made) {
        of.arn = arn;
        of.attributes = std::move(attributes);
        of.tags = tags;
        of.data_protection_policy = parameters.text("DataProtectionPolicy").value_or("");
        if (fifo) of.attributes.try_emplace("ContentBasedDeduplication", "false");
        of.recent.keep_in(place_of(of).below("deduplication"));
        record(of);
    } else {
        const bool same = std::ranges::all_of(attributes, [&of](const auto& one) {
            const auto found = of.attributes.find(one.first);
            return found != of.attributes.end() && found->second == one.second;
        });
        if (!same) throw sns_invalid_parameter("Attributes Reason: Topic already exists with different attributes");
        if (!tags.empty() && tags != of.tags) {
            throw sns_invalid_parameter("Tags Reason: Topic already exists with different tags");
        }
    }
    reply.text("TopicArn", arn);
}

void sns_service::delete_topic(members parameters, output&, const request_context&) {
    const std::string arn = needed(parameters, "TopicArn");
    check_arn(arn, "TopicArn");
    // Idempotent: to delete what is not there succeeds.
    const auto found = topics_.find(arn);
    if (found == topics_.end()) return;
    erase_records_of(found->second);
    for (const std::string& one : found->second.subscriptions) {
        deliveries_.forget(one);
        subscriptions_.erase(one);
    }
    std::erase_if(ended_, [&arn](const auto& one) { return one.second.topic_arn == arn; });
    topics_.erase(found);
}

void sns_service::list_topics(members parameters, output& reply, const request_context&) {
    write_page(topics_, parameters, reply, "Topics/member", [&reply](const topic& one) {
        reply.begin_item();
        reply.text("TopicArn", one.arn);
        reply.end_item();
        return true;
    });
}

void sns_service::get_topic_attributes(members parameters, output& reply, const request_context&) {
    const topic& from = topic_of(parameters);
    auto all = from.attributes;
    all.try_emplace("DisplayName", "");
    all.try_emplace("Policy", default_policy(from.arn, account_id_));
    all["TopicArn"] = from.arn;
    all["Owner"] = account_id_;
    const auto confirmed = std::ranges::count_if(
        from.subscriptions, [this](const std::string& one) { return subscriptions_.at(one).confirmed; });
    all["EffectiveDeliveryPolicy"] = topic_policy_json(parse_topic_delivery_policy(all["DeliveryPolicy"]));
    if (all["DeliveryPolicy"].empty()) all.erase("DeliveryPolicy");
    all["SubscriptionsConfirmed"] = std::to_string(confirmed);
    all["SubscriptionsPending"] = std::to_string(static_cast<std::ptrdiff_t>(from.subscriptions.size()) - confirmed);
    all["SubscriptionsDeleted"] = "0";
    reply.text_map("Attributes", "Attributes/entry", "key", "value", all);
}

void sns_service::set_topic_attributes(members parameters, output&, const request_context&) {
    topic& to = topic_of(parameters);
    const std::string name = needed(parameters, "AttributeName");
    const std::string value = parameters.text("AttributeValue").value_or("");
    if (name == "FifoTopic") throw sns_invalid_parameter("AttributeName"); // a topic stays what it is
    check_topic_attribute(name, value, to.is_fifo(), "AttributeName");
    if (name == "MaximumMessageSize" && to.subscriptions.size() > limits::large_message_subscriptions &&
        parse_integer(value) > static_cast<std::int64_t>(limits::sns_message_bytes)) {
        throw sns_invalid_parameter("MaximumMessageSize Reason: a topic with more than 100 subscriptions takes 262144 "
                                    "bytes at most");
    }
    to.attributes[name] = value;
    record(to);
}

} // namespace sluice::local
