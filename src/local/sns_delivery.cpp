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

void sns_service::deliver(const topic& from, publication& what, const request_context& context) {
    for (const std::string& arn : from.subscriptions) {
        const subscription& to = subscriptions_.at(arn);
        if (!to.confirmed || !to.filter.matches(what.attributes, what.body_for(to.protocol))) continue;
        if (to.is_queue()) deliver_to_queue(from, to, what, context);
        else deliver_to_endpoint(from, to, what, context);
    }
}

void sns_service::deliver_to_queue(const topic& from, const subscription& to, publication& what,
                                   const request_context& context) {
    const bool raw = to.raw();
    outgoing message;
    message.body = raw ? what.body_for(to.protocol) : envelope(from, to, what, context);
    if (raw) message.attributes = what.attributes;
    message.group = what.group;
    message.deduplication_id = what.deduplication_id;
    const std::string why = hand_over(to.endpoint, to.topic_arn, message, context.now);
    if (why.empty()) return;
    give_up("message " + what.message_id + " of topic " + name_of(to.topic_arn) + " was not delivered to queue " +
                name_of(to.endpoint) + ": " + why,
            to.dead_letters, to.topic_arn, std::move(message), context.now);
}

void sns_service::give_up(std::string line, const std::string& dead_letters, const std::string& topic_arn,
                          outgoing message, time_point now) {
    if (!dead_letters.empty()) {
        const std::string again = hand_over(dead_letters, topic_arn, std::move(message), now);
        const std::string place = "the subscription's dead-letter queue " + name_of(dead_letters);
        line += again.empty() ? "; it is in " + place : "; nor to " + place + ": " + again;
    }
    log(line);
}

std::string sns_service::hand_over(const std::string& queue_arn, const std::string& topic_arn, outgoing message,
                                   time_point now) {
    sqs_service* const queues = shared_.queues_at(queue_arn);
    queue* const target = queues == nullptr ? nullptr : queues->find_queue_by_arn(queue_arn);
    if (target == nullptr) return "the queue " + queue_arn + " does not exist";
    if (!target->settings().policy().allows_topic(target->arn(), topic_arn, account_id_)) {
        return "the queue's policy does not let the topic send to it (allow sqs:SendMessage to sns.amazonaws.com "
               "with aws:SourceArn " +
               topic_arn + ")";
    }
    if (message.attributes.size() > limits::message_attributes) {
        return "raw delivery takes at most 10 attributes, the message has " + std::to_string(message.attributes.size());
    }
    if (!target->is_fifo()) message.deduplication_id.reset();
    try {
        queues->deliver(*target, std::move(message), std::string(sns_sender), now);
    } catch (const fault& why) {
        return why.message;
    }
    return {};
}

std::string sns_service::envelope(const topic& from, const subscription& to, publication& what,
                                  const request_context& context) {
    sns_document document;
    document.type = "Notification";
    document.message_id = what.message_id;
    document.topic_arn = to.topic_arn;
    document.sequence_number = what.sequence_number;
    document.subject = what.subject;
    document.message = what.body_for(to.protocol);
    document.timestamp = iso_timestamp(context.now);
    document.unsubscribe_url = context.endpoint() + "/?Action=Unsubscribe&SubscriptionArn=" + to.arn;
    document.attributes = what.attributes;
    // SNS does not sign the messages of FIFO topics, as recorded.
    if (from.is_fifo()) return to_json(document);
    const std::string key = what.bodies.contains(to.protocol) ? to.protocol : std::string();
    auto known = what.signatures.find(key);
    if (known == what.signatures.end()) known = what.signatures.emplace(key, sign(document, from)).first;
    add_signature(document, from, known->second, context);
    return to_json(document);
}

std::string sns_service::signature_version_of(const topic& of) {
    const auto found = of.attributes.find("SignatureVersion");
    return found == of.attributes.end() || found->second.empty() ? "1" : found->second;
}

std::string sns_service::sign(const sns_document& what, const topic& of) {
    if (shared_.signer == nullptr) return {};
    if (const auto took = shared_.signer->make_if_needed()) {
        log("made the key that SNS messages are signed with, in " + std::to_string(took->count()) + " ms");
    }
    const bool first = signature_version_of(of) == "1";
    std::string signature =
        shared_.signer->sign(first ? signature_version::sha1 : signature_version::sha256, string_to_sign(what));
    if (signature.empty()) {
        log("a message of topic " + name_of(of.arn) + " is not signed: this OpenSSL does not sign with " +
            (first ? "SHA-1; set the topic's SignatureVersion to 2" : "SHA-256"));
    }
    return signature;
}

void sns_service::add_signature(sns_document& to, const topic& of, std::string signature,
                                const request_context& context) {
    if (signature.empty()) return;
    to.signature_version = signature_version_of(of);
    to.signature = std::move(signature);
    to.signing_cert_url = context.endpoint() + shared_.signer->path();
}

} // namespace sluice::local
