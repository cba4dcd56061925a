#include "topology/chain_check.hpp"

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "protocol/message_rules.hpp"
#include "protocol/strict_json.hpp"
#include "topology/chain_plan.hpp"
#include "topology/chain_rules.hpp"
#include "topology/filter_policy.hpp"
#include "topology/queue_policy.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::topology {
namespace {

std::string type_of(const std::string& name) { return protocol::is_fifo(name) ? "FIFO" : "standard"; }

std::size_t number_or(const attribute_map& attributes, const char* name, std::size_t otherwise) {
    const std::string text = value_of(attributes, name);
    std::size_t value = otherwise;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

/// Takes SQS's dead letters of that queue, by its RedriveAllowPolicy?
bool takes_dead_letters(const found_queue& dead, const std::string& source_arn) {
    const std::string text = value_of(dead.attributes, "RedriveAllowPolicy");
    const auto document = protocol::parse_strict_json(text, "the policy");
    if (!document || !document->is_object()) return true; // all may, unless something is said
    const auto permission = document->value("redrivePermission", nlohmann::json());
    if (permission != "byQueue") return permission != "denyAll";
    const auto sources = document->value("sourceQueueArns", nlohmann::json::array());
    return std::ranges::any_of(sources, [&source_arn](const nlohmann::json& one) { return one == source_arn; });
}

class examiner {
  public:
    examiner(const wanted_chain& wanted, const found_chain& found, const std::optional<message>& sample)
        : wanted_(wanted), found_(found), sample_(sample), topic_arn_(found.topic_arn(wanted.topic.name)) {}

    std::vector<chain_finding> examine() {
        const auto broken = broken_type_rules(wanted_);
        for (const broken_rule& one : broken) add(one.fault, one.resource, one.text);
        examine_topic();
        for (const std::string& name : wanted_.order) examine_queue(*wanted_.queue(name));
        if (broken.empty()) compare_with_definition();
        return std::move(findings_);
    }

  private:
    void add(chain_fault fault, std::string resource, std::string text, bool certain = true) {
        chain_finding one;
        one.fault = fault;
        one.certain = certain;
        one.resource = std::move(resource);
        one.text = std::move(text);
        findings_.push_back(std::move(one));
    }
    void doubt(chain_fault fault, std::string resource, std::string text) {
        add(fault, std::move(resource), std::move(text), false);
    }

    [[nodiscard]] std::string here() const {
        const std::string account = found_.where.account;
        return "region " + found_.where.region + (account.empty() ? "" : ", account " + account);
    }

    // --- The topic.

    void examine_topic() {
        const std::string resource = "topic " + wanted_.topic.name;
        if (!found_.topic) {
            add(chain_fault::topic_missing, resource,
                "there is no topic \"" + wanted_.topic.name + "\" in " + here() +
                    ": is that the region and the account that it is in? `ensure` creates it");
            return;
        }
        const std::string key = value_of(found_.topic->attributes, "KmsMasterKeyId");
        if (!key.empty()) {
            doubt(chain_fault::encryption_key, resource,
                  "it is encrypted with the KMS key " + key +
                      ": whoever publishes needs kms:GenerateDataKey* and kms:Decrypt on it; rights and key policies "
                      "cannot be seen from here");
        }
        examine_large_topic(resource);
        if (sample_) examine_sample(resource);
    }

    [[nodiscard]] std::size_t topic_limit() const {
        return number_or(found_.topic->attributes, "MaximumMessageSize", limits::sns_message_bytes);
    }

    /// Source: SNS developer guide: topics with messages above 256 KiB.
    void examine_large_topic(const std::string& resource) {
        if (topic_limit() <= limits::sns_message_bytes) return;
        const std::string lead = "it takes messages of " + std::to_string(topic_limit()) + " bytes; above 262144 ";
        const auto other = std::ranges::find_if(found_.subscriptions, [](const found_subscription& one) {
            return one.protocol != "sqs" && one.protocol != "lambda" && one.protocol != "firehose";
        });
        if (other != found_.subscriptions.end()) {
            add(chain_fault::message_limit, resource,
                lead + "only sqs, lambda and firehose can be subscribed, not " + other->protocol + " " +
                    other->endpoint);
        }
        if (found_.subscriptions.size() > limits::large_message_subscriptions) {
            add(chain_fault::message_limit, resource,
                lead + "it can have 100 subscriptions, not " + std::to_string(found_.subscriptions.size()));
        }
    }

    void examine_sample(const std::string& resource) {
        protocol::message_rules rules;
        rules.kind = protocol::destination_kind::topic;
        rules.fifo = protocol::is_fifo(wanted_.topic.name);
        rules.max_message_bytes = topic_limit();
        // The number of attributes is no matter of the topic, but of raw delivery.
        message judged(sample_->body());
        const auto& attributes = sample_->attributes();
        for (std::size_t i = 0; i < attributes.size() && i < limits::message_attributes; ++i) {
            judged.attribute(attributes[i].name, attributes[i].value);
        }
        if (sample_->group()) judged.group(*sample_->group());
        if (sample_->deduplication_id()) judged.deduplication_id(*sample_->deduplication_id());
        if (sample_->subject()) judged.subject(*sample_->subject());
        if (sample_->structure()) judged.structure(*sample_->structure());
        if (sample_->size_in_bytes() > topic_limit()) {
            add(chain_fault::message_limit, resource,
                "the sample has " + std::to_string(sample_->size_in_bytes()) + " bytes, the topic takes " +
                    std::to_string(topic_limit()) + ": raise its MaximumMessageSize, at most 1048576");
        } else if (const auto broken = protocol::check_message(judged, rules)) {
            add(chain_fault::sample_refused, resource, "SNS would not take the sample: " + broken->message);
        }
        const bool content = value_of(found_.topic->attributes, "ContentBasedDeduplication") == "true";
        if (rules.fifo && !content && !sample_->deduplication_id()) {
            doubt(chain_fault::sample_refused, resource,
                  "the sample has no deduplication id, and the topic does not deduplicate by content: SNS refuses it "
                  "then; writers of sluice add an id of their own");
        }
    }

    // --- A queue and its subscription.

    void examine_queue(const chain_queue& wanted) {
        const std::string resource = "queue " + wanted.name;
        const found_queue* const queue = found_.queue(wanted.name);
        if (queue == nullptr) {
            add(chain_fault::queue_missing, resource,
                "there is no queue \"" + wanted.name + "\" in " + here() +
                    ": is that the region and the account that it is in? `ensure` creates it");
        } else {
            if (found_.topic && wanted_.receives(wanted.name)) examine_policy(wanted.name, *queue);
            examine_encryption(resource, *queue);
            examine_dead_letters(resource, *queue);
            if (found_.topic && wanted.subscribe) examine_limit(resource, *queue);
        }
        if (found_.topic && wanted.subscribe) examine_subscription(wanted, queue);
    }

    void examine_policy(const std::string& name, const found_queue& queue) {
        const std::string resource = "policy of queue " + name;
        const auto verdict = judge_policy(value_of(queue.attributes, "Policy"), queue.arn, topic_arn_);
        switch (verdict.answer) {
        case policy_answer::allows: return;
        case policy_answer::denies:
            add(chain_fault::policy_denies, resource,
                "a statement forbids SNS to send to it for this topic: " + verdict.statement);
            return;
        case policy_answer::unclear:
            doubt(chain_fault::policy_missing, resource,
                  "whether SNS may send depends on conditions that cannot be seen from here: " + verdict.statement);
            return;
        case policy_answer::missing: break;
        }
        for (const std::string& source : verdict.other_sources) {
            if (add_if_elsewhere(source, topic_arn_, resource, "it lets a topic of another {} send: " + source)) return;
        }
        add(chain_fault::policy_missing, resource,
            "no statement lets the topic send to the queue: SNS drops its messages. Allow sqs:SendMessage to "
            "sns.amazonaws.com with ArnLike aws:SourceArn " +
                topic_arn_ + "; `ensure` adds it");
    }

    /// The same name in another region or account. `text` has `{}` for the word.
    bool add_if_elsewhere(const std::string& arn, const std::string& wanted_arn, const std::string& resource,
                          std::string text) {
        const auto other = protocol::parse_arn(arn);
        const auto wanted = protocol::parse_arn(wanted_arn);
        if (!other || !wanted || other->resource != wanted->resource) return false;
        const bool region = other->region != wanted->region;
        if (!region && other->account == wanted->account) return false;
        const auto at = text.find("{}");
        text.replace(at, 2, region ? "region" : "account");
        add(region ? chain_fault::wrong_region : chain_fault::wrong_account, resource, text + " is not " + wanted_arn);
        return true;
    }

    void examine_encryption(const std::string& resource, const found_queue& queue) {
        const std::string key = value_of(queue.attributes, "KmsMasterKeyId");
        if (key.empty()) return;
        if (key == "alias/aws/sqs" || key.ends_with(":alias/aws/sqs")) {
            add(chain_fault::encryption_key, resource,
                "it is encrypted with " + key +
                    ", AWS's own key, whose policy does not let SNS use it: nothing "
                    "arrives. Take SQS's own encryption (SqsManagedSseEnabled) or a key of your own");
            return;
        }
        doubt(
            chain_fault::encryption_key, resource,
            "it is encrypted with the KMS key " + key +
                ": the key's policy must let sns.amazonaws.com do "
                "kms:GenerateDataKey* and kms:Decrypt, and readers need kms:Decrypt; key policies cannot be seen from "
                "here");
    }

    /// A dead-letter queue by ARN: of the chain, or one that was looked up.
    [[nodiscard]] const std::optional<found_queue>* look_up(const std::string& arn) const {
        const auto found = found_.other_queues.find(arn);
        return found == found_.other_queues.end() ? nullptr : &found->second;
    }

    void examine_dead_letters(const std::string& resource, const found_queue& queue) {
        const std::string target = dead_letter_target(value_of(queue.attributes, "RedrivePolicy"));
        if (target.empty() || !examine_target(resource, queue.arn, target, "dead-letter queue")) return;
        const auto* const dead = look_up(target);
        if (dead != nullptr && *dead && !takes_dead_letters(**dead, queue.arn)) {
            add(chain_fault::dead_letter_refuses, resource,
                "its dead-letter queue " + target +
                    " does not take its dead letters: " + value_of((*dead)->attributes, "RedriveAllowPolicy"));
        }
    }

    /// False when there is no more to say about it.
    bool examine_target(const std::string& resource, const std::string& source_arn, const std::string& target,
                        const std::string& what) {
        if (protocol::is_fifo(target) != protocol::is_fifo(source_arn)) {
            add(chain_fault::dead_letter_type, resource,
                "its " + what + " " + target + " is a " + type_of(target) + " queue, it is a " + type_of(source_arn) +
                    " one: both must be of the same type");
            return false;
        }
        const auto to = protocol::parse_arn(target);
        const auto from = protocol::parse_arn(source_arn);
        if (to && from && to->region != from->region) {
            add(chain_fault::wrong_region, resource, "its " + what + " " + target + " is in another region");
            return false;
        }
        if (to && from && to->account != from->account) {
            add(chain_fault::wrong_account, resource, "its " + what + " " + target + " is of another account");
            return false;
        }
        const auto* const dead = look_up(target);
        if (dead == nullptr || *dead) return dead != nullptr;
        add(chain_fault::dead_letter_missing, resource, "its " + what + " " + target + " does not exist");
        return false;
    }

    void examine_limit(const std::string& resource, const found_queue& queue) {
        const std::size_t takes = number_or(queue.attributes, "MaximumMessageSize", limits::sqs_message_bytes);
        if (sample_ && sample_->size_in_bytes() > takes) {
            add(chain_fault::message_limit, resource,
                "the sample has " + std::to_string(sample_->size_in_bytes()) + " bytes, the queue takes " +
                    std::to_string(takes) + ": raise its MaximumMessageSize");
        } else if (topic_limit() > takes) {
            add(chain_fault::message_limit, resource,
                "the topic takes messages of " + std::to_string(topic_limit()) + " bytes, the queue of " +
                    std::to_string(takes) +
                    ": what is between never arrives. Raise MaximumMessageSize of the queue, or lower that of the "
                    "topic");
        }
    }

    void examine_subscription(const chain_queue& wanted, const found_queue* queue) {
        const std::string resource = "subscription of queue " + wanted.name;
        const std::string arn = found_.queue_arn(wanted.name);
        const found_subscription* const known = found_.subscription_of(arn);
        if (known == nullptr) {
            for (const found_subscription& one : found_.subscriptions) {
                if (one.protocol != "sqs") continue;
                if (add_if_elsewhere(one.endpoint, arn, resource,
                                     "the topic delivers to a queue of another {}: " + one.endpoint)) {
                    return;
                }
            }
            add(chain_fault::subscription_missing, resource,
                "the topic does not deliver to the queue; `ensure` subscribes it");
        } else if (known->pending()) {
            add(chain_fault::subscription_pending, resource,
                "it waits for its confirmation: the token is in a message in the queue; a subscription by the queue's "
                "own account needs none");
        }
        if (queue == nullptr && known == nullptr) return;
        const bool stands = known != nullptr && !known->pending();
        const attribute_map attributes = stands ? known->attributes : wanted_subscription_attributes(wanted, found_);
        if (sample_) examine_delivery(resource, attributes);
        const std::string undelivered = dead_letter_target(value_of(attributes, "RedrivePolicy"));
        if (stands && !undelivered.empty()) examine_undelivered(resource, arn, undelivered);
    }

    void examine_delivery(const std::string& resource, const attribute_map& attributes) {
        const bool raw = value_of(attributes, "RawMessageDelivery") == "true";
        const std::size_t count = sample_->attributes().size();
        if (raw && count > limits::message_attributes) {
            add(chain_fault::too_many_attributes, resource,
                "the sample has " + std::to_string(count) +
                    " attributes: raw delivery drops messages with more than 10. Use fewer, or the envelope "
                    "(raw_delivery off)");
        }
        const bool on_body = value_of(attributes, "FilterPolicyScope") == "MessageBody";
        const auto filter = message_filter::parse(value_of(attributes, "FilterPolicy"),
                                                  on_body ? filter_scope::body : filter_scope::attributes);
        if (!filter) {
            doubt(chain_fault::filter_rejects, resource, filter.error().message);
            return;
        }
        const filter_verdict verdict = filter->judge(*sample_);
        if (verdict.answer == filter_answer::yes) return;
        add(chain_fault::filter_rejects, resource,
            "the filter policy " + std::string(verdict.answer == filter_answer::no ? "does" : "may") +
                " not match the sample: " + verdict.reason,
            verdict.answer == filter_answer::no);
    }

    void examine_undelivered(const std::string& resource, const std::string& queue_arn, const std::string& target) {
        if (!examine_target(resource, queue_arn, target, "queue for what cannot be delivered")) return;
        const auto* const dead = look_up(target);
        if (dead == nullptr || !*dead || wanted_.receives(std::string(protocol::destination_name(target)))) return;
        const auto verdict = judge_policy(value_of((*dead)->attributes, "Policy"), target, topic_arn_);
        if (verdict.answer == policy_answer::allows) return;
        add(chain_fault::dead_letter_refuses, resource,
            "the policy of " + target + " does not let the topic send to it: what cannot be delivered is lost",
            verdict.answer != policy_answer::unclear);
    }

    // --- Last, what is there but not as defined.

    void compare_with_definition() {
        const auto steps = plan_chain(wanted_, found_, ensure_options());
        if (!steps) {
            add(chain_fault::differs, "topic " + wanted_.topic.name, steps.error().message);
            return;
        }
        for (const planned_step& step : *steps) {
            const bool setting = step.kind != step_kind::allow_topic && step.shown.action == chain_action::change;
            if (setting) add(chain_fault::differs, step.shown.resource, "not as defined: " + step.shown.detail);
        }
    }

    const wanted_chain& wanted_;
    const found_chain& found_;
    const std::optional<message>& sample_;
    std::string topic_arn_;
    std::vector<chain_finding> findings_;
};

} // namespace

std::vector<chain_finding> diagnose(const wanted_chain& wanted, const found_chain& found,
                                    const std::optional<message>& sample) {
    return examiner(wanted, found, sample).examine();
}

} // namespace sluice::topology
