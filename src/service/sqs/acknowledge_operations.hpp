// DeleteMessage, DeleteMessageBatch, ChangeMessageVisibility, ChangeMessageVisibilityBatch.
#pragma once

#include "protocol/limits.hpp"
#include "service/attributes_codec.hpp"
#include "service/batch_results.hpp"
#include "service/sqs/queue_operations.hpp"

#include <sluice/sqs/operations.hpp>

namespace sluice::sqs::operations {

inline void check_change(request_rules& rules, const visibility_change& change) {
    rules.required("ReceiptHandle", change.receipt_handle)
        .range("VisibilityTimeout", change.timeout.count(), 0, limits::visibility_seconds);
}

/// Both batches answer with ids only.
template<class Cursor>
batch_reply<void> decode_id_list(std::string_view operation, std::string_view success_name, const Cursor& from,
                                 std::size_t count) {
    batch_reply<void> to;
    to.entries =
        service::decode_batch_results<void>(operation, from, success_name, "BatchResultErrorEntry", count,
                                            [](service::entry_texts<Cursor>&, std::size_t) { return result<void>(); });
    return to;
}

struct delete_message {
    using request = delete_message_request;
    using reply = empty_reply;
    static constexpr operation_info info{"DeleteMessage", service_id::sqs};

    static void check(request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url).required("ReceiptHandle", from.receipt_handle);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        writer.text("ReceiptHandle", from.receipt_handle);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct delete_message_batch {
    using request = delete_message_batch_request;
    using reply = batch_reply<void>;
    static constexpr operation_info info{"DeleteMessageBatch", service_id::sqs};

    static void check(request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url)
            .count("the batch", from.receipt_handles.size(), 1, limits::batch_entries)
            .each_required("ReceiptHandle", from.receipt_handles);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        writer.list("Entries", "DeleteMessageBatchRequestEntry", service::number(from.receipt_handles),
                    [](auto& w, const service::numbered<std::string>& entry) {
                        w.text("Id", std::to_string(entry.position));
                        w.text("ReceiptHandle", *entry.item);
                    });
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request& sent) {
        return decode_id_list(info.name, "DeleteMessageBatchResultEntry", from, sent.receipt_handles.size());
    }
};

struct change_message_visibility {
    using request = change_message_visibility_request;
    using reply = empty_reply;
    static constexpr operation_info info{"ChangeMessageVisibility", service_id::sqs};

    static void check(request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url);
        check_change(rules, from.change);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        writer.text("ReceiptHandle", from.change.receipt_handle);
        writer.number("VisibilityTimeout", from.change.timeout.count());
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct change_message_visibility_batch {
    using request = change_message_visibility_batch_request;
    using reply = batch_reply<void>;
    static constexpr operation_info info{"ChangeMessageVisibilityBatch", service_id::sqs};

    static void check(request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url).count("the batch", from.changes.size(), 1, limits::batch_entries);
        for (const visibility_change& change : from.changes) check_change(rules, change);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        writer.list("Entries", "ChangeMessageVisibilityBatchRequestEntry", service::number(from.changes),
                    [](auto& w, const service::numbered<visibility_change>& entry) {
                        w.text("Id", std::to_string(entry.position));
                        w.text("ReceiptHandle", entry.item->receipt_handle);
                        w.number("VisibilityTimeout", entry.item->timeout.count());
                    });
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request& sent) {
        return decode_id_list(info.name, "ChangeMessageVisibilityBatchResultEntry", from, sent.changes.size());
    }
};

} // namespace sluice::sqs::operations
