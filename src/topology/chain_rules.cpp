#include "topology/chain_rules.hpp"

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "service/operation.hpp"
#include "service/sns/topic_operations.hpp"
#include "service/sqs/queue_operations.hpp"
#include "topology/filter_policy.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace sluice::topology {
namespace {

/// What a queue is made with that the chain names without defining it: the longest time to look at what went wrong.
chain_queue implied_queue(const std::string& name) {
    chain_queue made(name);
    made.subscribe = false;
    made.attributes["MessageRetentionPeriod"] = std::to_string(limits::retention_seconds_max);
    return made;
}

/// Of a RedriveAllowPolicy.
constexpr std::size_t most_sources = 10;

error_info wrong(std::string text) { return {errc::invalid_argument, std::move(text)}; }

bool is_arn(const std::string& reference) { return reference.starts_with("arn:"); }

std::optional<error_info> check_reference(const chain_queue& queue, const char* member, const std::string& reference) {
    if (reference.empty()) return std::nullopt;
    const std::string where = std::string(member) + " of queue \"" + queue.name + "\"";
    if (reference == queue.name) return wrong(where + " is the queue itself");
    if (!is_arn(reference)) {
        auto bad = protocol::check_queue_name(reference);
        if (bad) bad->message = where + ": " + bad->message;
        return bad;
    }
    const auto arn = protocol::parse_arn(reference);
    if (arn && arn->service == "sqs" && !arn->resource.empty()) return std::nullopt;
    return wrong(where + " is \"" + reference + "\": the name or the ARN of a queue is needed");
}

std::optional<error_info> check_attributes(const chain_queue& queue) {
    constexpr std::pair<const char*, const char*> own_members[] = {
        {"Policy", "ensure keeps what is in it and adds the topic; other statements are set with SetQueueAttributes"},
        {"RedrivePolicy", "say dead_letter_queue and max_receive_count"},
        {"RedriveAllowPolicy", "say redrive_allow"}};
    for (const auto& [name, instead] : own_members) {
        if (queue.attributes.contains(name)) {
            return wrong("the attributes of queue \"" + queue.name + "\" have " + name + ": " + instead);
        }
    }
    const bool stated = queue.encryption.how() != queue_encryption::kind::unstated;
    const bool twice = queue.attributes.contains("KmsMasterKeyId") || queue.attributes.contains("SqsManagedSseEnabled");
    if (stated && twice) {
        return wrong("queue \"" + queue.name + "\" states its encryption twice: as encryption and in its attributes");
    }
    if (queue.encryption.how() == queue_encryption::kind::kms && queue.encryption.key().empty()) {
        return wrong("the encryption of queue \"" + queue.name + "\" is by KMS, but names no key");
    }
    sqs::create_queue_request request(queue.name);
    request.attributes = with_type(queue.attributes, queue.name, "FifoQueue");
    request.tags = queue.tags;
    auto broken = service::check_request<sqs::operations::create_queue>(request);
    if (broken) broken->message = "queue \"" + queue.name + "\": " + broken->message;
    return broken;
}

std::optional<error_info> check_redrive(const chain_queue& queue) {
    if (auto broken = check_reference(queue, "dead_letter_queue", queue.dead_letter_queue)) return broken;
    if (auto broken = check_reference(queue, "undelivered_queue", queue.undelivered_queue)) return broken;
    if (queue.max_receive_count < 1 || queue.max_receive_count > limits::max_receive_count) {
        return wrong("max_receive_count of queue \"" + queue.name + "\" is " + std::to_string(queue.max_receive_count) +
                     ": 1 to 1000 are allowed");
    }
    if (queue.redrive_allow.how() != redrive_allowance::kind::listed) return std::nullopt;
    const auto& sources = queue.redrive_allow.sources();
    if (sources.empty() || sources.size() > most_sources) {
        return wrong("redrive_allow of queue \"" + queue.name + "\" lists " + std::to_string(sources.size()) +
                     " queues: 1 to 10 are allowed");
    }
    for (const std::string& source : sources) {
        if (auto broken = check_reference(queue, "redrive_allow", source)) return broken;
    }
    return std::nullopt;
}

/// Those of the chain that have it as their dead-letter queue.
std::optional<error_info> check_sources(const chain_queue& dead, const std::vector<chain_queue>& queues) {
    if (dead.redrive_allow.how() != redrive_allowance::kind::chain) return std::nullopt;
    const auto sources = std::ranges::count(queues, dead.name, &chain_queue::dead_letter_queue);
    if (static_cast<std::size_t>(sources) <= most_sources) return std::nullopt;
    return wrong("redrive_allow of queue \"" + dead.name + "\" would list the " + std::to_string(sources) +
                 " queues of the chain that name it: SQS takes 10; allow all");
}

std::optional<error_info> check_subscription(const chain_queue& queue) {
    if (!queue.subscribe && !(queue.filter_policy.empty() && queue.undelivered_queue.empty())) {
        return wrong("queue \"" + queue.name + "\" is not subscribed, but has a filter policy or an undelivered_queue");
    }
    const auto filter = message_filter::parse(queue.filter_policy, queue.filter_on);
    if (filter) return std::nullopt;
    error_info failure = filter.error();
    failure.message += " (queue \"" + queue.name + "\")";
    return failure;
}

std::optional<error_info> check_topic(const chain_topic& topic) {
    if (auto broken = protocol::check_topic_name(topic.name)) return broken;
    sns::create_topic_request request(topic.name);
    request.attributes = with_type(topic.attributes, topic.name, "FifoTopic");
    request.tags = topic.tags;
    auto broken = service::check_request<sns::operations::create_topic>(request);
    if (broken) broken->message = "topic \"" + topic.name + "\": " + broken->message;
    return broken;
}

/// Where it is allowed at all to be a dead-letter queue, by what the chain states.
std::optional<error_info> check_allowance(const chain_queue& dead, const std::string& source) {
    const auto& allow = dead.redrive_allow;
    const bool refuses = allow.how() == redrive_allowance::kind::none ||
                         (allow.how() == redrive_allowance::kind::listed &&
                          std::ranges::none_of(allow.sources(), [&source](const std::string& one) {
                              return one == source || (is_arn(one) && protocol::destination_name(one) == source);
                          }));
    if (!refuses) return std::nullopt;
    return wrong("queue \"" + dead.name + "\" is the dead-letter queue of \"" + source +
                 "\", but its redrive_allow does not allow that");
}

/// Puts a queue after those it needs. Fails where they need each other.
class queue_order {
  public:
    explicit queue_order(std::map<std::string, chain_queue> queues) : queues_(std::move(queues)) {}

    std::optional<error_info> add(const std::string& name, std::vector<chain_queue>& to) {
        if (added_.contains(name)) return std::nullopt;
        const auto found = queues_.find(name);
        if (found == queues_.end()) return std::nullopt; // of another chain
        if (!under_way_.insert(name).second) {
            return wrong("the dead-letter queues of \"" + name + "\" lead back to it");
        }
        for (const std::string& needed : {found->second.dead_letter_queue, found->second.undelivered_queue}) {
            if (auto broken = add(needed, to)) return broken;
        }
        added_.insert(name);
        to.push_back(found->second);
        return std::nullopt;
    }

  private:
    std::map<std::string, chain_queue> queues_;
    std::set<std::string> added_;
    std::set<std::string> under_way_;
};

} // namespace

attribute_map with_type(attribute_map attributes, const std::string& name, const char* fifo_attribute) {
    if (protocol::is_fifo(name)) attributes.try_emplace(fifo_attribute, "true");
    return attributes;
}

const chain_queue* wanted_chain::queue(const std::string& name) const {
    const auto found = std::ranges::find(queues, name, &chain_queue::name);
    return found == queues.end() ? nullptr : &*found;
}

bool wanted_chain::receives(const std::string& name) const {
    return std::ranges::any_of(queues, [&name](const chain_queue& one) {
        return one.subscribe && (one.name == name || one.undelivered_queue == name);
    });
}

namespace {

result<wanted_chain> resolve_queues(const std::vector<chain_queue>& queues, wanted_chain wanted) {
    std::map<std::string, chain_queue> all;
    for (const chain_queue& queue : queues) {
        if (auto broken = protocol::check_queue_name(queue.name)) return std::move(*broken);
        if (!all.emplace(queue.name, queue).second) {
            return wrong("the chain has the queue \"" + queue.name + "\" twice");
        }
        wanted.order.push_back(queue.name);
        for (const auto check : {&check_attributes, &check_redrive, &check_subscription}) {
            if (auto broken = check(queue)) return std::move(*broken);
        }
    }
    for (const chain_queue& queue : queues) {
        if (auto broken = check_sources(queue, queues)) return std::move(*broken);
        for (const std::string& named : {queue.dead_letter_queue, queue.undelivered_queue}) {
            if (named.empty() || is_arn(named) || !all.emplace(named, implied_queue(named)).second) continue;
            wanted.order.push_back(named);
        }
        if (queue.dead_letter_queue.empty() || is_arn(queue.dead_letter_queue)) continue;
        if (auto broken = check_allowance(all.at(queue.dead_letter_queue), queue.name)) return std::move(*broken);
    }
    queue_order order(std::move(all));
    for (const std::string& name : wanted.order) {
        if (auto broken = order.add(name, wanted.queues)) return std::move(*broken);
    }
    return wanted;
}

result<wanted_chain> fitting(result<wanted_chain> wanted) {
    if (!wanted) return wanted;
    const auto broken = broken_type_rules(*wanted);
    if (!broken.empty()) return wrong(broken.front().text);
    return wanted;
}

} // namespace

result<wanted_chain> resolve(const chain& definition) {
    if (auto broken = check_topic(definition.topic())) return std::move(*broken);
    wanted_chain wanted;
    wanted.topic = definition.topic();
    return resolve_queues(definition.queues(), std::move(wanted));
}

std::vector<broken_rule> broken_type_rules(const wanted_chain& wanted) {
    std::vector<broken_rule> broken;
    const auto add = [&broken](chain_fault fault, const std::string& queue, std::string text) {
        broken_rule one;
        one.fault = fault;
        one.resource = "queue " + queue;
        one.text = std::move(text);
        broken.push_back(std::move(one));
    };
    const auto kind = [](const std::string& name) { return protocol::is_fifo(name) ? "FIFO" : "standard"; };
    for (const std::string& name : wanted.order) {
        const chain_queue& queue = *wanted.queue(name);
        if (queue.subscribe && protocol::is_fifo(name) && !protocol::is_fifo(wanted.topic.name)) {
            add(chain_fault::type_mismatch, name,
                "the standard topic \"" + wanted.topic.name + "\" cannot deliver to the FIFO queue \"" + name +
                    "\": make both FIFO (names that end in .fifo), or the queue a standard one");
        }
        for (const std::string& dead : {queue.dead_letter_queue, queue.undelivered_queue}) {
            if (dead.empty() || protocol::is_fifo(dead) == protocol::is_fifo(name)) continue;
            std::string text = std::string("the ") + kind(name) + " queue \"" + name + "\" cannot have the ";
            text.append(kind(dead)).append(" queue \"").append(dead);
            text += "\" for its dead letters: both must be of the same type";
            add(chain_fault::dead_letter_type, name, std::move(text));
        }
    }
    return broken;
}

result<wanted_chain> resolve_fitting(const chain& definition) { return fitting(resolve(definition)); }

result<wanted_chain> resolve_without_topic(const std::vector<chain_queue>& queues) {
    for (const chain_queue& one : queues) {
        if (one.subscribe) return wrong("queue \"" + one.name + "\": there is no topic that it could subscribe to");
    }
    return fitting(resolve_queues(queues, {}));
}

} // namespace sluice::topology
