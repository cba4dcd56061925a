// The JSON form of a chain. Strict: what is not understood is refused by its place and name.
#include <sluice/chain.hpp>

#include "protocol/strict_json.hpp"

#include <algorithm>
#include <limits>
#include <span>

namespace sluice {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& place, const std::string& why) {
    throw error(error_info(errc::invalid_argument, "the chain: " + place + " " + why));
}

std::string joined(std::span<const std::string_view> names) {
    std::string text;
    for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
    return text;
}

/// The members of one object, by their place in the document: `queues[0].name`.
class members {
  public:
    members(const json& object, std::string place, std::span<const std::string_view> known)
        : object_(object), place_(std::move(place)) {
        if (!object.is_object()) refuse(place_.empty() ? "the document" : place_, "is not an object");
        for (const auto& [name, value] : object.items()) {
            if (std::ranges::find(known, name) == known.end()) {
                refuse(at(name), "is not known; the members here are " + joined(known));
            }
        }
    }

    [[nodiscard]] std::string at(const std::string& name) const { return place_.empty() ? name : place_ + "." + name; }

    [[nodiscard]] const json* find(const std::string& name) const {
        const auto found = object_.find(name);
        return found == object_.end() ? nullptr : &*found;
    }
    void read(const std::string& name, std::string& to) const {
        const json* const value = find(name);
        if (value == nullptr) return;
        if (!value->is_string()) refuse(at(name), "is " + value->dump() + ": a text is needed");
        to = value->get<std::string>();
    }
    void read(const std::string& name, bool& to) const {
        const json* const value = find(name);
        if (value == nullptr) return;
        if (!value->is_boolean()) refuse(at(name), "is " + value->dump() + ": true or false is needed");
        to = value->get<bool>();
    }
    void read(const std::string& name, int& to) const {
        const json* const value = find(name);
        if (value == nullptr) return;
        const bool good = value->is_number_integer() && *value >= std::numeric_limits<int>::min() &&
                          *value <= std::numeric_limits<int>::max();
        if (!good) refuse(at(name), "is " + value->dump() + ": a whole number is needed");
        to = value->get<int>();
    }
    /// AWS's attributes are texts; numbers, true and false are taken for theirs, and objects where `documents` says so.
    void read(const std::string& name, std::map<std::string, std::string>& to, bool documents) const {
        const json* const value = find(name);
        if (value == nullptr) return;
        if (!value->is_object()) refuse(at(name), "is not an object");
        for (const auto& [key, one] : value->items()) {
            const bool plain = one.is_number_integer() || one.is_boolean() || (documents && one.is_object());
            if (one.is_string()) to[key] = one.get<std::string>();
            else if (plain) to[key] = one.dump();
            else refuse(at(name) + "." + key, "is " + one.dump() + ": a text is needed");
        }
    }

  private:
    const json& object_;
    std::string place_;
};

chain_topic read_topic(const json& from) {
    if (from.is_string()) return chain_topic(from.get<std::string>());
    constexpr std::string_view known[] = {"name", "attributes", "tags"};
    const members in(from, "topic", known);
    chain_topic topic;
    in.read("name", topic.name);
    in.read("attributes", topic.attributes, true);
    in.read("tags", topic.tags, false);
    return topic;
}

redrive_allowance read_allowance(const json& from, const std::string& place) {
    if (from == "all") return redrive_allowance::all();
    if (from == "none") return redrive_allowance::none();
    if (from == "chain") return redrive_allowance::chain();
    if (!from.is_array()) {
        refuse(place, "is " + from.dump() + R"(: "all", "none", "chain" or a list of queues is needed)");
    }
    std::vector<std::string> sources;
    for (const json& one : from) {
        if (!one.is_string()) refuse(place, "lists " + one.dump() + ": names or ARNs of queues are needed");
        sources.push_back(one.get<std::string>());
    }
    return redrive_allowance::listed(std::move(sources));
}

queue_encryption read_encryption(const json& from, const std::string& place) {
    if (from == "none") return queue_encryption::none();
    if (from == "sqs") return queue_encryption::sqs_managed();
    if (!from.is_object()) {
        refuse(place, "is " + from.dump() + R"(: "none", "sqs" or {"kms_key": "…"} is needed)");
    }
    constexpr std::string_view known[] = {"kms_key"};
    const members in(from, place, known);
    std::string key;
    in.read("kms_key", key);
    return queue_encryption::kms(std::move(key));
}

chain_queue read_queue(const json& from, const std::string& place) {
    if (from.is_string()) return chain_queue(from.get<std::string>());
    constexpr std::string_view known[] = {
        "name",       "subscribe", "filter_policy",     "filter_on",         "raw_delivery",  "undelivered_queue",
        "attributes", "tags",      "dead_letter_queue", "max_receive_count", "redrive_allow", "encryption"};
    const members in(from, place, known);
    chain_queue queue;
    in.read("name", queue.name);
    in.read("subscribe", queue.subscribe);
    if (const json* const policy = in.find("filter_policy")) {
        // As an object, or as the text that AWS takes.
        queue.filter_policy = policy->is_string() ? policy->get<std::string>() : policy->dump();
    }
    std::string scope = "attributes";
    in.read("filter_on", scope);
    if (scope != "attributes" && scope != "body") {
        refuse(in.at("filter_on"), "is \"" + scope + R"(": "attributes" or "body" is needed)");
    }
    queue.filter_on = scope == "body" ? filter_scope::body : filter_scope::attributes;
    in.read("raw_delivery", queue.raw_delivery);
    in.read("undelivered_queue", queue.undelivered_queue);
    in.read("attributes", queue.attributes, false);
    in.read("tags", queue.tags, false);
    in.read("dead_letter_queue", queue.dead_letter_queue);
    in.read("max_receive_count", queue.max_receive_count);
    if (const json* const allow = in.find("redrive_allow")) {
        queue.redrive_allow = read_allowance(*allow, in.at("redrive_allow"));
    }
    if (const json* const encryption = in.find("encryption")) {
        queue.encryption = read_encryption(*encryption, in.at("encryption"));
    }
    return queue;
}

} // namespace

chain chain::from_json(std::string_view text) {
    const json document = protocol::parse_strict_json(text, "the chain").value();
    constexpr std::string_view known[] = {"topic", "queues"};
    const members in(document, "", known);
    const json* const topic = in.find("topic");
    if (topic == nullptr) refuse("topic", "is missing");
    chain read(read_topic(*topic));
    const json* const queues = in.find("queues");
    if (queues == nullptr) return read;
    if (!queues->is_array()) refuse("queues", "is not a list");
    for (const json& one : *queues) {
        read.queue(read_queue(one, "queues[" + std::to_string(read.queues().size()) + "]"));
    }
    return read;
}

} // namespace sluice
