// What an account's queues and topics look like from outside: values for the status page.
#include "local/sns_service.hpp"
#include "local/sqs_service.hpp"

namespace sluice::local {
namespace {

constexpr std::size_t most_sources = 100;

} // namespace

queue_status sqs_service::status_of(queue& one, time_point now) {
    queue_status seen = one.status(now);
    if (const auto tags = tags_.find(one.name()); tags != tags_.end()) seen.tags = tags->second;
    return seen;
}

std::vector<queue_status> sqs_service::status(page_selection& page, time_point now) {
    std::vector<queue_status> all;
    for (auto& [name, one] : queues_) {
        if (page.takes(name)) all.push_back(status_of(one, now));
    }
    return all;
}

std::optional<queue_peek> sqs_service::peek(const peek_query& wanted, time_point now) {
    queue* const one = find_queue(wanted.queue);
    if (one == nullptr) return std::nullopt;
    queue_peek seen = one->peek(wanted, now);
    seen.queue = status_of(*one, now);
    for (const auto& [name, other] : queues_) {
        const auto& redrive = other.settings().redrive();
        if (redrive && redrive->target_arn == one->arn() && seen.sources.size() < most_sources) {
            seen.sources.push_back(other.arn());
        }
    }
    return seen;
}

std::vector<topic_status> sns_service::status(page_selection& page, time_point now) const {
    std::vector<topic_status> all;
    for (const auto& [arn, one] : topics_) {
        const std::string_view name = std::string_view(arn).substr(arn.rfind(':') + 1);
        if (!page.takes(name)) continue;
        topic_status seen;
        seen.name = name;
        seen.arn = arn;
        seen.fifo = one.is_fifo();
        seen.published = rate_of(one.publications, now);
        seen.attributes = one.attributes;
        seen.tags = one.tags;
        seen.subscription_count = one.subscriptions.size();
        for (const std::string& each : one.subscriptions) {
            if (seen.subscriptions.size() == most_subscriptions) break;
            const subscription& of = subscriptions_.at(each);
            const auto attributes = of.effective_attributes();
            const auto setting = [&attributes](const char* what) {
                const auto found = attributes.find(what);
                return found == attributes.end() ? std::string() : found->second;
            };
            subscription_status shown;
            shown.arn = of.arn;
            shown.protocol = of.protocol;
            shown.pending = !of.confirmed;
            shown.endpoint = of.endpoint;
            shown.filter_policy = setting("FilterPolicy");
            shown.filter_scope = setting("FilterPolicyScope");
            shown.raw = of.raw();
            shown.dead_letter_arn = of.dead_letters;
            seen.subscriptions.push_back(std::move(shown));
        }
        all.push_back(std::move(seen));
    }
    return all;
}

} // namespace sluice::local
