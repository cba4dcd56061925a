// The operations of SNS on subscriptions of queues.
#include "local/fault.hpp"
#include "local/sns_parameters.hpp"
#include "local/sns_service.hpp"
#include "protocol/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace sluice::local {
namespace {

filter_policy read_filter(const std::map<std::string, std::string>& attributes) {
    const auto policy = attributes.find("FilterPolicy");
    if (policy == attributes.end()) return {};
    const auto scope = attributes.find("FilterPolicyScope");
    const bool on_body = scope != attributes.end() && scope->second == "MessageBody";
    return {policy->second, on_body ? filter_scope::body : filter_scope::attributes};
}

} // namespace

std::map<std::string, std::string> sns_service::subscription::effective_attributes() const {
    auto all = attributes;
    all.try_emplace("RawMessageDelivery", "false");
    if (all.contains("FilterPolicy")) all.try_emplace("FilterPolicyScope", "MessageAttributes");
    else all.erase("FilterPolicyScope"); // a scope of nothing, as AWS shows it
    return all;
}

bool sns_service::subscription::raw() const {
    const auto found = attributes.find("RawMessageDelivery");
    return found != attributes.end() && found->second == "true";
}

sns_service::subscription& sns_service::subscription_of(members parameters) {
    const std::string arn = needed(parameters, "SubscriptionArn");
    check_arn(arn, "SubscriptionArn");
    const auto found = subscriptions_.find(arn);
    if (found == subscriptions_.end()) throw sns_not_found("Subscription");
    return found->second;
}

std::string sns_service::dead_letter_arn(const subscription& of, const std::string& policy, const std::string& where) {
    constexpr std::size_t deepest_policy = 4;
    const auto document = json_depth(policy) > deepest_policy ? nlohmann::json(nlohmann::json::value_t::discarded)
                                                              : nlohmann::json::parse(policy, nullptr, false);
    if (!document.is_object()) throw sns_invalid_parameter(where + "RedrivePolicy: failed to parse JSON.");
    const auto target = document.find("deadLetterTargetArn");
    const std::string arn = target != document.end() && target->is_string() ? target->get<std::string>() : "";
    if (!arn.starts_with("arn:aws:sqs:") || std::ranges::count(arn, ':') != 5) {
        throw sns_invalid_parameter(where + "RedrivePolicy: deadLetterTargetArn is an invalid arn");
    }
    if (of.topic_arn.ends_with(".fifo") && of.endpoint.ends_with(".fifo") && !arn.ends_with(".fifo")) {
        throw sns_invalid_parameter(
            where + "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.");
    }
    return arn;
}

void sns_service::set_attribute(subscription& target, const std::string& name, const std::string& value,
                                const std::string& where) {
    if (name == "RawMessageDelivery") {
        if (value != "true" && value != "false") {
            throw sns_invalid_parameter(where + "RawMessageDelivery: Invalid value [" + value +
                                        "]. Must be true or false.");
        }
    } else if (name == "FilterPolicyScope") {
        if (value != "MessageAttributes" && value != "MessageBody") {
            throw sns_invalid_parameter(where + "FilterPolicyScope: Invalid value [" + value +
                                        "]. Please use either MessageBody or MessageAttributes");
        }
    } else if (name == "RedrivePolicy") {
        target.dead_letters = value.empty() ? std::string() : dead_letter_arn(target, value, where);
    } else if (name == "FilterPolicy") {
        // read below, with its scope
    } else if (name != "DeliveryPolicy") {
        throw sns_invalid_parameter(where.empty() ? "AttributeName" : where + "Invalid attribute name: " + name);
    }
    if (!has_only_allowed_characters(value)) throw sns_invalid_parameter(where + name + ": invalid characters");
    auto changed = target.attributes;
    if (value.empty()) changed.erase(name);
    else changed[name] = value;
    try {
        target.filter = read_filter(changed);
    } catch (const bad_filter_policy& why) {
        throw sns_invalid_parameter(why.about_scope ? why.text : where + "FilterPolicy: " + why.text);
    }
    target.attributes = std::move(changed);
}

void sns_service::subscribe(members parameters, output& reply, const request_context&) {
    topic& to = topic_of(parameters);
    const std::string protocol = needed(parameters, "Protocol");
    if (protocol != "sqs") {
        constexpr std::array<std::string_view, 8> others{"application", "email", "email-json", "firehose",
                                                         "http",        "https", "lambda",     "sms"};
        const bool known = std::ranges::find(others, protocol) != others.end();
        throw sns_invalid_parameter(known ? "Protocol: the embedded broker delivers to queues only (sqs), not to " +
                                                protocol
                                          : "Amazon SNS does not support this protocol string: " + protocol);
    }
    const std::string endpoint = needed(parameters, "Endpoint");
    const bool is_queue = endpoint.starts_with("arn:aws:sqs:") && std::ranges::count(endpoint, ':') == 5;
    if (!is_queue || !has_only_allowed_characters(endpoint)) throw sns_invalid_parameter("SQS endpoint ARN");
    if (endpoint.ends_with(".fifo") && !to.is_fifo()) {
        throw sns_invalid_parameter(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
    }
    subscription made;
    made.topic_arn = to.arn;
    made.endpoint = endpoint;
    const auto attributes = parameters.text_map("Attributes", "Attributes.entry", "key", "value");
    // The scope says how the policy is to be read.
    const std::string lead = "Attributes Reason: ";
    if (const auto scope = attributes.find("FilterPolicyScope"); scope != attributes.end()) {
        set_attribute(made, scope->first, scope->second, lead);
    }
    for (const auto& [name, value] : attributes) {
        if (name != "FilterPolicyScope") set_attribute(made, name, value, lead);
    }
    for (const std::string& arn : to.subscriptions) {
        const subscription& existing = subscriptions_.at(arn);
        if (existing.endpoint != endpoint) continue;
        if (!attributes.empty() && made.effective_attributes() != existing.effective_attributes()) {
            throw sns_invalid_parameter("Attributes Reason: Subscription already exists with different attributes");
        }
        return reply.text("SubscriptionArn", arn);
    }
    if (max_message_bytes(to) > limits::sns_message_bytes &&
        to.subscriptions.size() >= limits::large_message_subscriptions) {
        throw make_fault("SubscriptionLimitExceeded", "SubscriptionLimitExceededException",
                         "A topic that takes more than 262144 bytes can have 100 subscriptions at most.", 403);
    }
    made.arn = to.arn + ":" + make_uuid();
    made.position = to.subscriptions.empty() ? 1 : subscriptions_.at(to.subscriptions.back()).position + 1;
    record(made);
    reply.text("SubscriptionArn", made.arn);
    to.subscriptions.push_back(made.arn);
    subscriptions_.emplace(made.arn, std::move(made));
}

void sns_service::unsubscribe(members parameters, output&, const request_context&) {
    const std::string arn = needed(parameters, "SubscriptionArn");
    check_arn(arn, "SubscriptionArn");
    if (std::ranges::count(arn, ':') == 5) throw sns_invalid_parameter("SubscriptionId"); // a topic's ARN
    const auto found = subscriptions_.find(arn);
    if (found == subscriptions_.end()) return;
    erase_record_of(found->second);
    std::erase(topics_.at(found->second.topic_arn).subscriptions, arn);
    subscriptions_.erase(found);
}

/// Subscriptions of queues need no confirmation here: there never is a token to confirm.
void sns_service::confirm_subscription(members parameters, output&, const request_context&) {
    topic_of(parameters);
    needed(parameters, "Token");
    throw sns_invalid_parameter("Token");
}

void sns_service::get_subscription_attributes(members parameters, output& reply, const request_context&) {
    const subscription& from = subscription_of(parameters);
    auto all = from.effective_attributes();
    all["SubscriptionArn"] = from.arn;
    all["TopicArn"] = from.topic_arn;
    all["Protocol"] = "sqs";
    all["Endpoint"] = from.endpoint;
    all["Owner"] = account_id_;
    all["PendingConfirmation"] = "false";
    all["ConfirmationWasAuthenticated"] = "true";
    reply.text_map("Attributes", "Attributes/entry", "key", "value", all);
}

void sns_service::set_subscription_attributes(members parameters, output&, const request_context&) {
    subscription& to = subscription_of(parameters);
    set_attribute(to, needed(parameters, "AttributeName"), parameters.text("AttributeValue").value_or(""), "");
    record(to);
}

void sns_service::write_subscription(output& reply, const subscription& one) const {
    reply.begin_item();
    reply.text("SubscriptionArn", one.arn);
    reply.text("Owner", account_id_);
    reply.text("Protocol", "sqs");
    reply.text("Endpoint", one.endpoint);
    reply.text("TopicArn", one.topic_arn);
    reply.end_item();
}

void sns_service::list_subscriptions(members parameters, output& reply, const request_context&) {
    write_page(subscriptions_, parameters, reply, "Subscriptions/member", [&](const subscription& one) {
        write_subscription(reply, one);
        return true;
    });
}

void sns_service::list_subscriptions_by_topic(members parameters, output& reply, const request_context&) {
    const std::string& only = topic_of(parameters).arn;
    write_page(subscriptions_, parameters, reply, "Subscriptions/member", [&](const subscription& one) {
        if (one.topic_arn != only) return false;
        write_subscription(reply, one);
        return true;
    });
}

} // namespace sluice::local
