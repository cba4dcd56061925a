// AddPermission, RemovePermission, TagResource, UntagResource, ListTagsForResource.
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

struct add_permission {
    using request = add_permission_request;
    using reply = empty_reply;
    static constexpr operation_info info{"AddPermission", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.topic_arn("TopicArn", from.topic_arn)
            .required("Label", from.label)
            .require(!from.account_ids.empty(), "AWSAccountId is empty: at least one is required")
            .require(!from.actions.empty(), "ActionName is empty: at least one is required")
            .each_required("ActionName", from.actions);
        for (const std::string& account : from.account_ids) {
            rules.characters("AWSAccountId", account, service::digits).length("AWSAccountId", account, 12, 12);
        }
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("TopicArn", from.topic_arn);
        writer.text("Label", from.label);
        writer.text_list("AWSAccountId", "AWSAccountId.member", from.account_ids);
        writer.text_list("ActionName", "ActionName.member", from.actions);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct remove_permission {
    using request = remove_permission_request;
    using reply = empty_reply;
    static constexpr operation_info info{"RemovePermission", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.topic_arn("TopicArn", from.topic_arn).required("Label", from.label);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("TopicArn", from.topic_arn);
        writer.text("Label", from.label);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct tag_resource {
    using request = tag_resource_request;
    using reply = empty_reply;
    static constexpr operation_info info{"TagResource", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.arn_of("sns", "ResourceArn", from.resource_arn)
            .length("ResourceArn", from.resource_arn, 1, limits::sns_resource_arn_length)
            .tags("Tags", from.tags, 1);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("ResourceArn", from.resource_arn);
        writer.text_map("Tags", "Tags.member", "Key", "Value", from.tags);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct untag_resource {
    using request = untag_resource_request;
    using reply = empty_reply;
    static constexpr operation_info info{"UntagResource", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.arn_of("sns", "ResourceArn", from.resource_arn)
            .length("ResourceArn", from.resource_arn, 1, limits::sns_resource_arn_length)
            .tag_keys("TagKeys", from.keys);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("ResourceArn", from.resource_arn);
        writer.text_list("TagKeys", "TagKeys.member", from.keys);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct list_tags_for_resource {
    using request = list_tags_for_resource_request;
    using reply = tags_reply;
    static constexpr operation_info info{"ListTagsForResource", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.arn_of("sns", "ResourceArn", from.resource_arn)
            .length("ResourceArn", from.resource_arn, 1, limits::sns_resource_arn_length);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("ResourceArn", from.resource_arn);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        to.tags = service::decode_text_map(from, "Tags", "Tags/member", "Key", "Value");
        return to;
    }
};

} // namespace sluice::sns::operations
