// The requests and replies of SNS. Topics and subscriptions are named by their ARNs.
#pragma once

#include <sluice/error.hpp>
#include <sluice/message.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sns {

using attribute_map = std::map<std::string, std::string>;

struct empty_reply {
    empty_reply() = default;
};

struct create_topic_request {
    explicit create_topic_request(std::string topic_name = {}) : name(std::move(topic_name)) {}

    std::string name;
    attribute_map attributes;
    attribute_map tags;
};

struct create_topic_reply {
    create_topic_reply() = default;
    std::string topic_arn;
};

struct delete_topic_request {
    explicit delete_topic_request(std::string arn = {}) : topic_arn(std::move(arn)) {}
    std::string topic_arn;
};

struct subscribe_request {
    explicit subscribe_request(std::string arn = {}, std::string subscribed = {})
        : topic_arn(std::move(arn)), endpoint(std::move(subscribed)) {}

    std::string topic_arn;
    std::string protocol = "sqs";
    std::string endpoint;     ///< the queue's ARN for `sqs`
    attribute_map attributes; ///< such as `RawMessageDelivery`, `FilterPolicy`
};

struct subscribe_reply {
    subscribe_reply() = default;
    std::string subscription_arn;
};

struct set_subscription_attributes_request {
    explicit set_subscription_attributes_request(std::string arn = {}, std::string attribute_name = {},
                                                 std::string attribute_value = {})
        : subscription_arn(std::move(arn)), name(std::move(attribute_name)), value(std::move(attribute_value)) {}

    std::string subscription_arn;
    std::string name;
    std::string value;
};

struct publish_request {
    explicit publish_request(std::string arn = {}, message content = {})
        : topic_arn(std::move(arn)), entry(std::move(content)) {}

    std::string topic_arn;
    message entry;
};

/// One to ten messages; together at most the topic's message size (256 KiB unless raised).
struct publish_batch_request {
    explicit publish_batch_request(std::string arn = {}, std::vector<message> messages = {})
        : topic_arn(std::move(arn)), entries(std::move(messages)) {}

    std::string topic_arn;
    std::vector<message> entries;
};

/// One result for each entry of the request, in its order. An entry that the service's answer does not name ends as
/// `errc::unknown_outcome`.
struct publish_batch_reply {
    publish_batch_reply() = default;
    std::vector<result<receipt>> entries;
};

} // namespace sluice::sns
