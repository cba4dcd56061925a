// Queues: made, looked up, listed, changed, emptied, deleted.
// Source: Amazon SQS API reference, 2012-11-05. Values outside of the ranges stated here are refused before sending.
#pragma once

#include <sluice/export.hpp>

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

    std::string name;         ///< 1 to 80 of `A-Za-z0-9_-`; FIFO queues end in `.fifo` and have `FifoQueue` = `true`
    attribute_map attributes; ///< such as `VisibilityTimeout`, `Policy`, `RedrivePolicy`
    attribute_map tags;       ///< at most 50; keys of 1 to 128 characters, values of at most 256
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

/// Deletes all messages; at most once in 60 s. Messages sent before and shortly after the call may be deleted too.
struct purge_queue_request {
    explicit purge_queue_request(std::string url = {}) : queue_url(std::move(url)) {}
    std::string queue_url;
};

struct list_queues_request {
    explicit list_queues_request(std::string name_prefix = {}) : prefix(std::move(name_prefix)) {}

    std::string prefix;             ///< of the names, at most 80 characters; empty: all queues
    std::optional<int> max_results; ///< 1 to 1000; without it SQS gives at most 1000 and no token to go on with
    std::string next_token;         ///< of the page before; needs `max_results`
};

/// The queues whose `RedrivePolicy` names this one as their dead-letter queue.
struct list_dead_letter_source_queues_request {
    explicit list_dead_letter_source_queues_request(std::string url = {}) : queue_url(std::move(url)) {}

    std::string queue_url;
    std::optional<int> max_results; ///< 1 to 1000; without it SQS gives at most 1000 and no token to go on with
    std::string next_token;         ///< of the page before; needs `max_results`
};

struct SLUICE_API queue_page {
    queue_page() = default;
    std::vector<std::string> queue_urls;
    std::string next_token; ///< empty on the last page
};

} // namespace sluice::sqs
