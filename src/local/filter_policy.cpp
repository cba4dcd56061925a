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

bool matches_keys(const json& policy, const std::vector<attribute>& attributes) {
    for (const auto& [key, conditions] : policy.items()) {
        if (is_or_relation(key, conditions)) {
            const bool any =
                std::ranges::any_of(conditions, [&](const json& way) { return matches_keys(way, attributes); });
            if (!any) return false;
            continue;
        }
        const auto found = std::ranges::find(attributes, key, &attribute::name);
        const bool present = found != attributes.end();
        const std::vector<candidate> values = present ? candidates_of(*found) : std::vector<candidate>();
        const bool any = std::ranges::any_of(
            conditions, [&](const json& condition) { return matches_condition(values, present, condition); });
        if (!any) return false;
    }
    return true;
}

} // namespace

filter_policy::filter_policy(std::string_view text) : policy_(parse_filter_policy(text)) {}

bool filter_policy::matches(const std::vector<attribute>& attributes) const {
    return matches_keys(policy_, attributes);
}

} // namespace sluice::local
