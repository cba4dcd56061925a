#include "topology/queue_policy.hpp"

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "protocol/strict_json.hpp"
#include "topology/text_patterns.hpp"

#include <algorithm>

namespace sluice::topology {
namespace {

using nlohmann::json;

json make_statement(std::string_view queue_arn, std::string_view topic_arn, const char* operation) {
    return {
        {"Effect", "Allow"},
        {"Principal", {{"Service", "sns.amazonaws.com"}}},
        {"Action", "sqs:SendMessage"},
        {"Resource", queue_arn},
        {"Condition", {{operation, {{"aws:SourceArn", topic_arn}}}}},
    };
}

/// One that `allow_topic` makes or that an earlier version of it made (ArnEquals). The Sid says nothing about what a
/// statement allows.
bool is_ours(json statement, std::string_view queue_arn, std::string_view topic_arn) {
    if (!statement.is_object()) return false;
    statement.erase("Sid");
    return statement == make_statement(queue_arn, topic_arn, "ArnLike") ||
           statement == make_statement(queue_arn, topic_arn, "ArnEquals");
}

/// With its statements as a list.
result<json> read_policy(std::string_view existing, std::string_view queue_arn) {
    const auto wrong = [&queue_arn](const std::string& why) {
        return result<json>(error_info(errc::bad_reply, "the policy of " + std::string(queue_arn) + " " + why));
    };
    if (existing.empty()) return json({{"Version", "2012-10-17"}, {"Statement", json::array()}});
    auto policy = protocol::parse_strict_json(existing, "the policy");
    if (!policy || !policy->is_object()) return wrong("is not a JSON object");
    json& statements = (*policy)["Statement"];
    if (statements.is_object()) statements = json::array({statements}); // one statement may stand without brackets
    if (statements.is_null()) statements = json::array();
    if (!statements.is_array()) return wrong("has no list of statements");
    return policy;
}

/// IAM lets every list of one stand without its brackets.
std::vector<std::string> texts_of(const json& object, const std::string& member) {
    std::vector<std::string> texts;
    const auto found = object.find(member);
    if (found == object.end()) return texts;
    for (const json& one : found->is_array() ? *found : json::array({*found})) {
        if (one.is_string()) texts.push_back(one.get<std::string>());
    }
    return texts;
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view text) {
    return std::ranges::any_of(patterns, [text](const std::string& one) { return matches_wildcard(text, one, '?'); });
}

bool names_sns(const json& statement) {
    const auto principal = statement.find("Principal");
    if (principal == statement.end()) return false;
    if (*principal == "*") return true;
    if (!principal->is_object()) return false;
    const auto has = [&principal](const char* kind, std::string_view who) {
        const auto texts = texts_of(*principal, kind);
        return std::ranges::find(texts, who) != texts.end();
    };
    return has("Service", "sns.amazonaws.com") || has("Service", "*") || has("AWS", "*");
}

bool is_about_sending(const json& statement) {
    const auto actions = texts_of(statement, "Action");
    return std::ranges::any_of(
        actions, [](const std::string& one) { return matches_wildcard("sqs:sendmessage", in_lower_case(one), '?'); });
}

enum class holds { yes, no, unclear };

/// One test of a statement's conditions, such as `ArnLike` with its keys.
holds test_condition(const std::string& operation, const json& keys, const protocol::arn& topic,
                     std::string_view topic_arn, std::vector<std::string>& sources) {
    const bool patterns = operation == "ArnLike" || operation == "ArnEquals" || operation == "StringLike";
    if ((!patterns && operation != "StringEquals") || !keys.is_object()) return holds::unclear;
    holds all = holds::yes;
    for (const auto& [key, unused] : keys.items()) {
        const std::string name = in_lower_case(key);
        if (name != "aws:sourcearn" && name != "aws:sourceaccount") {
            all = holds::unclear;
            continue;
        }
        const auto values = texts_of(keys, key);
        const std::string actual = name == "aws:sourcearn" ? std::string(topic_arn) : topic.account;
        if (name == "aws:sourcearn") sources.insert(sources.end(), values.begin(), values.end());
        const bool matches = patterns ? any_matches(values, actual) : std::ranges::find(values, actual) != values.end();
        if (!matches) return holds::no;
    }
    return all;
}

holds test_conditions(const json& statement, const protocol::arn& topic, std::string_view topic_arn,
                      std::vector<std::string>& sources) {
    const auto conditions = statement.find("Condition");
    if (conditions == statement.end()) return holds::yes;
    if (!conditions->is_object()) return holds::unclear;
    holds all = holds::yes;
    for (const auto& [operation, keys] : conditions->items()) {
        const holds one = test_condition(operation, keys, topic, topic_arn, sources);
        if (one == holds::no) return one;
        if (one == holds::unclear) all = one;
    }
    return all;
}

policy_verdict judge(const json& policy, std::string_view queue_arn, std::string_view topic_arn) {
    policy_verdict verdict;
    const protocol::arn topic = protocol::parse_arn(topic_arn).value_or(protocol::arn());
    std::vector<std::string> sources;
    std::string unclear;
    for (const json& statement : policy.at("Statement")) {
        // What it is about is clear where it says so positively; NotAction and the like are not.
        if (!statement.is_object()) continue;
        const bool inverted =
            statement.contains("NotPrincipal") || statement.contains("NotAction") || statement.contains("NotResource");
        if (!inverted && (!names_sns(statement) || !is_about_sending(statement) ||
                          !any_matches(texts_of(statement, "Resource"), queue_arn))) {
            continue;
        }
        const holds held = inverted ? holds::unclear : test_conditions(statement, topic, topic_arn, sources);
        const bool deny = statement.value("Effect", json()) == "Deny";
        if (held == holds::no) continue;
        if (held == holds::unclear) {
            if (unclear.empty()) unclear = statement.dump();
        } else if (deny) {
            verdict.answer = policy_answer::denies;
            verdict.statement = statement.dump();
            return verdict;
        } else {
            verdict.answer = policy_answer::allows;
        }
    }
    if (!unclear.empty() && verdict.answer != policy_answer::denies) {
        const bool might_deny = unclear.find(R"("Effect":"Deny")") != std::string::npos;
        if (verdict.answer == policy_answer::missing || might_deny) {
            verdict.answer = policy_answer::unclear;
            verdict.statement = unclear;
        }
    }
    if (verdict.answer != policy_answer::allows) verdict.other_sources = std::move(sources);
    return verdict;
}

/// Whether a statement allows it; those that deny are left to whoever wrote them.
bool is_allowed(const json& policy, std::string_view queue_arn, std::string_view topic_arn) {
    json only_allowing = {{"Statement", json::array()}};
    for (const json& statement : policy.at("Statement")) {
        if (statement.is_object() && statement.value("Effect", json()) == "Allow") {
            only_allowing["Statement"].push_back(statement);
        }
    }
    return judge(only_allowing, queue_arn, topic_arn).answer == policy_answer::allows;
}

} // namespace

result<std::optional<std::string>> allow_topic(std::string_view existing, std::string_view queue_arn,
                                               std::string_view topic_arn) {
    using answer = result<std::optional<std::string>>;
    auto policy = read_policy(existing, queue_arn);
    if (!policy) return answer(policy.error());
    if (is_allowed(*policy, queue_arn, topic_arn)) return answer(std::optional<std::string>());
    json& statements = (*policy)["Statement"];
    statements.push_back(make_statement(queue_arn, topic_arn, "ArnLike"));
    std::string text = policy->dump();
    if (statements.size() <= limits::queue_policy_statements && text.size() <= limits::queue_policy_bytes) {
        return answer(std::optional<std::string>(std::move(text)));
    }
    return answer(error_info(
        errc::invalid_argument,
        "the policy of " + std::string(queue_arn) + " would have " + std::to_string(statements.size()) +
            " statements and " + std::to_string(text.size()) + " bytes with the one for " + std::string(topic_arn) +
            "; SQS takes 20 and 8192: one statement with a pattern, such as ArnLike aws:SourceArn arn:aws:sns:*, can "
            "stand for many"));
}

result<std::optional<std::string>> withdraw_topic(std::string_view existing, std::string_view queue_arn,
                                                  std::string_view topic_arn) {
    using answer = result<std::optional<std::string>>;
    auto policy = read_policy(existing, queue_arn);
    if (!policy) return answer(policy.error());
    json& statements = (*policy)["Statement"];
    json kept = json::array();
    for (const json& one : statements) {
        if (!is_ours(one, queue_arn, topic_arn)) kept.push_back(one);
    }
    if (kept.size() == statements.size()) return answer(std::optional<std::string>());
    if (kept.empty()) return answer(std::optional<std::string>(std::string()));
    statements = std::move(kept);
    return answer(std::optional<std::string>(policy->dump()));
}

bool has_other_statements(std::string_view existing, std::string_view queue_arn, std::string_view topic_arn) {
    const auto policy = read_policy(existing, queue_arn);
    if (!policy) return true;
    return std::ranges::any_of(policy->at("Statement"),
                               [&](const json& one) { return !is_ours(one, queue_arn, topic_arn); });
}

policy_verdict judge_policy(std::string_view policy, std::string_view queue_arn, std::string_view topic_arn) {
    const auto document = read_policy(policy, queue_arn);
    if (document) return judge(*document, queue_arn, topic_arn);
    policy_verdict unclear;
    unclear.answer = policy_answer::unclear;
    unclear.statement = std::string(policy);
    return unclear;
}

} // namespace sluice::topology
