// What a storage keeps of the topics of an account: each topic, and below it its subscriptions and what a FIFO topic
// remembers.
#include "local/fault.hpp"
#include "local/sns_service.hpp"

#include <algorithm>

namespace sluice::local {
namespace {

constexpr std::string_view topics_key = "topic";
constexpr std::string_view subscriptions_key = "subscription";
constexpr std::string_view deduplication_key = "deduplication";
constexpr std::string_view published_key = "published"; ///< apart, as it changes with every message

std::string_view last_part(std::string_view arn) { return arn.substr(arn.rfind(':') + 1); }

} // namespace

record_place sns_service::place_of(const topic& of) const { return place_.below(topics_key).below(last_part(of.arn)); }

std::uint64_t sns_service::next_position(const topic& of) const {
    return of.subscriptions.empty() ? 1 : subscriptions_.at(of.subscriptions.back()).position + 1;
}

void sns_service::record(const topic& of) const {
    if (!place_) return;
    record_writer record;
    record.map("attributes", of.attributes).map("tags", of.tags);
    record.text_if_any("data protection", of.data_protection_policy);
    place_of(of).put({}, std::move(record));
}

void sns_service::record_published(const topic& of) const {
    if (!place_) return;
    record_writer record;
    record.number("count", of.published);
    place_of(of).put(published_key, std::move(record));
}

void sns_service::record(const subscription& of) const {
    if (!place_) return;
    record_writer record;
    record.text("protocol", of.protocol).text("endpoint", of.endpoint);
    record.map("attributes", of.attributes).number("position", of.position);
    if (!of.is_queue()) {
        record.text("token", of.token).time("token end", of.token_end);
        record.number("confirmed", of.confirmed ? 1 : 0);
        record.number("confirmed with signature", of.confirmed_with_signature ? 1 : 0);
    }
    record.number("needs signature", of.needs_signature ? 1 : 0);
    place_of(topics_.at(of.topic_arn)).below(subscriptions_key).put(last_part(of.arn), std::move(record));
}

void sns_service::erase_record_of(const subscription& of) const {
    if (!place_) return;
    place_of(topics_.at(of.topic_arn)).below(subscriptions_key).erase(last_part(of.arn));
}

void sns_service::erase_records_of(const topic& of) const {
    if (!place_) return;
    const record_place place = place_of(of);
    for (const std::string& arn : of.subscriptions) place.below(subscriptions_key).erase(last_part(arn));
    of.recent.erase_records();
    if (of.published > 0) place.erase(published_key);
    place.erase({});
}

void sns_service::erase_records() const {
    for (const auto& [arn, one] : topics_) erase_records_of(one);
}

void sns_service::restore(std::string_view key, const record_reader& record) {
    const auto [kind, rest] = split_key(key);
    if (kind != topics_key || rest.empty()) throw damaged_record("nothing of SNS is kept under this key");
    const auto [name, below] = split_key(rest);
    if (below.empty()) return restore_topic(name, record);
    const auto found = topics_.find(arn_of(name));
    if (found == topics_.end()) throw damaged_record("there is no record of its topic");
    topic& of = found->second;
    const auto [part, id] = split_key(below);
    if (part == published_key) of.published = record.number("count");
    else if (part == deduplication_key && !id.empty()) of.recent.restore(id, record);
    else if (part == subscriptions_key && !id.empty()) restore_subscription(of, id, record);
    else throw damaged_record("nothing of a topic is kept under this key");
}

void sns_service::restore_topic(std::string_view name, const record_reader& record) {
    topic made;
    made.arn = arn_of(name);
    made.attributes = record.map("attributes");
    made.tags = record.map("tags");
    made.data_protection_policy = record.text_or_empty("data protection");
    made.recent.keep_in(place_of(made).below(deduplication_key));
    topics_.insert_or_assign(made.arn, std::move(made));
}

void sns_service::restore_subscription(topic& of, std::string_view id, const record_reader& record) {
    subscription made;
    made.arn = of.arn + ":" + std::string(id);
    made.topic_arn = of.arn;
    made.protocol = record.text("protocol");
    made.endpoint = record.text("endpoint");
    made.needs_signature = record.number("needs signature") != 0;
    if (!made.is_queue()) {
        made.token = record.text("token");
        made.token_end = record.time("token end");
        made.confirmed = record.number("confirmed") != 0;
        made.confirmed_with_signature = record.number("confirmed with signature") != 0;
        if (!made.confirmed) unconfirmed_.emplace(made.token_end, made.arn);
    }
    made.position = record.number("position");
    auto attributes = record.map("attributes");
    try {
        // The scope says how the policy is to be read.
        if (const auto scope = attributes.extract("FilterPolicyScope")) {
            set_attribute(made, scope.key(), scope.mapped(), "");
        }
        for (const auto& [name, value] : attributes) set_attribute(made, name, value, "");
    } catch (const fault& why) {
        throw damaged_record(why.message);
    }
    const auto before = std::ranges::upper_bound(of.subscriptions, made.position, {}, [this](const std::string& arn) {
        return subscriptions_.at(arn).position;
    });
    of.subscriptions.insert(before, made.arn);
    subscriptions_.insert_or_assign(made.arn, std::move(made));
}

} // namespace sluice::local
