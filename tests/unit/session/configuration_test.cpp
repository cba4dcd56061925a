// Which setting wins, with an environment of the test's own.
#include "session/configuration.hpp"

#include "client/operation_info.hpp"

#include <doctest/doctest.h>

#include <map>

namespace configuration_test {

using sluice::configuration;
using sluice::errc;
using sluice::session_options;

namespace {

using environment = std::map<std::string, std::string>;

sluice::result<configuration> find(const session_options& options, const environment& variables,
                                   const std::string& config = {}) {
    const auto files = sluice::parse_profile_files(config, "config", "", "credentials").value();
    const auto variable = [&variables](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::string() : found->second;
    };
    return configuration::find(options, variable, files);
}

sluice::error_info failure(const session_options& options, const environment& variables,
                           const std::string& config = {}) {
    const auto found = find(options, variables, config);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == errc::configuration);
    return found.error();
}

std::string host(const configuration& found, sluice::calls::service_id service) {
    const auto& target = found.endpoints[static_cast<std::size_t>(service)];
    return target.origin.host_header() + target.path;
}

constexpr auto sqs = sluice::calls::service_id::sqs;
constexpr auto sns = sluice::calls::service_id::sns;
constexpr auto sts = sluice::calls::service_id::sts;

} // namespace

TEST_CASE("configuration: the region of the options, then AWS_REGION, then AWS_DEFAULT_REGION") {
    session_options options;
    environment variables{{"AWS_DEFAULT_REGION", "eu-central-1"}};
    CHECK(find(options, variables)->region == "eu-central-1");
    variables["AWS_REGION"] = "us-east-1";
    CHECK(find(options, variables)->region == "us-east-1");
    options.region = "ap-south-1";
    CHECK(find(options, variables)->region == "ap-south-1");
}

TEST_CASE("configuration: no region, or what cannot be one, is an error that says what to do") {
    const auto none = find(session_options(), {});
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == errc::configuration);
    CHECK(none.error().message.find("AWS_REGION") != std::string::npos);
    for (const std::string bad : {"EU-WEST-1", "eu west", "eu-west-1.evil.com/", "eu_west",
                                  "012345678901234567890123456789012345678901234567890123456789abcd"}) {
        const auto refused = find(session_options(), {{"AWS_REGION", bad}});
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().message.find(bad) != std::string::npos);
    }
    CHECK(find(session_options(), {{"AWS_REGION", std::string(63, 'a')}}).has_value());
}

TEST_CASE("configuration: the endpoints of AWS, by partition") {
    CHECK(host(*find(session_options(), {{"AWS_REGION", "eu-west-1"}}), sqs) == "sqs.eu-west-1.amazonaws.com/");
    CHECK(host(*find(session_options(), {{"AWS_REGION", "eu-west-1"}}), sns) == "sns.eu-west-1.amazonaws.com/");
    CHECK(host(*find(session_options(), {{"AWS_REGION", "eu-west-1"}}), sts) == "sts.eu-west-1.amazonaws.com/");
    CHECK(host(*find(session_options(), {{"AWS_REGION", "cn-north-1"}}), sqs) == "sqs.cn-north-1.amazonaws.com.cn/");
    CHECK(host(*find(session_options(), {{"AWS_REGION", "us-gov-west-1"}}), sqs) == "sqs.us-gov-west-1.amazonaws.com/");
    CHECK(host(*find(session_options(), {{"AWS_REGION", "eusc-de-east-1"}}), sqs) ==
          "sqs.eusc-de-east-1.amazonaws.eu/");
    CHECK(find(session_options(), {{"AWS_REGION", "eu-west-1"}})->endpoints[0].origin.tls);
}

TEST_CASE("configuration: endpoints: own option, option for all, own variable, variable for all, AWS") {
    session_options options;
    environment variables{{"AWS_REGION", "eu-west-1"}};
    variables["AWS_ENDPOINT_URL"] = "http://variable-all";
    CHECK(host(*find(options, variables), sqs) == "variable-all/");
    CHECK(host(*find(options, variables), sts) == "variable-all/");
    variables["AWS_ENDPOINT_URL_SQS"] = "http://variable-sqs:9324";
    variables["AWS_ENDPOINT_URL_SNS"] = "http://variable-sns/sns";
    CHECK(host(*find(options, variables), sqs) == "variable-sqs:9324/");
    CHECK(host(*find(options, variables), sns) == "variable-sns/sns");
    CHECK(host(*find(options, variables), sts) == "variable-all/");
    options.endpoint_url = "http://option-all";
    CHECK(host(*find(options, variables), sqs) == "option-all/");
    options.sqs_endpoint_url = "http://option-sqs";
    CHECK(host(*find(options, variables), sqs) == "option-sqs/");
    CHECK(host(*find(options, variables), sns) == "option-all/");
}

TEST_CASE("configuration: a wrong endpoint, in whichever place it wins, is an error with the URL in it") {
    const auto refused =
        find(session_options(), {{"AWS_REGION", "eu-west-1"}, {"AWS_ENDPOINT_URL_SNS", "localhost:4566"}});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::configuration);
    CHECK(refused.error().message.find("localhost:4566") != std::string::npos);
}

TEST_CASE("configuration: CA bundle and numbers") {
    session_options options;
    options.region = "eu-west-1";
    CHECK(find(options, {{"AWS_CA_BUNDLE", "/a.pem"}})->ca_bundle == "/a.pem");
    options.ca_bundle = "/b.pem";
    CHECK(find(options, {{"AWS_CA_BUNDLE", "/a.pem"}})->ca_bundle == "/b.pem");
    options.max_attempts = 0;
    CHECK(find(options, {}).error().message.find("max_attempts is 0") == 0);
    options.max_attempts = 1;
    options.max_connections = 0;
    CHECK(find(options, {}).error().message.find("max_connections is 0") == 0);
}

TEST_CASE("configuration: the profile of the options, then AWS_PROFILE, then default") {
    const std::string config = "[default]\nregion = eu-west-1\n[profile dev]\nregion = eu-west-2\n"
                               "[profile test]\nregion = eu-west-3\n";
    session_options options;
    CHECK(find(options, {}, config)->region == "eu-west-1");
    CHECK(find(options, {{"AWS_PROFILE", "dev"}}, config)->region == "eu-west-2");
    options.profile = "test";
    CHECK(find(options, {{"AWS_PROFILE", "dev"}}, config)->region == "eu-west-3");
    CHECK(find(options, {{"AWS_REGION", "us-east-1"}}, config)->region == "us-east-1");
    options.profile = "none";
    CHECK(failure(options, {}, config).message.find("session_options::profile names the profile \"none\"") == 0);
    CHECK(failure(session_options(), {{"AWS_PROFILE", "none"}}, config).message.find("AWS_PROFILE names") == 0);
}

TEST_CASE("configuration: retries, from options, variables, profile") {
    const std::string config = "[default]\nregion = eu-west-1\nretry_mode = adaptive\nmax_attempts = 7\n";
    session_options options;
    CHECK(find(options, {}, config)->retry_mode == sluice::retry_mode::adaptive);
    CHECK(find(options, {}, config)->max_attempts == 7);
    const environment variables{{"AWS_RETRY_MODE", "standard"}, {"AWS_MAX_ATTEMPTS", "5"}};
    CHECK(find(options, variables, config)->retry_mode == sluice::retry_mode::standard);
    CHECK(find(options, variables, config)->max_attempts == 5);
    options.retry_mode = sluice::retry_mode::adaptive;
    options.max_attempts = 2;
    CHECK(find(options, variables, config)->retry_mode == sluice::retry_mode::adaptive);
    CHECK(find(options, variables, config)->max_attempts == 2);
    const environment region{{"AWS_REGION", "eu-west-1"}};
    CHECK(find(session_options(), region)->max_attempts == 3);
    CHECK(find(session_options(), region)->retry_mode == sluice::retry_mode::standard);
    CHECK(find(session_options(), {{"AWS_REGION", "eu-west-1"}, {"AWS_RETRY_MODE", "legacy"}})->retry_mode ==
          sluice::retry_mode::standard);
}

TEST_CASE("configuration: a value that cannot be is an error with its place, the value and the rule") {
    session_options options;
    options.region = "eu-west-1";
    const auto message = [&options](const char* name, const std::string& value) {
        return failure(options, {{name, value}}).message;
    };
    CHECK(message("AWS_RETRY_MODE", "fast") == "AWS_RETRY_MODE is \"fast\": it must be standard or adaptive");
    for (const std::string bad : {"0", "-1", "3x", "three", "99999999999"}) {
        CHECK(message("AWS_MAX_ATTEMPTS", bad) == "AWS_MAX_ATTEMPTS is " + bad + ": it must be a number, 1 or more");
    }
    CHECK(message("AWS_USE_FIPS_ENDPOINT", "yes") == "AWS_USE_FIPS_ENDPOINT is \"yes\": it must be true or false");
    CHECK(message("AWS_STS_REGIONAL_ENDPOINTS", "no").find("regional or legacy") != std::string::npos);
    CHECK(failure(options, {}, "[default]\nuse_dualstack_endpoint = 1\n").message ==
          "use_dualstack_endpoint of the profile default is \"1\": it must be true or false");
}

TEST_CASE("configuration: FIPS, dual stack and the old place of STS") {
    const environment variables{{"AWS_REGION", "us-east-1"}, {"AWS_USE_FIPS_ENDPOINT", "TRUE"}};
    CHECK(host(*find(session_options(), variables), sqs) == "sqs-fips.us-east-1.amazonaws.com/");
    session_options options;
    options.use_fips = false;
    options.use_dual_stack = true;
    CHECK(host(*find(options, variables), sns) == "sns.us-east-1.api.aws/");
    CHECK(host(*find(session_options(), {}, "[default]\nregion = eu-west-1\nuse_dualstack_endpoint = true\n"), sqs) ==
          "sqs.eu-west-1.api.aws/");
    const auto old = find(session_options(), {{"AWS_REGION", "eu-west-1"}, {"AWS_STS_REGIONAL_ENDPOINTS", "legacy"}});
    CHECK(host(*old, sts) == "sts.amazonaws.com/");
    CHECK(old->endpoints[2].signing_region == "us-east-1");
    CHECK(old->endpoints[0].signing_region == "eu-west-1");
    session_options local;
    local.region = "us-east-1";
    local.endpoint_url = "http://localhost:4566";
    CHECK(failure(local, {{"AWS_USE_FIPS_ENDPOINT", "true"}}).message.find("http://localhost:4566") !=
          std::string::npos);
}

TEST_CASE("configuration: endpoint and CA bundle of the profile") {
    const std::string config = "[default]\nregion = eu-west-1\nendpoint_url = http://all:1\nca_bundle = /c.pem\n"
                               "services = mine\n[services mine]\nsns =\n  endpoint_url = http://topics:2\n";
    CHECK(host(*find(session_options(), {}, config), sqs) == "all:1/");
    CHECK(host(*find(session_options(), {}, config), sns) == "topics:2/");
    CHECK(find(session_options(), {}, config)->ca_bundle == "/c.pem");
}

TEST_CASE("configuration: the program's name for the User-Agent header") {
    session_options options;
    options.region = "eu-west-1";
    CHECK(find(options, {{"AWS_SDK_UA_APP_ID", "my-app_1"}})->app_id == "my-app_1");
    CHECK(find(options, {}, "[default]\nsdk_ua_app_id = of.profile\n")->app_id == "of.profile");
    CHECK(failure(options, {{"AWS_SDK_UA_APP_ID", "my app"}}).message ==
          "AWS_SDK_UA_APP_ID is \"my app\": at most 50 of A-Za-z0-9!#$%&'*+-.^_`|~ are allowed");
    options.app_id = std::string(50, 'x');
    CHECK(find(options, {{"AWS_SDK_UA_APP_ID", "other"}})->app_id == options.app_id);
    options.app_id += 'x';
    CHECK(failure(options, {}).message.find("app_id is \"xxx") == 0);
}

TEST_CASE("configuration: each setting with where it comes from") {
    session_options options;
    options.max_attempts = 4;
    const auto found = find(options, {{"AWS_PROFILE", "dev"}, {"AWS_ENDPOINT_URL_SNS", "http://sns"}},
                            "[profile dev]\nregion = eu-west-1\n\nretry_mode = adaptive\n");
    REQUIRE(found.has_value());
    std::map<std::string, std::string> lines;
    for (const auto& [name, value, origin] : found->settings) lines[name] = value + " | " + origin;
    CHECK(lines.at("profile") == "dev | AWS_PROFILE");
    CHECK(lines.at("region") == "eu-west-1 | region of the profile dev, config:2");
    CHECK(lines.at("retry_mode") == "adaptive | retry_mode of the profile dev, config:4");
    CHECK(lines.at("max_attempts") == "4 | option");
    CHECK(lines.at("sns_endpoint_url") == "http://sns | AWS_ENDPOINT_URL_SNS");
    CHECK(lines.at("sqs_endpoint_url") == "https://sqs.eu-west-1.amazonaws.com | default");
    CHECK(lines.at("use_fips") == "false | default");
    CHECK(lines.at("ca_bundle") == "the system's certificates | default");
    CHECK(lines.at("app_id") == "none | default");
}

TEST_CASE("configuration: providers of keys need no region until they call STS") {
    const auto files = sluice::parse_profile_files("", "config", "", "credentials").value();
    const auto nothing = [](const char*) { return std::string(); };
    const auto found = configuration::find(session_options(), nothing, files, configuration::region_rule::optional);
    REQUIRE(found.has_value());
    CHECK(found->region.empty());
}

} // namespace configuration_test
