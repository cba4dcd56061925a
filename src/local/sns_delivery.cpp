// The way from a topic to its queues.
#include "local/fault.hpp"
#include "local/sns_service.hpp"
#include "protocol/limits.hpp"

namespace sluice::local {
namespace {

/// The SenderId of what SNS sends.
constexpr std::string_view sns_sender = "AIDAIENQZJOLO23YVJ4VO";

std::string name_of(std::string_view arn) { return std::string(arn.substr(arn.rfind(':') + 1)); }

} // namespace

void sns_service::deliver(const topic& from, const publication& what, const request_context& context) {
    for (const std::string& arn : from.subscriptions) {
        const subscription& to = subscriptions_.at(arn);
        if (to.filter.matches(what.attributes, what.body)) deliver_to(to, what, context);
    }
}

void sns_service::deliver_to(const subscription& to, const publication& what, const request_context& context) {
    const std::string why = hand_over(to.endpoint, to, what, context);
    if (why.empty()) return;
    std::string line = "message " + what.message_id + " of topic " + name_of(to.topic_arn) +
                       " was not delivered to queue " + name_of(to.endpoint) + ": " + why;
    if (!to.dead_letters.empty()) {
        const std::string again = hand_over(to.dead_letters, to, what, context);
        const std::string place = "the subscription's dead-letter queue " + name_of(to.dead_letters);
        line += again.empty() ? "; it is in " + place : "; nor to " + place + ": " + again;
    }
    if (log_) log_(line);
}

std::string sns_service::hand_over(const std::string& queue_arn, const subscription& to, const publication& what,
                                   const request_context& context) {
    sqs_service* const queues = queues_at_(queue_arn);
    queue* const target = queues == nullptr ? nullptr : queues->find_queue_by_arn(queue_arn);
    if (target == nullptr) return "the queue " + queue_arn + " does not exist";
    if (!target->settings().policy().allows_topic(target->arn(), to.topic_arn, account_id_)) {
        return "the queue's policy does not let the topic send to it (allow sqs:SendMessage to sns.amazonaws.com "
               "with aws:SourceArn " +
               to.topic_arn + ")";
    }
    if (to.raw() && what.attributes.size() > limits::message_attributes) {
        return "raw delivery takes at most 10 attributes, the message has " + std::to_string(what.attributes.size());
    }
    outgoing message;
    message.body = to.raw() ? what.body : envelope(to, what, context);
    if (to.raw()) message.attributes = what.attributes;
    message.group = what.group;
    if (target->is_fifo()) message.deduplication_id = what.deduplication_id;
    try {
        queues->deliver(*target, std::move(message), std::string(sns_sender), context.now);
    } catch (const fault& why) {
        return why.message;
    }
    return {};
}

std::string sns_service::envelope(const subscription& to, const publication& what,
                                  const request_context& context) const {
    std::string out = "{";
    const auto member = [&out](std::string_view name, std::string_view value) {
        out += out.size() > 1 ? ",\n  " : "\n  ";
        append_json_string(out, name);
        out += " : ";
        append_json_string(out, value);
    };
    member("Type", "Notification");
    member("MessageId", what.message_id);
    member("TopicArn", to.topic_arn);
    if (!what.sequence_number.empty()) member("SequenceNumber", what.sequence_number);
    if (!what.subject.empty()) member("Subject", what.subject);
    member("Message", what.body);
    member("Timestamp", iso_timestamp(context.now));
    // Nothing is signed here, so nothing claims to be: Signature and its companions are left out.
    member("UnsubscribeURL", context.endpoint() + "/?Action=Unsubscribe&SubscriptionArn=" + to.arn);
    if (!what.attributes.empty()) {
        out += ",\n  \"MessageAttributes\" : {";
        bool first = true;
        for (const attribute& one : what.attributes) {
            out += first ? "\n    " : ",\n    ";
            first = false;
            append_json_string(out, one.name);
            out += " : {\"Type\":";
            append_json_string(out, one.type);
            out += ",\"Value\":";
            append_json_string(out, one.is_binary() ? encode_base64(one.value) : one.value);
            out += "}";
        }
        out += "\n  }";
    }
    return out + "\n}";
}

} // namespace sluice::local
