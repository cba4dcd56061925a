#include "service/sts/role_rules.hpp"

#include "protocol/limits.hpp"

namespace sluice::sts {
namespace {

using service::request_rules;

constexpr std::size_t arn_min = 20;
constexpr std::size_t arn_max = 2'048;
constexpr std::size_t session_min = 2;
constexpr std::size_t session_max = 64;
constexpr std::size_t serial_min = 9;
constexpr std::size_t serial_max = 256;
constexpr std::size_t token_code_digits = 6;
constexpr std::int64_t token_duration_max = 129'600;
constexpr std::size_t policy_arns_max = 10;
constexpr std::size_t contexts_max = 5;
constexpr std::size_t web_identity_policy_max = 2'048;

void check_role(request_rules& rules, const std::string& arn, const std::string& session,
                const std::vector<std::string>& policy_arns, const std::optional<std::chrono::seconds>& duration) {
    rules.length("RoleArn", arn, arn_min, arn_max)
        .length("RoleSessionName", session, session_min, session_max)
        .characters("RoleSessionName", session, service::session_characters)
        .count("PolicyArns", policy_arns.size(), 0, policy_arns_max);
    for (const std::string& policy_arn : policy_arns) rules.length("PolicyArns", policy_arn, arn_min, arn_max);
    if (duration) rules.range("DurationSeconds", duration->count(), limits::role_seconds_min, limits::role_seconds_max);
}

void check_mfa(request_rules& rules, const std::string& serial_number, const std::string& token_code) {
    if (!serial_number.empty()) {
        rules.length("SerialNumber", serial_number, serial_min, serial_max)
            .characters("SerialNumber", serial_number, service::serial_number_characters);
    }
    if (!token_code.empty()) {
        rules.length("TokenCode", token_code, token_code_digits, token_code_digits)
            .characters("TokenCode", token_code, service::digits);
    }
}

} // namespace

void check_assume_role(request_rules& rules, const assume_role_request& request) {
    check_role(rules, request.role_arn, request.session_name, request.policy_arns, request.duration);
    rules.text("Policy", request.policy)
        .tags("Tags", request.tags, 0)
        .count("TransitiveTagKeys", request.transitive_tag_keys.size(), 0, limits::tags);
    for (const std::string& key : request.transitive_tag_keys) {
        rules.length("TransitiveTagKeys", key, 1, limits::tag_key_length);
    }
    if (!request.external_id.empty()) {
        rules.length("ExternalId", request.external_id, 2, 1'224)
            .characters("ExternalId", request.external_id, service::external_id_characters);
    }
    check_mfa(rules, request.serial_number, request.token_code);
    if (!request.source_identity.empty()) {
        rules.length("SourceIdentity", request.source_identity, session_min, session_max)
            .characters("SourceIdentity", request.source_identity, service::session_characters);
    }
    rules.count("ProvidedContexts", request.provided_contexts.size(), 0, contexts_max);
    for (const provided_context& context : request.provided_contexts) {
        rules.length("ProviderArn", context.provider_arn, arn_min, arn_max)
            .length("ContextAssertion", context.context_assertion, 4, 2'048);
    }
}

void check_web_identity(request_rules& rules, const assume_role_with_web_identity_request& request) {
    check_role(rules, request.role_arn, request.session_name, request.policy_arns, request.duration);
    // Not shown where it is wrong: whoever reads the log could use it.
    rules.require(request.web_identity_token.size() >= 4 && request.web_identity_token.size() <= 20'000,
                  "WebIdentityToken has " + std::to_string(request.web_identity_token.size()) +
                      " characters: 4 to 20000 characters are allowed");
    rules.length("Policy", request.policy, 0, web_identity_policy_max);
    if (!request.provider_id.empty()) rules.length("ProviderId", request.provider_id, 4, 2'048);
}

void check_session_token(request_rules& rules, const get_session_token_request& request) {
    if (request.duration)
        rules.range("DurationSeconds", request.duration->count(), limits::role_seconds_min, token_duration_max);
    check_mfa(rules, request.serial_number, request.token_code);
}

} // namespace sluice::sts
