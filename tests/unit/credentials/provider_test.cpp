// Providers over a transport that is a function: what a chain says when nobody has keys, SSO's tokens, keys of an
// instance that outlive their end.
#include "credentials/small_file.hpp"
#include "session/surroundings.hpp"

#include "support/function_transport.hpp"
#include "support/run_coroutine.hpp"
#include "support/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <map>

namespace provider_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using sluice::errc;
using sluice::provider_answer;

namespace {

const auto start = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);

struct fixture {
    boost::asio::io_context context;
    scratch_folder home;
    std::map<std::string, std::string> variables{{"HOME", home.name()}};
    std::chrono::system_clock::time_point now = start;
    sluice::session_options options;
    std::shared_ptr<function_transport> network = std::make_shared<function_transport>([](const auto&) {
        return sluice::result<sluice::http_reply>(sluice::error_info(errc::connection, "nobody is there"));
    });

    void config(const std::string& text) const { home.file(".aws/config", text); }
    void answers(function_transport::answer_function answer) {
        network = std::make_shared<function_transport>(std::move(answer));
    }

    [[nodiscard]] sluice::surroundings around() {
        options.transport = network;
        sluice::outside_world outside = sluice::outside_world::of(options);
        outside.variable = [this](const char* name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::string() : found->second;
        };
        outside.now = [this] { return now; };
        return sluice::surroundings::find(context.get_executor(), options, sluice::configuration::region_rule::optional,
                                          std::move(outside));
    }
    provider_answer ask(const std::shared_ptr<sluice::credentials_source>& source) {
        return run(context, source->ask());
    }
    provider_answer ask_chain() { return ask(around().default_chain()); }
    provider_answer ask_profile() { return ask(around().profile_source()); }
};

std::string message(const provider_answer& answer) {
    REQUIRE_FALSE(answer.has_keys());
    return answer.why().message;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("default chain: without keys anywhere it says of each place why it has none") {
    fixture test;
    CHECK(message(test.ask_chain()) ==
          "found nowhere: environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; "
          "profile default: No profiles were defined; web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; "
          "container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set; "
          "instance metadata: no answer from 169.254.169.254: nobody is there");
    CHECK(test.network->requests.size() == 1); // the metadata service is asked once
}

TEST_CASE("default chain: half of the keys is a failure that names the other half") {
    fixture test;
    test.variables["AWS_ACCESS_KEY_ID"] = "id";
    const provider_answer answer = test.ask_chain();
    CHECK(message(answer) == "environment: AWS_ACCESS_KEY_ID is set, but not AWS_SECRET_ACCESS_KEY");
    CHECK_FALSE(answer.has_none());
    CHECK(test.network->requests.empty());
}

TEST_CASE("default chain: variables before the profile, a profile named in code before the variables") {
    fixture test;
    test.config("[default]\naws_access_key_id = of-default\naws_secret_access_key = s\n"
                "[profile dev]\naws_access_key_id = of-dev\naws_secret_access_key = s\naws_account_id = 12\n");
    test.variables["AWS_ACCESS_KEY_ID"] = "of-variables";
    test.variables["AWS_SECRET_ACCESS_KEY"] = "s";
    test.variables["AWS_PROFILE"] = "dev";
    provider_answer answer = test.ask_chain();
    CHECK(answer.keys().access_key_id == "of-variables");
    CHECK(answer.origin == "environment");
    test.options.profile = "default";
    CHECK(test.ask_chain().keys().access_key_id == "of-default");
    test.options.profile.clear();
    test.variables.erase("AWS_ACCESS_KEY_ID");
    test.variables.erase("AWS_SECRET_ACCESS_KEY");
    answer = test.ask_chain();
    CHECK(answer.keys().access_key_id == "of-dev");
    CHECK(answer.keys().account_id == "12");
    CHECK(answer.origin == "profile dev");
}

TEST_CASE("default chain: a profile that fails is not passed over") {
    fixture test;
    test.config("[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = default\n");
    test.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/nowhere";
    const provider_answer answer = test.ask_chain();
    CHECK(message(answer) == "profile default: profile `default` did not contain credential information");
    CHECK(test.network->requests.empty());
}

TEST_CASE("profile: a process's keys get the account of the profile where it says none") {
    fixture test;
    test.config("[default]\naws_account_id = 123456789001\ncredential_process = echo "
                "'{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}'\n");
    CHECK(test.ask_profile().keys().account_id == "123456789001");
    test.config("[default]\naws_account_id = 123456789001\ncredential_process = echo "
                "'{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"AccountId\":\"2\"}'\n");
    CHECK(test.ask_profile().keys().account_id == "2");
}

TEST_CASE("profile: a role without a region says what is missing; one with MFA whom nobody can ask") {
    fixture test;
    const std::string role = "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = default\n"
                             "aws_access_key_id = a\naws_secret_access_key = s\n";
    test.config(role);
    CHECK(contains(message(test.ask_profile()), "cannot take on the role arn:aws:iam::123456789012:role/r: "));
    CHECK(contains(message(test.ask_profile()), "Missing Region"));
    test.config(role + "mfa_serial = arn:aws:iam::1:mfa/me\n");
    CHECK(contains(message(test.ask_profile()), "asks for an MFA code (mfa_serial)"));
    test.config(role + "region = eu-west-1\nduration_seconds = 60\n");
    CHECK(contains(message(test.ask_profile()), "DurationSeconds is 60"));
    CHECK(test.network->requests.empty());
}

TEST_CASE("profile: a role's request carries what the profile says, and the chain goes on with its keys") {
    fixture test;
    test.config(
        "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/outer\nsource_profile = inner\n"
        "external_id = e-1\nduration_seconds = 900\nrole_session_name = me\n"
        "[profile inner]\nrole_arn = arn:aws:iam::123456789012:role/inner\nsource_profile = base\n"
        "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = s\n");
    test.answers([](const sluice::http_request& request) {
        const bool inner = contains(request.body, "role%2Finner");
        return function_transport::reply(
            200,
            "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::77:assumed-role/x/y</Arn>"
            "</AssumedRoleUser><Credentials><AccessKeyId>" +
                std::string(inner ? "INNER" : "OUTER") +
                "</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>"
                "<Expiration>2026-11-26T01:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>");
    });
    provider_answer answer = test.ask_profile();
    REQUIRE(answer.has_keys());
    CHECK(answer.keys().access_key_id == "OUTER");
    CHECK(answer.keys().account_id == "77");
    REQUIRE(test.network->requests.size() == 2);
    const auto& outer = test.network->requests[1];
    CHECK(outer.origin.host == "sts.eu-west-1.amazonaws.com");
    CHECK(contains(outer.body, "ExternalId=e-1"));
    CHECK(contains(outer.body, "DurationSeconds=900"));
    CHECK(contains(outer.body, "RoleSessionName=me"));
    const auto signed_by = [](const sluice::http_request& request) {
        for (const auto& [name, value] : request.headers) {
            if (name == "Authorization") return value.substr(value.find('=') + 1, 5);
        }
        return std::string();
    };
    CHECK(signed_by(test.network->requests[0]) == "BASE/");
    CHECK(signed_by(outer) == "INNER");
}

TEST_CASE("instance metadata: keys outlive their end while the service has no newer ones") {
    fixture test;
    bool up = true;
    test.answers([&up](const sluice::http_request& request) {
        if (!up) return sluice::result<sluice::http_reply>(sluice::error_info(errc::timeout, "silence"));
        if (request.method == "PUT") return function_transport::reply(200, "token");
        if (request.target.ends_with('/')) return function_transport::reply(200, "role");
        return function_transport::reply(200,
                                         R"({"Code":"Success","AccessKeyId":"A","SecretAccessKey":"S","Token":"T",)"
                                         R"("Expiration":"2026-11-26T06:00:00Z"})");
    });
    const auto source = sluice::make_instance_source(test.around().world());
    CHECK(test.ask(source).keys().expiration == start + 6h);
    test.now = start + 7h;
    const auto expired = test.ask(source); // the service still gives the old ones
    up = false;
    const auto silent = test.ask(source);
    for (provider_answer answer : {expired, silent}) {
        REQUIRE(answer.has_keys());
        CHECK(answer.keys().access_key_id == "A");
        CHECK(*answer.keys().expiration >= start + 7h + 10min);
        CHECK(*answer.keys().expiration < start + 7h + 15min);
    }
}

TEST_CASE(
    "container: the token of the file is read for every request, errors are told, and tried again when they may pass") {
    fixture test;
    const std::string file = test.home.file("token", "one\n");
    test.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/keys";
    test.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "not this";
    test.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = file;
    test.answers([](const sluice::http_request&) {
        return function_transport::reply(403, R"({"code":"Denied","message":"not you"})");
    });
    const auto source = sluice::make_container_source(test.around().world());
    CHECK(message(test.ask(source)) == "127.0.0.1 answered with HTTP 403 (Denied: not you)");
    test.home.file("token", "two");
    CHECK(message(test.ask(source)) == "127.0.0.1 answered with HTTP 403 (Denied: not you)");
    REQUIRE(test.network->requests.size() == 2);
    const auto authorization = [&test](std::size_t index) { return test.network->requests[index].headers.at(1).value; };
    CHECK(authorization(0) == "one");
    CHECK(authorization(1) == "two");
    test.home.file("token", "two\nlines");
    CHECK(message(test.ask(source)) == file + " has more than one line");
    test.variables.erase("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    test.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "a\r\nX: y";
    CHECK(contains(message(test.ask(source)), "AWS_CONTAINER_AUTHORIZATION_TOKEN has a line break in it"));
}

namespace {

const std::string sso_config = "[default]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = My Role\n"
                               "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://x.awsapps.com/start\n";
const std::string sso_file = ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json"; // SHA-1 of "s"

std::string sso_json(const std::string& expires) {
    return R"({"accessToken":"old","expiresAt":")" + expires +
           R"(","clientId":"c","clientSecret":"cs","refreshToken":"r","registrationExpiresAt":"2027-01-01T00:00:00Z"})";
}

const std::string sso_keys = R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"S","sessionToken":"T",)"
                             R"("expiration":1795651200000}})";

} // namespace

TEST_CASE("SSO: a token that ends soon is renewed, and written where the AWS CLI finds it") {
    fixture test;
    test.config(sso_config);
    const std::string file = test.home.file(sso_file, sso_json("2026-11-26T00:04:00Z"));
    test.answers([](const sluice::http_request& request) {
        if (request.target == "/token")
            return function_transport::reply(200, R"({"accessToken":"new","expiresIn":3600})");
        return function_transport::reply(200, sso_keys);
    });
    provider_answer answer = test.ask_profile();
    REQUIRE(answer.has_keys());
    CHECK(answer.keys().account_id == "123456789012");
    REQUIRE(test.network->requests.size() == 2);
    CHECK(test.network->requests[0].origin.host == "oidc.eu-west-1.amazonaws.com");
    const auto& portal = test.network->requests[1];
    CHECK(portal.origin.host == "portal.sso.eu-west-1.amazonaws.com");
    CHECK(portal.target == "/federation/credentials?role_name=My%20Role&account_id=123456789012");
    CHECK(portal.headers.at(0).value == "new");
    const auto written = nlohmann::json::parse(std::string(sluice::view_of(*sluice::read_small_file(file, 65'536))));
    CHECK(written.at("accessToken") == "new");
    CHECK(written.at("expiresAt") == "2026-11-26T01:00:00Z");
    CHECK(written.at("refreshToken") == "r");
    CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms(0600));
}

TEST_CASE("SSO: a renewal that fails leaves the token in use while it is valid, and is not tried again for 30 s") {
    fixture test;
    test.config(sso_config);
    test.home.file(sso_file, sso_json("2026-11-26T00:04:00Z"));
    test.answers([](const sluice::http_request& request) {
        if (request.target == "/token") return function_transport::reply(400, R"({"error":"invalid_grant"})");
        return function_transport::reply(200, sso_keys);
    });
    const auto source = test.around().profile_source();
    CHECK(test.ask(source).has_keys());
    CHECK(test.ask(source).has_keys());
    const auto renewals = [&test] {
        return std::ranges::count_if(test.network->requests, [](const auto& one) { return one.target == "/token"; });
    };
    CHECK(renewals() == 1);
    test.now = start + 30s;
    CHECK(test.ask(source).has_keys());
    CHECK(renewals() == 2);
    test.now = start + 5min; // now it has expired
    const std::string why = message(test.ask(source));
    CHECK(contains(why, "HTTP 400 (invalid_grant)"));
    CHECK(contains(why, "run: aws sso login --profile default"));
    CHECK_FALSE(contains(why, "old"));
}

TEST_CASE("SSO: no token, a refused one, one that is over: each says how to log in") {
    fixture test;
    test.config(sso_config);
    CHECK(contains(message(test.ask_profile()), "No such file or directory; run: aws sso login --profile default"));
    test.home.file(sso_file, "{");
    CHECK(contains(message(test.ask_profile()), "it is not a JSON object; run: aws sso login"));
    test.home.file(sso_file, R"({"accessToken":"old","expiresAt":"2026-11-25T00:00:00Z"})");
    CHECK(contains(message(test.ask_profile()), "has expired; run: aws sso login"));
    test.home.file(sso_file, R"({"accessToken":"old","expiresAt":"2026-11-27T00:00:00Z"})");
    test.answers([](const sluice::http_request&) { return function_transport::reply(401, R"({"message":"over"})"); });
    CHECK(contains(message(test.ask_profile()), "HTTP 401 (over); run: aws sso login"));
}

} // namespace provider_test
