// The requests and replies of STS. What is out of range is refused before sending, with `errc::invalid_argument` that
// names field and rule.
// Source: AWS STS API reference, 2011-06-15.
#pragma once

#include <sluice/credentials.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sts {

struct get_caller_identity_request {
    get_caller_identity_request() = default;
};

struct caller_identity {
    caller_identity() = default;

    std::string account;
    std::string arn;
    std::string user_id;
};

/// A statement of an identity provider about who is to take the role.
struct provided_context {
    provided_context() = default;
    provided_context(std::string arn, std::string assertion)
        : provider_arn(std::move(arn)), context_assertion(std::move(assertion)) {}

    std::string provider_arn;
    std::string context_assertion; ///< 4 to 2,048 characters
};

struct assume_role_request {
    explicit assume_role_request(std::string arn = {}, std::string session = {})
        : role_arn(std::move(arn)), session_name(std::move(session)) {}

    std::string role_arn;                         ///< 20 to 2,048 characters
    std::string session_name;                     ///< 2 to 64 of `A-Za-z0-9_+=,.@-`
    std::optional<std::chrono::seconds> duration; ///< 15 min to 12 h; not set: 1 h
    std::string policy;                           ///< JSON that narrows the role's rights; empty: none
    std::vector<std::string> policy_arns;         ///< managed policies that narrow them; at most 10
    std::map<std::string, std::string> tags;      ///< of the session, at most 50
    std::vector<std::string> transitive_tag_keys; ///< of tags that pass on to further roles, at most 50
    std::string external_id;     ///< 2 to 1,224 of `A-Za-z0-9_+=,.@:/-`, as the role's trust policy asks
    std::string serial_number;   ///< of the MFA device: 9 to 256 characters
    std::string token_code;      ///< of the MFA device: 6 digits
    std::string source_identity; ///< 2 to 64 of `A-Za-z0-9_+=,.@-`
    std::vector<provided_context> provided_contexts; ///< at most 5
};

struct assumed_role_user {
    assumed_role_user() = default;
    std::string assumed_role_id;
    std::string arn;
};

struct assume_role_reply {
    assume_role_reply() = default;

    sluice::credentials keys; ///< with their expiration
    assumed_role_user user;
    std::optional<int> packed_policy_size; ///< percent of what policies and tags may take
    std::string source_identity;
};

/// The token is the proof: the request is not signed, and the session needs no keys for it.
struct assume_role_with_web_identity_request {
    explicit assume_role_with_web_identity_request(std::string arn = {}, std::string session = {},
                                                   std::string token = {})
        : role_arn(std::move(arn)), session_name(std::move(session)), web_identity_token(std::move(token)) {}

    std::string role_arn;                         ///< 20 to 2,048 characters
    std::string session_name;                     ///< 2 to 64 of `A-Za-z0-9_+=,.@-`
    std::string web_identity_token;               ///< of the identity provider: 4 to 20,000 characters
    std::string provider_id;                      ///< 4 to 2,048 characters, for OAuth 2.0 tokens only
    std::optional<std::chrono::seconds> duration; ///< 15 min to 12 h; not set: 1 h
    std::string policy;                           ///< JSON, at most 2,048 characters
    std::vector<std::string> policy_arns;         ///< at most 10
};

struct assume_role_with_web_identity_reply {
    assume_role_with_web_identity_reply() = default;

    sluice::credentials keys; ///< with their expiration
    std::string subject_from_web_identity_token;
    assumed_role_user user;
    std::optional<int> packed_policy_size; ///< percent of what policies may take
    std::string provider;
    std::string audience;
    std::string source_identity;
};

struct get_session_token_request {
    get_session_token_request() = default;

    std::optional<std::chrono::seconds> duration; ///< 15 min to 36 h; not set: 12 h
    std::string serial_number;                    ///< of the MFA device: 9 to 256 characters
    std::string token_code;                       ///< of the MFA device: 6 digits
};

struct get_session_token_reply {
    get_session_token_reply() = default;
    sluice::credentials keys; ///< with their expiration
};

} // namespace sluice::sts
