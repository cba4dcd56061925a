// Subscribe, ConfirmSubscription, Unsubscribe, ListSubscriptions, ListSubscriptionsByTopic, Get- and
// SetSubscriptionAttributes.
#pragma once

#include "client/operation_info.hpp"
#include "protocol/limits.hpp"
#include "service/request_rules.hpp"
#include "service/required_member.hpp"
#include "service/sns/topic_rules.hpp"
#include "service/text_members.hpp"

#include <sluice/sns/operations.hpp>

namespace sluice::sns::operations {

using calls::operation_info;
using calls::service_id;
using service::request_rules;

/// Both lists answer alike.
template<class Cursor>
subscription_page decode_subscriptions(const Cursor& from) {
    subscription_page to;
    from.list("Subscriptions", "Subscriptions/member", [&to](const Cursor& entry) {
        subscription one;
        one.subscription_arn = entry.text("SubscriptionArn");
        one.owner = entry.text("Owner");
        one.protocol = entry.text("Protocol");
        one.endpoint = entry.text("Endpoint");
        one.topic_arn = entry.text("TopicArn");
        to.subscriptions.push_back(std::move(one));
    });
    to.next_token = from.text("NextToken");
    return to;
}

struct subscribe {
    using request = subscribe_request;
    using reply = subscribe_reply;
    static constexpr operation_info info{"Subscribe", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.topic_arn("TopicArn", from.topic_arn);
        check_endpoint(rules, from.protocol, from.endpoint);
        for (const auto& [name, value] : from.attributes) rules.required("an attribute name", name).text(name, value);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("TopicArn", from.topic_arn);
        writer.text("Protocol", from.protocol);
        writer.text("Endpoint", from.endpoint);
        writer.text_map("Attributes", "Attributes.entry", "key", "value", from.attributes);
        // Else the answer for a subscription that waits for confirmation is a sentence, not an ARN.
        writer.boolean("ReturnSubscriptionArn", true);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        auto subscription_arn = service::required_text(info.name, from, "SubscriptionArn");
        if (!subscription_arn) return subscription_arn.error();
        reply to;
        to.subscription_arn = std::move(*subscription_arn);
        return to;
    }
};

struct confirm_subscription {
    using request = confirm_subscription_request;
    using reply = subscribe_reply;
    static constexpr operation_info info{"ConfirmSubscription", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.topic_arn("TopicArn", from.topic_arn).required("Token", from.token);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("TopicArn", from.topic_arn);
        writer.text("Token", from.token);
        if (from.authenticate_on_unsubscribe) writer.text("AuthenticateOnUnsubscribe", "true"); // a text in the model
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        auto subscription_arn = service::required_text(info.name, from, "SubscriptionArn");
        if (!subscription_arn) return subscription_arn.error();
        reply to;
        to.subscription_arn = std::move(*subscription_arn);
        return to;
    }
};

struct unsubscribe {
    using request = unsubscribe_request;
    using reply = empty_reply;
    static constexpr operation_info info{"Unsubscribe", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.arn_of("sns", "SubscriptionArn", from.subscription_arn);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("SubscriptionArn", from.subscription_arn);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct list_subscriptions {
    using request = list_subscriptions_request;
    using reply = subscription_page;
    static constexpr operation_info info{"ListSubscriptions", service_id::sns};

    static void check(request_rules& rules, const request& from) { rules.text("NextToken", from.next_token); }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        service::encode_optional(writer, "NextToken", from.next_token);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        return decode_subscriptions(from);
    }
};

struct list_subscriptions_by_topic {
    using request = list_subscriptions_by_topic_request;
    using reply = subscription_page;
    static constexpr operation_info info{"ListSubscriptionsByTopic", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.topic_arn("TopicArn", from.topic_arn).text("NextToken", from.next_token);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("TopicArn", from.topic_arn);
        service::encode_optional(writer, "NextToken", from.next_token);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        return decode_subscriptions(from);
    }
};

struct get_subscription_attributes {
    using request = get_subscription_attributes_request;
    using reply = attributes_reply;
    static constexpr operation_info info{"GetSubscriptionAttributes", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.arn_of("sns", "SubscriptionArn", from.subscription_arn);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("SubscriptionArn", from.subscription_arn);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        to.attributes = service::decode_text_map(from, "Attributes", "Attributes/entry", "key", "value");
        return to;
    }
};

struct set_subscription_attributes {
    using request = set_subscription_attributes_request;
    using reply = empty_reply;
    static constexpr operation_info info{"SetSubscriptionAttributes", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.arn_of("sns", "SubscriptionArn", from.subscription_arn)
            .required("AttributeName", from.name)
            .text("AttributeValue", from.value);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("SubscriptionArn", from.subscription_arn);
        writer.text("AttributeName", from.name);
        writer.text("AttributeValue", from.value);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

} // namespace sluice::sns::operations
