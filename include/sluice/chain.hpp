// Topic-queue chaining: one topic, a queue for each service that reads it, and what ties them together.
#pragma once

#include <sluice/error.hpp>
#include <sluice/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// A queue of a chain.
struct chain_queue {
    chain_queue() = default;
    explicit chain_queue(std::string queue_name, std::string filter = {})
        : name(std::move(queue_name)), filter_policy(std::move(filter)) {}

    std::string name;          ///< created when it does not exist
    std::string filter_policy; ///< JSON object on message attributes; empty: every message
    bool raw_delivery = true;  ///< the message itself; false: wrapped in SNS's JSON envelope
    /// Set on the queue when it is created, such as `VisibilityTimeout`; an existing queue keeps its own.
    std::map<std::string, std::string> attributes;
};

/// What a chain consists of, once it stands.
struct chain_links {
    struct link {
        link() = default;
        std::string queue_name, queue_url, queue_arn, subscription_arn;
    };

    chain_links() = default;
    std::string topic_arn;
    std::vector<link> queues; ///< in the order of the chain's definition
};

/// The definition of a chain. `ensure` makes it so, and may be repeated by every service at every start.
class chain {
  public:
    explicit chain(std::string topic_name) : topic_(std::move(topic_name)) {}

    chain& queue(chain_queue queue) {
        queues_.push_back(std::move(queue));
        return *this;
    }
    chain& queue(std::string name, std::string filter_policy = {}) {
        return queue(chain_queue(std::move(name), std::move(filter_policy)));
    }

    /// Creates what is missing: the topic, the queues, for each queue a policy statement that lets the topic send to it
    /// (other statements stay), and the subscription with its filter and delivery. Existing subscriptions get these
    /// settings; other queues of the topic are left alone.
    ///
    /// Errors (thrown as `sluice::error`): `errc::invalid_argument` for names or filters that cannot be, before
    /// anything is created; else those of the operations. After a failure, call it again: it goes on where it stopped.
    /// Cancellation: between two operations, as for `sqs::client`.
    [[nodiscard]] boost::asio::awaitable<chain_links> ensure(const session& session) const;

  private:
    std::string topic_;
    std::vector<chain_queue> queues_;
};

} // namespace sluice
