// A chain and what is found of it, for tests of the pure decisions.
#pragma once

#include "topology/chain_plan.hpp"
#include "topology/chain_rules.hpp"
#include "topology/queue_policy.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace unit_tests {

inline constexpr const char* orders_arn = "arn:aws:sns:eu-west-1:123456789012:orders";

inline std::string arn_of_queue(const std::string& name) { return "arn:aws:sqs:eu-west-1:123456789012:" + name; }

inline sluice::topology::wanted_chain resolved(const sluice::chain& definition) {
    auto wanted = sluice::topology::resolve(definition);
    REQUIRE(wanted.has_value());
    return std::move(*wanted);
}

/// An account with nothing of the chain.
inline sluice::topology::found_chain nothing_found() {
    sluice::topology::found_chain found;
    found.where.region = "eu-west-1";
    found.where.account = "123456789012";
    return found;
}

/// Everything as `wanted` says.
inline sluice::topology::found_chain all_found(const sluice::topology::wanted_chain& wanted) {
    using namespace sluice::topology;
    found_chain found = nothing_found();
    found_topic topic;
    topic.arn = found.where.topic_arn(wanted.topic.name);
    topic.attributes = with_type(wanted.topic.attributes, wanted.topic.name, "FifoTopic");
    topic.tags = wanted.topic.tags;
    found.topic = topic;
    for (const auto& queue : wanted.queues) {
        found_queue made;
        made.url = "https://sqs.eu-west-1.amazonaws.com/123456789012/" + queue.name;
        made.arn = arn_of_queue(queue.name);
        made.attributes = wanted_queue_attributes(wanted, queue, found);
        made.attributes["QueueArn"] = made.arn;
        if (wanted.receives(queue.name)) made.attributes["Policy"] = **allow_topic("", made.arn, topic.arn);
        made.tags = queue.tags;
        found.queues[queue.name] = made;
        if (!queue.subscribe) continue;
        found_subscription subscription;
        subscription.arn = topic.arn + ":of-" + queue.name;
        subscription.protocol = "sqs";
        subscription.endpoint = made.arn;
        subscription.attributes = wanted_subscription_attributes(queue, found);
        found.subscriptions.push_back(subscription);
    }
    return found;
}

/// `create queue billing`, `leave topic orders`, …
inline std::vector<std::string> lines(const std::vector<sluice::topology::planned_step>& steps) {
    constexpr const char* words[] = {"create", "change", "leave", "remove"};
    std::vector<std::string> all;
    for (const auto& step : steps) {
        all.push_back(std::string(words[static_cast<int>(step.shown.action)]) + " " + step.shown.resource);
    }
    return all;
}

} // namespace unit_tests
