#include "support/service_model.hpp"

#include "support/scripted_transport.hpp"

#include "protocol/base64.hpp"

#include <algorithm>
#include <regex>

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

std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

std::string element(const std::string& name, const std::string& inside) {
    return "<" + name + ">" + inside + "</" + name + ">";
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

std::int64_t number_of(const std::string& path) {
    std::int64_t sum = 1;
    for (const char c : path) sum = (sum * 31 + c) % 100'003;
    return sum;
}

std::string value_of(const model_leaf& leaf, const exact_values& exact) {
    if (const auto found = exact.find(leaf.path); found != exact.end()) return found->second;
    if (leaf.type == "integer" || leaf.type == "long") return std::to_string(number_of(leaf.path));
    if (leaf.type == "boolean") return "true";
    if (leaf.type == "timestamp") return example_time;
    if (leaf.type == "blob") return sluice::protocol::base64_encode(leaf.path);
    return leaf.path;
}

std::vector<std::string> service_model::operations() const {
    std::vector<std::string> names;
    for (const auto& [name, described] : model_.at("operations").items()) names.push_back(name);
    return names;
}

void service_model::add_leaves(const json& reference, const std::string& path, const std::string& query_name,
                               std::vector<model_leaf>& to) const {
    const json& target = shape(reference);
    const std::string type = target.at("type");
    if (type == "structure") {
        for (const auto& [key, member] : target.at("members").items()) {
            add_leaves(member, joined(path, key), joined(query_name, wire_name(key, member)), to);
        }
    } else if (type == "list") {
        const json& member = target.at("member");
        const bool flat = flattened(reference, target);
        add_leaves(member, path, query_name + (flat ? "" : "." + text_or(member, "locationName", "member")) + ".N", to);
    } else if (type == "map") {
        const std::string entry = query_name + (flattened(reference, target) ? "" : ".entry") + ".N.";
        add_leaves(target.at("key"), path + ".key", entry + text_or(target.at("key"), "locationName", "key"), to);
        add_leaves(target.at("value"), path + ".value", entry + text_or(target.at("value"), "locationName", "value"),
                   to);
    } else {
        to.push_back({path, query_name, type});
    }
}

std::vector<model_leaf> service_model::request_leaves(const std::string& operation) const {
    std::vector<model_leaf> to;
    if (model_.at("operations").at(operation).contains("input")) add_leaves(input(operation), "", "", to);
    return to;
}

std::vector<model_leaf> service_model::reply_leaves(const std::string& operation) const {
    std::vector<model_leaf> to;
    if (!output(operation).is_null()) add_leaves(output(operation), "", "", to);
    return to;
}

std::multimap<std::string, std::string> service_model::form_values(std::string_view body) {
    static const std::regex index(R"(\.[0-9]+(?=\.|$))");
    std::multimap<std::string, std::string> to;
    for (const auto& [name, value] : parse_form(body)) to.emplace(std::regex_replace(name, index, ".N"), value);
    return to;
}

void service_model::add_json_values(const json& reference, const json& value, const std::string& path,
                                    std::multimap<std::string, std::string>& to) const {
    const json& target = shape(reference);
    const std::string type = target.at("type");
    if (type == "structure") {
        for (const auto& [key, member] : value.items()) {
            add_json_values(target.at("members").at(key), member, joined(path, key), to);
        }
    } else if (type == "list") {
        for (const json& item : value) add_json_values(target.at("member"), item, path, to);
    } else if (type == "map") {
        for (const auto& [key, item] : value.items()) {
            to.emplace(path + ".key", key);
            add_json_values(target.at("value"), item, path + ".value", to);
        }
    } else {
        to.emplace(path, value.is_string() ? value.get<std::string>() : value.dump());
    }
}

std::multimap<std::string, std::string> service_model::json_values(const std::string& operation,
                                                                   const json& body) const {
    std::multimap<std::string, std::string> to;
    add_json_values(input(operation), body, "", to);
    return to;
}

std::string service_model::xml_of(const json& reference, const std::string& name, const std::string& path,
                                  const exact_values& exact) const {
    const json& target = shape(reference);
    const std::string type = target.at("type");
    if (type == "structure") {
        std::string inside;
        for (const auto& [key, member] : target.at("members").items()) {
            inside += xml_of(member, wire_name(key, member), joined(path, key), exact);
        }
        return element(name, inside);
    }
    if (type == "list") {
        const json& member = target.at("member");
        if (flattened(reference, target)) return xml_of(member, name, path, exact);
        return element(name, xml_of(member, text_or(member, "locationName", "member"), path, exact));
    }
    if (type == "map") {
        const json& key = target.at("key");
        const json& value = target.at("value");
        const std::string inside = xml_of(key, text_or(key, "locationName", "key"), path + ".key", exact) +
                                   xml_of(value, text_or(value, "locationName", "value"), path + ".value", exact);
        return element(name, flattened(reference, target) ? inside : element("entry", inside));
    }
    return element(name, value_of({path, "", type}, exact));
}

std::string service_model::example_xml(const std::string& operation, const exact_values& exact) const {
    std::string result;
    if (!output(operation).is_null()) result = xml_of(output(operation), operation + "Result", "", exact);
    return element(operation + "Response", result + "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>");
}

json service_model::json_of(const json& reference, const std::string& path, const exact_values& exact) const {
    const json& target = shape(reference);
    const std::string type = target.at("type");
    if (type == "structure") {
        json object = json::object();
        for (const auto& [key, member] : target.at("members").items()) {
            object[key] = json_of(member, joined(path, key), exact);
        }
        return object;
    }
    if (type == "list") return json::array({json_of(target.at("member"), path, exact)});
    if (type == "map") {
        const std::string key = json_of(target.at("key"), path + ".key", exact);
        return json::object({{key, json_of(target.at("value"), path + ".value", exact)}});
    }
    const std::string value = value_of({path, "", type}, exact);
    return type == "integer" || type == "long" || type == "boolean" ? json::parse(value) : json(value);
}

json service_model::example_json(const std::string& operation, const exact_values& exact) const {
    return output(operation).is_null() ? json::object() : json_of(output(operation), "", exact);
}

} // namespace unit_tests
