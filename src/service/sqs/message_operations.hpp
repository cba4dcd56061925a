// SendMessage, SendMessageBatch, ReceiveMessage.
#pragma once

#include "client/caller.hpp"
#include "protocol/limits.hpp"
#include "protocol/md5.hpp"
#include "service/attributes_codec.hpp"
#include "service/batch_results.hpp"
#include "service/sqs/queue_operations.hpp"

#include <sluice/sqs/operations.hpp>

namespace sluice::sqs::operations {

/// AWSTraceHeader is the only one that can be sent.
inline std::vector<named_attribute> system_attributes_of(const message& from) {
    std::vector<named_attribute> system;
    if (from.trace_header()) system.emplace_back("AWSTraceHeader", *from.trace_header());
    return system;
}

template<class Writer>
void encode_message(Writer& writer, const message& from) {
    writer.text("MessageBody", from.body());
    if (from.delay()) writer.number("DelaySeconds", from.delay()->count());
    writer.structure_map("MessageAttributes", "MessageAttribute", "Name", "Value", from.attributes(),
                         [](auto& w, const attribute_value& value) { service::encode_attribute_value(w, value); });
    if (const auto system = system_attributes_of(from); !system.empty()) {
        writer.structure_map("MessageSystemAttributes", "MessageSystemAttribute", "Name", "Value", system,
                             [](auto& w, const attribute_value& value) { service::encode_attribute_value(w, value); });
    }
    if (from.deduplication_id()) writer.text("MessageDeduplicationId", *from.deduplication_id());
    if (from.group()) writer.text("MessageGroupId", *from.group());
}

/// A receipt, or `errc::bad_reply` where the service states other sums than those of what we sent.
template<class Entry>
result<receipt> make_receipt(std::string_view operation, Entry& from, bool intact) {
    if (!intact) {
        error_info info(errc::bad_reply, "the service states another MD5 sum than that of the message sent; it took " +
                                             std::string(from.text("MessageId")) + " in damaged");
        info.operation = operation;
        info.http_status = 200;
        info.attempts = 1;
        info.may_have_been_applied = true;
        return info;
    }
    receipt to;
    to.message_id = from.text("MessageId");
    to.sequence_number = from.text("SequenceNumber");
    return to;
}

template<class Entry>
result<receipt> decode_receipt(std::string_view operation, Entry& from, const message& sent) {
    const bool intact = protocol::md5_matches(from.text("MD5OfMessageBody"), sent.body()) &&
                        protocol::md5_matches(from.text("MD5OfMessageAttributes"), sent.attributes()) &&
                        protocol::md5_matches(from.text("MD5OfMessageSystemAttributes"), system_attributes_of(sent));
    return make_receipt(operation, from, intact);
}

struct send_message {
    using request = send_message_request;
    using reply = receipt;
    static constexpr operation_info info{"SendMessage", service_id::sqs};

    static void check(request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url)
            .also(check_queue_message(from.entry, protocol::is_fifo(from.queue_url)));
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        encode_message(writer, from.entry);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request& sent) {
        return decode_receipt(info.name, from, sent.entry);
    }
};

struct send_message_batch {
    using request = send_message_batch_request;
    using reply = batch_reply<receipt>;
    static constexpr operation_info info{"SendMessageBatch", service_id::sqs};

    static void check(request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url)
            .also(service::check_message_batch(from.entries, limits::sqs_batch_bytes, &check_queue_message,
                                               protocol::is_fifo(from.queue_url)));
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        writer.list("Entries", "SendMessageBatchRequestEntry", service::number(from.entries),
                    [](auto& w, const service::numbered<message>& entry) {
                        w.text("Id", std::to_string(entry.position));
                        encode_message(w, *entry.item);
                    });
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request& sent) {
        reply to;
        to.entries = service::decode_batch_results<receipt>(
            info.name, from, "SendMessageBatchResultEntry", "BatchResultErrorEntry", sent.entries.size(),
            [&sent](service::entry_texts<Cursor>& entry, std::size_t at) {
                return decode_receipt(info.name, entry, sent.entries[at]);
            });
        return to;
    }
};

struct receive_message {
    using request = receive_message_request;
    using reply = receive_message_reply;
    // Ten messages of 1 MiB whose every character is escaped as six bytes of XML.
    static constexpr operation_info info{"ReceiveMessage", service_id::sqs, std::size_t(64) << 20};

    static void check(request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url)
            .range("MaxNumberOfMessages", from.max_messages, 1, limits::max_messages)
            .range("WaitTimeSeconds", from.wait_time.count(), 0, limits::wait_seconds)
            .each_required("MessageAttributeNames", from.attribute_names)
            .each_required("MessageSystemAttributeNames", from.system_attribute_names);
        if (from.visibility_timeout) {
            rules.range("VisibilityTimeout", from.visibility_timeout->count(), 0, limits::visibility_seconds);
        }
        if (!from.receive_attempt_id.empty()) {
            rules.id("ReceiveRequestAttemptId", from.receive_attempt_id)
                .require(protocol::is_fifo(from.queue_url),
                         "ReceiveRequestAttemptId is \"" + from.receive_attempt_id +
                             "\": it is for FIFO queues only (their URL ends in .fifo)");
        }
    }
    static void adjust(calls::call_request& call, const request& from) {
        if (from.wait_time.count() > 0) call.lane = http_lane::long_poll;
        call.extra_time = from.wait_time;
    }

    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        writer.number("MaxNumberOfMessages", from.max_messages);
        writer.number("WaitTimeSeconds", from.wait_time.count());
        if (from.visibility_timeout) writer.number("VisibilityTimeout", from.visibility_timeout->count());
        service::encode_optional_list(writer, "MessageAttributeNames", "MessageAttributeName", from.attribute_names);
        // The older of the two names that JSON has for it: it is the Query one, and every server knows it.
        service::encode_optional_list(writer, "AttributeNames", "AttributeName", from.system_attribute_names);
        service::encode_optional(writer, "ReceiveRequestAttemptId", from.receive_attempt_id);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        from.list("Messages", "Message", [&to](const Cursor& entry) {
            received_message received;
            service::entry_texts<Cursor> texts(entry);
            received.message_id = texts.text("MessageId");
            received.receipt_handle = texts.text("ReceiptHandle");
            received.body = texts.text("Body");
            entry.structure_map(
                "MessageAttributes", "MessageAttribute", "Name", "Value", [&](std::string name, const Cursor& value) {
                    received.attributes.emplace_back(std::move(name), service::decode_attribute_value(value));
                });
            received.system_attributes = service::decode_text_map(entry, "Attributes", "Attribute", "Name", "Value");
            received.intact = protocol::md5_matches(texts.text("MD5OfBody"), received.body) &&
                              protocol::md5_matches(texts.text("MD5OfMessageAttributes"), received.attributes);
            to.messages.push_back(std::move(received));
        });
        return to;
    }
};

} // namespace sluice::sqs::operations
