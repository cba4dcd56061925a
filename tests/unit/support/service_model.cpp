#include "support/service_model.hpp"

#include "support/scripted_transport.hpp"

#include <algorithm>

namespace unit_tests {
namespace {

using nlohmann::json;

std::string text_or(const json& from, const char* name, const std::string& otherwise) {
    return from.contains(name) ? from.at(name).get<std::string>() : otherwise;
}

/// What is behind `word.`; empty text when nothing is behind it; a text with a bell when `text` starts otherwise.
bool skip(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    if (text.empty()) return true;
    if (text.front() != '.') return false;
    text.remove_prefix(1);
    return true;
}

bool skip_number(std::string_view& text) {
    const auto end = std::min(text.find('.'), text.size());
    const std::string_view number = text.substr(0, end);
    const bool good = !number.empty() && number.front() != '0' &&
                      std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
    return good && skip(text, number);
}

bool flattened(const json& reference, const json& shape) {
    return reference.value("flattened", false) || shape.value("flattened", false);
}

} // namespace

// The rules are those of the AWS Query protocol: a flattened list is named after its member.
std::string service_model::wire_name(const std::string& key, const json& reference) const {
    const json& target = shape(reference);
    std::string name = text_or(reference, "locationName", text_or(target, "locationName", key));
    if (target.at("type") == "list" && flattened(reference, target))
        name = text_or(target.at("member"), "locationName", name);
    return name;
}

bool service_model::form_key_exists(const json& reference, std::string_view rest) const {
    const json& target = shape(reference);
    const std::string type = target.at("type");
    if (type == "structure") {
        for (const auto& [key, member] : target.at("members").items()) {
            std::string_view behind = rest;
            if (skip(behind, wire_name(key, member)) && form_key_exists(member, behind)) return true;
        }
        return false;
    }
    if (type == "list") {
        const json& member = target.at("member");
        if (!flattened(reference, target) && !skip(rest, text_or(member, "locationName", "member"))) return false;
        return skip_number(rest) && form_key_exists(member, rest);
    }
    if (type == "map") {
        if (!flattened(reference, target) && !skip(rest, "entry")) return false;
        if (!skip_number(rest)) return false;
        if (rest == text_or(target.at("key"), "locationName", "key")) return true;
        return skip(rest, text_or(target.at("value"), "locationName", "value")) &&
               form_key_exists(target.at("value"), rest);
    }
    return rest.empty();
}

std::string service_model::check_form(const std::string& operation, std::string_view body) const {
    const auto parameters = parse_form(body);
    for (const auto& [name, value] : parameters) {
        if (name == "Action") {
            if (value != operation) return "the action is " + value;
        } else if (name == "Version") {
            if (value != model_.at("metadata").at("apiVersion").get<std::string>()) return "the version is " + value;
        } else if (!form_key_exists(input(operation), name)) {
            return operation + " has no parameter " + name;
        }
    }
    const json& members = shape(input(operation)).at("members");
    for (const std::string required : shape(input(operation)).value("required", json::array())) {
        const std::string name = wire_name(required, members.at(required));
        const bool there = std::ranges::any_of(
            parameters, [&name](const auto& one) { return one.first == name || one.first.starts_with(name + "."); });
        if (!there) return operation + " misses the required parameter " + name;
    }
    return {};
}

std::string service_model::check_value(const json& reference, const json& value, const std::string& at) const {
    const json& target = shape(reference);
    const std::string type = target.at("type");
    if (type == "structure") {
        if (!value.is_object()) return at + " is not an object";
        for (const auto& [key, member] : value.items()) {
            if (!target.at("members").contains(key)) return at + " has no member " + key;
            if (auto wrong = check_value(target.at("members").at(key), member, at + "." + key); !wrong.empty())
                return wrong;
        }
        for (const std::string required : target.value("required", json::array())) {
            if (!value.contains(required)) return at + " misses " + required;
        }
        return {};
    }
    if (type == "list") {
        if (!value.is_array()) return at + " is not an array";
        for (const json& item : value) {
            if (auto wrong = check_value(target.at("member"), item, at + "[]"); !wrong.empty()) return wrong;
        }
        return {};
    }
    if (type == "map") {
        if (!value.is_object()) return at + " is not an object";
        for (const auto& [key, item] : value.items()) {
            if (auto wrong = check_value(target.at("value"), item, at + "." + key); !wrong.empty()) return wrong;
        }
        return {};
    }
    const bool right = type == "integer"   ? value.is_number_integer()
                       : type == "boolean" ? value.is_boolean()
                                           : value.is_string();
    return right ? std::string() : at + " is not of type " + type;
}

std::string service_model::check_json(const std::string& operation, const json& body) const {
    return check_value(input(operation), body, operation);
}

} // namespace unit_tests
