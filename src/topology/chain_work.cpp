#include "topology/chain_work.hpp"

#include "protocol/arn.hpp"
#include "service/operation.hpp"
#include "service/sns/access_operations.hpp"
#include "service/sns/subscription_operations.hpp"
#include "service/sns/topic_operations.hpp"
#include "service/sqs/queue_operations.hpp"
#include "service/sqs/tag_operations.hpp"
#include "topology/queue_policy.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sluice::topology {
namespace {

using boost::asio::awaitable;
using outcome = result<void>;

constexpr int most_rounds = 10;

/// Somebody else has changed the same thing between our look and our change: look again.
bool is_conflict(const error_info& failure) {
    const std::string& code = failure.service_code;
    return failure.code == errc::not_found || code == "QueueAlreadyExists" || code == "QueueNameExists" ||
           code == "ConcurrentAccess" || failure.message.find("already exists with different") != std::string::npos;
}

std::vector<chain_step> left_by(const std::vector<planned_step>& steps) {
    std::vector<chain_step> left;
    for (const planned_step& step : steps) {
        if (step.kind == step_kind::leave) left.push_back(step.shown);
    }
    return left;
}

/// Each operation that answers with nothing but success.
template<class Operation>
awaitable<outcome> call(caller_ptr caller, typename Operation::request request) {
    const auto reply = co_await service::invoke<Operation>(caller, std::move(request));
    if (!reply) co_return outcome(reply.error());
    co_return outcome();
}

} // namespace

awaitable<result<chain_report>> chain_work::ensure(ensure_options options) {
    for (int round = 1;; ++round) {
        auto running = ensure_once(options);
        const outcome ended = co_await std::move(running);
        const bool again = !ended && is_conflict(ended.error()) && round < most_rounds;
        if (!ended && !again) co_return result<chain_report>(ended.error());
        if (ended) {
            auto looking = policies_stand();
            const auto stand = co_await std::move(looking);
            if (!stand) co_return result<chain_report>(stand.error());
            // SQS may show what was written only after a while: then it stands, and is not seen yet.
            if (*stand || round == most_rounds) co_return result<chain_report>(report());
        }
        auto pausing = pause(round);
        co_await std::move(pausing);
    }
}

awaitable<outcome> chain_work::ensure_once(ensure_options options) {
    auto reading = read_chain(caller_, wanted_);
    auto found = co_await std::move(reading);
    if (!found) co_return outcome(found.error());
    found_ = std::move(*found);
    for (bool first = true;; first = false) {
        auto steps = plan_chain(*wanted_, found_, options);
        if (!steps) co_return outcome(steps.error());
        if (first) left_ = left_by(*steps); // later plans would also leave what was just created
        const auto creation = std::ranges::find_if(*steps, [](const planned_step& step) {
            return step.kind == step_kind::create_topic || step.kind == step_kind::create_queue;
        });
        if (creation != steps->end()) {
            // What is created tells the ARNs that the later steps need.
            auto creating = create(std::move(*creation));
            const outcome made = co_await std::move(creating);
            if (!made) co_return made;
            continue;
        }
        for (const planned_step& step : *steps) {
            if (step.kind == step_kind::leave) continue;
            auto working = carry_out(step);
            const outcome worked = co_await std::move(working);
            if (!worked) co_return worked;
        }
        co_return outcome();
    }
}

awaitable<outcome> chain_work::create(planned_step step) {
    const auto begin = [this](const planned_step& one) {
        if (one.kind == step_kind::create_topic) return create_topic(one);
        return create_queue(one);
    };
    auto creating = begin(step);
    const outcome made = co_await std::move(creating);
    if (made) note(step);
    co_return made;
}

awaitable<outcome> chain_work::create_topic(planned_step step) {
    sns::create_topic_request request(step.name);
    request.attributes = step.values;
    request.tags = step.tags;
    auto reply = co_await service::invoke<sns::operations::create_topic>(caller_, std::move(request));
    if (!reply) co_return outcome(reply.error());
    found_topic made;
    made.arn = std::move(reply->topic_arn);
    made.attributes = std::move(step.values);
    made.tags = std::move(step.tags);
    if (const auto arn = protocol::parse_arn(made.arn)) {
        found_.where.partition = arn->partition;
        found_.where.region = arn->region;
        found_.where.account = arn->account;
    }
    found_.topic = std::move(made);
    co_return outcome();
}

awaitable<outcome> chain_work::create_queue(planned_step step) {
    sqs::create_queue_request request(step.name);
    request.attributes = step.values;
    request.tags = step.tags;
    auto reply = co_await service::invoke<sqs::operations::create_queue>(caller_, std::move(request));
    if (!reply) co_return outcome(reply.error());
    // Read back: another may have created it first, with other tags.
    auto reading = read_queue_at(caller_, std::move(reply->queue_url), !step.tags.empty());
    auto made = co_await std::move(reading);
    if (!made) co_return outcome(made.error());
    if (!*made) {
        co_return outcome(error_info(errc::not_found, "the queue " + step.name + " is not there after its creation"));
    }
    found_.queues.insert_or_assign(step.name, std::move(**made));
    co_return outcome();
}

awaitable<outcome> chain_work::carry_out(planned_step step) {
    const auto begin = [this](const planned_step& one) {
        switch (one.kind) {
        case step_kind::set_topic_attribute:
        case step_kind::tag_topic:
        case step_kind::delete_topic: return change_topic(one);
        case step_kind::set_queue_attributes:
        case step_kind::tag_queue:
        case step_kind::delete_queue: return change_queue(one);
        case step_kind::set_subscription_attribute:
        case step_kind::unsubscribe: return change_subscription(one);
        case step_kind::subscribe: return subscribe(one);
        case step_kind::allow_topic:
        case step_kind::withdraw_topic: return change_policy(one);
        case step_kind::create_topic:
        case step_kind::create_queue:
        case step_kind::leave: break;
        }
        return create(one);
    };
    auto working = begin(step);
    const outcome worked = co_await std::move(working);
    if (worked) note(step);
    co_return worked;
}

awaitable<outcome> chain_work::change_topic(planned_step step) {
    if (step.kind == step_kind::delete_topic) {
        return call<sns::operations::delete_topic>(caller_, sns::delete_topic_request(step.name));
    }
    if (step.kind == step_kind::tag_topic) {
        return call<sns::operations::tag_resource>(caller_, sns::tag_resource_request(found_.topic->arn, step.values));
    }
    const auto& [name, value] = *step.values.begin();
    return call<sns::operations::set_topic_attributes>(
        caller_, sns::set_topic_attributes_request(found_.topic->arn, name, value));
}

awaitable<outcome> chain_work::change_queue(planned_step step) {
    const std::string url = found_.queues.at(step.name).url;
    if (step.kind == step_kind::delete_queue) {
        return call<sqs::operations::delete_queue>(caller_, sqs::delete_queue_request(url));
    }
    if (step.kind == step_kind::tag_queue) {
        return call<sqs::operations::tag_queue>(caller_, sqs::tag_queue_request(url, step.values));
    }
    sqs::set_queue_attributes_request request(url);
    request.attributes = step.values;
    return call<sqs::operations::set_queue_attributes>(caller_, std::move(request));
}

awaitable<outcome> chain_work::change_subscription(planned_step step) {
    if (step.kind == step_kind::unsubscribe) {
        return call<sns::operations::unsubscribe>(caller_, sns::unsubscribe_request(step.name));
    }
    const auto& [name, value] = *step.values.begin();
    return call<sns::operations::set_subscription_attributes>(
        caller_, sns::set_subscription_attributes_request(step.name, name, value));
}

awaitable<outcome> chain_work::change_policy(planned_step step) {
    const found_queue known = found_.queues.at(step.name);
    // Read anew, so that as little time as can be passes between the look and the change.
    auto reading = read_queue_at(caller_, known.url, false);
    auto now = co_await std::move(reading);
    if (!now) co_return outcome(now.error());
    if (!*now) co_return outcome(error_info(errc::not_found, "the queue " + step.name + " has been deleted meanwhile"));
    const std::string existing = value_of((*now)->attributes, "Policy");
    const std::string topic_arn = found_.topic_arn(wanted_->topic.name);
    const bool allow = step.kind == step_kind::allow_topic;
    auto policy = allow ? allow_topic(existing, known.arn, topic_arn) : withdraw_topic(existing, known.arn, topic_arn);
    if (!policy) co_return outcome(policy.error());
    if (allow) written_policies_.insert(step.name);
    if (!*policy) co_return outcome();
    sqs::set_queue_attributes_request request(known.url);
    request.attributes["Policy"] = std::move(**policy);
    auto changing = call<sqs::operations::set_queue_attributes>(caller_, std::move(request));
    const outcome changed = co_await std::move(changing);
    co_return changed;
}

awaitable<outcome> chain_work::subscribe(planned_step step) {
    sns::subscribe_request request(found_.topic->arn, found_.queue_arn(step.name));
    request.attributes = step.values;
    auto reply = co_await service::invoke<sns::operations::subscribe>(caller_, request);
    if (!reply) co_return outcome(reply.error());
    found_subscription made;
    made.arn = std::move(reply->subscription_arn);
    made.protocol = "sqs";
    made.endpoint = request.endpoint;
    std::erase_if(found_.subscriptions,
                  [&made](const found_subscription& one) { return one.endpoint == made.endpoint; });
    found_.subscriptions.push_back(std::move(made));
    co_return outcome();
}

awaitable<result<bool>> chain_work::policies_stand() {
    const std::string topic_arn = found_.topic_arn(wanted_->topic.name);
    for (const std::string& name : written_policies_) {
        const found_queue known = found_.queues.at(name);
        auto reading = read_queue_at(caller_, known.url, false);
        const auto now = co_await std::move(reading);
        if (!now) co_return result<bool>(now.error());
        if (!*now) co_return result<bool>(false);
        const auto missing = allow_topic(value_of((*now)->attributes, "Policy"), known.arn, topic_arn);
        if (!missing) co_return result<bool>(missing.error());
        if (*missing) co_return result<bool>(false);
    }
    co_return result<bool>(true);
}

/// Longer with each round, and of random length: those that are in each other's way part.
awaitable<void> chain_work::pause(int round) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor);
    const double most = 20.0 * std::min(1 << round, 64);
    timer.expires_after(std::chrono::milliseconds(1 + static_cast<int>(most * caller_->random())));
    co_await timer.async_wait(boost::asio::use_awaitable);
}

awaitable<result<chain_report>> chain_work::remove(remove_options options) {
    auto reading = read_chain(caller_, wanted_);
    auto found = co_await std::move(reading);
    if (!found) co_return result<chain_report>(found.error());
    found_ = std::move(*found);
    const auto steps = topology::plan_removal(*wanted_, found_, options);
    left_ = left_by(steps);
    for (const planned_step& step : steps) {
        if (step.kind == step_kind::leave) continue;
        auto working = carry_out(step);
        const outcome worked = co_await std::move(working);
        // Gone already: somebody else removes the same chain.
        if (!worked && worked.error().code != errc::not_found) co_return result<chain_report>(worked.error());
    }
    co_return result<chain_report>(report());
}

void chain_work::note(const planned_step& step) {
    if (std::ranges::find(done_, step.shown) == done_.end()) done_.push_back(step.shown);
}

chain_report chain_work::report() const {
    chain_report made;
    made.topic_arn = found_.topic ? found_.topic->arn : std::string();
    for (const std::string& name : wanted_->order) {
        const found_queue* const queue = found_.queue(name);
        if (queue == nullptr) continue;
        chain_links::link link;
        link.queue_name = name;
        link.queue_url = queue->url;
        link.queue_arn = queue->arn;
        const bool subscribed = wanted_->queue(name)->subscribe;
        const found_subscription* const subscription = subscribed ? found_.subscription_of(queue->arn) : nullptr;
        if (subscription != nullptr) link.subscription_arn = subscription->arn;
        made.queues.push_back(std::move(link));
    }
    made.steps = done_;
    for (const chain_step& left : left_) {
        // Also the policy of a queue that was created with it.
        const bool touched = std::ranges::any_of(done_, [&left](const chain_step& one) {
            return one.resource == left.resource ||
                   (one.action == chain_action::create && "policy of " + one.resource == left.resource);
        });
        if (!touched) made.steps.push_back(left);
    }
    return made;
}

} // namespace sluice::topology
