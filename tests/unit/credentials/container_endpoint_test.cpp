// The endpoint of a container: where it is, and to which addresses plain HTTP is spoken.
#include "credentials/container_endpoint.hpp"

#include "support/case_account.hpp"
#include "support/conformance.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <map>

namespace container_endpoint_test {

using nlohmann::json;
using sluice::find_container_endpoint;
using sluice::is_container_address;

namespace {

sluice::container_finding find(const json& environment) {
    return find_container_endpoint([&environment](const char* name) { return environment.value(name, ""); });
}

std::string compare(const json& test) {
    static const std::map<std::string, std::string> ours{
        {"No environment variables were set to configure ECS provider",
         "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"},
        {"URI did not specify a host", "it must start with http:// or https://"},
    };
    const auto found = find(test.at("env"));
    const json& wanted = test.at("result");
    if (wanted.contains("ErrorContains")) {
        if (found.endpoint) return "no error";
        const std::string text = ours.at(wanted.at("ErrorContains").get<std::string>());
        return found.absent.why().message.find(text) == std::string::npos ? found.absent.why().message : "";
    }
    if (!found.endpoint) return found.absent.why().message;
    const auto& url = found.endpoint->url;
    const std::string text = (url.origin.tls ? "https://" : "http://") + url.origin.host_header() + url.target;
    return text == wanted.at("Ok").get<std::string>() ? "" : text;
}

} // namespace

TEST_CASE("container endpoint: the cases of the AWS SDKs") {
    const auto suite = unit_tests::conformance_json("credentials/smithy-rs/ecs-tests.json");
    if (!suite) return;
    unit_tests::case_account account("container_endpoint");
    CHECK(suite->at("tests").size() == 11);
    for (const json& test : suite->at("tests")) {
        const std::string id = test.at("docs").get<std::string>();
        if (account.wants(id)) account.ran(id, compare(test));
    }
    account.close();
}

TEST_CASE("container endpoint: the addresses that plain HTTP may go to") {
    const auto allowed = [](const char* text) { return is_container_address(boost::asio::ip::make_address(text)); };
    for (const char* good : {"127.0.0.1", "127.255.255.254", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23",
                             "::ffff:127.0.0.1", "::ffff:169.254.170.2"}) {
        CHECK_MESSAGE(allowed(good), good);
    }
    for (const char* bad :
         {"169.254.169.254", "169.254.170.3", "169.254.170.1", "10.0.0.1", "0.0.0.0", "::", "fd00:ec2::254",
          "128.0.0.1", "126.255.255.255", "::ffff:10.0.0.1", "::ffff:169.254.169.254"}) {
        CHECK_MESSAGE(!allowed(bad), bad);
    }
}

TEST_CASE("container endpoint: what must not be asked is refused by name") {
    const json elsewhere{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/keys"}};
    CHECK(find(elsewhere).absent.why().message.find("AWS_CONTAINER_CREDENTIALS_FULL_URI names 192.0.2.1") == 0);
    CHECK_FALSE(find(elsewhere).absent.has_none());
    const json relative{{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@192.0.2.1/keys"}};
    CHECK(find(relative).absent.why().message.find("it must start with /") != std::string::npos);
    CHECK(find(json::object()).absent.has_none());
}

TEST_CASE("container endpoint: both forms of the token are known") {
    const auto found = find({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://[::1]:8080/keys"},
                             {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"},
                             {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc"}});
    REQUIRE(found.endpoint.has_value());
    CHECK(found.endpoint->token_file == "/token");
    CHECK(found.endpoint->token == "Basic abc");
    CHECK(found.endpoint->url.origin.port == 8080);
}

} // namespace container_endpoint_test
