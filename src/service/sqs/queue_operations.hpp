// CreateQueue, GetQueueUrl, GetQueueAttributes, SetQueueAttributes, DeleteQueue, PurgeQueue.
#pragma once

#include "client/operation_info.hpp"
#include "protocol/arn.hpp"
#include "service/request_rules.hpp"
#include "service/required_member.hpp"
#include "service/sqs/queue_rules.hpp"
#include "service/text_members.hpp"

#include <sluice/sqs/operations.hpp>

namespace sluice::sqs::operations {

using calls::operation_info;
using calls::service_id;
using service::request_rules;

template<class Cursor>
result<queue_url_reply> decode_queue_url(std::string_view operation, const Cursor& from) {
    auto url = service::required_text(operation, from, "QueueUrl");
    if (!url) return url.error();
    queue_url_reply to;
    to.queue_url = std::move(*url);
    return to;
}

template<class Writer>
void encode_attribute_map(Writer& writer, const attribute_map& attributes) {
    writer.text_map("Attributes", "Attribute", "Name", "Value", attributes);
}

struct create_queue {
    using request = create_queue_request;
    using reply = queue_url_reply;
    static constexpr operation_info info{"CreateQueue", service_id::sqs};

    static void check(request_rules& rules, const request& from) {
        rules.also(protocol::check_queue_name(from.name));
        check_fifo_attribute(rules, from.name, from.attributes);
        check_queue_attributes(rules, from.attributes);
        rules.tags("tags", from.tags, 0);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueName", from.name);
        encode_attribute_map(writer, from.attributes);
        writer.text_map("tags", "Tag", "Key", "Value", from.tags);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        return decode_queue_url(info.name, from);
    }
};

struct get_queue_url {
    using request = get_queue_url_request;
    using reply = queue_url_reply;
    static constexpr operation_info info{"GetQueueUrl", service_id::sqs};

    static void check(request_rules& rules, const request& from) {
        rules.also(protocol::check_queue_name(from.name));
        if (!from.owner_account_id.empty()) {
            rules.characters("QueueOwnerAWSAccountId", from.owner_account_id, service::digits)
                .length("QueueOwnerAWSAccountId", from.owner_account_id, 12, 12);
        }
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueName", from.name);
        service::encode_optional(writer, "QueueOwnerAWSAccountId", from.owner_account_id);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        return decode_queue_url(info.name, from);
    }
};

struct get_queue_attributes {
    using request = get_queue_attributes_request;
    using reply = queue_attributes_reply;
    static constexpr operation_info info{"GetQueueAttributes", service_id::sqs};

    static void check(request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url).each_required("AttributeNames", from.names);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        service::encode_optional_list(writer, "AttributeNames", "AttributeName", from.names);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        to.attributes = service::decode_text_map(from, "Attributes", "Attribute", "Name", "Value");
        return to;
    }
};

struct set_queue_attributes {
    using request = set_queue_attributes_request;
    using reply = empty_reply;
    static constexpr operation_info info{"SetQueueAttributes", service_id::sqs};

    static void check(request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url)
            .require(!from.attributes.empty(), "Attributes is empty: at least one is required");
        check_queue_attributes(rules, from.attributes);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        encode_attribute_map(writer, from.attributes);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct delete_queue {
    using request = delete_queue_request;
    using reply = empty_reply;
    static constexpr operation_info info{"DeleteQueue", service_id::sqs};

    static void check(request_rules& rules, const request& from) { rules.required("QueueUrl", from.queue_url); }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct purge_queue {
    using request = purge_queue_request;
    using reply = empty_reply;
    static constexpr operation_info info{"PurgeQueue", service_id::sqs};

    static void check(request_rules& rules, const request& from) { rules.required("QueueUrl", from.queue_url); }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

} // namespace sluice::sqs::operations
