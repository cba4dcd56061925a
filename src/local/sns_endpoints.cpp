// The way from a topic to HTTP(S) endpoints.
// Source: SNS developer guide, "HTTP/HTTPS headers", "Fanout to HTTPS endpoints" and "Dead-letter queues".
#include "local/sns_service.hpp"

namespace sluice::local {

bool sns_service::posted(std::uint64_t id, const post_result& how, time_point now) {
    auto step = deliveries_.finished(id, how, now);
    if (!step) return false;
    if (step->given_up) {
        endpoint_delivery& what = *step->given_up;
        const auto to = subscriptions_.find(what.subscription_arn);
        const bool confirmed = to != subscriptions_.end() && to->second.confirmed;
        outgoing message;
        message.body = std::move(what.body);
        message.attributes = std::move(what.attributes);
        // What asks an endpoint for its consent is no message that is missed.
        give_up(std::move(step->line), confirmed ? to->second.dead_letters : std::string(), what.topic_arn,
                std::move(message), now);
    } else if (!step->line.empty()) {
        log(step->line);
    }
    return true;
}

delivery_policy sns_service::policy_of(const topic& from, const subscription& to) {
    const auto text_of = [](const std::map<std::string, std::string>& attributes) {
        const auto found = attributes.find("DeliveryPolicy");
        return found == attributes.end() ? std::string() : found->second;
    };
    return effective_policy(parse_topic_delivery_policy(text_of(from.attributes)),
                            parse_subscription_delivery_policy(text_of(to.attributes), true));
}

endpoint_delivery sns_service::make_delivery(const topic& from, const subscription& to,
                                             const sns_document& what) const {
    endpoint_delivery made;
    made.subscription_arn = to.arn;
    made.topic_arn = to.topic_arn;
    made.message_id = what.message_id;
    made.url = to.endpoint;
    made.to = parse_endpoint_url(to.endpoint).value();
    made.policy = policy_of(from, to);
    made.headers = {{"x-amz-sns-message-type", what.type},
                    {"x-amz-sns-message-id", what.message_id},
                    {"x-amz-sns-topic-arn", to.topic_arn}};
    if (what.type != "SubscriptionConfirmation") made.headers.emplace_back("x-amz-sns-subscription-arn", to.arn);
    made.headers.emplace_back("Content-Type", made.policy.content_type);
    made.headers.emplace_back("User-Agent", "Amazon Simple Notification Service Agent");
    return made;
}

void sns_service::deliver_to_endpoint(const topic& from, const subscription& to, publication& what,
                                      const request_context& context) {
    sns_document document;
    document.type = "Notification";
    document.message_id = what.message_id;
    endpoint_delivery made = make_delivery(from, to, document);
    if (to.raw()) {
        made.headers.emplace_back("x-amz-sns-rawdelivery", "true");
        made.body = what.body_for(to.protocol);
        made.attributes = what.attributes;
    } else {
        made.body = envelope(from, to, what, context);
    }
    send(std::move(made), context.now);
}

void sns_service::send(endpoint_delivery what, time_point now) {
    outgoing message;
    const std::string arn = what.subscription_arn;
    const std::string topic_arn = what.topic_arn;
    const std::string line = "message " + what.message_id + " was not sent to " + what.url + ": ";
    const std::string why = deliveries_.add(what, now);
    if (why.empty()) return;
    const auto to = subscriptions_.find(arn);
    message.body = std::move(what.body);
    message.attributes = std::move(what.attributes);
    give_up(line + why, to == subscriptions_.end() ? std::string() : to->second.dead_letters, topic_arn,
            std::move(message), now);
}

void sns_service::ask_endpoint(const topic& from, const subscription& to, const char* type,
                               const request_context& context) {
    const bool again = std::string_view(type) == "UnsubscribeConfirmation";
    sns_document document;
    document.type = type;
    document.message_id = make_uuid();
    document.token = to.token;
    document.topic_arn = to.topic_arn;
    document.message =
        again ? "You have chosen to deactivate subscription " + to.arn +
                    ".\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in "
                    "this message."
              : "You have chosen to subscribe to the topic " + to.topic_arn +
                    ".\nTo confirm the subscription, visit the SubscribeURL included in this message.";
    document.subscribe_url =
        context.endpoint() + "/?Action=ConfirmSubscription&TopicArn=" + to.topic_arn + "&Token=" + to.token;
    document.timestamp = iso_timestamp(context.now);
    add_signature(document, from, sign(document, from), context);
    endpoint_delivery made = make_delivery(from, to, document);
    made.body = to_json(document);
    send(std::move(made), context.now);
}

} // namespace sluice::local
