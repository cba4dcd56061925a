// Topics: made, listed, changed, deleted; their permissions, tags and data protection policies.
// Source: Amazon SNS API reference, 2010-03-31. Values outside of the ranges stated here are refused before sending.
#pragma once

#include <sluice/export.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sns {

using attribute_map = std::map<std::string, std::string>;

/// For operations that answer with nothing but success.
struct empty_reply {
    empty_reply() = default;
};

struct create_topic_request {
    explicit create_topic_request(std::string topic_name = {}) : name(std::move(topic_name)) {}

    std::string name;         ///< 1 to 256 of `A-Za-z0-9_-`; FIFO topics end in `.fifo` and have `FifoTopic` = `true`
    attribute_map attributes; ///< such as `DisplayName`, `Policy`, `KmsMasterKeyId`
    attribute_map tags;       ///< at most 50; keys of 1 to 128 characters, values of at most 256
    std::string data_protection_policy; ///< JSON, at most 30,720 characters; empty: none
};

struct create_topic_reply {
    create_topic_reply() = default;
    std::string topic_arn;
};

struct delete_topic_request {
    explicit delete_topic_request(std::string arn = {}) : topic_arn(std::move(arn)) {}
    std::string topic_arn;
};

struct list_topics_request {
    explicit list_topics_request(std::string token = {}) : next_token(std::move(token)) {}
    std::string next_token; ///< of the page before; empty: the first 100
};

struct SLUICE_API topic_page {
    topic_page() = default;
    std::vector<std::string> topic_arns;
    std::string next_token; ///< empty on the last page
};

struct get_topic_attributes_request {
    explicit get_topic_attributes_request(std::string arn = {}) : topic_arn(std::move(arn)) {}
    std::string topic_arn;
};

/// Of a topic or a subscription.
struct attributes_reply {
    attributes_reply() = default;
    attribute_map attributes;
};

struct set_topic_attributes_request {
    explicit set_topic_attributes_request(std::string arn = {}, std::string attribute_name = {},
                                          std::string attribute_value = {})
        : topic_arn(std::move(arn)), name(std::move(attribute_name)), value(std::move(attribute_value)) {}

    std::string topic_arn;
    std::string name;  ///< such as `Policy`, `MaximumMessageSize` (1,024 to 1,048,576)
    std::string value; ///< empty: the attribute's default
};

struct get_data_protection_policy_request {
    explicit get_data_protection_policy_request(std::string arn = {}) : topic_arn(std::move(arn)) {}
    std::string topic_arn;
};

struct data_protection_policy_reply {
    data_protection_policy_reply() = default;
    std::string policy; ///< JSON; empty: the topic has none
};

struct put_data_protection_policy_request {
    explicit put_data_protection_policy_request(std::string arn = {}, std::string document = {})
        : topic_arn(std::move(arn)), policy(std::move(document)) {}

    std::string topic_arn;
    std::string policy; ///< JSON, at most 30,720 characters
};

/// Adds a statement to the topic's policy.
struct add_permission_request {
    explicit add_permission_request(std::string arn = {}, std::string statement = {})
        : topic_arn(std::move(arn)), label(std::move(statement)) {}

    std::string topic_arn;
    std::string label;                    ///< of the statement
    std::vector<std::string> account_ids; ///< who is allowed: at least one AWS account of 12 digits
    std::vector<std::string> actions;     ///< what is allowed: at least one such as `Publish`
};

struct remove_permission_request {
    explicit remove_permission_request(std::string arn = {}, std::string statement = {})
        : topic_arn(std::move(arn)), label(std::move(statement)) {}

    std::string topic_arn;
    std::string label;
};

/// Adds tags to a topic; a tag whose key is there already gets the new value.
struct tag_resource_request {
    explicit tag_resource_request(std::string arn = {}, attribute_map added = {})
        : resource_arn(std::move(arn)), tags(std::move(added)) {}

    std::string resource_arn;
    attribute_map tags; ///< 1 to 50; keys of 1 to 128 characters, values of at most 256
};

struct untag_resource_request {
    explicit untag_resource_request(std::string arn = {}, std::vector<std::string> removed = {})
        : resource_arn(std::move(arn)), keys(std::move(removed)) {}

    std::string resource_arn;
    std::vector<std::string> keys; ///< 1 to 50
};

struct list_tags_for_resource_request {
    explicit list_tags_for_resource_request(std::string arn = {}) : resource_arn(std::move(arn)) {}
    std::string resource_arn;
};

struct tags_reply {
    tags_reply() = default;
    attribute_map tags;
};

} // namespace sluice::sns
