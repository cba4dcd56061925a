// The operations of SNS, one member each. `sns::writer` is what most programs want instead.
#pragma once

#include <sluice/export.hpp>
#include <sluice/pages.hpp>
#include <sluice/raw_reply.hpp>
#include <sluice/sns/operations.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace sluice::calls {
class caller;
}

namespace sluice::sns {

/// Errors, checks before sending, cancellation, threads and lifetime as in `sqs::client`.
/// Source: Amazon SNS API reference, 2010-03-31.
class SLUICE_API client {
  public:
    explicit client(std::shared_ptr<sluice::calls::caller> caller) : caller_(std::move(caller)) {}

    /// Idempotent: answers with the ARN of the topic of that name, new or not.
    boost::asio::awaitable<create_topic_reply> create_topic(create_topic_request request) const;
    boost::asio::awaitable<empty_reply> delete_topic(delete_topic_request request) const;
    boost::asio::awaitable<topic_page> list_topics(list_topics_request request = list_topics_request()) const;
    boost::asio::awaitable<attributes_reply> get_topic_attributes(get_topic_attributes_request request) const;
    boost::asio::awaitable<empty_reply> set_topic_attributes(set_topic_attributes_request request) const;
    boost::asio::awaitable<data_protection_policy_reply>
    get_data_protection_policy(get_data_protection_policy_request request) const;
    boost::asio::awaitable<empty_reply> put_data_protection_policy(put_data_protection_policy_request request) const;
    /// All topics, 100 to a page.
    pages<topic_page> topic_pages(list_topics_request request = list_topics_request()) const;

    boost::asio::awaitable<subscribe_reply> subscribe(subscribe_request request) const;
    boost::asio::awaitable<subscribe_reply> confirm_subscription(confirm_subscription_request request) const;
    boost::asio::awaitable<empty_reply> unsubscribe(unsubscribe_request request) const;
    boost::asio::awaitable<subscription_page>
    list_subscriptions(list_subscriptions_request request = list_subscriptions_request()) const;
    boost::asio::awaitable<subscription_page>
    list_subscriptions_by_topic(list_subscriptions_by_topic_request request) const;
    boost::asio::awaitable<attributes_reply>
    get_subscription_attributes(get_subscription_attributes_request request) const;
    boost::asio::awaitable<empty_reply> set_subscription_attributes(set_subscription_attributes_request request) const;
    /// All subscriptions, or those of one topic, 100 to a page.
    pages<subscription_page>
    subscription_pages(list_subscriptions_request request = list_subscriptions_request()) const;
    pages<subscription_page> subscription_by_topic_pages(list_subscriptions_by_topic_request request) const;

    boost::asio::awaitable<empty_reply> add_permission(add_permission_request request) const;
    boost::asio::awaitable<empty_reply> remove_permission(remove_permission_request request) const;
    boost::asio::awaitable<empty_reply> tag_resource(tag_resource_request request) const;
    boost::asio::awaitable<empty_reply> untag_resource(untag_resource_request request) const;
    boost::asio::awaitable<tags_reply> list_tags_for_resource(list_tags_for_resource_request request) const;

    boost::asio::awaitable<receipt> publish(publish_request request) const;
    boost::asio::awaitable<publish_batch_reply> publish_batch(publish_batch_request request) const;

    /// Any operation of SNS by its name, such as those for SMS and mobile push: signed, retried and cancelled as the
    /// others, with the parameters as given and the reply as it came. `Action` and `Version` are added.
    boost::asio::awaitable<raw_reply> call(std::string operation, query_parameters parameters = {}) const;

  private:
    std::shared_ptr<sluice::calls::caller> caller_;
};

} // namespace sluice::sns
