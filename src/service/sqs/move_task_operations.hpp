// StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks.
#pragma once

#include "client/operation_info.hpp"
#include "protocol/limits.hpp"
#include "service/request_rules.hpp"
#include "service/required_member.hpp"
#include "service/text_members.hpp"

#include <sluice/sqs/operations.hpp>

namespace sluice::sqs::operations {

struct start_message_move_task {
    using request = start_message_move_task_request;
    using reply = start_message_move_task_reply;
    static constexpr calls::operation_info info{"StartMessageMoveTask", calls::service_id::sqs};

    static void check(service::request_rules& rules, const request& from) {
        rules.arn_of("sqs", "SourceArn", from.source_arn);
        if (!from.destination_arn.empty()) rules.arn_of("sqs", "DestinationArn", from.destination_arn);
        if (from.max_messages_per_second) {
            rules.range("MaxNumberOfMessagesPerSecond", *from.max_messages_per_second, 1,
                        limits::moved_messages_per_second);
        }
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("SourceArn", from.source_arn);
        service::encode_optional(writer, "DestinationArn", from.destination_arn);
        service::encode_optional_number(writer, "MaxNumberOfMessagesPerSecond", from.max_messages_per_second);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        auto handle = service::required_text(info.name, from, "TaskHandle");
        if (!handle) return handle.error();
        reply to;
        to.task_handle = std::move(*handle);
        return to;
    }
};

struct cancel_message_move_task {
    using request = cancel_message_move_task_request;
    using reply = cancel_message_move_task_reply;
    static constexpr calls::operation_info info{"CancelMessageMoveTask", calls::service_id::sqs};

    static void check(service::request_rules& rules, const request& from) {
        rules.required("TaskHandle", from.task_handle);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("TaskHandle", from.task_handle);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        to.messages_moved = from.number("ApproximateNumberOfMessagesMoved").value_or(0);
        return to;
    }
};

struct list_message_move_tasks {
    using request = list_message_move_tasks_request;
    using reply = list_message_move_tasks_reply;
    static constexpr calls::operation_info info{"ListMessageMoveTasks", calls::service_id::sqs};

    static void check(service::request_rules& rules, const request& from) {
        rules.arn_of("sqs", "SourceArn", from.source_arn);
        if (from.max_results) rules.range("MaxResults", *from.max_results, 1, limits::listed_move_tasks);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("SourceArn", from.source_arn);
        service::encode_optional_number(writer, "MaxResults", from.max_results);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        from.list("Results", "ListMessageMoveTasksResultEntry", [&to](const Cursor& entry) {
            message_move_task task;
            task.task_handle = entry.text("TaskHandle");
            task.status = entry.text("Status");
            task.source_arn = entry.text("SourceArn");
            task.destination_arn = entry.text("DestinationArn");
            if (const auto rate = entry.number("MaxNumberOfMessagesPerSecond")) {
                task.max_messages_per_second = static_cast<int>(*rate);
            }
            task.messages_moved = entry.number("ApproximateNumberOfMessagesMoved").value_or(0);
            task.messages_to_move = entry.number("ApproximateNumberOfMessagesToMove");
            task.failure_reason = entry.text("FailureReason");
            task.started = std::chrono::system_clock::time_point(
                std::chrono::milliseconds(entry.number("StartedTimestamp").value_or(0)));
            to.tasks.push_back(std::move(task));
        });
        return to;
    }
};

} // namespace sluice::sqs::operations
