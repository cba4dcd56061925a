// Messages: sent, received, deleted, made visible again.
// Source: Amazon SQS API reference, 2012-11-05. Values outside of the ranges stated here are refused before sending.
#pragma once

#include <sluice/error.hpp>
#include <sluice/message.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sqs {

struct send_message_request {
    explicit send_message_request(std::string url = {}, message content = {})
        : queue_url(std::move(url)), entry(std::move(content)) {}

    std::string queue_url;
    message entry;
};

/// One to ten messages, 1 MiB together.
struct send_message_batch_request {
    explicit send_message_batch_request(std::string url = {}, std::vector<message> messages = {})
        : queue_url(std::move(url)), entries(std::move(messages)) {}

    std::string queue_url;
    std::vector<message> entries;
};

/// One result for each entry of the request, in its order. An entry that the service's answer does not name ends as
/// `errc::unknown_outcome`.
template<class T>
struct batch_reply {
    batch_reply() = default;
    std::vector<result<T>> entries;
};

struct receive_message_request {
    explicit receive_message_request(std::string url = {}) : queue_url(std::move(url)) {}

    std::string queue_url;
    int max_messages = 10;                                  ///< 1 to 10
    std::chrono::seconds wait_time{0};                      ///< 0 to 20 s
    std::optional<std::chrono::seconds> visibility_timeout; ///< 0 to 12 h; not set: the queue's own
    std::vector<std::string> attribute_names{"All"};        ///< of message attributes
    std::vector<std::string> system_attribute_names{"All"}; ///< such as `SentTimestamp`, `ApproximateReceiveCount`
    /// FIFO queues only, 1 to 128 printable characters: for five minutes the same id gives the same messages again, as
    /// long as their visibility was not changed. For a program that does not know whether its receive was answered.
    std::string receive_attempt_id;
};

struct received_message {
    received_message() = default;

    std::string message_id;
    std::string receipt_handle;
    std::string body;
    std::vector<named_attribute> attributes;
    std::map<std::string, std::string>
        system_attributes; ///< such as `ApproximateReceiveCount`, `SentTimestamp` (epoch milliseconds)
    bool intact = true;    ///< false: body or attributes do not have the MD5 sum that the service states
};

struct receive_message_reply {
    receive_message_reply() = default;
    std::vector<received_message> messages;
};

struct delete_message_request {
    explicit delete_message_request(std::string url = {}, std::string handle = {})
        : queue_url(std::move(url)), receipt_handle(std::move(handle)) {}

    std::string queue_url;
    std::string receipt_handle;
};

struct delete_message_batch_request {
    explicit delete_message_batch_request(std::string url = {}, std::vector<std::string> handles = {})
        : queue_url(std::move(url)), receipt_handles(std::move(handles)) {}

    std::string queue_url;
    std::vector<std::string> receipt_handles; ///< one to ten
};

/// From now on, `timeout` until the message can be received again: 0 to 12 h after it was received.
struct visibility_change {
    visibility_change() = default;
    visibility_change(std::string handle, std::chrono::seconds time)
        : receipt_handle(std::move(handle)), timeout(time) {}

    std::string receipt_handle;
    std::chrono::seconds timeout{0};
};

struct change_message_visibility_request {
    explicit change_message_visibility_request(std::string url = {}, visibility_change wanted = {})
        : queue_url(std::move(url)), change(std::move(wanted)) {}

    std::string queue_url;
    visibility_change change;
};

struct change_message_visibility_batch_request {
    explicit change_message_visibility_batch_request(std::string url = {}, std::vector<visibility_change> wanted = {})
        : queue_url(std::move(url)), changes(std::move(wanted)) {}

    std::string queue_url;
    std::vector<visibility_change> changes; ///< one to ten
};

} // namespace sluice::sqs
