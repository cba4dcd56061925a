// ListQueues, ListDeadLetterSourceQueues.
#pragma once

#include "client/operation_info.hpp"
#include "protocol/limits.hpp"
#include "service/request_rules.hpp"
#include "service/text_members.hpp"

#include <sluice/sqs/operations.hpp>

namespace sluice::sqs::operations {

struct list_queues {
    using request = list_queues_request;
    using reply = queue_page;
    static constexpr calls::operation_info info{"ListQueues", calls::service_id::sqs};

    static void check(service::request_rules& rules, const request& from) {
        rules.length("QueueNamePrefix", from.prefix, 0, limits::queue_name_length)
            .characters("QueueNamePrefix", from.prefix, service::queue_name_characters)
            .text("NextToken", from.next_token);
        if (from.max_results) rules.range("MaxResults", *from.max_results, 1, limits::listed_queues);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        service::encode_optional(writer, "QueueNamePrefix", from.prefix);
        service::encode_optional(writer, "NextToken", from.next_token);
        service::encode_optional_number(writer, "MaxResults", from.max_results);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        to.queue_urls = service::decode_text_list(from, "QueueUrls", "QueueUrl");
        to.next_token = from.text("NextToken");
        return to;
    }
};

struct list_dead_letter_source_queues {
    using request = list_dead_letter_source_queues_request;
    using reply = queue_page;
    static constexpr calls::operation_info info{"ListDeadLetterSourceQueues", calls::service_id::sqs};

    static void check(service::request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url).text("NextToken", from.next_token);
        if (from.max_results) rules.range("MaxResults", *from.max_results, 1, limits::listed_queues);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        service::encode_optional(writer, "NextToken", from.next_token);
        service::encode_optional_number(writer, "MaxResults", from.max_results);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        // Lower case, unlike in ListQueues: the service's own spelling.
        to.queue_urls = service::decode_text_list(from, "queueUrls", "QueueUrl");
        to.next_token = from.text("NextToken");
        return to;
    }
};

} // namespace sluice::sqs::operations
