// How a profile leads to keys: the cases that the AWS SDKs share.
#include "credentials/profile_plan.hpp"

#include "support/case_account.hpp"
#include "support/conformance.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace profile_plan_test {

using nlohmann::json;
using sluice::plan_profile;
using sluice::profile_finding;
using sluice::profile_plan;

namespace {

using verdict = profile_plan::verdict;

sluice::profile_files files_of(const json& input) {
    sluice::profile_files files;
    files.profiles = input.at("profiles").get<sluice::profile_sections>();
    files.sso_sessions = input.value("sso_sessions", json::object()).get<sluice::profile_sections>();
    return files;
}

void put(json& into, const std::string& name, const std::string& value) {
    if (!value.empty()) into[name] = value;
}

json role_in_words(const sluice::role_settings& role) {
    json out{{"role_arn", role.role_arn}};
    put(out, "role_session_name", role.session_name);
    put(out, "external_id", role.external_id);
    put(out, "web_identity_token_file", role.web_identity_token_file);
    return out;
}

/// The plan as the cases write it.
json base_in_words(const profile_plan& plan) {
    if (const auto* keys = std::get_if<sluice::credentials>(&plan.base)) {
        json out{{"access_key_id", keys->access_key_id}, {"secret_access_key", keys->secret_access_key}};
        put(out, "account_id", keys->account_id);
        return {{"AccessKey", out}};
    }
    if (const auto* source = std::get_if<sluice::named_source>(&plan.base)) {
        switch (*source) {
        case sluice::named_source::environment: return {{"NamedSource", "Environment"}};
        case sluice::named_source::container: return {{"NamedSource", "EcsContainer"}};
        case sluice::named_source::instance: return {{"NamedSource", "Ec2InstanceMetadata"}};
        }
    }
    if (const auto* role = std::get_if<sluice::role_settings>(&plan.base)) {
        return {{"WebIdentityToken", role_in_words(*role)}};
    }
    if (const auto* sso = std::get_if<sluice::sso_settings>(&plan.base)) {
        json out = json::object();
        put(out, "sso_session", sso->session);
        put(out, "sso_region", sso->region);
        put(out, "sso_start_url", sso->start_url);
        put(out, "sso_account_id", sso->account_id);
        put(out, "sso_role_name", sso->role_name);
        return {{"Sso", out}};
    }
    return {{"Process", std::get<sluice::process_settings>(plan.base).command}};
}

std::string compare(const json& test) {
    const json& input = test.at("input");
    const profile_finding found = plan_profile(files_of(input), input.at("selected_profile").get<std::string>());
    const json& output = test.at("output");
    if (output.contains("Error")) {
        if (found.verdict == verdict::planned) return "no error";
        return found.why.find(output.at("Error").get<std::string>()) == std::string::npos ? found.why : "";
    }
    if (found.verdict != verdict::planned) return found.why;
    json chain = json::array({base_in_words(found.plan)});
    for (const auto& role : found.plan.roles) chain.push_back({{"AssumeRole", role_in_words(role)}});
    return chain == output.at("ProfileChain") ? "" : chain.dump();
}

profile_finding plan(const std::string& config, const std::string& name = "default") {
    return plan_profile(sluice::parse_profile_files(config, "config", "", "credentials").value(), name);
}

} // namespace

TEST_CASE("profile plan: the cases of assume-role") {
    const auto suite = unit_tests::conformance_json("credentials/smithy-rs/assume-role-tests.json");
    if (!suite) return;
    unit_tests::case_account account("assume_role");
    CHECK(suite->size() == 28);
    std::size_t number = 0;
    for (const json& test : *suite) {
        const std::string id = std::to_string(++number) + " " + test.at("docs").get<std::string>();
        if (account.wants(id)) account.ran(id, compare(test));
    }
    account.close();
}

TEST_CASE("profile plan: a profile without keys has none to say; one that refers to such a profile is wrong") {
    CHECK(plan("[default]\nregion = eu-west-1\n").verdict == verdict::no_keys);
    CHECK(plan("").verdict == verdict::no_profile);
    CHECK(plan("[profile other]\nregion = eu-west-1\n").verdict == verdict::no_profile);
    CHECK(plan("[default]\nrole_arn = arn:r\nsource_profile = b\n[profile b]\nregion = x\n").verdict == verdict::wrong);
}

TEST_CASE("profile plan: a cycle is an error that shows the way") {
    const auto found = plan("[default]\nrole_arn = arn:1\nsource_profile = b\n"
                            "[profile b]\nrole_arn = arn:2\nsource_profile = c\n"
                            "[profile c]\nrole_arn = arn:3\nsource_profile = b\n");
    CHECK(found.verdict == verdict::wrong);
    CHECK(found.why == "profile formed an infinite loop: default -> b -> c -> b");
}

TEST_CASE("profile plan: a chain of 10,000 profiles is followed to its end") {
    std::string config = "[default]\nrole_arn = arn:r\nsource_profile = p0\n";
    constexpr int links = 10'000;
    for (int i = 0; i < links; ++i) {
        config += "[profile p" + std::to_string(i) + "]\nrole_arn = arn:r" + std::to_string(i) +
                  "\nsource_profile = p" + std::to_string(i + 1) + "\n";
    }
    config += "[profile p" + std::to_string(links) + "]\naws_access_key_id = a\naws_secret_access_key = b\n";
    const auto found = plan(config);
    CHECK(found.verdict == verdict::planned);
    CHECK(found.plan.roles.size() == links + 1);
    CHECK(found.plan.roles.back().role_arn == "arn:r");
}

TEST_CASE("profile plan: values that cannot be name themselves and the rule") {
    CHECK(plan("[default]\nrole_arn = arn:r\ncredential_source = Nowhere\n").why ==
          "credential_source is \"Nowhere\": it must be Environment, EcsContainer or Ec2InstanceMetadata");
    CHECK(plan("[default]\nrole_arn = arn:r\ncredential_source = Environment\nduration_seconds = 1h\n").why ==
          "duration_seconds is \"1h\": it must be a number");
    CHECK(plan("[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_region = x\n")
              .why == "sso_start_url is missing");
}

TEST_CASE("profile plan: what a profile says beside a role") {
    const auto found = plan("[default]\nrole_arn = arn:r\ncredential_source = Environment\nduration_seconds = 900\n"
                            "external_id = e\nmfa_serial = m\nrole_session_name = s\n");
    REQUIRE(found.verdict == verdict::planned);
    REQUIRE(found.plan.roles.size() == 1);
    CHECK(found.plan.roles[0].duration == std::chrono::seconds(900));
    CHECK(found.plan.roles[0].mfa_serial == "m");
    CHECK(std::get<sluice::named_source>(found.plan.base) == sluice::named_source::environment);
    const auto process = plan("[default]\ncredential_process = get-keys --for me\naws_account_id = 12\n");
    CHECK(std::get<sluice::process_settings>(process.plan.base).command == "get-keys --for me");
}

} // namespace profile_plan_test
