#include "cli/topic_listener.hpp"

#include "cli/error_advice.hpp"
#include "cli/terminal_text.hpp"
#include "protocol/arn.hpp"
#include "topology/chain_state.hpp"
#include "topology/queue_policy.hpp"
#include "topology/temporary_queue.hpp"

#include <sluice/as_result.hpp>

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

namespace sluice::cli {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

/// How long messages wait in it: nobody reads what a killed owner has left.
constexpr const char* retention_seconds = "300";

awaitable<std::string> queue_arn_of(sqs::client client, std::string url) {
    sqs::get_queue_attributes_request request(std::move(url));
    request.names.assign(1, "QueueArn");
    const auto reply = co_await client.get_queue_attributes(std::move(request));
    co_return topology::value_of(reply.attributes, "QueueArn");
}

/// Those of the topic, or where it is not known all of the account, that deliver to the queue.
awaitable<std::vector<std::string>> subscriptions_of(sns::client client, std::string topic_arn, std::string queue_arn) {
    std::vector<std::string> found;
    const auto choose = [&] {
        if (topic_arn.empty()) return client.subscription_pages();
        return client.subscription_by_topic_pages(sns::list_subscriptions_by_topic_request(topic_arn));
    };
    auto pages = choose();
    while (true) {
        auto asking = pages.next();
        const auto page = co_await as_result(std::move(asking));
        if (!page) {
            if (page.error().code == errc::not_found) break; // the topic is gone, and its subscriptions with it
            throw error(page.error());
        }
        if (!*page) break;
        for (const sns::subscription& one : (*page)->subscriptions) {
            if (one.endpoint == queue_arn && one.subscription_arn.starts_with("arn:")) {
                found.push_back(one.subscription_arn);
            }
        }
    }
    co_return found;
}

awaitable<void> unsubscribe(sns::client client, std::string subscription_arn) {
    auto ending = client.unsubscribe(sns::unsubscribe_request(std::move(subscription_arn)));
    const auto ended = co_await as_result(std::move(ending));
    if (!ended && ended.error().code != errc::not_found) throw error(ended.error());
}

awaitable<void> delete_queue(sqs::client client, std::string url) {
    auto deleting = client.delete_queue(sqs::delete_queue_request(std::move(url)));
    const auto deleted = co_await as_result(std::move(deleting));
    if (!deleted && deleted.error().code != errc::not_found) throw error(deleted.error());
}

/// The subscriptions first: should the rest fail, the queue with its tags is still there to be found.
awaitable<void> remove_queue(sqs::client sqs, sns::client sns, std::string url, std::string topic_arn) {
    const std::string arn = co_await queue_arn_of(sqs, url);
    const std::vector<std::string> subscriptions = co_await subscriptions_of(sns, std::move(topic_arn), arn);
    for (const std::string& one : subscriptions) co_await unsubscribe(sns, one);
    co_await delete_queue(sqs, url);
}

/// True: it was expired, and is removed.
awaitable<bool> remove_if_expired(sqs::client sqs, sns::client sns, std::string url) {
    const auto tags = co_await sqs.list_queue_tags(sqs::list_queue_tags_request(url));
    const auto now = std::chrono::system_clock::now();
    const auto state = topology::judge_temporary_queue(url, tags.tags, now);
    if (state != topology::temporary_queue_state::expired) co_return false;
    std::string topic = topology::value_of(tags.tags, topology::temporary_queue_tags::topic);
    co_await remove_queue(sqs, sns, url, std::move(topic));
    co_return true;
}

} // namespace

awaitable<void> topic_listener::open() {
    const bool fifo = protocol::is_fifo(order_.topic_arn);
    sqs::create_queue_request creation(topology::temporary_queue_name("tail", fifo));
    creation.attributes["MessageRetentionPeriod"] = retention_seconds;
    if (fifo) creation.attributes["FifoQueue"] = "true";
    creation.tags = topology::tags_of_temporary_queue("tail", expiry(), order_.topic_arn);
    const auto created = co_await sqs_.create_queue(std::move(creation));
    queue_url_ = created.queue_url;
    const std::string queue_arn = co_await queue_arn_of(sqs_, queue_url_);
    sqs::set_queue_attributes_request permission(queue_url_);
    permission.attributes["Policy"] = topology::allow_topic("", queue_arn, order_.topic_arn).value().value_or("");
    co_await sqs_.set_queue_attributes(std::move(permission));
    sns::subscribe_request subscription(order_.topic_arn, queue_arn);
    if (!order_.filter_policy.empty()) {
        subscription.attributes["FilterPolicy"] = order_.filter_policy;
        subscription.attributes["FilterPolicyScope"] = order_.filter_on_body ? "MessageBody" : "MessageAttributes";
    }
    const auto subscribed = co_await sns_.subscribe(std::move(subscription));
    subscription_arn_ = subscribed.subscription_arn;
}

awaitable<void> topic_listener::renew() const {
    co_await sqs_.tag_queue(sqs::tag_queue_request(queue_url_, topology::expiry_tag(expiry())));
}

awaitable<void> topic_listener::close() {
    if (queue_url_.empty()) co_return;
    if (subscription_arn_.empty()) {
        co_await remove_queue(sqs_, sns_, queue_url_, order_.topic_arn);
    } else {
        co_await unsubscribe(sns_, subscription_arn_);
        co_await delete_queue(sqs_, queue_url_);
    }
    queue_url_.clear();
    subscription_arn_.clear();
}

awaitable<std::size_t> topic_listener::sweep(session session) {
    const sqs::client sqs = session.sqs();
    const sns::client sns = session.sns();
    std::vector<std::string> urls;
    auto pages = sqs.queue_pages(sqs::list_queues_request(std::string(topology::temporary_queue_prefix)));
    while (true) {
        const auto page = co_await pages.next();
        if (!page) break;
        urls.insert(urls.end(), page->queue_urls.begin(), page->queue_urls.end());
    }
    std::size_t removed = 0;
    for (const std::string& url : urls) {
        auto removing = remove_if_expired(sqs, sns, url);
        const auto outcome = co_await as_result(std::move(removing));
        if (outcome && *outcome) ++removed;
        // Another sweep, or its owner, was faster.
        if (!outcome && outcome.error().code != errc::not_found) {
            std::cerr << "sluice: a queue left behind by a killed program is not removed: " << escaped(url) << ": "
                      << advice_for(outcome.error()) << '\n';
        }
    }
    co_return removed;
}

} // namespace sluice::cli
