// Publish and PublishBatch.
#pragma once

#include "client/operation_info.hpp"
#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "service/attributes_codec.hpp"
#include "service/batch_results.hpp"
#include "service/request_rules.hpp"
#include "service/sns/topic_rules.hpp"
#include "service/text_members.hpp"

#include <sluice/sns/operations.hpp>

namespace sluice::sns::operations {

using calls::operation_info;
using calls::service_id;
using service::request_rules;

template<class Writer>
void encode_message(Writer& writer, const message& from) {
    writer.text("Message", from.body());
    if (from.subject()) writer.text("Subject", *from.subject());
    if (from.structure()) writer.text("MessageStructure", *from.structure());
    writer.structure_map("MessageAttributes", "MessageAttributes.entry", "Name", "Value", from.attributes(),
                         [](auto& w, const attribute_value& value) { service::encode_attribute_value(w, value); });
    if (from.deduplication_id()) writer.text("MessageDeduplicationId", *from.deduplication_id());
    if (from.group()) writer.text("MessageGroupId", *from.group());
}

template<class Entry>
receipt decode_receipt(Entry& from) {
    receipt to;
    to.message_id = from.text("MessageId");
    to.sequence_number = from.text("SequenceNumber");
    return to;
}

struct publish {
    using request = publish_request;
    using reply = receipt;
    static constexpr operation_info info{"Publish", service_id::sns};

    static void check(request_rules& rules, const request& from) { check_publish(rules, from); }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        service::encode_optional(writer, "TopicArn", from.topic_arn);
        service::encode_optional(writer, "TargetArn", from.target_arn);
        service::encode_optional(writer, "PhoneNumber", from.phone_number);
        encode_message(writer, from.entry);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        return decode_receipt(from);
    }
};

struct publish_batch {
    using request = publish_batch_request;
    using reply = publish_batch_reply;
    static constexpr operation_info info{"PublishBatch", service_id::sns};

    static void check(request_rules& rules, const request& from) {
        rules.topic_arn("TopicArn", from.topic_arn)
            .also(service::check_message_batch(from.entries, limits::sns_message_bytes_max, &check_topic_message,
                                               protocol::is_fifo(from.topic_arn)));
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("TopicArn", from.topic_arn);
        writer.list("PublishBatchRequestEntries", "PublishBatchRequestEntries.member", service::number(from.entries),
                    [](auto& w, const service::numbered<message>& entry) {
                        w.text("Id", std::to_string(entry.position));
                        encode_message(w, *entry.item);
                    });
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request& sent) {
        reply to;
        to.entries = service::decode_batch_results<receipt>(
            info.name, from, "Successful/member", "Failed/member", sent.entries.size(),
            [](service::entry_texts<Cursor>& entry, std::size_t) { return result<receipt>(decode_receipt(entry)); });
        return to;
    }
};

} // namespace sluice::sns::operations
