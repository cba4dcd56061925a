// The pages' content for programs. Durations are seconds, rates per second, times as in the replies of SNS.
#include "local/status_pages.hpp"
#include "local/text.hpp"

#include <nlohmann/json.hpp>

namespace sluice::local {
namespace {

using nlohmann::json;

json to_json(const rate& of) { return {{"last_10_seconds", of.ten_seconds}, {"last_minute", of.minute}}; }

double seconds_of(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

json text_or_null(const std::string& text) { return text.empty() ? json() : json(text); }

json time_or_null(const std::optional<time_point>& time) { return time ? json(iso_timestamp(*time)) : json(); }

json to_json(const queue_status& one) {
    json made{{"name", one.name},
              {"arn", one.arn},
              {"fifo", one.fifo},
              {"visible", one.counts.visible},
              {"in_flight", one.counts.in_flight},
              {"delayed", one.counts.delayed},
              {"oldest_age_seconds", one.oldest_age ? json(seconds_of(*one.oldest_age)) : json()},
              {"waiting_polls", one.waiting_polls},
              {"attributes", one.attributes},
              {"tags", one.tags},
              {"dead_letter_queue", nullptr}};
    made["per_second"] = {
        {"sent", to_json(one.sent)}, {"received", to_json(one.received)}, {"deleted", to_json(one.deleted)}};
    made["ever"] = {{"entered", one.counts.entered},
                    {"deleted", one.counts.deleted},
                    {"expired", one.counts.expired},
                    {"purged", one.counts.purged},
                    {"moved", one.counts.moved}};
    if (!one.dead_letter_arn.empty()) {
        made["dead_letter_queue"] = {{"arn", one.dead_letter_arn}, {"max_receive_count", one.max_receive_count}};
    }
    return made;
}

json to_json(const topic_status& one) {
    json made{{"name", one.name},
              {"arn", one.arn},
              {"fifo", one.fifo},
              {"attributes", one.attributes},
              {"tags", one.tags},
              {"per_second", {{"published", to_json(one.published)}}},
              {"subscription_count", one.subscription_count},
              {"subscriptions", json::array()}};
    for (const subscription_status& each : one.subscriptions) {
        made["subscriptions"].push_back({{"arn", each.arn},
                                         {"protocol", each.protocol},
                                         {"endpoint", each.endpoint},
                                         {"filter_policy", text_or_null(each.filter_policy)},
                                         {"filter_policy_scope", text_or_null(each.filter_scope)},
                                         {"raw_message_delivery", each.raw},
                                         {"pending", each.pending},
                                         {"dead_letter_queue", text_or_null(each.dead_letter_arn)}});
    }
    return made;
}

json to_json(const trouble& one) {
    return {{"time", iso_timestamp(one.time)},        {"operation", text_or_null(one.operation)},
            {"resource", text_or_null(one.resource)}, {"status", one.status},
            {"code", text_or_null(one.code)},         {"message", one.message},
            {"client", text_or_null(one.client)},     {"request_id", text_or_null(one.request_id)}};
}

json to_json(const peeked_message& one) {
    json made{{"number", one.number},
              {"message_id", one.message_id},
              {"state", one.state},
              {"visible_at", time_or_null(one.visible_at)},
              {"sent", iso_timestamp(one.sent)},
              {"first_received", time_or_null(one.first_received)},
              {"receive_count", one.receive_count},
              {"sender", one.sender},
              {"message_group_id", text_or_null(one.group)},
              {"message_deduplication_id", text_or_null(one.deduplication_id)},
              {"sequence_number", text_or_null(one.sequence_number)},
              {"trace_header", text_or_null(one.trace_header)},
              {"dead_letter_source", text_or_null(one.source_arn)},
              {"body", one.body},
              {"body_bytes", one.body_bytes},
              {"attributes", json::object()}};
    for (std::size_t i = 0; i < one.attributes.size(); ++i) {
        const attribute& each = one.attributes[i];
        made["attributes"][each.name] = {
            {"type", each.type},
            {each.is_binary() ? "base64" : "value", each.is_binary() ? encode_base64(each.value) : each.value},
            {"bytes", one.attribute_bytes[i]}};
    }
    return made;
}

} // namespace

json status_json(const broker_status& status, const status_query& query) {
    json made{{"endpoint", status.endpoint},
              {"uptime_seconds", status.uptime.count()},
              {"now", iso_timestamp(status.now)},
              {"ahead_seconds", seconds_of(status.ahead)},
              {"skew_seconds", seconds_of(status.skewed)},
              {"connections", status.connections},
              {"waiting_polls", status.waiting_polls},
              {"fault_rules", status.fault_rules},
              {"requests", status.requests},
              {"failures", status.failures},
              {"requests_per_second", to_json(status.request_rate)},
              {"page", query.page},
              {"size", query.size},
              {"queue_count", status.queue_count},
              {"topic_count", status.topic_count},
              {"places", json::array()},
              {"errors", json::array()}};
    for (const place_status& one : status.places) {
        json place{
            {"region", one.region}, {"account", one.account}, {"topics", json::array()}, {"queues", json::array()}};
        for (const topic_status& each : one.topics) place["topics"].push_back(to_json(each));
        for (const queue_status& each : one.queues) place["queues"].push_back(to_json(each));
        made["places"].push_back(std::move(place));
    }
    for (const trouble& one : status.troubles) made["errors"].push_back(to_json(one));
    return made;
}

json queue_json(const queue_peek& peek, const peek_query& query) {
    json made{{"region", peek.region},
              {"account", peek.account},
              {"now", iso_timestamp(peek.now)},
              {"queue", to_json(peek.queue)},
              {"dead_letter_sources", peek.sources},
              {"size", query.size},
              {"messages", json::array()},
              {"next", peek.next > 0 ? json(peek.next) : json()}};
    for (const peeked_message& one : peek.messages) made["messages"].push_back(to_json(one));
    return made;
}

} // namespace sluice::local
