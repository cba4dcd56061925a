// Which of the places that can name an endpoint wins: the cases that the AWS SDKs share. They speak of S3 and DynamoDB,
// which stand for SQS and SNS here.
#include "session/configuration.hpp"

#include "client/operation_info.hpp"

#include "support/case_account.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <test_support.hpp>

#include <functional>

namespace endpoint_urls_test {

using nlohmann::json;
using sluice::calls::service_id;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

json load() {
    const auto file =
        *test_support::conformance_dir() / "config" / "botocore" / "configured-endpoint-urls-profile-tests.json";
    std::string text = test_support::read_file(file);
    text = replaced(replaced(std::move(text), "_S3", "_SQS"), "_DYNAMODB", "_SNS");
    text = replaced(replaced(std::move(text), "\"s3\"", "\"sqs\""), "\"dynamodb\"", "\"sns\"");
    return json::parse(replaced(std::move(text), "https://s3.fake-region-10", "https://sqs.fake-region-10"));
}

/// The suite's profiles and services as the file that a user would write.
std::string config_file(const json& suite) {
    std::string text;
    for (const auto& [name, properties] : suite.at("profiles").items()) {
        text += "[profile " + name + "]\n";
        for (const auto& [key, value] : properties.items()) text += key + " = " + value.get<std::string>() + "\n";
    }
    for (const auto& [name, services] : suite.at("services").items()) {
        text += "[services " + name + "]\n";
        for (const auto& [service, properties] : services.items()) {
            text += service + " =\n";
            for (const auto& [key, value] : properties.items())
                text += "  " + key + " = " + value.get<std::string>() + "\n";
        }
    }
    return text;
}

std::string compare(const json& suite, const sluice::profile_files& files, const json& test) {
    const json& given = suite.at("client_configs").at(test.at("client_config").get<std::string>());
    const json& environment = suite.at("environments").at(test.at("environment").get<std::string>());
    sluice::session_options options;
    options.profile = test.at("profile").get<std::string>();
    options.endpoint_url = given.value("endpoint_url", "");
    if (given.contains("ignore_configured_endpoint_urls")) {
        options.ignore_configured_endpoint_urls = given.at("ignore_configured_endpoint_urls").get<bool>();
    }
    const auto variable = [&environment](const char* name) { return environment.value(name, ""); };
    const auto found = sluice::configuration::find(options, variable, files);
    if (!found) return found.error().describe();
    const auto service = test.at("service") == "sqs" ? service_id::sqs : service_id::sns;
    const auto& origin = found->endpoints[static_cast<std::size_t>(service)].origin;
    const std::string url = (origin.tls ? "https://" : "http://") + origin.host_header();
    return url == test.at("output").at("endpointUrl").get<std::string>() ? "" : url;
}

} // namespace

TEST_CASE("endpoint URLs: the cases of precedence") {
    if (!test_support::conformance_dir()) return test_support::skip("no conformance data: endpoint URLs");
    unit_tests::case_account account("endpoint_urls");
    const json all = load();
    std::size_t number = 0;
    for (const json& suite : all.at("testSuites")) {
        const auto files = sluice::parse_profile_files(config_file(suite), "config", "", "credentials").value();
        for (const json& test : suite.at("endpointUrlTests")) {
            const std::string id = std::to_string(++number) + " " + test.at("name").get<std::string>();
            if (account.wants(id)) account.ran(id, compare(suite, files, test));
        }
    }
    CHECK(number == 39);
    account.close();
}

} // namespace endpoint_urls_test
