// The JSON form of a chain. Strict: what is not understood is refused by its place and name.
#include "topology/chain_json.hpp"

#include "protocol/strict_json.hpp"

#include <utility>

namespace sluice {
namespace topology {
namespace {

using nlohmann::json;

redrive_allowance read_allowance(const json& from, const json_place& place) {
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

queue_encryption read_encryption(const json& from, const json_place& place) {
    if (from == "none") return queue_encryption::none();
    if (from == "sqs") return queue_encryption::sqs_managed();
    if (!from.is_object()) {
        refuse(place, "is " + from.dump() + R"(: "none", "sqs" or {"kms_key": "…"} is needed)");
    }
    constexpr std::string_view known[] = {"kms_key"};
    const json_members in(from, place, known);
    std::string key;
    in.read("kms_key", key);
    return queue_encryption::kms(std::move(key));
}

} // namespace

chain_topic read_topic(const json& from, const json_place& place) {
    if (from.is_string()) return chain_topic(from.get<std::string>());
    constexpr std::string_view known[] = {"name", "attributes", "tags"};
    const json_members in(from, place, known);
    chain_topic topic;
    in.read("name", topic.name);
    in.read("attributes", topic.attributes, true);
    in.read("tags", topic.tags, false);
    return topic;
}

chain_queue read_queue(const json& from, const json_place& place) {
    if (from.is_string()) return chain_queue(from.get<std::string>());
    constexpr std::string_view known[] = {
        "name",       "subscribe", "filter_policy",     "filter_on",         "raw_delivery",  "undelivered_queue",
        "attributes", "tags",      "dead_letter_queue", "max_receive_count", "redrive_allow", "encryption"};
    const json_members in(from, place, known);
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

std::vector<chain_queue> read_queues(const json& from, const json_place& place) {
    if (!from.is_array()) refuse(place, "is not a list");
    std::vector<chain_queue> queues;
    for (const json& one : from) queues.push_back(read_queue(one, place.item(queues.size())));
    return queues;
}

chain read_chain_definition(const json& from, const json_place& place) {
    constexpr std::string_view known[] = {"topic", "queues"};
    const json_members in(from, place, known);
    const json* const topic = in.find("topic");
    if (topic == nullptr) refuse(in.at("topic"), "is missing");
    chain read(read_topic(*topic, in.at("topic")));
    const json* const queues = in.find("queues");
    if (queues == nullptr) return read;
    for (chain_queue& one : read_queues(*queues, in.at("queues"))) read.queue(std::move(one));
    return read;
}

} // namespace topology

chain chain::from_json(std::string_view text) {
    const nlohmann::json document = protocol::parse_strict_json(text, "the chain").value();
    return topology::read_chain_definition(document, {"the chain", ""});
}

} // namespace sluice
