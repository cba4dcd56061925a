// What belongs to the upkeep of queues: permissions, tags, and moving messages out of dead-letter queues.
// Source: Amazon SQS API reference, 2012-11-05. Values outside of the ranges stated here are refused before sending.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sqs {

/// Adds a statement to the queue's policy.
struct add_permission_request {
    explicit add_permission_request(std::string url = {}, std::string statement = {})
        : queue_url(std::move(url)), label(std::move(statement)) {}

    std::string queue_url;
    std::string label;                    ///< of the statement: 1 to 80 of `A-Za-z0-9_-`
    std::vector<std::string> account_ids; ///< who is allowed: at least one AWS account of 12 digits
    std::vector<std::string> actions;     ///< what is allowed: 1 to 7 such as `SendMessage`, or `*`
};

struct remove_permission_request {
    explicit remove_permission_request(std::string url = {}, std::string statement = {})
        : queue_url(std::move(url)), label(std::move(statement)) {}

    std::string queue_url;
    std::string label;
};

/// Adds tags; a tag whose key is there already gets the new value.
struct tag_queue_request {
    explicit tag_queue_request(std::string url = {}, std::map<std::string, std::string> added = {})
        : queue_url(std::move(url)), tags(std::move(added)) {}

    std::string queue_url;
    std::map<std::string, std::string> tags; ///< 1 to 50; keys of 1 to 128 characters, values of at most 256
};

struct untag_queue_request {
    explicit untag_queue_request(std::string url = {}, std::vector<std::string> removed = {})
        : queue_url(std::move(url)), keys(std::move(removed)) {}

    std::string queue_url;
    std::vector<std::string> keys; ///< 1 to 50
};

struct list_queue_tags_request {
    explicit list_queue_tags_request(std::string url = {}) : queue_url(std::move(url)) {}
    std::string queue_url;
};

struct queue_tags_reply {
    queue_tags_reply() = default;
    std::map<std::string, std::string> tags;
};

/// Moves the messages of a dead-letter queue back. One task at a time for each source.
struct start_message_move_task_request {
    explicit start_message_move_task_request(std::string source = {}) : source_arn(std::move(source)) {}

    std::string source_arn;                     ///< the dead-letter queue
    std::string destination_arn;                ///< empty: each message goes back to the queue it came from
    std::optional<int> max_messages_per_second; ///< 1 to 500; not set: SQS decides
};

struct start_message_move_task_reply {
    start_message_move_task_reply() = default;
    std::string task_handle;
};

struct cancel_message_move_task_request {
    explicit cancel_message_move_task_request(std::string handle = {}) : task_handle(std::move(handle)) {}
    std::string task_handle; ///< of a task that runs
};

struct cancel_message_move_task_reply {
    cancel_message_move_task_reply() = default;
    std::int64_t messages_moved = 0; ///< approximately; they are not moved back
};

/// The latest tasks of a source, the newest first.
struct list_message_move_tasks_request {
    explicit list_message_move_tasks_request(std::string source = {}) : source_arn(std::move(source)) {}

    std::string source_arn;
    std::optional<int> max_results; ///< 1 to 10; not set: 1
};

struct message_move_task {
    message_move_task() = default;

    std::string task_handle; ///< only of a task that runs
    std::string status;      ///< `RUNNING`, `COMPLETED`, `CANCELLING`, `CANCELLED` or `FAILED`
    std::string source_arn;
    std::string destination_arn;                  ///< empty: back to where they came from
    std::optional<int> max_messages_per_second;   ///< where the task was started with it
    std::int64_t messages_moved = 0;              ///< approximately
    std::optional<std::int64_t> messages_to_move; ///< approximately, as counted at the start; only of a task that runs
    std::string failure_reason;                   ///< only of a failed task
    std::chrono::system_clock::time_point started;
};

struct list_message_move_tasks_reply {
    list_message_move_tasks_reply() = default;
    std::vector<message_move_task> tasks;
};

} // namespace sluice::sqs
