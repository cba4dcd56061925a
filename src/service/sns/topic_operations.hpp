// CreateTopic, DeleteTopic, Subscribe, SetSubscriptionAttributes. SNS speaks Query only: the JSON names are unused.
#pragma once

#include "client/operation_info.hpp"
#include "service/required_member.hpp"

#include <sluice/sns/operations.hpp>

namespace sluice::sns::operations {

using calls::operation_info;
using calls::service_id;

struct create_topic {
    using request = create_topic_request;
    using reply = create_topic_reply;
    static constexpr operation_info info{"CreateTopic", service_id::sns};

    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("Name", from.name);
        writer.text_map("Attributes", "Attributes.entry", "key", "value", from.attributes);
        writer.text_map("Tags", "Tags.member", "Key", "Value", from.tags);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        auto arn = service::required_text(info.name, from, "TopicArn");
        if (!arn) return arn.error();
        reply to;
        to.topic_arn = std::move(*arn);
        return to;
    }
};

struct delete_topic {
    using request = delete_topic_request;
    using reply = empty_reply;
    static constexpr operation_info info{"DeleteTopic", service_id::sns};

    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("TopicArn", from.topic_arn);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct subscribe {
    using request = subscribe_request;
    using reply = subscribe_reply;
    static constexpr operation_info info{"Subscribe", service_id::sns};

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
        auto arn = service::required_text(info.name, from, "SubscriptionArn");
        if (!arn) return arn.error();
        reply to;
        to.subscription_arn = std::move(*arn);
        return to;
    }
};

struct set_subscription_attributes {
    using request = set_subscription_attributes_request;
    using reply = empty_reply;
    static constexpr operation_info info{"SetSubscriptionAttributes", service_id::sns};

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
