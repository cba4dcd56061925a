// The requests and replies of SQS. A queue is named by its URL here; `sqs::writer` and `sqs::reader` also take names
// and ARNs. Ranges are those of the SQS API reference; what is out of range is refused by the service.
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

using attribute_map = std::map<std::string, std::string>;

/// For operations that answer with nothing but success.
struct empty_reply {
    empty_reply() = default;
};

struct create_queue_request {
    explicit create_queue_request(std::string queue_name = {}) : name(std::move(queue_name)) {}

    std::string name;
    attribute_map attributes; ///< such as `VisibilityTimeout`, `Policy`, `RedrivePolicy`
    attribute_map tags;
};

struct queue_url_reply {
    queue_url_reply() = default;
    std::string queue_url;
};

struct get_queue_url_request {
    explicit get_queue_url_request(std::string queue_name = {}) : name(std::move(queue_name)) {}

    std::string name;
    std::string owner_account_id; ///< empty: the caller's account
};

struct get_queue_attributes_request {
    explicit get_queue_attributes_request(std::string url = {}) : queue_url(std::move(url)) {}

    std::string queue_url;
    std::vector<std::string> names{"All"};
};

struct queue_attributes_reply {
    queue_attributes_reply() = default;
    attribute_map attributes;
};

struct set_queue_attributes_request {
    explicit set_queue_attributes_request(std::string url = {}) : queue_url(std::move(url)) {}

    std::string queue_url;
    attribute_map attributes;
};

struct delete_queue_request {
    explicit delete_queue_request(std::string url = {}) : queue_url(std::move(url)) {}
    std::string queue_url;
};

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
    std::vector<std::string> system_attribute_names{"All"};
};

struct received_message {
    received_message() = default;

    std::string message_id;
    std::string receipt_handle;
    std::string body;
    std::vector<named_attribute> attributes;
    attribute_map system_attributes; ///< such as `ApproximateReceiveCount`, `SentTimestamp` (epoch milliseconds)
    bool intact = true;              ///< false: body or attributes do not have the MD5 sum that the service states
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
