// What SNS accepts as a filter policy. AWS reads the text as a stream, and so reports the first mistake in it; these
// functions keep that order. AWS's texts end with a position in the source, ours do not.
#include "local/cidr.hpp"
#include "local/filter_policy.hpp"
#include "local/text.hpp"

#include <algorithm>
#include <array>

namespace sluice::local {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t deepest_policy = 16;
constexpr std::size_t most_keys = 5;
constexpr std::size_t most_combinations = 150;
/// The documented limit of a policy's text.
constexpr std::size_t most_bytes = std::size_t(256) * 1024;

bad_filter_policy bad(std::string text) { return {std::move(text), false}; }

std::string shown(const ordered_json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

void check_text_operand(const std::string& name, const ordered_json& operand) {
    // As recorded, AWS words a list for cidr as if it were a prefix.
    if (!operand.is_string()) throw bad((name == "cidr" ? "prefix" : name) + " match pattern must be a string");
}

void check_cidr(const std::string& range) {
    const auto slash = range.find('/');
    if (slash == std::string::npos || range.find('/', slash + 1) != std::string::npos) {
        throw bad("Malformed CIDR, one '/' required");
    }
    if (!parse_integer(range.substr(slash + 1))) throw bad("Malformed CIDR, mask bits must be an integer");
    const std::string address = range.substr(0, slash);
    if (!is_address(address)) throw bad("Nonstandard IP address: " + address);
    if (!is_cidr(range)) throw bad("Malformed CIDR, mask bits " + range.substr(slash + 1) + " out of range");
}

/// `["=", 1]`, `[">", 1]`, `[">", 1, "<=", 5]`
void check_numeric(const ordered_json& terms) {
    if (!terms.is_array()) throw bad("Value of numeric must be an array.");
    if (terms.empty()) throw bad("Invalid member in numeric match: ]");
    if (!terms[0].is_string()) throw bad("Invalid member in numeric match: " + shown(terms[0]));
    const std::string first = terms[0].get<std::string>();
    constexpr std::array<std::string_view, 5> signs{"=", "<", "<=", ">", ">="};
    if (std::ranges::find(signs, first) == signs.end()) throw bad("Unrecognized numeric range operator: " + first);
    if (terms.size() < 2 || !terms[1].is_number()) {
        throw bad("Value of " + (first == "=" ? std::string("equals") : first) + " must be numeric");
    }
    if (terms.size() == 2) return;
    const bool from_below = first == ">" || first == ">=";
    if (!from_below) throw bad("Too many elements in numeric expression");
    if (!terms[2].is_string()) throw bad("Bad value in numeric range: " + shown(terms[2]));
    const std::string second = terms[2].get<std::string>();
    if (second != "<" && second != "<=") throw bad("Bad numeric range operator: " + second);
    if (terms.size() < 4 || !terms[3].is_number()) throw bad("Value of " + second + " must be numeric");
    if (terms[1].get<double>() >= terms[3].get<double>()) throw bad("Bottom must be less than top");
    if (terms.size() > 4) throw bad("Too many terms in numeric range expression");
}

void check_anything_but(const ordered_json& operand) {
    if (operand.is_object()) {
        for (const auto& [name, pattern] : operand.items()) {
            if (name != "prefix") throw bad("Unsupported anything-but pattern: " + name);
            check_text_operand(name, pattern);
        }
        if (operand.size() != 1) throw bad("Only one key allowed in match expression");
        return;
    }
    if (operand.is_array()) {
        const bool texts = std::ranges::all_of(operand, [](const ordered_json& one) { return one.is_string(); });
        const bool numbers = std::ranges::all_of(operand, [](const ordered_json& one) { return one.is_number(); });
        if (operand.empty()) throw bad("Empty arrays are not allowed");
        if (!texts && !numbers) {
            throw bad("Inside anything but list, either all values are number or string, mixed type is not supported");
        }
    } else if (!operand.is_string() && !operand.is_number()) {
        throw bad("Value of anything-but must be an array or single string/number value.");
    }
}

void check_match(const ordered_json& match) {
    if (match.is_array()) throw bad("Match value must be String, number, true, false, or null");
    if (!match.is_object()) return;
    if (match.empty()) throw bad("Empty match expression");
    if (match.size() > 1) throw bad("Only one key allowed in match expression");
    const std::string& name = match.begin().key();
    const ordered_json& operand = match.begin().value();
    if (name == "exists") {
        if (!operand.is_boolean()) throw bad("exists match pattern must be either true or false.");
    } else if (name == "numeric") {
        check_numeric(operand);
    } else if (name == "anything-but") {
        check_anything_but(operand);
    } else if (name == "prefix" || name == "suffix" || name == "equals-ignore-case" || name == "wildcard") {
        check_text_operand(name, operand);
    } else if (name == "cidr") {
        check_text_operand(name, operand);
        check_cidr(operand.get<std::string>());
    } else {
        throw bad("Unrecognized match type " + name);
    }
}

/// What the rules that count over the whole policy need.
struct policy_size {
    std::size_t keys = 0;
    bool nested = false;
    std::size_t level = 1; ///< of the keys that are looked at: on bodies each value counts as often
};

/// Returns the number of combinations of values.
std::size_t check_keys(const ordered_json& policy, policy_size& size);

std::size_t check_or(const ordered_json& ways, policy_size& size) {
    std::size_t combinations = 0;
    for (const ordered_json& way : ways) combinations += check_keys(way, size);
    return combinations;
}

std::size_t check_keys(const ordered_json& policy, policy_size& size) {
    std::size_t combinations = 1;
    for (const auto& [key, value] : policy.items()) {
        std::size_t own = 1;
        if (is_or_relation(key, value)) {
            own = check_or(value, size);
        } else if (value.is_object()) {
            size.nested = true;
            ++size.level;
            own = check_keys(value, size);
            --size.level;
        } else if (value.is_array()) {
            ++size.keys;
            if (value.empty()) throw bad("Empty arrays are not allowed");
            for (const ordered_json& match : value) check_match(match);
            own = value.size() * size.level;
        } else {
            throw bad("\"" + key + "\" must be an object or an array");
        }
        // Saturates: nothing above the limit matters.
        combinations = std::min(combinations * own, most_combinations + 1);
    }
    return combinations;
}

} // namespace

nlohmann::json parse_filter_policy(std::string_view text, filter_scope scope) {
    if (text.size() > most_bytes) throw bad("Filter policy is larger than 256 KB");
    if (json_depth(text) > deepest_policy) throw bad("Filter policy is too complex");
    const ordered_json policy = ordered_json::parse(text, nullptr, false);
    if (policy.is_discarded()) throw bad("failed to parse JSON.");
    if (!policy.is_object()) throw bad("Filter is not an object");
    policy_size size;
    const std::size_t combinations = check_keys(policy, size);
    if (size.keys > most_keys) throw bad("Filter policy can not have more than 5 keys");
    if (combinations > most_combinations) throw bad("Filter policy is too complex");
    if (size.nested && scope == filter_scope::attributes) {
        throw bad_filter_policy{"Filter policy scope MessageAttributes does not support nested filter policy", true};
    }
    return nlohmann::json(policy);
}

} // namespace sluice::local
