// TagQueue, UntagQueue, ListQueueTags.
#pragma once

#include "client/operation_info.hpp"
#include "service/request_rules.hpp"
#include "service/text_members.hpp"

#include <sluice/sqs/operations.hpp>

namespace sluice::sqs::operations {

struct tag_queue {
    using request = tag_queue_request;
    using reply = empty_reply;
    static constexpr calls::operation_info info{"TagQueue", calls::service_id::sqs};

    static void check(service::request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url).tags("Tags", from.tags, 1);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        // `Tag` as the Smithy model has it; one old model of an SDK says `Tags` here.
        writer.text_map("Tags", "Tag", "Key", "Value", from.tags);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct untag_queue {
    using request = untag_queue_request;
    using reply = empty_reply;
    static constexpr calls::operation_info info{"UntagQueue", calls::service_id::sqs};

    static void check(service::request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url).tag_keys("TagKeys", from.keys);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        writer.text_list("TagKeys", "TagKey", from.keys);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct list_queue_tags {
    using request = list_queue_tags_request;
    using reply = queue_tags_reply;
    static constexpr calls::operation_info info{"ListQueueTags", calls::service_id::sqs};

    static void check(service::request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        to.tags = service::decode_text_map(from, "Tags", "Tag", "Key", "Value");
        return to;
    }
};

} // namespace sluice::sqs::operations
