#include "topology/queue_policy.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sluice::topology {
namespace {

using nlohmann::json;

/// Statements are compared without their Sid, which says nothing about what they allow.
bool same_statement(json a, json b) {
    a.erase("Sid");
    b.erase("Sid");
    return a == b;
}

} // namespace

result<std::optional<std::string>> allow_topic(std::string_view existing, std::string_view queue_arn,
                                               std::string_view topic_arn) {
    using answer = result<std::optional<std::string>>;
    const json wanted = {
        {"Effect", "Allow"},
        {"Principal", {{"Service", "sns.amazonaws.com"}}},
        {"Action", "sqs:SendMessage"},
        {"Resource", queue_arn},
        {"Condition", {{"ArnEquals", {{"aws:SourceArn", topic_arn}}}}},
    };
    json policy = {{"Version", "2012-10-17"}, {"Statement", json::array()}};
    if (!existing.empty()) {
        policy = json::parse(existing, nullptr, false);
        if (!policy.is_object()) {
            return answer(
                error_info(errc::bad_reply, "the policy of " + std::string(queue_arn) + " is not a JSON object"));
        }
    }
    json& statements = policy["Statement"];
    if (statements.is_object()) statements = json::array({statements}); // one statement may stand without brackets
    if (statements.is_null()) statements = json::array();
    if (!statements.is_array()) {
        return answer(
            error_info(errc::bad_reply, "the policy of " + std::string(queue_arn) + " has no list of statements"));
    }
    const bool there = std::ranges::any_of(statements, [&wanted](const json& statement) {
        return statement.is_object() && same_statement(statement, wanted);
    });
    if (there) return answer(std::optional<std::string>());
    statements.push_back(wanted);
    return answer(std::optional<std::string>(policy.dump(-1, ' ', false, json::error_handler_t::replace)));
}

} // namespace sluice::topology
