// CreateQueue, GetQueueUrl, GetQueueAttributes, SetQueueAttributes, DeleteQueue.
#pragma once

#include "client/operation_info.hpp"
#include "service/required_member.hpp"

#include <sluice/sqs/operations.hpp>

namespace sluice::sqs::operations {

using calls::operation_info;
using calls::service_id;

template<class Writer>
void encode_attribute_map(Writer& writer, const attribute_map& attributes) {
    writer.text_map("Attributes", "Attribute", "Name", "Value", attributes);
}

struct create_queue {
    using request = create_queue_request;
    using reply = queue_url_reply;
    static constexpr operation_info info{"CreateQueue", service_id::sqs};

    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueName", from.name);
        encode_attribute_map(writer, from.attributes);
        writer.text_map("tags", "Tag", "Key", "Value", from.tags);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        auto url = service::required_text(info.name, from, "QueueUrl");
        if (!url) return url.error();
        reply to;
        to.queue_url = std::move(*url);
        return to;
    }
};

struct get_queue_url {
    using request = get_queue_url_request;
    using reply = queue_url_reply;
    static constexpr operation_info info{"GetQueueUrl", service_id::sqs};

    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueName", from.name);
        if (!from.owner_account_id.empty()) writer.text("QueueOwnerAWSAccountId", from.owner_account_id);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        auto url = service::required_text(info.name, from, "QueueUrl");
        if (!url) return url.error();
        reply to;
        to.queue_url = std::move(*url);
        return to;
    }
};

struct get_queue_attributes {
    using request = get_queue_attributes_request;
    using reply = queue_attributes_reply;
    static constexpr operation_info info{"GetQueueAttributes", service_id::sqs};

    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        writer.text_list("AttributeNames", "AttributeName", from.names);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        from.text_map("Attributes", "Attribute", "Name", "Value", [&to](std::string name, std::string value) {
            to.attributes[std::move(name)] = std::move(value);
        });
        return to;
    }
};

struct set_queue_attributes {
    using request = set_queue_attributes_request;
    using reply = empty_reply;
    static constexpr operation_info info{"SetQueueAttributes", service_id::sqs};

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
