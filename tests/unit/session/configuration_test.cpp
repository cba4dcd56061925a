// Which setting wins, with an environment of the test's own.
#include "session/configuration.hpp"

#include <doctest/doctest.h>

#include <map>

using sluice::configuration;
using sluice::errc;
using sluice::session_options;

namespace {

using environment = std::map<std::string, std::string>;

sluice::result<configuration> find(const session_options& options, const environment& variables) {
    return configuration::find(options, [&variables](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::string() : found->second;
    });
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
