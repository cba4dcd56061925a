// The operations of SNS on subscriptions of queues and of HTTP(S) endpoints.
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

void check_protocol(const std::string& protocol, bool fifo_topic) {
    constexpr std::array<std::string_view, 9> known{"application", "email",  "email-json", "firehose", "http",
                                                    "https",       "lambda", "sms",        "sqs"};
    if (std::ranges::find(known, protocol) == known.end()) {
        throw sns_invalid_parameter("Amazon SNS does not support this protocol string: " + protocol);
    }
    const bool http = protocol == "http" || protocol == "https";
    if (!http && protocol != "sqs") {
        throw sns_invalid_parameter("Protocol: the embedded broker delivers to queues (sqs) and to http and https "
                                    "endpoints, not to " +
                                    protocol);
    }
    if (http && fifo_topic) {
        throw sns_invalid_parameter("Protocol Reason: FIFO topics deliver to queues (sqs) only, not to " + protocol);
    }
}

void check_endpoint(const std::string& protocol, const std::string& endpoint, bool fifo_topic) {
    if (protocol != "sqs") {
        if (!endpoint.starts_with(protocol + "://")) {
            throw sns_invalid_parameter("Endpoint must match the specified protocol");
        }
        if (!parse_endpoint_url(endpoint)) {
            throw sns_invalid_parameter("Endpoint Reason: it must be a URL such as " + protocol +
                                        "://host:port/path, without a user name and a fragment");
        }
        return;
    }
    const bool is_queue = endpoint.starts_with("arn:aws:sqs:") && std::ranges::count(endpoint, ':') == 5;
    if (!is_queue || !has_only_allowed_characters(endpoint)) throw sns_invalid_parameter("SQS endpoint ARN");
    if (endpoint.ends_with(".fifo") && !fifo_topic) {
        throw sns_invalid_parameter(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
    }
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
    } else if (name == "DeliveryPolicy") {
        try {
            parse_subscription_delivery_policy(value, target.raw());
        } catch (const bad_delivery_policy& why) {
            throw sns_invalid_parameter(where + "DeliveryPolicy: " + why.text);
        }
    } else {
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

void sns_service::subscribe(members parameters, output& reply, const request_context& context) {
    topic& to = topic_of(parameters);
    subscription made;
    made.protocol = needed(parameters, "Protocol");
    made.topic_arn = to.arn;
    check_protocol(made.protocol, to.is_fifo());
    made.endpoint = needed(parameters, "Endpoint");
    check_endpoint(made.protocol, made.endpoint, to.is_fifo());
    const auto attributes = parameters.text_map("Attributes", "Attributes.entry", "key", "value");
    const std::string lead = "Attributes Reason: ";
    // The scope says how the filter policy is to be read, and raw delivery what the delivery policy may say.
    constexpr std::array<const char*, 2> first{"FilterPolicyScope", "RawMessageDelivery"};
    for (const char* name : first) {
        if (const auto given = attributes.find(name); given != attributes.end()) {
            set_attribute(made, name, given->second, lead);
        }
    }
    for (const auto& [name, value] : attributes) {
        if (std::ranges::find(first, name) == first.end()) set_attribute(made, name, value, lead);
    }
    const bool wants_arn = parameters.text("ReturnSubscriptionArn") == "true";
    const auto answer = [&](const subscription& one) {
        reply.text("SubscriptionArn", one.confirmed || wants_arn ? one.arn : "pending confirmation");
    };
    for (const std::string& arn : to.subscriptions) {
        subscription& existing = subscriptions_.at(arn);
        if (existing.endpoint != made.endpoint || existing.protocol != made.protocol) continue;
        if (!attributes.empty() && made.effective_attributes() != existing.effective_attributes()) {
            throw sns_invalid_parameter("Attributes Reason: Subscription already exists with different attributes");
        }
        if (!existing.confirmed) await_confirmation(existing, context);
        return answer(existing);
    }
    if (max_message_bytes(to) > limits::sns_message_bytes &&
        to.subscriptions.size() >= limits::large_message_subscriptions) {
        throw make_fault("SubscriptionLimitExceeded", "SubscriptionLimitExceededException",
                         "A topic that takes more than 262144 bytes can have 100 subscriptions at most.", 403);
    }
    made.arn = to.arn + ":" + make_uuid().str();
    made.position = next_position(to);
    to.subscriptions.push_back(made.arn);
    const std::string arn = made.arn;
    subscription& one = subscriptions_.emplace(arn, std::move(made)).first->second;
    if (!one.is_queue()) {
        one.token = make_subscription_token();
        one.confirmed = false;
        await_confirmation(one, context);
    }
    record(one);
    answer(one);
}

void sns_service::get_subscription_attributes(members parameters, output& reply, const request_context&) {
    const subscription& from = subscription_of(parameters);
    auto all = from.effective_attributes();
    all["SubscriptionArn"] = from.arn;
    all["TopicArn"] = from.topic_arn;
    all["Protocol"] = from.protocol;
    all["Endpoint"] = from.endpoint;
    all["Owner"] = account_id_;
    all["PendingConfirmation"] = from.confirmed ? "false" : "true";
    all["ConfirmationWasAuthenticated"] = from.confirmed && from.confirmed_with_signature ? "true" : "false";
    if (!from.is_queue()) {
        all["EffectiveDeliveryPolicy"] = subscription_policy_json(policy_of(topics_.at(from.topic_arn), from));
    }
    reply.text_map("Attributes", "Attributes/entry", "key", "value", all);
}

void sns_service::set_subscription_attributes(members parameters, output&, const request_context&) {
    subscription& to = subscription_of(parameters);
    set_attribute(to, needed(parameters, "AttributeName"), parameters.text("AttributeValue").value_or(""), "");
    record(to);
}

void sns_service::write_subscription(output& reply, const subscription& one) const {
    reply.begin_item();
    reply.text("SubscriptionArn", one.shown_arn());
    reply.text("Owner", account_id_);
    reply.text("Protocol", one.protocol);
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
