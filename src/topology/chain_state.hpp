// What is wanted, with all names resolved, and what was found. Values only.
#pragma once

#include <sluice/chain.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::topology {

using attribute_map = std::map<std::string, std::string>;

/// A definition that can be, with every queue that it names.
struct wanted_chain {
    wanted_chain() = default;

    chain_topic topic;
    /// A queue stands after those that it needs: its dead-letter queue and its queue for what cannot be delivered.
    std::vector<chain_queue> queues;
    /// Names in the order of the definition; then those that it only names.
    std::vector<std::string> order;

    [[nodiscard]] const chain_queue* queue(const std::string& name) const;
    /// The topic sends to it: it is subscribed, or takes what cannot be delivered to another.
    [[nodiscard]] bool receives(const std::string& name) const;
};

using wanted_ptr = std::shared_ptr<const wanted_chain>;

/// Where the chain is. Without an account, nothing that is there told which one it is.
struct chain_place {
    chain_place() = default;

    std::string partition = "aws", region, account;

    [[nodiscard]] std::string topic_arn(const std::string& name) const { return arn("sns", name); }
    /// `reference` is a name, or an ARN that stays as it is.
    [[nodiscard]] std::string queue_arn(const std::string& reference) const {
        return reference.starts_with("arn:") ? reference : arn("sqs", reference);
    }

  private:
    [[nodiscard]] std::string arn(const char* service, const std::string& name) const {
        return "arn:" + partition + ":" + service + ":" + region + ":" + (account.empty() ? "?" : account) + ":" + name;
    }
};

struct found_topic {
    found_topic() = default;
    std::string arn;
    attribute_map attributes;
    attribute_map tags; ///< only where the chain states some
};

struct found_queue {
    found_queue() = default;
    std::string url;
    std::string arn;
    attribute_map attributes;
    attribute_map tags; ///< only where the chain states some
};

struct found_subscription {
    found_subscription() = default;
    std::string arn; ///< or `PendingConfirmation`
    std::string protocol;
    std::string endpoint;
    attribute_map attributes; ///< only of those of the chain's queues

    [[nodiscard]] bool pending() const { return !arn.starts_with("arn:"); }
};

struct found_chain {
    found_chain() = default;

    chain_place where;
    std::optional<found_topic> topic;
    std::map<std::string, found_queue> queues; ///< by name
    std::vector<found_subscription> subscriptions;
    /// Dead-letter queues outside of the chain, by ARN, of the session's own account and region: none where there is no
    /// such queue. For `check` only.
    std::map<std::string, std::optional<found_queue>> other_queues;

    [[nodiscard]] const found_queue* queue(const std::string& name) const {
        const auto found = queues.find(name);
        return found == queues.end() ? nullptr : &found->second;
    }
    /// The ARN that it has, or will have.
    [[nodiscard]] std::string queue_arn(const std::string& reference) const {
        const found_queue* const known = queue(reference);
        return known != nullptr ? known->arn : where.queue_arn(reference);
    }
    [[nodiscard]] std::string topic_arn(const std::string& name) const {
        return topic ? topic->arn : where.topic_arn(name);
    }
    [[nodiscard]] const found_subscription* subscription_of(const std::string& queue_arn) const;
};

/// The value of an attribute, empty where it is not set.
inline std::string value_of(const attribute_map& attributes, const std::string& name) {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::string() : found->second;
}

/// Where a `RedrivePolicy`, of a queue or of a subscription, sends messages; empty: nowhere.
std::string dead_letter_target(const std::string& redrive_policy);

} // namespace sluice::topology
