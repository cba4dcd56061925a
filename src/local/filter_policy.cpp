#include "local/filter_policy.hpp"

#include "local/cidr.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace sluice::local {
namespace {

using nlohmann::json;

/// One value of an attribute: a String.Array attribute has several.
struct candidate {
    std::string text;
    std::optional<double> number;
    bool is_string = true; ///< false: compares as a number, boolean or null
};

constexpr std::size_t deepest_array = 8;

std::vector<candidate> candidates_of(const attribute& one) {
    if (one.is_binary()) return {};
    if (one.type.starts_with("Number")) return {{one.value, parse_number(one.value), false}};
    if (one.type != "String.Array") return {{one.value, std::nullopt, true}};
    std::vector<candidate> out;
    if (json_depth(one.value) > deepest_array) return {};
    const json array = json::parse(one.value, nullptr, false);
    if (!array.is_array()) return {{one.value, std::nullopt, true}};
    for (const json& item : array) {
        if (item.is_string()) out.push_back({item.get<std::string>(), std::nullopt, true});
        else if (item.is_number()) out.push_back({item.dump(), item.get<double>(), false});
        else if (!item.is_structured()) out.push_back({item.dump(), std::nullopt, false}); // true, false, null
    }
    return out;
}

bool compare(double value, const std::string& sign, double bound) {
    if (sign == "=") return value == bound;
    if (sign == "<") return value < bound;
    if (sign == "<=") return value <= bound;
    if (sign == ">") return value > bound;
    return value >= bound;
}

bool matches_literal(const candidate& value, const json& literal) {
    if (literal.is_string()) return value.is_string && value.text == literal.get_ref<const std::string&>();
    if (literal.is_number()) return value.number && *value.number == literal.get<double>();
    return !value.is_string && !value.number && value.text == literal.dump();
}

bool matches_anything_but(const candidate& value, const json& operand) {
    if (operand.is_object()) { // prefix is the one pattern that can stand here
        return !(value.is_string && value.text.starts_with(operand.begin().value().get_ref<const std::string&>()));
    }
    if (!operand.is_array()) return !matches_literal(value, operand);
    return std::ranges::none_of(operand, [&value](const json& literal) { return matches_literal(value, literal); });
}

bool matches_range(double value, const json& terms) {
    for (std::size_t i = 0; i + 1 < terms.size(); i += 2) {
        if (!compare(value, terms[i].get_ref<const std::string&>(), terms[i + 1].get<double>())) return false;
    }
    return true;
}

bool matches_operator(const candidate& value, const std::string& name, const json& operand) {
    if (name == "anything-but") return matches_anything_but(value, operand);
    if (name == "numeric") return value.number && matches_range(*value.number, operand);
    if (!value.is_string) return false;
    const auto& text = operand.get_ref<const std::string&>();
    if (name == "prefix") return value.text.starts_with(text);
    if (name == "suffix") return value.text.ends_with(text);
    if (name == "equals-ignore-case") return equal_ignoring_case(value.text, text);
    if (name == "wildcard") return matches_pattern(value.text, text);
    return cidr_contains(text, value.text);
}

bool matches_condition(const std::vector<candidate>& values, bool present, const json& condition) {
    if (condition.is_object()) {
        const std::string& name = condition.begin().key();
        const json& operand = condition.begin().value();
        if (name == "exists") return operand.get<bool>() == present;
        // For the values of an array, anything-but asks that one of them is something else.
        return std::ranges::any_of(values,
                                   [&](const candidate& value) { return matches_operator(value, name, operand); });
    }
    return std::ranges::any_of(values, [&](const candidate& value) { return matches_literal(value, condition); });
}

bool matches_conditions(const json& conditions, const std::vector<candidate>& values, bool present) {
    return std::ranges::any_of(conditions,
                               [&](const json& condition) { return matches_condition(values, present, condition); });
}

/// `Leaf` answers for a key and its list of conditions, `Branch` for a key and a nested policy.
template<class Leaf, class Branch>
bool matches_keys(const json& policy, const Leaf& leaf, const Branch& branch) {
    for (const auto& [key, value] : policy.items()) {
        if (is_or_relation(key, value)) {
            const bool any =
                std::ranges::any_of(value, [&](const json& way) { return matches_keys(way, leaf, branch); });
            if (!any) return false;
        } else if (value.is_object() ? !branch(key, value) : !leaf(key, value)) {
            return false;
        }
    }
    return true;
}

bool matches_attributes(const json& policy, const std::vector<attribute>& attributes) {
    const auto leaf = [&attributes](const std::string& key, const json& conditions) {
        const auto found = std::ranges::find(attributes, key, &attribute::name);
        const bool present = found != attributes.end();
        return matches_conditions(conditions, present ? candidates_of(*found) : std::vector<candidate>(), present);
    };
    const auto branch = [](const std::string&, const json&) { return false; }; // refused when the policy was set
    return matches_keys(policy, leaf, branch);
}

/// The values at a key of a body: an array stands for all that is in it.
void append_candidates(const json& value, std::vector<candidate>& out) {
    if (value.is_string()) out.push_back({value.get<std::string>(), std::nullopt, true});
    else if (value.is_number()) out.push_back({value.dump(), value.get<double>(), false});
    else if (value.is_boolean() || value.is_null()) out.push_back({value.dump(), std::nullopt, false});
    else if (value.is_array()) {
        for (const json& item : value) append_candidates(item, out);
    }
}

bool matches_object(const json& policy, const json& body);

/// A nested policy holds for an object, or for one of the objects of an array.
bool matches_nested(const json& policy, const json* value) {
    if (value != nullptr && value->is_array()) {
        return std::ranges::any_of(*value, [&policy](const json& item) { return matches_nested(policy, &item); });
    }
    static const json nothing = json::object(); // `exists: false` holds where there is nothing
    return matches_object(policy, value != nullptr && value->is_object() ? *value : nothing);
}

bool matches_object(const json& policy, const json& body) {
    const auto at = [&body](const std::string& key) {
        const auto found = body.find(key);
        return found == body.end() ? nullptr : &*found;
    };
    const auto leaf = [&at](const std::string& key, const json& conditions) {
        std::vector<candidate> values;
        const json* const value = at(key);
        if (value != nullptr) append_candidates(*value, values);
        return matches_conditions(conditions, values, value != nullptr);
    };
    const auto branch = [&at](const std::string& key, const json& nested) { return matches_nested(nested, at(key)); };
    return matches_keys(policy, leaf, branch);
}

constexpr std::size_t deepest_body = 64;

bool matches_body(const json& policy, std::string_view body) {
    if (policy.empty()) return true;
    if (json_depth(body) > deepest_body) return false;
    const json document = json::parse(body, nullptr, false);
    return document.is_object() && matches_object(policy, document);
}

} // namespace

filter_policy::filter_policy(std::string_view text, filter_scope scope)
    : policy_(parse_filter_policy(text, scope)), scope_(scope) {}

bool filter_policy::matches(const std::vector<attribute>& attributes, std::string_view body) const {
    return scope_ == filter_scope::body ? matches_body(policy_, body) : matches_attributes(policy_, attributes);
}

} // namespace sluice::local
