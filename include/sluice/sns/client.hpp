// The operations of SNS, one member each. `sns::writer` is what most programs want instead.
#pragma once

#include <sluice/sns/operations.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace sluice::calls {
class caller;
}

namespace sluice::sns {

/// Errors, cancellation, threads and lifetime as in `sqs::client`.
/// Source: Amazon SNS API reference, 2010-03-31.
class client {
  public:
    explicit client(std::shared_ptr<sluice::calls::caller> caller) : caller_(std::move(caller)) {}

    /// Idempotent: answers with the ARN of the topic of that name, new or not.
    boost::asio::awaitable<create_topic_reply> create_topic(create_topic_request request) const;
    boost::asio::awaitable<empty_reply> delete_topic(delete_topic_request request) const;
    boost::asio::awaitable<subscribe_reply> subscribe(subscribe_request request) const;
    boost::asio::awaitable<empty_reply> set_subscription_attributes(set_subscription_attributes_request request) const;

    boost::asio::awaitable<receipt> publish(publish_request request) const;
    boost::asio::awaitable<publish_batch_reply> publish_batch(publish_batch_request request) const;

  private:
    std::shared_ptr<sluice::calls::caller> caller_;
};

} // namespace sluice::sns
