// CreateTopic, DeleteTopic, ListTopics, Get- and SetTopicAttributes, Get- and PutDataProtectionPolicy.
// SNS speaks Query only: the JSON names are unused.
#pragma once

#include "client/operation_info.hpp"
#include "protocol/arn.hpp"
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

struct create_topic {
    using request = create_topic_request;
    using reply = create_topic_reply;
    static constexpr operation_info info{"CreateTopic", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.also(protocol::check_topic_name(from.name));
        check_fifo_attribute(rules, from.name, from.attributes);
        for (const auto& [name, value] : from.attributes) check_topic_attribute(rules, name, value);
        rules.tags("Tags", from.tags, 0);
        rules.length("DataProtectionPolicy", from.data_protection_policy, 0, limits::data_protection_policy_length);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("Name", from.name);
        writer.text_map("Attributes", "Attributes.entry", "key", "value", from.attributes);
        writer.text_map("Tags", "Tags.member", "Key", "Value", from.tags);
        service::encode_optional(writer, "DataProtectionPolicy", from.data_protection_policy);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        auto topic_arn = service::required_text(info.name, from, "TopicArn");
        if (!topic_arn) return topic_arn.error();
        reply to;
        to.topic_arn = std::move(*topic_arn);
        return to;
    }
};

struct delete_topic {
    using request = delete_topic_request;
    using reply = empty_reply;
    static constexpr operation_info info{"DeleteTopic", service_id::sns};

    static void check(request_rules& rules, const request& from) { rules.topic_arn("TopicArn", from.topic_arn); }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("TopicArn", from.topic_arn);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct list_topics {
    using request = list_topics_request;
    using reply = topic_page;
    static constexpr operation_info info{"ListTopics", service_id::sns};

    static void check(request_rules& rules, const request& from) { rules.text("NextToken", from.next_token); }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        service::encode_optional(writer, "NextToken", from.next_token);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        from.list("Topics", "Topics/member",
                  [&to](const Cursor& entry) { to.topic_arns.push_back(entry.text("TopicArn")); });
        to.next_token = from.text("NextToken");
        return to;
    }
};

struct get_topic_attributes {
    using request = get_topic_attributes_request;
    using reply = attributes_reply;
    static constexpr operation_info info{"GetTopicAttributes", service_id::sns};

    static void check(request_rules& rules, const request& from) { rules.topic_arn("TopicArn", from.topic_arn); }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("TopicArn", from.topic_arn);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        to.attributes = service::decode_text_map(from, "Attributes", "Attributes/entry", "key", "value");
        return to;
    }
};

struct set_topic_attributes {
    using request = set_topic_attributes_request;
    using reply = empty_reply;
    static constexpr operation_info info{"SetTopicAttributes", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.topic_arn("TopicArn", from.topic_arn).required("AttributeName", from.name);
        check_topic_attribute(rules, from.name, from.value);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("TopicArn", from.topic_arn);
        writer.text("AttributeName", from.name);
        writer.text("AttributeValue", from.value);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct get_data_protection_policy {
    using request = get_data_protection_policy_request;
    using reply = data_protection_policy_reply;
    static constexpr operation_info info{"GetDataProtectionPolicy", service_id::sns};

    static void check(request_rules& rules, const request& from) { rules.topic_arn("ResourceArn", from.topic_arn); }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("ResourceArn", from.topic_arn);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        to.policy = from.text("DataProtectionPolicy");
        return to;
    }
};

struct put_data_protection_policy {
    using request = put_data_protection_policy_request;
    using reply = empty_reply;
    static constexpr operation_info info{"PutDataProtectionPolicy", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.topic_arn("ResourceArn", from.topic_arn)
            .length("DataProtectionPolicy", from.policy, 1, limits::data_protection_policy_length);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("ResourceArn", from.topic_arn);
        writer.text("DataProtectionPolicy", from.policy);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

} // namespace sluice::sns::operations
