#include "topology/chain_plan.hpp"

#include "protocol/strict_json.hpp"
#include "topology/chain_rules.hpp"
#include "topology/queue_policy.hpp"

#include <algorithm>
#include <set>

namespace sluice::topology {
namespace {

using nlohmann::json;

std::string queue_resource(const std::string& name) { return "queue " + name; }
std::string topic_resource(const std::string& name) { return "topic " + name; }
std::string policy_resource(const std::string& name) { return "policy of queue " + name; }
std::string subscription_resource(const std::string& name) { return "subscription of queue " + name; }

planned_step make_step(step_kind kind, chain_action action, std::string resource, std::string detail, std::string name,
                       attribute_map values = {}) {
    planned_step step;
    step.kind = kind;
    step.shown = chain_step(action, std::move(resource), std::move(detail));
    step.name = std::move(name);
    step.values = std::move(values);
    return step;
}

planned_step leave(std::string resource, std::string why = {}) {
    return make_step(step_kind::leave, chain_action::leave, std::move(resource), std::move(why), {});
}

std::string shown(const std::string& value) { return value.empty() ? "none" : value; }

/// `VisibilityTimeout: 30 -> 60, …`
std::string shown_changes(const attribute_map& wanted, const attribute_map& found) {
    std::string text;
    for (const auto& [name, value] : wanted) {
        text += (text.empty() ? "" : ", ") + name + ": " + shown(value_of(found, name)) + " -> " + shown(value);
    }
    return text;
}

/// `VisibilityTimeout: 60, …`
std::string shown_values(const attribute_map& wanted) {
    std::string text;
    for (const auto& [name, value] : wanted) {
        text += (text.empty() ? "" : ", ") + name + ": " + (name == "Policy" ? "the topic may send" : shown(value));
    }
    return text;
}

attribute_map differing(const attribute_map& wanted, const attribute_map& found) {
    attribute_map different;
    for (const auto& [name, value] : wanted) {
        if (!same_value(name, value, value_of(found, name))) different[name] = value;
    }
    return different;
}

/// Lists of which the order and the brackets around a single member mean nothing.
json normal(const json& document) {
    if (document.is_object()) {
        json all = json::object();
        for (const auto& [key, value] : document.items()) {
            const bool count = key == "maxReceiveCount" && value.is_number();
            all[key] = count ? json(value.dump()) : normal(value);
        }
        return all;
    }
    if (!document.is_array()) return document;
    if (document.size() == 1) return normal(document.front());
    json all = json::array();
    for (const json& one : document) all.push_back(normal(one));
    std::sort(all.begin(), all.end());
    return all;
}

class planner {
  public:
    planner(const wanted_chain& wanted, const found_chain& found, const ensure_options& options)
        : wanted_(wanted), found_(found), options_(options), topic_arn_(found.topic_arn(wanted.topic.name)) {}

    result<std::vector<planned_step>> plan() {
        plan_topic();
        for (const chain_queue& queue : wanted_.queues) {
            if (auto failure = plan_queue(queue)) return std::move(*failure);
        }
        for (const std::string& name : wanted_.order) plan_subscription(*wanted_.queue(name));
        plan_others();
        steps_.insert(steps_.end(), left_.begin(), left_.end());
        return std::move(steps_);
    }

  private:
    void add(planned_step step) { steps_.push_back(std::move(step)); }

    void plan_topic() {
        const chain_topic& topic = wanted_.topic;
        if (topic.name.empty()) return; // queues by themselves
        const std::string resource = topic_resource(topic.name);
        if (!found_.topic) {
            planned_step step = make_step(step_kind::create_topic, chain_action::create, resource, {}, topic.name,
                                          with_type(topic.attributes, topic.name, "FifoTopic"));
            return add_creation(std::move(step), topic.tags);
        }
        const std::size_t before = steps_.size();
        for (const auto& [name, value] : differing(topic.attributes, found_.topic->attributes)) {
            const attribute_map one{{name, value}};
            add(make_step(step_kind::set_topic_attribute, chain_action::change, resource,
                          shown_changes(one, found_.topic->attributes), topic.name, one));
        }
        const auto tags = differing(topic.tags, found_.topic->tags);
        if (!tags.empty()) plan_tags(step_kind::tag_topic, resource, topic.name, tags, found_.topic->tags);
        if (steps_.size() == before) left_.push_back(leave(resource));
    }

    void add_creation(planned_step step, const attribute_map& tags) {
        step.shown.detail = shown_values(step.values);
        if (!tags.empty()) step.shown.detail += (step.values.empty() ? "tags: " : "; tags: ") + shown_values(tags);
        step.tags = tags;
        add(std::move(step));
    }

    void plan_tags(step_kind kind, const std::string& resource, const std::string& name, const attribute_map& tags,
                   const attribute_map& before) {
        add(make_step(kind, chain_action::change, resource, "tags: " + shown_changes(tags, before), name, tags));
    }

    std::optional<error_info> plan_queue(const chain_queue& queue) {
        const found_queue* const known = found_.queue(queue.name);
        const attribute_map attributes = wanted_queue_attributes(wanted_, queue, found_);
        if (known == nullptr) return plan_new_queue(queue, attributes);
        const std::string resource = queue_resource(queue.name);
        const std::size_t before = steps_.size();
        const attribute_map changes = differing(attributes, known->attributes);
        if (!changes.empty()) {
            add(make_step(step_kind::set_queue_attributes, chain_action::change, resource,
                          shown_changes(changes, known->attributes), queue.name, changes));
        }
        const auto tags = differing(queue.tags, known->tags);
        if (!tags.empty()) plan_tags(step_kind::tag_queue, resource, queue.name, tags, known->tags);
        if (steps_.size() == before) left_.push_back(leave(resource));
        if (!wanted_.receives(queue.name)) return std::nullopt;
        const auto policy = allow_topic(value_of(known->attributes, "Policy"), known->arn, topic_arn_);
        if (!policy) return policy.error();
        if (*policy) {
            add(make_step(step_kind::allow_topic, chain_action::change, policy_resource(queue.name),
                          "lets " + topic_arn_ + " send", queue.name));
        } else {
            left_.push_back(leave(policy_resource(queue.name)));
        }
        return std::nullopt;
    }

    std::optional<error_info> plan_new_queue(const chain_queue& queue, attribute_map attributes) {
        if (wanted_.receives(queue.name)) {
            auto policy = allow_topic({}, found_.queue_arn(queue.name), topic_arn_);
            if (!policy) return policy.error();
            attributes["Policy"] = policy->value_or("");
        }
        std::erase_if(attributes, [](const auto& one) { return one.second.empty(); }); // nothing to take away
        planned_step step = make_step(step_kind::create_queue, chain_action::create, queue_resource(queue.name), {},
                                      queue.name, with_type(std::move(attributes), queue.name, "FifoQueue"));
        add_creation(std::move(step), queue.tags);
        return std::nullopt;
    }

    void plan_subscription(const chain_queue& queue) {
        if (!queue.subscribe) return;
        const std::string resource = subscription_resource(queue.name);
        const attribute_map attributes = wanted_subscription_attributes(queue, found_);
        const found_subscription* const known = found_.subscription_of(found_.queue_arn(queue.name));
        if (known == nullptr || known->pending()) {
            attribute_map stated = attributes;
            std::erase_if(stated, [](const auto& one) { return one.second.empty(); });
            add(make_step(step_kind::subscribe, chain_action::create, resource, shown_values(stated), queue.name,
                          stated));
            return;
        }
        const attribute_map changes = differing(attributes, known->attributes);
        if (changes.empty()) return left_.push_back(leave(resource));
        // A policy on bodies may be none on attributes: the scope goes first to bodies, and last away from them.
        std::vector<std::string> order{"RawMessageDelivery", "FilterPolicyScope", "FilterPolicy", "RedrivePolicy"};
        if (queue.filter_on == filter_scope::attributes) std::swap(order[1], order[2]);
        for (const std::string& name : order) {
            const auto change = changes.find(name);
            if (change == changes.end()) continue;
            attribute_map one{*change};
            std::string detail = shown_changes(one, known->attributes);
            if (name == "FilterPolicy" && change->second.empty()) one[name] = "{}"; // AWS takes no empty one
            add(make_step(step_kind::set_subscription_attribute, chain_action::change, resource, std::move(detail),
                          known->arn, std::move(one)));
        }
    }

    void plan_others() {
        std::set<std::string> ours;
        for (const chain_queue& queue : wanted_.queues) {
            if (queue.subscribe) ours.insert(found_.queue_arn(queue.name));
        }
        for (const found_subscription& one : found_.subscriptions) {
            if (ours.contains(one.endpoint)) continue;
            const std::string resource = "subscription of " + one.protocol + " " + one.endpoint;
            if (options_.unsubscribe_others && !one.pending()) {
                add(make_step(step_kind::unsubscribe, chain_action::remove, resource, "not of the chain", one.arn));
            } else {
                left_.push_back(leave(resource, "not of the chain"));
            }
        }
    }

    const wanted_chain& wanted_;
    const found_chain& found_;
    const ensure_options& options_;
    std::string topic_arn_;
    std::vector<planned_step> steps_;
    std::vector<planned_step> left_;
};

std::int64_t messages_in(const found_queue& queue) {
    std::int64_t all = 0;
    for (const char* name : {"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                             "ApproximateNumberOfMessagesDelayed"}) {
        all += std::strtoll(value_of(queue.attributes, name).c_str(), nullptr, 10);
    }
    return all;
}

class removal {
  public:
    removal(const wanted_chain& wanted, const found_chain& found, const remove_options& options)
        : wanted_(wanted), found_(found), options_(options), topic_arn_(found.topic_arn(wanted.topic.name)) {}

    std::vector<planned_step> plan() {
        plan_subscriptions();
        // A queue goes before those it needs, and the topic last: until then the chain is found by it.
        for (auto queue = wanted_.queues.rbegin(); queue != wanted_.queues.rend(); ++queue) plan_queue(queue->name);
        plan_topic();
        steps_.insert(steps_.end(), left_.begin(), left_.end());
        return std::move(steps_);
    }

  private:
    void plan_subscriptions() {
        std::map<std::string, std::string> ours; // names by ARN
        for (const auto& [name, queue] : found_.queues) ours[queue.arn] = name;
        for (const found_subscription& one : found_.subscriptions) {
            const auto queue = ours.find(one.endpoint);
            if (queue == ours.end() || one.pending()) {
                others_.push_back(one.protocol + " " + one.endpoint);
                continue;
            }
            steps_.push_back(make_step(step_kind::unsubscribe, chain_action::remove,
                                       subscription_resource(queue->second), {}, one.arn));
        }
    }

    void plan_queue(const std::string& name) {
        const found_queue* const queue = found_.queue(name);
        if (queue == nullptr) return;
        const std::string policy = value_of(queue->attributes, "Policy");
        const std::int64_t messages = messages_in(*queue);
        std::string why;
        if (messages > 0) why = "about " + std::to_string(messages) + " messages are in it";
        else if (has_other_statements(policy, queue->arn, topic_arn_)) why = "its policy has statements of others";
        if (why.empty() || options_.even_in_use) {
            steps_.push_back(
                make_step(step_kind::delete_queue, chain_action::remove, queue_resource(name), std::move(why), name));
            return;
        }
        left_.push_back(leave(queue_resource(name), std::move(why)));
        const auto without = withdraw_topic(policy, queue->arn, topic_arn_);
        if (without && *without) {
            steps_.push_back(make_step(step_kind::withdraw_topic, chain_action::change, policy_resource(name),
                                       "does not let " + topic_arn_ + " send any more", name));
        }
    }

    void plan_topic() {
        if (!found_.topic) return;
        const std::string resource = topic_resource(wanted_.topic.name);
        std::string why;
        if (!others_.empty()) {
            why = "others are subscribed: " + others_.front() +
                  (others_.size() > 1 ? " and " + std::to_string(others_.size() - 1) + " more" : "");
        }
        if (why.empty() || options_.even_in_use) {
            steps_.push_back(
                make_step(step_kind::delete_topic, chain_action::remove, resource, std::move(why), found_.topic->arn));
        } else {
            left_.push_back(leave(resource, std::move(why)));
        }
    }

    const wanted_chain& wanted_;
    const found_chain& found_;
    const remove_options& options_;
    std::string topic_arn_;
    std::vector<std::string> others_;
    std::vector<planned_step> steps_;
    std::vector<planned_step> left_;
};

std::string allow_document(const wanted_chain& wanted, const chain_queue& queue, const found_chain& found) {
    const auto document = [](const char* permission) { return json({{"redrivePermission", permission}}); };
    json sources = json::array();
    switch (queue.redrive_allow.how()) {
    case redrive_allowance::kind::unstated: return {};
    case redrive_allowance::kind::all: return document("allowAll").dump();
    case redrive_allowance::kind::none: return document("denyAll").dump();
    case redrive_allowance::kind::chain:
        for (const std::string& name : wanted.order) {
            if (wanted.queue(name)->dead_letter_queue == queue.name) sources.push_back(found.queue_arn(name));
        }
        if (sources.empty()) return document("denyAll").dump();
        break;
    case redrive_allowance::kind::listed:
        for (const std::string& one : queue.redrive_allow.sources()) sources.push_back(found.queue_arn(one));
        break;
    }
    json by_queue = document("byQueue");
    by_queue["sourceQueueArns"] = std::move(sources);
    return by_queue.dump();
}

} // namespace

const found_subscription* found_chain::subscription_of(const std::string& queue_arn) const {
    const auto found = std::ranges::find(subscriptions, queue_arn, &found_subscription::endpoint);
    return found == subscriptions.end() ? nullptr : &*found;
}

std::string dead_letter_target(const std::string& redrive_policy) {
    const auto document = protocol::parse_strict_json(redrive_policy, "the redrive policy");
    if (!document || !document->is_object()) return {};
    const auto target = document->find("deadLetterTargetArn");
    return target != document->end() && target->is_string() ? target->get<std::string>() : std::string();
}

bool same_value(const std::string& name, const std::string& a, const std::string& b) {
    if (a == b) return true;
    // What an attribute is where it is not set.
    const auto text = [&name](const std::string& value) {
        const bool unset = value == "false" || (name == "FilterPolicy" && value == "{}") ||
                           (name == "FilterPolicyScope" && value == "MessageAttributes");
        return unset ? std::string() : value;
    };
    const bool documents = a.starts_with('{') && b.starts_with('{');
    if (!documents) return text(a) == text(b);
    const auto left = protocol::parse_strict_json(a, name);
    const auto right = protocol::parse_strict_json(b, name);
    // In a filter `["=", 5]` is not `[5, "="]`.
    const bool ordered = name == "FilterPolicy";
    return left && right && (ordered ? *left == *right : normal(*left) == normal(*right));
}

attribute_map wanted_queue_attributes(const wanted_chain& wanted, const chain_queue& queue, const found_chain& found) {
    attribute_map attributes = queue.attributes;
    attributes.erase("FifoQueue"); // the name says it, and it cannot be changed
    if (!queue.dead_letter_queue.empty()) {
        attributes["RedrivePolicy"] = json({{"deadLetterTargetArn", found.queue_arn(queue.dead_letter_queue)},
                                            {"maxReceiveCount", queue.max_receive_count}})
                                          .dump();
    }
    const std::string allow = allow_document(wanted, queue, found);
    if (!allow.empty()) attributes["RedriveAllowPolicy"] = allow;
    switch (queue.encryption.how()) {
    case queue_encryption::kind::unstated: break;
    case queue_encryption::kind::none:
        attributes["SqsManagedSseEnabled"] = "false";
        attributes["KmsMasterKeyId"] = "";
        break;
    case queue_encryption::kind::sqs_managed:
        attributes["SqsManagedSseEnabled"] = "true";
        attributes["KmsMasterKeyId"] = "";
        break;
    case queue_encryption::kind::kms: attributes["KmsMasterKeyId"] = queue.encryption.key(); break;
    }
    return attributes;
}

attribute_map wanted_subscription_attributes(const chain_queue& queue, const found_chain& found) {
    attribute_map attributes{{"RawMessageDelivery", queue.raw_delivery ? "true" : "false"},
                             {"FilterPolicy", queue.filter_policy}};
    const bool no_filter = same_value("FilterPolicy", queue.filter_policy, "");
    if (!no_filter) {
        attributes["FilterPolicyScope"] = queue.filter_on == filter_scope::body ? "MessageBody" : "MessageAttributes";
    }
    if (!queue.undelivered_queue.empty()) {
        attributes["RedrivePolicy"] = json({{"deadLetterTargetArn", found.queue_arn(queue.undelivered_queue)}}).dump();
    }
    return attributes;
}

result<std::vector<planned_step>> plan_chain(const wanted_chain& wanted, const found_chain& found,
                                             const ensure_options& options) {
    return planner(wanted, found, options).plan();
}

std::vector<planned_step> plan_removal(const wanted_chain& wanted, const found_chain& found,
                                       const remove_options& options) {
    return removal(wanted, found, options).plan();
}

} // namespace sluice::topology
