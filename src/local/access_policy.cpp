#include "local/access_policy.hpp"

#include "local/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sluice::local {

using nlohmann::json;

namespace {

constexpr std::size_t deepest_policy = 16;

/// IAM lets every list of one stand without its brackets.
std::vector<std::string> texts_of(const json& object, const char* member) {
    std::vector<std::string> texts;
    const auto found = object.find(member);
    if (found == object.end()) return texts;
    if (found->is_string()) texts.push_back(found->get<std::string>());
    if (!found->is_array()) return texts;
    for (const json& one : *found) {
        if (one.is_string()) texts.push_back(one.get<std::string>());
    }
    return texts;
}

bool is_about_sns(const json& statement) {
    const auto principal = statement.find("Principal");
    if (principal == statement.end()) return false;
    if (*principal == "*") return true;
    if (!principal->is_object()) return false;
    const auto contains = [&principal](const char* kind, std::string_view who) {
        return std::ranges::any_of(texts_of(*principal, kind), [who](const std::string& one) { return one == who; });
    };
    return contains("AWS", "*") || contains("Service", "*") || contains("Service", "sns.amazonaws.com");
}

bool is_about_sending(const json& statement) {
    return std::ranges::any_of(texts_of(statement, "Action"), [](std::string action) {
        std::ranges::transform(action, action.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        return matches_pattern("sqs:sendmessage", action, '?');
    });
}

} // namespace

struct policy_reader {
    /// False for a condition that is not known here.
    static bool read_conditions(const json& conditions, std::vector<access_policy::condition>& out) {
        if (!conditions.is_object()) return false;
        for (const auto& [test, keys] : conditions.items()) {
            // AWS documents ArnEquals and ArnLike as the same.
            const bool patterns = test == "ArnLike" || test == "StringLike" || test == "ArnEquals";
            if (!keys.is_object() || (!patterns && test != "StringEquals")) return false;
            for (const auto& [key, values] : keys.items()) {
                access_policy::condition made;
                made.on_source_arn = equal_ignoring_case(key, "aws:SourceArn");
                if (!made.on_source_arn && !equal_ignoring_case(key, "aws:SourceAccount")) return false;
                made.patterns = patterns;
                made.values = texts_of(keys, key.c_str());
                out.push_back(std::move(made));
            }
        }
        return true;
    }

    static void read_statement(const json& statement, std::vector<access_policy::statement>& out) {
        if (!statement.is_object() || !is_about_sns(statement) || !is_about_sending(statement)) return;
        const auto effect = statement.find("Effect");
        if (effect == statement.end() || (*effect != "Allow" && *effect != "Deny")) return;
        access_policy::statement made;
        made.allow = *effect == "Allow";
        made.resources = texts_of(statement, "Resource");
        const auto conditions = statement.find("Condition");
        if (conditions != statement.end() && !read_conditions(*conditions, made.conditions)) return;
        out.push_back(std::move(made));
    }
};

access_policy::access_policy(std::string_view document) {
    if (json_depth(document) > deepest_policy) return;
    const json policy = json::parse(document, nullptr, false);
    if (!policy.is_object()) return;
    const auto statements = policy.find("Statement");
    if (statements == policy.end()) return;
    const json list = statements->is_array() ? *statements : json::array({*statements});
    for (const json& one : list) policy_reader::read_statement(one, statements_);
}

bool access_policy::allows_topic(std::string_view queue_arn, std::string_view topic_arn,
                                 std::string_view account_id) const {
    const auto holds = [&](const condition& one) {
        const std::string_view actual = one.on_source_arn ? topic_arn : account_id;
        return std::ranges::any_of(one.values, [&](const std::string& value) {
            return one.patterns ? matches_pattern(actual, value, '?') : actual == value;
        });
    };
    bool allowed = false;
    for (const statement& one : statements_) {
        const bool here = std::ranges::any_of(
            one.resources, [&](const std::string& resource) { return matches_pattern(queue_arn, resource, '?'); });
        if (!here || !std::ranges::all_of(one.conditions, holds)) continue;
        if (!one.allow) return false;
        allowed = true;
    }
    return allowed;
}

} // namespace sluice::local
