// How subscriptions of HTTP(S) endpoints begin, and how subscriptions end.
// Source: SNS API reference, ConfirmSubscription and Unsubscribe.
#include "local/fault.hpp"
#include "local/sns_parameters.hpp"
#include "local/sns_service.hpp"

#include <algorithm>

namespace sluice::local {
namespace {

/// Subscriptions that somebody ended by their link and that may come back.
constexpr std::size_t most_ended = 1'000;

} // namespace

void sns_service::await_confirmation(subscription& one, const request_context& context) {
    const auto [first, last] = unconfirmed_.equal_range(one.token_end);
    const auto earlier = std::find_if(first, last, [&one](const auto& entry) { return entry.second == one.arn; });
    if (earlier != last) unconfirmed_.erase(earlier);
    one.token_end = context.now + subscription_token_life;
    unconfirmed_.emplace(one.token_end, one.arn);
    ask_endpoint(topics_.at(one.topic_arn), one, "SubscriptionConfirmation", context);
}

void sns_service::confirm_subscription(members parameters, output& reply, const request_context& context) {
    topic& of = topic_of(parameters);
    const std::string token = needed(parameters, "Token");
    const bool lock = parameters.text("AuthenticateOnUnsubscribe") == "true" && context.authenticated;
    const auto confirm = [&](subscription& one) {
        // Confirmed again, it stays as it is: that a link is followed twice must not weaken it.
        if (!one.confirmed) {
            one.confirmed = true;
            one.confirmed_with_signature = context.authenticated;
            one.needs_signature = lock;
            record(one);
        }
        reply.text("SubscriptionArn", one.arn);
    };
    for (const std::string& arn : of.subscriptions) {
        subscription& one = subscriptions_.at(arn);
        if (one.token.empty() || one.token != token) continue;
        if (one.token_end < context.now) break;
        return confirm(one);
    }
    const auto ended = ended_.find(token);
    if (ended == ended_.end() || ended->second.topic_arn != of.arn || ended->second.token_end < context.now) {
        throw sns_invalid_parameter("Token");
    }
    subscription again = std::move(ended->second);
    ended_.erase(ended);
    again.confirmed = false;
    again.position = next_position(of);
    of.subscriptions.push_back(again.arn);
    const std::string arn = again.arn;
    confirm(subscriptions_.emplace(arn, std::move(again)).first->second);
}

void sns_service::unsubscribe(members parameters, output&, const request_context& context) {
    const std::string arn = needed(parameters, "SubscriptionArn");
    check_arn(arn, "SubscriptionArn");
    if (std::ranges::count(arn, ':') == 5) throw sns_invalid_parameter("SubscriptionId"); // a topic's ARN
    const auto found = subscriptions_.find(arn);
    if (found == subscriptions_.end()) return;
    if (!found->second.confirmed) {
        throw sns_invalid_parameter("SubscriptionArn Reason: a subscription that is pending cannot be unsubscribed");
    }
    if (context.authenticated) return remove(found);
    if (found->second.needs_signature) {
        throw make_fault("AuthorizationError", "AuthorizationErrorException",
                         "This subscription can be unsubscribed by its owner only, with a signature", 403);
    }
    // Whoever followed the link need not be the one whom the endpoint belongs to: that one may take it back.
    subscription gone = found->second;
    const topic& of = topics_.at(gone.topic_arn);
    remove(found);
    gone.token = make_subscription_token();
    gone.token_end = context.now + subscription_token_life;
    ask_endpoint(of, gone, "UnsubscribeConfirmation", context);
    std::erase_if(ended_, [&](const auto& one) { return one.second.token_end < context.now; });
    if (ended_.size() >= most_ended)
        ended_.erase(std::ranges::min_element(ended_, {}, [](const auto& one) { return one.second.token_end; }));
    const std::string token = gone.token;
    ended_.emplace(token, std::move(gone));
}

void sns_service::remove(std::map<std::string, subscription, std::less<>>::iterator which) {
    const std::string arn = which->first;
    const auto of = topics_.find(which->second.topic_arn);
    if (of != topics_.end()) {
        erase_record_of(which->second);
        std::erase(of->second.subscriptions, arn);
    }
    deliveries_.forget(arn);
    subscriptions_.erase(which);
}

void sns_service::forget_unconfirmed(time_point now) {
    while (!unconfirmed_.empty() && unconfirmed_.begin()->first < now) {
        const auto found = subscriptions_.find(unconfirmed_.begin()->second);
        unconfirmed_.erase(unconfirmed_.begin());
        if (found != subscriptions_.end() && !found->second.confirmed) remove(found);
    }
}

} // namespace sluice::local
