// The default chain and the profile provider, case by case: variables, files and traffic as the AWS SDKs recorded them.
#include "credentials/small_file.hpp"
#include "session/surroundings.hpp"

#include "support/case_account.hpp"
#include "support/recorded_traffic.hpp"
#include "support/run_coroutine.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <test_support.hpp>

#include <filesystem>
#include <map>

namespace provider_cases_test {

using nlohmann::json;
using namespace unit_tests;

namespace {

/// Ours for the texts of the SDK that recorded the cases.
const std::map<std::string, std::string>& our_texts() {
    static const std::map<std::string, std::string> texts{
        {"eks_pod_identity_no_token_file", "token.jwt: No such file or directory"},
        {"imds_default_chain_error", "no role is attached to this instance"},
        {"imds_disabled", "AWS_EC2_METADATA_DISABLED is set"},
        {"imds_no_iam_role", "no role is attached to this instance"},
        {"imds_token_fail", "HTTP 403: the metadata service is disabled"},
        {"profile_overrides_web_identity", "environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"},
        {"sso_no_token_file", "dace00cba5f8355ec9d274ceb2bcebdfbeed0e12.json: No such file or directory"},
        {"sso_server_error", "portal.sso.us-east-2.amazonaws.com: HTTP 503"},
        {"web_identity_source_profile_no_env", "`web_identity_token_file` was specified but `role_arn` was missing"},
        {"web_identity_token_invalid_jwt", "refused by the service: No OpenIDConnect provider found in your account"},
        {"credential_process_failure", "cannot start exit: No such file or directory"},
        {"credential_process_invalid", "echo: the answer is not a JSON object"},
        {"empty_config", "No profiles were defined"},
        {"invalid_config", "line 2: Property did not have a name"},
        {"invalid_sso_credentials_config", "leads to an access token, not to keys"},
        {"sso_token", "leads to an access token, not to keys"},
    };
    return texts;
}

struct outcome {
    std::string failure; ///< empty: there are keys
    sluice::credentials keys;
};

class provider_case {
  public:
    explicit provider_case(const std::filesystem::path& folder)
        : folder_(folder), environment_(json::parse(test_support::read_file(folder / "env.json"))),
          expected_(json::parse(test_support::read_file(folder / "test-case.json")).at("result")),
          traffic_(
              std::make_shared<recorded_traffic>(json::parse(test_support::read_file(folder / "http-traffic.json")))) {}

    /// What is wrong; empty when the case holds.
    std::string run(bool whole_chain) {
        const outcome got = ask(whole_chain);
        if (!traffic_->problem().empty()) return traffic_->problem() + " " + got.failure;
        if (expected_.contains("ErrorContains")) return compare_failure(got);
        if (!got.failure.empty()) return got.failure;
        return compare_keys(got.keys, expected_.at("Ok"));
    }

  private:
    outcome ask(bool whole_chain) {
        boost::asio::io_context context;
        sluice::session_options options;
        options.transport = traffic_;
        outcome got;
        try {
            const auto around = sluice::surroundings::find(context.get_executor(), options,
                                                           sluice::configuration::region_rule::optional, outside());
            const auto source = whole_chain ? around.default_chain() : around.profile_source();
            auto answer = unit_tests::run(context, source->ask());
            if (answer.has_keys()) got.keys = answer.keys();
            else got.failure = answer.why().describe();
        } catch (const sluice::error& thrown) {
            got.failure = thrown.info().describe();
        }
        return got;
    }

    [[nodiscard]] sluice::outside_world outside() const {
        const auto place = [root = folder_ / "fs"](const std::string& path) { return root.string() + path; };
        sluice::outside_world made;
        made.variable = [this](const char* name) {
            const std::string value = environment_.value(name, "");
            return value.find_first_not_of(' ') == std::string::npos ? std::string() : value;
        };
        made.read_profile_file = [place](const std::string& path) {
            return sluice::read_profile_text(path.empty() ? path : place(path));
        };
        made.read_file = [place](const std::string& path) { return sluice::read_small_file(place(path), 65'536); };
        // Before everything that was recorded, so that no keys have expired.
        made.now = [] { return std::chrono::sys_days(std::chrono::year(2000) / 1 / 1); };
        return made;
    }

    [[nodiscard]] std::string compare_failure(const outcome& got) const {
        if (got.failure.empty()) return "there are keys";
        const auto ours = our_texts().find(folder_.filename().string());
        if (ours == our_texts().end()) return "no text of ours for: " + got.failure;
        return got.failure.find(ours->second) == std::string::npos ? got.failure : "";
    }

    static std::string compare_keys(const sluice::credentials& keys, const json& wanted) {
        if (keys.access_key_id != wanted.at("access_key_id").get<std::string>()) return keys.access_key_id;
        if (keys.secret_access_key != wanted.at("secret_access_key").get<std::string>()) return "another secret";
        if (keys.session_token != wanted.value("session_token", "")) return "another token";
        if (wanted.contains("account_id") && keys.account_id != wanted.at("account_id").get<std::string>())
            return "account " + keys.account_id;
        if (wanted.contains("expiry") != keys.expiration.has_value()) return "an expiration too many or too few";
        if (!keys.expiration) return "";
        const auto seconds =
            std::chrono::duration_cast<std::chrono::seconds>(keys.expiration->time_since_epoch()).count();
        return seconds == wanted.at("expiry").get<std::int64_t>() ? "" : "expires at " + std::to_string(seconds);
    }

    std::filesystem::path folder_;
    json environment_;
    json expected_;
    std::shared_ptr<recorded_traffic> traffic_;
};

void run_cases(const std::string& folder, const std::string& set, std::size_t count, bool whole_chain) {
    const auto data = test_support::conformance_dir();
    if (!data) return test_support::skip("no conformance data: " + folder);
    case_account account(set);
    std::size_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(*data / "credentials" / "smithy-rs" / folder)) {
        ++found;
        const std::string id = entry.path().filename().string();
        if (account.wants(id)) account.ran(id, provider_case(entry.path()).run(whole_chain));
    }
    CHECK(found == count);
    account.close();
}

} // namespace

TEST_CASE("credentials: the cases of the default chain") {
    run_cases("default-credential-provider-chain", "default_chain", 29, true);
}

TEST_CASE("credentials: the cases of the profile provider") {
    run_cases("profile-provider", "profile_provider", 18, false);
}

} // namespace provider_cases_test
