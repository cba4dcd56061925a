// Messages: to a topic, or to one receiver.
// Source: Amazon SNS API reference, 2010-03-31. Values outside of the ranges stated here are refused before sending.
#pragma once

#include <sluice/error.hpp>
#include <sluice/message.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice::sns {

/// To a topic, unless one of the other receivers is given instead.
struct publish_request {
    explicit publish_request(std::string arn = {}, message content = {})
        : topic_arn(std::move(arn)), entry(std::move(content)) {}

    std::string topic_arn;
    std::string target_arn;   ///< instead of a topic: the endpoint of a mobile app
    std::string phone_number; ///< instead of a topic: `+` and 1 to 15 digits (E.164); at most 1,600 characters of text
    message entry;
};

/// One to ten messages; together at most the topic's message size (256 KiB unless raised, at most 1 MiB).
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
