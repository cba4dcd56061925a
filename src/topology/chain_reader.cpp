#include "topology/chain_reader.hpp"

#include "protocol/arn.hpp"
#include "service/operation.hpp"
#include "service/sns/access_operations.hpp"
#include "service/sns/subscription_operations.hpp"
#include "service/sns/topic_operations.hpp"
#include "service/sqs/queue_operations.hpp"
#include "service/sqs/tag_operations.hpp"
#include "service/sts/identity_operations.hpp"

#include <algorithm>
#include <set>

namespace sluice::topology {
namespace {

using boost::asio::awaitable;
using optional_queue = result<std::optional<found_queue>>;

bool is_missing(const error_info& failure) { return failure.code == errc::not_found; }

/// One that a caller's cancellation or lack of keys caused: asking elsewhere would not help.
bool is_final(const error_info& failure) {
    return failure.code == errc::cancelled || failure.code == errc::credentials;
}

awaitable<optional_queue> read_queue(caller_ptr caller, std::string name, bool with_tags) {
    sqs::get_queue_url_request look_up(std::move(name));
    auto known = co_await service::invoke<sqs::operations::get_queue_url>(caller, std::move(look_up));
    if (!known && is_missing(known.error())) co_return optional_queue(std::optional<found_queue>());
    if (!known) co_return optional_queue(known.error());
    auto reading = read_queue_at(caller, std::move(known->queue_url), with_tags);
    auto found = co_await std::move(reading);
    co_return found;
}

std::optional<chain_place> place_of(const std::string& arn) {
    const auto parsed = protocol::parse_arn(arn);
    if (!parsed || parsed->region.empty() || parsed->account.empty()) return std::nullopt;
    chain_place place;
    place.partition = parsed->partition;
    place.region = parsed->region;
    place.account = parsed->account;
    return place;
}

/// Without STS: any topic of the account tells whose it is.
awaitable<result<chain_place>> place_by_topics(caller_ptr caller, std::string topic) {
    chain_place place;
    place.region = caller->region();
    sns::list_topics_request request;
    for (;;) {
        auto page = co_await service::invoke<sns::operations::list_topics>(caller, request);
        if (!page) co_return result<chain_place>(page.error());
        for (const std::string& arn : page->topic_arns) {
            const auto here = place_of(arn);
            if (!here) continue;
            place = *here;
            if (protocol::destination_name(arn) == topic) co_return result<chain_place>(std::move(place));
        }
        if (page->next_token.empty() || page->next_token == request.next_token) break;
        request.next_token = page->next_token;
    }
    co_return result<chain_place>(std::move(place));
}

awaitable<result<chain_place>> find_place(caller_ptr caller, wanted_ptr wanted, std::string any_queue_arn) {
    if (auto here = place_of(any_queue_arn)) co_return result<chain_place>(std::move(*here));
    sts::get_caller_identity_request ask;
    const auto identity = co_await service::invoke<sts::operations::get_caller_identity>(caller, ask);
    if (!identity && is_final(identity.error())) co_return result<chain_place>(identity.error());
    if (identity && !identity->account.empty()) {
        chain_place place;
        place.region = caller->region();
        place.account = identity->account;
        const auto arn = protocol::parse_arn(identity->arn);
        if (arn) place.partition = arn->partition;
        co_return result<chain_place>(std::move(place));
    }
    auto listing = place_by_topics(caller, wanted->topic.name);
    auto place = co_await std::move(listing);
    co_return place;
}

awaitable<result<std::optional<found_topic>>> read_topic(caller_ptr caller, std::string arn, bool with_tags) {
    using answer = result<std::optional<found_topic>>;
    sns::get_topic_attributes_request request(arn);
    auto attributes = co_await service::invoke<sns::operations::get_topic_attributes>(caller, std::move(request));
    if (!attributes && is_missing(attributes.error())) co_return answer(std::optional<found_topic>());
    if (!attributes) co_return answer(attributes.error());
    found_topic found;
    found.arn = arn;
    found.attributes = std::move(attributes->attributes);
    if (with_tags) {
        sns::list_tags_for_resource_request ask(arn);
        auto tags = co_await service::invoke<sns::operations::list_tags_for_resource>(caller, std::move(ask));
        if (!tags) co_return answer(tags.error());
        found.tags = std::move(tags->tags);
    }
    co_return answer(std::optional<found_topic>(std::move(found)));
}

/// All of the topic; the attributes of those that lead to the queues of `endpoints`.
awaitable<result<std::vector<found_subscription>>> read_subscriptions(caller_ptr caller, std::string topic_arn,
                                                                      std::set<std::string> endpoints) {
    using answer = result<std::vector<found_subscription>>;
    std::vector<found_subscription> all;
    sns::list_subscriptions_by_topic_request request(topic_arn);
    for (;;) {
        auto page = co_await service::invoke<sns::operations::list_subscriptions_by_topic>(caller, request);
        if (!page) co_return answer(page.error());
        for (const sns::subscription& one : page->subscriptions) {
            found_subscription found;
            found.arn = one.subscription_arn;
            found.protocol = one.protocol;
            found.endpoint = one.endpoint;
            all.push_back(std::move(found));
        }
        if (page->next_token.empty() || page->next_token == request.next_token) break;
        request.next_token = page->next_token;
    }
    for (found_subscription& one : all) {
        if (one.pending() || !endpoints.contains(one.endpoint)) continue;
        sns::get_subscription_attributes_request ask(one.arn);
        auto attributes = co_await service::invoke<sns::operations::get_subscription_attributes>(caller, ask);
        if (!attributes && !is_missing(attributes.error())) co_return answer(attributes.error());
        if (attributes) one.attributes = std::move(attributes->attributes);
    }
    co_return answer(std::move(all));
}

} // namespace

awaitable<result<std::optional<found_queue>>> read_queue_at(caller_ptr caller, std::string url, bool with_tags) {
    found_queue found;
    found.url = url;
    sqs::get_queue_attributes_request request(url);
    auto reply = co_await service::invoke<sqs::operations::get_queue_attributes>(caller, std::move(request));
    if (!reply && is_missing(reply.error())) co_return optional_queue(std::optional<found_queue>());
    if (!reply) co_return optional_queue(reply.error());
    found.attributes = std::move(reply->attributes);
    found.arn = value_of(found.attributes, "QueueArn");
    if (found.arn.empty()) {
        co_return optional_queue(error_info(errc::bad_reply, "the attributes of " + url + " name no QueueArn"));
    }
    if (with_tags) {
        sqs::list_queue_tags_request ask(url);
        auto tags = co_await service::invoke<sqs::operations::list_queue_tags>(caller, std::move(ask));
        if (!tags) co_return optional_queue(tags.error());
        found.tags = std::move(tags->tags);
    }
    co_return optional_queue(std::optional<found_queue>(std::move(found)));
}

awaitable<result<found_chain>> read_chain(caller_ptr caller, wanted_ptr wanted) {
    found_chain found;
    std::string any_arn;
    for (const std::string& name : wanted->order) {
        auto reading = read_queue(caller, name, !wanted->queue(name)->tags.empty());
        auto queue = co_await std::move(reading);
        if (!queue) co_return result<found_chain>(queue.error());
        if (!*queue) continue;
        any_arn = (*queue)->arn;
        found.queues.emplace(name, std::move(**queue));
    }
    auto placing = find_place(caller, wanted, any_arn);
    auto place = co_await std::move(placing);
    if (!place) co_return result<found_chain>(place.error());
    found.where = std::move(*place);
    const bool no_topic = found.where.account.empty() || wanted->topic.name.empty();
    if (no_topic) co_return result<found_chain>(std::move(found));
    auto reading = read_topic(caller, found.where.topic_arn(wanted->topic.name), !wanted->topic.tags.empty());
    auto topic = co_await std::move(reading);
    if (!topic) co_return result<found_chain>(topic.error());
    found.topic = std::move(*topic);
    if (!found.topic) co_return result<found_chain>(std::move(found));
    std::set<std::string> endpoints;
    for (const auto& [name, queue] : found.queues) endpoints.insert(queue.arn);
    auto listing = read_subscriptions(caller, found.topic->arn, std::move(endpoints));
    auto subscriptions = co_await std::move(listing);
    if (!subscriptions) co_return result<found_chain>(subscriptions.error());
    found.subscriptions = std::move(*subscriptions);
    co_return result<found_chain>(std::move(found));
}

awaitable<result<found_chain>> read_dead_letters(caller_ptr caller, found_chain found) {
    std::set<std::string> targets;
    for (const auto& [name, queue] : found.queues) {
        targets.insert(dead_letter_target(value_of(queue.attributes, "RedrivePolicy")));
    }
    for (const found_subscription& one : found.subscriptions) {
        targets.insert(dead_letter_target(value_of(one.attributes, "RedrivePolicy")));
    }
    for (const std::string& arn : targets) {
        const auto parsed = protocol::parse_arn(arn);
        const bool here = parsed && parsed->account == found.where.account && parsed->region == found.where.region;
        if (!here) continue;
        auto reading = read_queue(caller, parsed->resource, false);
        auto queue = co_await std::move(reading);
        if (!queue) co_return result<found_chain>(queue.error());
        found.other_queues[arn] = std::move(*queue);
    }
    co_return result<found_chain>(std::move(found));
}

} // namespace sluice::topology
