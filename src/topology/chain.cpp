#include <sluice/chain.hpp>

#include "protocol/arn.hpp"
#include "service/operation.hpp"
#include "service/sns/subscription_operations.hpp"
#include "service/sns/topic_operations.hpp"
#include "service/sqs/queue_operations.hpp"
#include "session/session_state.hpp"
#include "topology/queue_policy.hpp"

#include <nlohmann/json.hpp>

namespace sluice {
namespace {

using boost::asio::awaitable;
using caller_ptr = std::shared_ptr<calls::caller>;

std::optional<error_info> check(const std::string& topic, const std::vector<chain_queue>& queues) {
    if (auto wrong = protocol::check_topic_name(topic)) return wrong;
    for (const chain_queue& queue : queues) {
        if (auto wrong = protocol::check_queue_name(queue.name)) return wrong;
        if (protocol::is_fifo(queue.name) && !protocol::is_fifo(topic)) {
            return error_info(errc::invalid_argument, "the standard topic \"" + topic +
                                                          "\" cannot deliver to the FIFO queue \"" + queue.name + "\"");
        }
        if (queue.filter_policy.empty()) continue;
        if (!nlohmann::json::parse(queue.filter_policy, nullptr, false).is_object()) {
            return error_info(errc::invalid_argument, "the filter policy of \"" + queue.name +
                                                          "\" is not a JSON object: " + queue.filter_policy);
        }
    }
    return std::nullopt;
}

std::map<std::string, std::string> subscription_attributes(const chain_queue& queue) {
    std::map<std::string, std::string> attributes{{"RawMessageDelivery", queue.raw_delivery ? "true" : "false"}};
    if (!queue.filter_policy.empty()) attributes["FilterPolicy"] = queue.filter_policy;
    return attributes;
}

awaitable<std::string> ensure_topic(caller_ptr caller, std::string name) {
    sns::create_topic_request request(name);
    if (protocol::is_fifo(name)) request.attributes["FifoTopic"] = "true";
    auto reply = co_await service::invoke_or_throw<sns::operations::create_topic>(caller, std::move(request));
    co_return std::move(reply.topic_arn);
}

awaitable<std::string> ensure_queue(caller_ptr caller, chain_queue queue) {
    // Looked up first: CreateQueue refuses a queue that exists with other attributes.
    sqs::get_queue_url_request look_up(queue.name);
    auto known = co_await service::invoke<sqs::operations::get_queue_url>(caller, std::move(look_up));
    if (known) co_return std::move(known->queue_url);
    if (known.error().code != errc::not_found) throw error(known.error());
    sqs::create_queue_request request(queue.name);
    request.attributes = std::move(queue.attributes);
    if (protocol::is_fifo(queue.name)) request.attributes["FifoQueue"] = "true";
    auto reply = co_await service::invoke_or_throw<sqs::operations::create_queue>(caller, std::move(request));
    co_return std::move(reply.queue_url);
}

/// Returns the queue's ARN.
awaitable<std::string> ensure_policy(caller_ptr caller, std::string queue_url, std::string topic_arn) {
    sqs::get_queue_attributes_request request(queue_url);
    request.names = std::vector<std::string>(1, "All");
    auto reply = co_await service::invoke_or_throw<sqs::operations::get_queue_attributes>(caller, std::move(request));
    std::string queue_arn = reply.attributes["QueueArn"];
    if (queue_arn.empty())
        throw error(error_info(errc::bad_reply, "the attributes of " + queue_url + " name no QueueArn"));
    auto policy = topology::allow_topic(reply.attributes["Policy"], queue_arn, topic_arn).value();
    if (policy) {
        sqs::set_queue_attributes_request change(queue_url);
        change.attributes["Policy"] = std::move(*policy);
        co_await service::invoke_or_throw<sqs::operations::set_queue_attributes>(caller, std::move(change));
    }
    co_return queue_arn;
}

awaitable<std::string> ensure_subscription(caller_ptr caller, std::string topic_arn, std::string queue_arn,
                                           std::map<std::string, std::string> attributes) {
    sns::subscribe_request request(topic_arn, queue_arn);
    request.attributes = attributes;
    auto made = co_await service::invoke<sns::operations::subscribe>(caller, request);
    if (made) co_return std::move(made->subscription_arn);
    // SNS refuses to subscribe again with other attributes: the subscription keeps its ARN and gets them one by one.
    const bool exists = made.error().message.find("already exists") != std::string::npos;
    if (!exists) throw error(made.error());
    request.attributes.clear();
    auto found = co_await service::invoke_or_throw<sns::operations::subscribe>(caller, request);
    attributes.try_emplace("FilterPolicy", "{}"); // an empty policy takes a former filter away
    for (const auto& [name, value] : attributes) {
        sns::set_subscription_attributes_request change(found.subscription_arn, name, value);
        co_await service::invoke_or_throw<sns::operations::set_subscription_attributes>(caller, std::move(change));
    }
    co_return std::move(found.subscription_arn);
}

awaitable<chain_links> run_ensure(caller_ptr caller, std::string topic, std::vector<chain_queue> queues) {
    std::optional<error_info> wrong = check(topic, queues);
    if (wrong) throw error(std::move(*wrong));
    chain_links links;
    links.topic_arn = co_await ensure_topic(caller, topic);
    for (const chain_queue& queue : queues) {
        chain_links::link link;
        link.queue_name = queue.name;
        link.queue_url = co_await ensure_queue(caller, queue);
        // The policy before the subscription: otherwise the first messages would be refused and lost.
        link.queue_arn = co_await ensure_policy(caller, link.queue_url, links.topic_arn);
        link.subscription_arn =
            co_await ensure_subscription(caller, links.topic_arn, link.queue_arn, subscription_attributes(queue));
        links.queues.push_back(std::move(link));
    }
    co_return links;
}

} // namespace

awaitable<chain_links> chain::ensure(const session& session) const {
    return run_ensure(session.state()->caller(), topic_, queues_);
}

} // namespace sluice
