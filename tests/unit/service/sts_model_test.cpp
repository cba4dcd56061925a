// The typed operations of STS against its model.
#include "model_table.hpp"

#include "support/conformance.hpp"

#include "protocol/timestamp.hpp"
#include "service/sts/identity_operations.hpp"
#include "service/sts/role_operations.hpp"

#include <doctest/doctest.h>

namespace sts_model_test {

using namespace unit_tests;
using namespace sluice::sts;
namespace ops = sluice::sts::operations;

namespace {

using texts = std::map<std::string, std::string>;

std::chrono::seconds seconds(const std::string& path) { return std::chrono::seconds(number_of(path)); }

flat_reply flat_credentials(const sluice::credentials& keys) {
    const bool right = keys.expiration == sluice::protocol::parse_date_time(example_time);
    return {{"Credentials.AccessKeyId", keys.access_key_id},
            {"Credentials.SecretAccessKey", keys.secret_access_key},
            {"Credentials.SessionToken", keys.session_token},
            {"Credentials.Expiration", right ? example_time : "another time"}};
}

/// What both role operations answer.
template<class Reply>
flat_reply flat_role(const Reply& reply) {
    flat_reply flat = flat_credentials(reply.keys);
    flat["AssumedRoleUser.AssumedRoleId"] = reply.user.assumed_role_id;
    flat["AssumedRoleUser.Arn"] = reply.user.arn;
    flat["PackedPolicySize"] = std::to_string(reply.packed_policy_size.value_or(0));
    flat["SourceIdentity"] = reply.source_identity;
    return flat;
}

} // namespace

TEST_CASE("models: every member of the typed operations of STS") {
    const auto file = conformance_json("models/botocore/sts/2011-06-15/service-2.json");
    if (!file) return;
    std::vector<spoken_model> models;
    models.push_back({"sts", service_model(*file), sluice::wire_protocol::query});
    model_table table("models_sts", std::move(models));

    table.requests<ops::get_caller_identity>({get_caller_identity_request()});
    table.replies<ops::get_caller_identity>(get_caller_identity_request(), [](const caller_identity& reply) {
        return flat_reply{{"Account", reply.account}, {"Arn", reply.arn}, {"UserId", reply.user_id}};
    });

    assume_role_request role("RoleArn", "RoleSessionName");
    role.duration = seconds("DurationSeconds");
    role.policy = "Policy";
    role.policy_arns = {"PolicyArns.arn"};
    role.tags = texts{{"Tags.Key", "Tags.Value"}};
    role.transitive_tag_keys = {"TransitiveTagKeys"};
    role.external_id = "ExternalId";
    role.serial_number = "SerialNumber";
    role.token_code = "TokenCode";
    role.source_identity = "SourceIdentity";
    role.provided_contexts.emplace_back("ProvidedContexts.ProviderArn", "ProvidedContexts.ContextAssertion");
    table.requests<ops::assume_role>({role});
    table.replies<ops::assume_role>(role, [](const assume_role_reply& reply) { return flat_role(reply); });

    assume_role_with_web_identity_request web("RoleArn", "RoleSessionName", "WebIdentityToken");
    web.provider_id = "ProviderId";
    web.duration = seconds("DurationSeconds");
    web.policy = "Policy";
    web.policy_arns = {"PolicyArns.arn"};
    table.requests<ops::assume_role_with_web_identity>({web});
    table.replies<ops::assume_role_with_web_identity>(web, [](const assume_role_with_web_identity_reply& reply) {
        flat_reply flat = flat_role(reply);
        flat["SubjectFromWebIdentityToken"] = reply.subject_from_web_identity_token;
        flat["Provider"] = reply.provider;
        flat["Audience"] = reply.audience;
        return flat;
    });

    get_session_token_request session;
    session.duration = seconds("DurationSeconds");
    session.serial_number = "SerialNumber";
    session.token_code = "TokenCode";
    table.requests<ops::get_session_token>({session});
    table.replies<ops::get_session_token>(
        session, [](const get_session_token_reply& reply) { return flat_credentials(reply.keys); });
    table.close();
}

} // namespace sts_model_test
