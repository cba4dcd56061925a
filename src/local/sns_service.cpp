#include "local/sns_service.hpp"

#include "local/fault.hpp"
#include "protocol/limits.hpp"

#include <algorithm>
#include <array>

namespace sluice::local {
namespace {

constexpr std::size_t page_size = 100;

constexpr std::array<std::string_view, 6> topic_attributes{"DeliveryPolicy",     "DisplayName",      "KmsMasterKeyId",
                                                           "MaximumMessageSize", "SignatureVersion", "TracingConfig"};

bool is_topic_name(std::string_view name) {
    return !name.empty() && name.size() <= limits::topic_name_length && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::string needed(const input& from, std::string_view name) {
    auto value = from.text(name);
    if (!value || value->empty()) {
        throw sns_invalid_parameter(std::string(name) + " Reason: no value for required parameter");
    }
    return std::move(*value);
}

/// Texts as recorded from AWS.
void check_arn(std::string_view arn, std::string_view member) {
    const auto elements = std::ranges::count(arn, ':') + 1;
    if (elements < 6) {
        throw sns_invalid_parameter(std::string(member) + " Reason: An ARN must have at least 6 elements, not " +
                                    std::to_string(elements));
    }
}

/// A page of what `map` has behind the token of the request, and the token for the next one.
template<class Map, class Write>
void write_page(const Map& map, const input& parameters, output& reply, std::string_view list, Write write) {
    const auto token = parameters.text("NextToken");
    const auto after = token && !token->empty() ? decode_base64(*token) : std::optional<std::string>("");
    if (!after) throw sns_invalid_parameter("NextToken");
    std::size_t written = 0;
    std::string last;
    bool more = false;
    reply.begin_list("", list);
    for (auto at = after->empty() ? map.begin() : map.upper_bound(*after); at != map.end(); ++at) {
        if (written == page_size) {
            more = true;
            break;
        }
        if (write(at->second)) ++written;
        last = at->first;
    }
    reply.end_list();
    if (more) reply.text("NextToken", encode_base64(last));
}

/// CreateTopic and SetTopicAttributes word it differently when the name is unknown.
void check_topic_attribute(const std::string& name, const std::string& value, const std::string& unknown_text) {
    if (name == "MaximumMessageSize") {
        const auto bytes = parse_integer(value);
        const bool good = bytes && *bytes >= static_cast<std::int64_t>(limits::message_bytes_min) &&
                          *bytes <= static_cast<std::int64_t>(limits::sns_message_bytes_max);
        if (!good) throw sns_invalid_parameter("MaximumMessageSize Reason: must be from 1024 to 1048576, not " + value);
        return;
    }
    const bool known = name == "Policy" || std::ranges::find(topic_attributes, name) != topic_attributes.end();
    if (!known) throw sns_invalid_parameter(unknown_text);
    if (!has_only_allowed_characters(value)) throw sns_invalid_parameter(name + " Reason: invalid characters");
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

std::string sns_service::arn_of(std::string_view name) const {
    return "arn:aws:sns:" + region_ + ":" + account_id_ + ":" + std::string(name);
}

void sns_service::handle(std::string_view action, members parameters, output& reply, const request_context& context) {
    using operation = void (sns_service::*)(members, output&, const request_context&);
    static const std::map<std::string_view, operation> operations{
        {"CreateTopic", &sns_service::create_topic},
        {"DeleteTopic", &sns_service::delete_topic},
        {"GetSubscriptionAttributes", &sns_service::get_subscription_attributes},
        {"GetTopicAttributes", &sns_service::get_topic_attributes},
        {"ListSubscriptions", &sns_service::list_subscriptions},
        {"ListSubscriptionsByTopic", &sns_service::list_subscriptions_by_topic},
        {"ListTopics", &sns_service::list_topics},
        {"Publish", &sns_service::publish},
        {"PublishBatch", &sns_service::publish_batch},
        {"SetSubscriptionAttributes", &sns_service::set_subscription_attributes},
        {"SetTopicAttributes", &sns_service::set_topic_attributes},
        {"Subscribe", &sns_service::subscribe},
        {"Unsubscribe", &sns_service::unsubscribe},
    };
    const auto found = operations.find(action);
    if (found == operations.end()) throw invalid_action(action);
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

sns_service::subscription& sns_service::subscription_of(members parameters) {
    const std::string arn = needed(parameters, "SubscriptionArn");
    check_arn(arn, "SubscriptionArn");
    const auto found = subscriptions_.find(arn);
    if (found == subscriptions_.end()) throw sns_not_found("Subscription");
    return found->second;
}

void sns_service::create_topic(members parameters, output& reply, const request_context&) {
    const std::string name = needed(parameters, "Name");
    auto attributes = parameters.text_map("Attributes", "Attributes.entry", "key", "value");
    const auto fifo = attributes.find("FifoTopic");
    if (name.ends_with(".fifo") || (fifo != attributes.end() && fifo->second == "true")) {
        throw sns_invalid_parameter("Topic Name: the embedded broker has no FIFO topics yet: " + name);
    }
    if (!is_topic_name(name)) throw sns_invalid_parameter("Topic Name");
    attributes.erase("FifoTopic");
    for (const auto& [key, value] : attributes) {
        check_topic_attribute(key, value, "Attributes Reason: Invalid attribute name: " + key);
    }
    const std::string arn = arn_of(name);
    const auto [at, made] = topics_.try_emplace(arn);
    if (made) {
        at->second.arn = arn;
        at->second.attributes = std::move(attributes);
    } else {
        const auto& existing = at->second.attributes;
        const bool same = std::ranges::all_of(attributes, [&existing](const auto& one) {
            const auto found = existing.find(one.first);
            return found != existing.end() && found->second == one.second;
        });
        if (!same) throw sns_invalid_parameter("Attributes Reason: Topic already exists with different attributes");
    }
    reply.text("TopicArn", arn);
}

void sns_service::delete_topic(members parameters, output&, const request_context&) {
    const std::string arn = needed(parameters, "TopicArn");
    check_arn(arn, "TopicArn");
    // Idempotent: to delete what is not there succeeds.
    const auto found = topics_.find(arn);
    if (found == topics_.end()) return;
    for (const std::string& one : found->second.subscriptions) subscriptions_.erase(one);
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
    all["TopicArn"] = from.arn;
    all["Owner"] = account_id_;
    all["SubscriptionsConfirmed"] = std::to_string(from.subscriptions.size());
    all["SubscriptionsPending"] = "0";
    all["SubscriptionsDeleted"] = "0";
    reply.text_map("Attributes", "Attributes/entry", "key", "value", all);
}

void sns_service::set_topic_attributes(members parameters, output&, const request_context&) {
    topic& to = topic_of(parameters);
    const std::string name = needed(parameters, "AttributeName");
    const std::string value = parameters.text("AttributeValue").value_or("");
    check_topic_attribute(name, value, "AttributeName");
    to.attributes[name] = value;
}

void sns_service::set_attribute(subscription& target, const std::string& name, const std::string& value,
                                const std::string& where) {
    if (name == "RawMessageDelivery") {
        if (value != "true" && value != "false") {
            throw sns_invalid_parameter(where + "RawMessageDelivery: Invalid value [" + value +
                                        "]. Must be true or false.");
        }
    } else if (name == "FilterPolicy") {
        try {
            target.filter = value.empty() ? filter_policy() : filter_policy(value);
        } catch (const bad_filter_policy& why) {
            throw sns_invalid_parameter(why.about_scope ? why.text : where + "FilterPolicy: " + why.text);
        }
    } else if (name == "FilterPolicyScope") {
        if (value == "MessageBody") {
            throw sns_invalid_parameter(where +
                                        "FilterPolicyScope: the embedded broker does not filter on message bodies yet, "
                                        "only on MessageAttributes");
        }
        if (value != "MessageAttributes") {
            throw sns_invalid_parameter(where + "FilterPolicyScope: Invalid value [" + value +
                                        "]. Please use either MessageBody or MessageAttributes");
        }
    } else if (name == "RedrivePolicy") {
        throw sns_invalid_parameter(where + "RedrivePolicy: the embedded broker has no dead-letter queues yet");
    } else if (name != "DeliveryPolicy") {
        throw sns_invalid_parameter(where.empty() ? "AttributeName" : where + "Invalid attribute name: " + name);
    }
    if (!has_only_allowed_characters(value)) throw sns_invalid_parameter(where + name + ": invalid characters");
    if (value.empty()) target.attributes.erase(name);
    else target.attributes[name] = value;
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
    if (endpoint.ends_with(".fifo")) {
        throw sns_invalid_parameter(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
    }
    subscription made;
    made.topic_arn = to.arn;
    made.endpoint = endpoint;
    const auto attributes = parameters.text_map("Attributes", "Attributes.entry", "key", "value");
    for (const auto& [name, value] : attributes) set_attribute(made, name, value, "Attributes Reason: ");
    for (const std::string& arn : to.subscriptions) {
        const subscription& existing = subscriptions_.at(arn);
        if (existing.endpoint != endpoint) continue;
        if (!attributes.empty() && made.effective_attributes() != existing.effective_attributes()) {
            throw sns_invalid_parameter("Attributes Reason: Subscription already exists with different attributes");
        }
        return reply.text("SubscriptionArn", arn);
    }
    made.arn = to.arn + ":" + make_uuid();
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
    std::erase(topics_.at(found->second.topic_arn).subscriptions, arn);
    subscriptions_.erase(found);
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
