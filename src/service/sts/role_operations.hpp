// AssumeRole, AssumeRoleWithWebIdentity, GetSessionToken: what hands out temporary keys.
#pragma once

#include "client/operation_info.hpp"
#include "protocol/timestamp.hpp"
#include "service/request_rules.hpp"
#include "service/required_member.hpp"
#include "service/sts/role_rules.hpp"
#include "service/text_members.hpp"

#include <sluice/sts/operations.hpp>

#include <string>
#include <vector>

namespace sluice::sts::operations {

template<class Writer>
void encode_role(Writer& writer, const std::string& arn, const std::string& session, const std::string& policy,
                 const std::vector<std::string>& policy_arns, const std::optional<std::chrono::seconds>& duration) {
    writer.text("RoleArn", arn);
    writer.text("RoleSessionName", session);
    service::encode_optional(writer, "Policy", policy);
    if (!policy_arns.empty()) {
        writer.list("PolicyArns", "PolicyArns.member", policy_arns,
                    [](auto& w, const std::string& policy_arn) { w.text("arn", policy_arn); });
    }
    if (duration) writer.number("DurationSeconds", duration->count());
}

/// Keys without which, or without whose end, the reply is of no use.
template<class Cursor>
result<credentials> decode_credentials(std::string_view operation, const Cursor& from) {
    const Cursor source = from.structure("Credentials");
    credentials to;
    const auto take = [&](std::string_view name, std::string& into) -> std::optional<error_info> {
        auto text = service::required_text(operation, source, name);
        if (!text) return text.error();
        into = std::move(*text);
        return std::nullopt;
    };
    if (auto missing = take("AccessKeyId", to.access_key_id)) return *missing;
    if (auto missing = take("SecretAccessKey", to.secret_access_key)) return *missing;
    if (auto missing = take("SessionToken", to.session_token)) return *missing;
    const std::string expiration = source.text("Expiration");
    to.expiration = protocol::parse_date_time(expiration);
    if (to.expiration) return to;
    error_info info(errc::bad_reply,
                    "the Expiration of the credentials is \"" + expiration + "\", which is not a time");
    info.operation = operation;
    info.http_status = 200;
    info.attempts = 1;
    return info;
}

template<class Cursor>
assumed_role_user decode_user(const Cursor& from) {
    const Cursor source = from.structure("AssumedRoleUser");
    assumed_role_user to;
    to.assumed_role_id = source.text("AssumedRoleId");
    to.arn = source.text("Arn");
    return to;
}

template<class Cursor>
std::optional<int> decode_packed_policy_size(const Cursor& from) {
    if (const auto percent = from.number("PackedPolicySize")) return static_cast<int>(*percent);
    return std::nullopt;
}

struct assume_role {
    using request = assume_role_request;
    using reply = assume_role_reply;
    static constexpr calls::operation_info info{"AssumeRole", calls::service_id::sts};

    static void check(service::request_rules& rules, const request& from) { check_assume_role(rules, from); }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        encode_role(writer, from.role_arn, from.session_name, from.policy, from.policy_arns, from.duration);
        writer.text_map("Tags", "Tags.member", "Key", "Value", from.tags);
        service::encode_optional_list(writer, "TransitiveTagKeys", "TransitiveTagKeys.member",
                                      from.transitive_tag_keys);
        service::encode_optional(writer, "ExternalId", from.external_id);
        service::encode_optional(writer, "SerialNumber", from.serial_number);
        service::encode_optional(writer, "TokenCode", from.token_code);
        service::encode_optional(writer, "SourceIdentity", from.source_identity);
        if (!from.provided_contexts.empty()) {
            writer.list("ProvidedContexts", "ProvidedContexts.member", from.provided_contexts,
                        [](auto& w, const provided_context& context) {
                            service::encode_optional(w, "ProviderArn", context.provider_arn);
                            service::encode_optional(w, "ContextAssertion", context.context_assertion);
                        });
        }
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        auto keys = decode_credentials(info.name, from);
        if (!keys) return keys.error();
        reply to;
        to.keys = std::move(*keys);
        to.user = decode_user(from);
        to.packed_policy_size = decode_packed_policy_size(from);
        to.source_identity = from.text("SourceIdentity");
        return to;
    }
};

struct assume_role_with_web_identity {
    using request = assume_role_with_web_identity_request;
    using reply = assume_role_with_web_identity_reply;
    static constexpr calls::operation_info info{
        .name = "AssumeRoleWithWebIdentity", .service = calls::service_id::sts, .is_signed = false};

    static void check(service::request_rules& rules, const request& from) { check_web_identity(rules, from); }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        encode_role(writer, from.role_arn, from.session_name, from.policy, from.policy_arns, from.duration);
        writer.text("WebIdentityToken", from.web_identity_token);
        service::encode_optional(writer, "ProviderId", from.provider_id);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        auto keys = decode_credentials(info.name, from);
        if (!keys) return keys.error();
        reply to;
        to.keys = std::move(*keys);
        to.subject_from_web_identity_token = from.text("SubjectFromWebIdentityToken");
        to.user = decode_user(from);
        to.packed_policy_size = decode_packed_policy_size(from);
        to.provider = from.text("Provider");
        to.audience = from.text("Audience");
        to.source_identity = from.text("SourceIdentity");
        return to;
    }
};

struct get_session_token {
    using request = get_session_token_request;
    using reply = get_session_token_reply;
    static constexpr calls::operation_info info{"GetSessionToken", calls::service_id::sts};

    static void check(service::request_rules& rules, const request& from) { check_session_token(rules, from); }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        if (from.duration) writer.number("DurationSeconds", from.duration->count());
        service::encode_optional(writer, "SerialNumber", from.serial_number);
        service::encode_optional(writer, "TokenCode", from.token_code);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        auto keys = decode_credentials(info.name, from);
        if (!keys) return keys.error();
        reply to;
        to.keys = std::move(*keys);
        return to;
    }
};

} // namespace sluice::sts::operations
