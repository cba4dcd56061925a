// The operations of SQS on tags and permissions.
#include "local/fault.hpp"
#include "local/policy_document.hpp"
#include "local/sqs_service.hpp"
#include "protocol/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace sluice::local {
namespace {

using nlohmann::json;

bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= limits::permission_label_length && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

bool is_account_id(std::string_view text) {
    return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// What can be permitted to others. Source: SQS API reference, AddPermission.
bool is_queue_action(std::string_view action) {
    constexpr std::array<std::string_view, 7> actions{
        "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "PurgeQueue",
        "ReceiveMessage",          "SendMessage"};
    return action == "*" || std::ranges::find(actions, action) != actions.end();
}

json policy_of(const queue& of) {
    const auto& texts = of.settings().texts();
    const auto found = texts.find("Policy");
    if (found != texts.end()) return json::parse(found->second);
    return {{"Version", "2008-10-17"}, {"Id", of.arn() + "/SQSDefaultPolicy"}, {"Statement", json::array()}};
}

/// A policy may have one statement instead of a list of them.
json& statements_of(json& policy) {
    json& statements = policy["Statement"];
    if (!statements.is_array()) statements = statements.is_null() ? json::array() : json::array({statements});
    return statements;
}

/// One value as itself, several as a list, as AWS writes policies.
json one_or_many(std::vector<std::string> values) {
    return values.size() == 1 ? json(values.front()) : json(std::move(values));
}

} // namespace

void check_tags(const std::map<std::string, std::string>& tags) {
    if (tags.size() > limits::tags) throw invalid_parameter_value("Too many tags. A queue can have at most 50.");
    for (const auto& [key, value] : tags) {
        if (key.empty() || key.size() > limits::tag_key_length || value.size() > limits::tag_value_length) {
            throw invalid_parameter_value(
                "Tag keys must be between 1 and 128 characters in length, values at most 256.");
        }
        if (!has_only_allowed_characters(key) || !has_only_allowed_characters(value)) {
            throw invalid_parameter_value("Tags can only have characters that a message can have.");
        }
    }
}

void sqs_service::tag_queue(members parameters, output&, const request_context& context) {
    const std::string name = queue_of(parameters, context, {"sqs:tagqueue", true}).name();
    const auto given = parameters.text_map("Tags", "Tag", "Key", "Value");
    if (given.empty()) throw missing_parameter("Tags");
    auto all = tags_[name];
    for (const auto& [key, value] : given) all[key] = value;
    check_tags(all);
    tags_[name] = std::move(all);
    record_tags(name);
}

void sqs_service::untag_queue(members parameters, output&, const request_context& context) {
    const std::string name = queue_of(parameters, context, {"sqs:untagqueue", true}).name();
    const auto keys = parameters.text_list("TagKeys", "TagKey");
    const bool good = !keys.empty() && std::ranges::all_of(keys, [](const std::string& key) {
        return !key.empty() && key.size() <= limits::tag_key_length;
    });
    if (!good) throw invalid_parameter_value("Tag keys must be between 1 and 128 characters in length.");
    for (const std::string& key : keys) tags_[name].erase(key);
    record_tags(name);
}

void sqs_service::list_queue_tags(members parameters, output& reply, const request_context& context) {
    const auto found = tags_.find(queue_of(parameters, context, {"sqs:listqueuetags", true}).name());
    if (found != tags_.end()) reply.text_map("Tags", "Tag", "Key", "Value", found->second);
}

void sqs_service::add_permission(members parameters, output&, const request_context& context) {
    queue& of = queue_of(parameters, context, {"sqs:addpermission", true});
    const std::string label = parameters.required("Label");
    if (!is_label(label)) {
        throw invalid_value(label, "Label",
                            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.");
    }
    std::vector<std::string> principals;
    for (const std::string& account : parameters.text_list("AWSAccountIds", "AWSAccountId")) {
        if (!is_account_id(account)) {
            throw invalid_value(account, "PrincipalId", "Unable to verify.");
        }
        principals.push_back("arn:aws:iam::" + account + ":root");
    }
    std::vector<std::string> actions;
    for (const std::string& action : parameters.text_list("Actions", "ActionName")) {
        if (!is_queue_action(action))
            throw invalid_value("SQS:" + action, "ActionName",
                                "Only the queue owner is allowed to invoke this action.");
        actions.push_back("SQS:" + action);
    }
    if (principals.empty()) throw missing_parameter("AWSAccountId");
    if (actions.empty()) throw missing_parameter("ActionName");
    if (actions.size() > limits::permission_actions) {
        throw make_fault("OverLimit", "OverLimit",
                         std::to_string(actions.size()) + " Actions were found, maximum allowed is 7.", 403);
    }
    json policy = policy_of(of);
    json& statements = statements_of(policy);
    const bool taken = std::ranges::any_of(statements, [&label](const json& one) { return has_label(one, label); });
    if (taken) throw invalid_value(label, "Label", "Already exists.");
    if (statements.size() >= limits::queue_policy_statements) {
        throw make_fault("OverLimit", "OverLimit",
                         std::to_string(statements.size() + 1) + " statements in the policy, maximum allowed is 20.",
                         403);
    }
    statements.push_back({{"Sid", label},
                          {"Effect", "Allow"},
                          {"Principal", {{"AWS", one_or_many(std::move(principals))}}},
                          {"Action", one_or_many(std::move(actions))},
                          {"Resource", of.arn()}});
    of.set_attributes({{"Policy", policy.dump()}}, context.now);
}

void sqs_service::remove_permission(members parameters, output&, const request_context& context) {
    queue& of = queue_of(parameters, context, {"sqs:removepermission", true});
    const std::string label = parameters.required("Label");
    json policy = policy_of(of);
    json& statements = statements_of(policy);
    const auto found = std::ranges::find_if(statements, [&label](const json& one) { return has_label(one, label); });
    if (found == statements.end()) throw invalid_value(label, "Label", "can't find label.");
    statements.erase(found);
    of.set_attributes({{"Policy", statements.empty() ? std::string() : policy.dump()}}, context.now);
}

} // namespace sluice::local
