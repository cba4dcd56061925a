// The operations of SNS on tags, permissions and data protection policies of topics.
#include "local/fault.hpp"
#include "local/policy_document.hpp"
#include "local/sns_parameters.hpp"
#include "local/sns_service.hpp"
#include "protocol/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace sluice::local {
namespace {

using nlohmann::json;

/// What can be permitted to others. Source: SNS API reference, AddPermission.
bool is_topic_action(std::string_view action) {
    constexpr std::array<std::string_view, 8> actions{
        "AddPermission", "DeleteTopic", "GetTopicAttributes", "ListSubscriptionsByTopic",
        "Publish",       "Receive",     "RemovePermission",   "SetTopicAttributes",
    };
    return action == "Subscribe" || std::ranges::find(actions, action) != actions.end();
}

} // namespace

std::string default_policy(const std::string& topic_arn, const std::string& account_id) {
    json actions = json::array();
    for (const char* action : {"GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission",
                               "DeleteTopic", "Subscribe", "ListSubscriptionsByTopic", "Publish"}) {
        actions.push_back(std::string("SNS:") + action);
    }
    const json statement{
        {"Sid", "__default_statement_ID"}, {"Effect", "Allow"},
        {"Principal", {{"AWS", "*"}}},     {"Action", actions},
        {"Resource", topic_arn},           {"Condition", {{"StringEquals", {{"AWS:SourceOwner", account_id}}}}}};
    const json policy{
        {"Version", "2008-10-17"}, {"Id", "__default_policy_ID"}, {"Statement", json::array({statement})}};
    return policy.dump();
}

void check_topic_tags(const std::map<std::string, std::string>& tags) {
    if (tags.size() > limits::tags) {
        throw make_fault("TagLimitExceeded", "TagLimitExceededException",
                         "Could not complete request: tag quota of per resource exceeded");
    }
    for (const auto& [key, value] : tags) {
        const bool good = !key.empty() && key.size() <= limits::tag_key_length &&
                          value.size() <= limits::tag_value_length && has_only_allowed_characters(key) &&
                          has_only_allowed_characters(value);
        if (!good) {
            throw sns_invalid_parameter("Tags Reason: keys have 1 to 128 characters, values at most 256: " + key);
        }
    }
}

sns_service::topic& sns_service::resource_of(members parameters) {
    const std::string arn = needed(parameters, "ResourceArn");
    const auto found = topics_.find(arn);
    if (found == topics_.end()) {
        throw make_fault("ResourceNotFound", "ResourceNotFoundException", "Resource does not exist", 404);
    }
    return found->second;
}

void sns_service::tag_resource(members parameters, output&, const request_context&) {
    topic& of = resource_of(parameters);
    std::set<std::string> keys;
    for (const auto& one : parameters.list("Tags", "Tags.member")) {
        if (!keys.insert(one->text("Key").value_or("")).second) {
            throw sns_invalid_parameter("Duplicated keys are not allowed.");
        }
    }
    auto all = of.tags;
    for (const auto& [key, value] : parameters.text_map("Tags", "Tags.member", "Key", "Value")) all[key] = value;
    check_topic_tags(all);
    of.tags = std::move(all);
    record(of);
}

void sns_service::untag_resource(members parameters, output&, const request_context&) {
    topic& of = resource_of(parameters);
    for (const std::string& key : parameters.text_list("TagKeys", "TagKeys.member")) of.tags.erase(key);
    record(of);
}

void sns_service::list_tags_for_resource(members parameters, output& reply, const request_context&) {
    const topic& of = resource_of(parameters);
    reply.begin_list("Tags", "Tags/member");
    for (const auto& [key, value] : of.tags) {
        reply.begin_item();
        reply.text("Key", key);
        reply.text("Value", value);
        reply.end_item();
    }
    reply.end_list();
}

void sns_service::add_permission(members parameters, output&, const request_context&) {
    topic& of = topic_of(parameters);
    const std::string label = needed(parameters, "Label");
    json principals = json::array();
    for (const std::string& account : parameters.text_list("AWSAccountId", "AWSAccountId.member")) {
        const bool good =
            account.size() == 12 && std::ranges::all_of(account, [](char c) { return c >= '0' && c <= '9'; });
        if (!good) throw sns_invalid_parameter("AWSAccountId Reason: " + account + " is not an account id");
        principals.push_back("arn:aws:iam::" + account + ":root");
    }
    json actions = json::array();
    for (const std::string& action : parameters.text_list("ActionName", "ActionName.member")) {
        if (!is_topic_action(action)) throw sns_invalid_parameter("Policy statement action out of service scope!");
        actions.push_back("SNS:" + action);
    }
    if (principals.empty()) throw sns_invalid_parameter("AWSAccountId Reason: no value for required parameter");
    if (actions.empty()) throw sns_invalid_parameter("ActionName Reason: no value for required parameter");
    json policy = policy_of(of);
    json& statements = policy["Statement"];
    const bool taken = std::ranges::any_of(statements, [&label](const json& one) { return has_label(one, label); });
    if (taken) throw sns_invalid_parameter("Statement already exists");
    statements.push_back({{"Sid", label},
                          {"Effect", "Allow"},
                          {"Principal", {{"AWS", principals}}},
                          {"Action", actions},
                          {"Resource", of.arn}});
    of.attributes["Policy"] = policy.dump();
    record(of);
}

void sns_service::remove_permission(members parameters, output&, const request_context&) {
    topic& of = topic_of(parameters);
    const std::string label = needed(parameters, "Label");
    json policy = policy_of(of);
    json& statements = policy["Statement"];
    const auto found = std::ranges::find_if(statements, [&label](const json& one) { return has_label(one, label); });
    if (found == statements.end()) return; // to take away what is not there succeeds
    statements.erase(found);
    of.attributes["Policy"] = policy.dump();
    record(of);
}

nlohmann::json sns_service::policy_of(const topic& of) const {
    const auto found = of.attributes.find("Policy");
    auto policy =
        json::parse(found == of.attributes.end() ? default_policy(of.arn, account_id_) : found->second, nullptr, false);
    if (!policy.is_object()) policy = json::object();
    json& statements = policy["Statement"];
    if (!statements.is_array()) statements = statements.is_null() ? json::array() : json::array({statements});
    return policy;
}

void sns_service::get_data_protection_policy(members parameters, output& reply, const request_context&) {
    const topic& of = resource_of(parameters);
    if (of.data_protection_policy.empty()) {
        throw make_fault("NotFound", "NotFoundException", "No data protection policy found for the topic", 404);
    }
    reply.text("DataProtectionPolicy", of.data_protection_policy);
}

void sns_service::put_data_protection_policy(members parameters, output&, const request_context&) {
    topic& of = resource_of(parameters);
    const std::string policy = needed(parameters, "DataProtectionPolicy");
    constexpr std::size_t deepest_policy = 16;
    const bool good = policy.size() <= limits::data_protection_policy_length && json_depth(policy) <= deepest_policy &&
                      json::parse(policy, nullptr, false).is_object();
    if (!good)
        throw sns_invalid_parameter("DataProtectionPolicy Reason: it must be a JSON object of at most 30720 bytes");
    of.data_protection_policy = policy;
    record(of);
}

} // namespace sluice::local
