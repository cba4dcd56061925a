#include "local/access_policy.hpp"

#include "local/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

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

std::string in_lower_case(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

bool matches_any(std::string_view text, const std::vector<std::string>& patterns) {
    return std::ranges::any_of(patterns, [text](const std::string& one) { return matches_pattern(text, one, '?'); });
}

/// `arn:aws:iam::123456789012:role/path/worker` stands for the sessions of the role,
/// `arn:aws:sts::123456789012:assumed-role/worker/session`.
bool is_session_of(std::string_view principal_arn, std::string_view role_arn, std::string_view account_id) {
    const std::string iam = "arn:aws:iam::" + std::string(account_id) + ":role/";
    if (!role_arn.starts_with(iam)) return false;
    const std::string_view name = role_arn.substr(role_arn.rfind('/') + 1);
    const std::string session = "arn:aws:sts::" + std::string(account_id) + ":assumed-role/" + std::string(name) + "/";
    return principal_arn.starts_with(session);
}

bool is_principal(const access_question& asked, const std::string& named) {
    if (asked.account_id.empty()) return false;
    return named == asked.account_id || named == "arn:aws:iam::" + std::string(asked.account_id) + ":root" ||
           named == asked.principal_arn || is_session_of(asked.principal_arn, named, asked.account_id);
}

} // namespace

struct policy_reader {
    using subject = access_policy::subject;

    static std::optional<subject> subject_of(std::string_view key) {
        if (equal_ignoring_case(key, "aws:SourceArn")) return subject::source_arn;
        if (equal_ignoring_case(key, "aws:SourceAccount")) return subject::source_account;
        if (equal_ignoring_case(key, "aws:PrincipalArn")) return subject::principal_arn;
        if (equal_ignoring_case(key, "aws:PrincipalAccount")) return subject::principal_account;
        return std::nullopt;
    }

    /// False for a condition that is not known here.
    static bool read_conditions(const json& conditions, std::vector<access_policy::condition>& out) {
        if (!conditions.is_object()) return false;
        for (const auto& [test, keys] : conditions.items()) {
            // AWS documents ArnEquals and ArnLike as the same.
            const bool patterns = test == "ArnLike" || test == "StringLike" || test == "ArnEquals";
            if (!keys.is_object() || (!patterns && test != "StringEquals")) return false;
            for (const auto& [key, values] : keys.items()) {
                const auto about = subject_of(key);
                if (!about) return false;
                access_policy::condition made;
                made.about = *about;
                made.patterns = patterns;
                made.values = texts_of(keys, key.c_str());
                out.push_back(std::move(made));
            }
        }
        return true;
    }

    /// False when it names nobody.
    static bool read_principal(const json& statement, access_policy::statement& out) {
        const auto principal = statement.find("Principal");
        if (principal == statement.end()) return false;
        out.anybody = *principal == "*";
        if (out.anybody) return true;
        if (!principal->is_object()) return false;
        out.principals = texts_of(*principal, "AWS");
        out.services = texts_of(*principal, "Service");
        out.anybody = std::ranges::find(out.principals, "*") != out.principals.end();
        return true;
    }

    static void read_statement(const json& statement, std::vector<access_policy::statement>& out) {
        if (!statement.is_object()) return;
        const auto effect = statement.find("Effect");
        if (effect == statement.end() || (*effect != "Allow" && *effect != "Deny")) return;
        access_policy::statement made;
        made.allow = *effect == "Allow";
        if (!read_principal(statement, made)) return;
        for (std::string& action : texts_of(statement, "Action"))
            made.actions.push_back(in_lower_case(std::move(action)));
        made.resources = texts_of(statement, "Resource");
        const auto conditions = statement.find("Condition");
        if (conditions != statement.end() && !read_conditions(*conditions, made.conditions)) return;
        out.push_back(std::move(made));
    }
};

/// How a statement meets a question.
struct policy_reading {
    static bool is_about(const access_policy::statement& one, const access_question& asked) {
        if (!matches_any(asked.action, one.actions) || !matches_any(asked.queue_arn, one.resources)) return false;
        return one.anybody ||
               std::ranges::any_of(one.services,
                                   [&](const std::string& service) {
                                       return !asked.service.empty() && (service == "*" || service == asked.service);
                                   }) ||
               std::ranges::any_of(one.principals,
                                   [&](const std::string& named) { return is_principal(asked, named); });
    }

    static std::string_view actual(access_policy::subject about, const access_question& asked) {
        switch (about) {
        case access_policy::subject::source_arn: return asked.source_arn;
        case access_policy::subject::source_account: return asked.source_account;
        case access_policy::subject::principal_arn: return asked.principal_arn;
        case access_policy::subject::principal_account: return asked.account_id;
        }
        return {};
    }

    static bool holds(const access_policy::condition& one, const access_question& asked) {
        const std::string_view value = actual(one.about, asked);
        if (value.empty()) return false; // the key is not in the request
        if (one.patterns) return matches_any(value, one.values);
        return std::ranges::find(one.values, value) != one.values.end();
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

access_verdict access_policy::decide(const access_question& asked) const {
    auto verdict = access_verdict::unmentioned;
    for (const statement& one : statements_) {
        const bool applies = policy_reading::is_about(one, asked) &&
                             std::ranges::all_of(one.conditions, [&asked](const condition& each) {
                                 return policy_reading::holds(each, asked);
                             });
        if (!applies) continue;
        if (!one.allow) return access_verdict::denied;
        verdict = access_verdict::allowed;
    }
    return verdict;
}

bool access_policy::allows_topic(std::string_view queue_arn, std::string_view topic_arn,
                                 std::string_view account_id) const {
    access_question asked;
    asked.action = "sqs:sendmessage";
    asked.queue_arn = queue_arn;
    asked.service = "sns.amazonaws.com";
    asked.source_arn = topic_arn;
    asked.source_account = account_id;
    return decide(asked) == access_verdict::allowed;
}

} // namespace sluice::local
