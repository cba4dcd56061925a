#include "topology/json_members.hpp"

#include <sluice/error.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice::topology {
namespace {

using nlohmann::json;

std::string joined(std::span<const std::string_view> names) {
    std::string text;
    for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
    return text;
}

} // namespace

void refuse(const json_place& place, const std::string& why) {
    const std::string& path = place.path;
    throw error(
        error_info(errc::invalid_argument, place.document + ": " + (path.empty() ? "the document" : path) + " " + why));
}

json_members::json_members(const json& object, json_place place, std::span<const std::string_view> known)
    : object_(object), place_(std::move(place)) {
    if (!object.is_object()) refuse(place_, "is not an object");
    for (const auto& [name, value] : object.items()) {
        if (std::ranges::find(known, name) == known.end()) {
            refuse(at(name), "is not known; the members here are " + joined(known));
        }
    }
}

const json* json_members::find(const std::string& name) const {
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
}

void json_members::read(const std::string& name, std::string& to) const {
    const json* const value = find(name);
    if (value == nullptr) return;
    if (!value->is_string()) refuse(at(name), "is " + value->dump() + ": a text is needed");
    to = value->get<std::string>();
}

void json_members::read(const std::string& name, bool& to) const {
    const json* const value = find(name);
    if (value == nullptr) return;
    if (!value->is_boolean()) refuse(at(name), "is " + value->dump() + ": true or false is needed");
    to = value->get<bool>();
}

void json_members::read(const std::string& name, int& to) const {
    const json* const value = find(name);
    if (value == nullptr) return;
    const bool good = value->is_number_integer() && *value >= std::numeric_limits<int>::min() &&
                      *value <= std::numeric_limits<int>::max();
    if (!good) refuse(at(name), "is " + value->dump() + ": a whole number is needed");
    to = value->get<int>();
}

void json_members::read(const std::string& name, std::map<std::string, std::string>& to, bool documents) const {
    const json* const value = find(name);
    if (value == nullptr) return;
    if (!value->is_object()) refuse(at(name), "is not an object");
    for (const auto& [key, one] : value->items()) {
        const bool plain = one.is_number_integer() || one.is_boolean() || (documents && one.is_object());
        if (one.is_string()) to[key] = one.get<std::string>();
        else if (plain) to[key] = one.dump();
        else refuse(at(name).member(key), "is " + one.dump() + ": a text is needed");
    }
}

} // namespace sluice::topology
