#include "cli/broker_config.hpp"

#include "protocol/strict_json.hpp"
#include "topology/chain_json.hpp"

#include <algorithm>
#include <functional>
#include <span>

namespace sluice::cli {
namespace {

using nlohmann::json;
using topology::json_members;
using topology::json_place;

constexpr std::string_view queue_members[] = {
    "name", "attributes", "tags", "dead_letter_queue", "max_receive_count", "redrive_allow", "encryption"};

void for_each_in(const json_members& in, const std::string& name,
                 const std::function<void(const json&, const json_place&)>& take) {
    const json* const list = in.find(name);
    if (list == nullptr) return;
    if (!list->is_array()) refuse(in.at(name), "is not a list");
    for (std::size_t i = 0; i < list->size(); ++i) take((*list)[i], in.at(name).item(i));
}

chain_queue read_queue_alone(const json& from, const json_place& place) {
    if (from.is_object()) const json_members only_these(from, place, queue_members);
    chain_queue queue = topology::read_queue(from, place);
    queue.subscribe = false;
    return queue;
}

/// The three lists that a file and each of its places may have.
void read_items(const json_members& in, configured_place& to) {
    const auto add = [&to](const json_place& place, std::variant<chain, chain_queue> what) {
        to.items.push_back({place, std::move(what)});
    };
    for_each_in(in, "topics", [&](const json& from, const json_place& place) {
        add(place, chain(topology::read_topic(from, place)));
    });
    for_each_in(in, "queues",
                [&](const json& from, const json_place& place) { add(place, read_queue_alone(from, place)); });
    for_each_in(in, "chains", [&](const json& from, const json_place& place) {
        add(place, topology::read_chain_definition(from, place));
    });
}

bool is_region(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

bool is_account(std::string_view text) {
    return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

configured_place read_place(const json& from, const json_place& place) {
    constexpr std::string_view known[] = {"region", "account", "topics", "queues", "chains"};
    const json_members in(from, place, known);
    configured_place read;
    read.place = place;
    in.read("region", read.region);
    in.read("account", read.account);
    if (in.find("region") != nullptr && !is_region(read.region)) {
        refuse(in.at("region"), "is \"" + read.region + "\": it must be made of a-z, 0-9 and -");
    }
    if (in.find("account") != nullptr && !is_account(read.account)) {
        refuse(in.at("account"), "is \"" + read.account + "\": it must be 12 digits");
    }
    read_items(in, read);
    return read;
}

} // namespace

std::vector<configured_place> parse_broker_config(std::string_view text, const std::string& file) {
    const json document = protocol::parse_strict_json(text, file).value();
    constexpr std::string_view known[] = {"topics", "queues", "chains", "places"};
    const json_place whole{file, ""};
    const json_members in(document, whole, known);
    std::vector<configured_place> places(1);
    places.front().place = whole;
    read_items(in, places.front());
    for_each_in(in, "places",
                [&](const json& from, const json_place& place) { places.push_back(read_place(from, place)); });
    return places;
}

} // namespace sluice::cli
