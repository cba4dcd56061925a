// Subscriptions: made, confirmed, listed, changed, ended.
// Source: Amazon SNS API reference, 2010-03-31. Values outside of the ranges stated here are refused before sending.
#pragma once

#include <sluice/export.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sns {

struct subscribe_request {
    explicit subscribe_request(std::string arn = {}, std::string subscribed = {})
        : topic_arn(std::move(arn)), endpoint(std::move(subscribed)) {}

    std::string topic_arn;
    /// `sqs`, `lambda`, `firehose` and `application` take ARNs, `http` and `https` URLs, `email`, `email-json`
    /// addresses, `sms` telephone numbers.
    std::string protocol = "sqs";
    std::string endpoint;                          ///< the queue's ARN for `sqs`
    std::map<std::string, std::string> attributes; ///< such as `RawMessageDelivery`, `FilterPolicy`
};

struct subscribe_reply {
    subscribe_reply() = default;
    std::string subscription_arn; ///< also of a subscription that still waits for its confirmation
};

struct confirm_subscription_request {
    explicit confirm_subscription_request(std::string arn = {}, std::string sent_token = {})
        : topic_arn(std::move(arn)), token(std::move(sent_token)) {}

    std::string topic_arn;
    std::string token; ///< from the message to the endpoint; good for two days
    /// Only the subscription's and the topic's owners may end it then.
    bool authenticate_on_unsubscribe = false;
};

struct unsubscribe_request {
    explicit unsubscribe_request(std::string arn = {}) : subscription_arn(std::move(arn)) {}
    std::string subscription_arn;
};

struct list_subscriptions_request {
    explicit list_subscriptions_request(std::string token = {}) : next_token(std::move(token)) {}
    std::string next_token; ///< of the page before; empty: the first 100
};

struct list_subscriptions_by_topic_request {
    explicit list_subscriptions_by_topic_request(std::string arn = {}) : topic_arn(std::move(arn)) {}

    std::string topic_arn;
    std::string next_token; ///< of the page before; empty: the first 100
};

struct subscription {
    subscription() = default;

    std::string subscription_arn; ///< or `PendingConfirmation`
    std::string owner;            ///< the AWS account
    std::string protocol;
    std::string endpoint;
    std::string topic_arn;
};

struct SLUICE_API subscription_page {
    subscription_page() = default;
    std::vector<subscription> subscriptions;
    std::string next_token; ///< empty on the last page
};

struct get_subscription_attributes_request {
    explicit get_subscription_attributes_request(std::string arn = {}) : subscription_arn(std::move(arn)) {}
    std::string subscription_arn;
};

struct set_subscription_attributes_request {
    explicit set_subscription_attributes_request(std::string arn = {}, std::string attribute_name = {},
                                                 std::string attribute_value = {})
        : subscription_arn(std::move(arn)), name(std::move(attribute_name)), value(std::move(attribute_value)) {}

    std::string subscription_arn;
    std::string name;
    std::string value; ///< empty: the attribute's default
};

} // namespace sluice::sns
