// A temporary queue that a topic delivers to: made, kept alive, removed; and what killed ones have left, swept.
#pragma once

#include <sluice/session.hpp>
#include <sluice/sns/client.hpp>
#include <sluice/sqs/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace sluice::cli {

struct listener_order {
    std::string topic_arn;
    std::string filter_policy; ///< JSON; empty: all messages
    bool filter_on_body = false;
    /// Others may remove the queue when its owner has not renewed its expiry for so long; it does at a third of it.
    std::chrono::seconds lifetime = std::chrono::hours(1);
};

class topic_listener {
  public:
    topic_listener(const session& session, listener_order order)
        : sqs_(session.sqs()), sns_(session.sns()), order_(std::move(order)) {}

    /// Makes the queue, lets the topic send to it, subscribes it. What it made before it failed is removed by `close`.
    boost::asio::awaitable<void> open();
    /// Once in a third of the lifetime.
    boost::asio::awaitable<void> renew() const;
    /// Ends the subscription, then deletes the queue. Throws when either could not be done: the queue, and with it the
    /// subscription, is then found by a later sweep.
    boost::asio::awaitable<void> close();

    [[nodiscard]] const std::string& queue_url() const noexcept { return queue_url_; }

    /// Removes expired temporary queues of this account and region, and their subscriptions. Returns how many.
    /// Throws `sluice::error` when it may not look; what cannot be removed is told on standard error.
    static boost::asio::awaitable<std::size_t> sweep(session session);

  private:
    [[nodiscard]] std::chrono::system_clock::time_point expiry() const {
        return std::chrono::system_clock::now() + order_.lifetime;
    }

    sqs::client sqs_;
    sns::client sns_;
    listener_order order_;
    std::string queue_url_;
    std::string subscription_arn_; ///< empty also where the answer to the request was lost
};

} // namespace sluice::cli
