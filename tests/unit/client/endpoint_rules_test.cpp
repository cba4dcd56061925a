// The rule sets that AWS publishes for SQS, SNS and STS, case by case, and its list of partitions.
#include "client/endpoint_rules.hpp"
#include "client/partitions.hpp"

#include "support/case_account.hpp"
#include "support/conformance.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <regex>

namespace endpoint_rules_test {

using nlohmann::json;
using sluice::errc;
using sluice::calls::endpoint_request;
using sluice::calls::resolve_endpoint;
using sluice::calls::service_id;
using unit_tests::case_account;
using unit_tests::conformance_json;

namespace {

endpoint_request request_of(service_id service, const json& test) {
    const json given = test.value("params", json::object());
    endpoint_request wanted;
    wanted.service = service;
    wanted.region = given.value("Region", "");
    wanted.custom_url = given.value("Endpoint", "");
    wanted.use_fips = given.value("UseFIPS", false);
    wanted.use_dual_stack = given.value("UseDualStack", false);
    wanted.use_global_sts = given.value("UseGlobalEndpoint", false);
    return wanted;
}

std::string compare(const endpoint_request& wanted, const json& expected) {
    const auto got = resolve_endpoint(wanted);
    if (expected.contains("error")) {
        if (got) return "no error";
        // Ours also say what to do; every one of them is an errc::configuration.
        std::string text = expected.at("error");
        const std::string general = "Invalid Configuration: ";
        if (text.starts_with(general)) text.erase(0, general.size());
        const bool same = got.error().code == errc::configuration && got.error().message.find(text) == 0;
        return same ? "" : got.error().describe() + " instead of " + text;
    }
    if (!got) return got.error().describe();
    const std::string url = (got->origin.tls ? "https://" : "http://") + got->origin.host_header();
    const json& endpoint = expected.at("endpoint");
    if (url != endpoint.at("url").get<std::string>() || got->path != "/") return url + got->path;
    std::string region = wanted.region;
    if (const auto properties = endpoint.find("properties"); properties != endpoint.end()) {
        const json& scheme = properties->at("authSchemes").at(0);
        if (scheme.at("name") != "sigv4" || scheme.at("signingName") != "sts") return "another way to sign";
        region = scheme.at("signingRegion").get<std::string>();
    }
    return got->signing_region == region ? "" : "signed for " + got->signing_region;
}

void run_suite(service_id service, const std::string& name, std::size_t cases) {
    const auto suite = conformance_json("endpoints/botocore/" + name + "/endpoint-tests-1.json");
    if (!suite) return;
    case_account account("endpoints_" + name);
    CHECK(suite->at("testCases").size() == cases);
    std::size_t number = 0;
    for (const json& test : suite->at("testCases")) {
        const std::string id = std::to_string(++number) + " " + test.value("documentation", "");
        if (account.wants(id)) account.ran(id, compare(request_of(service, test), test.at("expect")));
    }
    account.close();
}

} // namespace

TEST_CASE("endpoints: the cases of SQS") { run_suite(service_id::sqs, "sqs", 48); }
TEST_CASE("endpoints: the cases of SNS") { run_suite(service_id::sns, "sns", 49); }
TEST_CASE("endpoints: the cases of STS") { run_suite(service_id::sts, "sts", 69); }

TEST_CASE("partitions: every region that AWS lists, by the form that AWS states") {
    std::size_t regions = 0;
    for (const std::string source : {"botocore", "npm-aws-sdk-core"}) {
        const auto table = conformance_json("endpoints/" + source + "/partitions.json");
        if (!table) return;
        for (const json& one : table->at("partitions")) {
            const std::regex form(one.at("regionRegex").get<std::string>());
            // Regions of tomorrow have the form, too.
            std::vector<std::string> names{"us-moon-9", "cn-moon-9", "us-gov-moon-9", "us-isob-moon-9",
                                           "eusc-de-moon-9"};
            std::erase_if(names, [&form](const std::string& name) { return !std::regex_match(name, form); });
            for (const auto& [name, ignored] : one.at("regions").items()) names.push_back(name);
            for (const std::string& name : names) {
                INFO(name);
                const auto& found = sluice::calls::partition_of(name);
                CHECK(found.id == one.at("id").get<std::string>());
                CHECK(found.dns_suffix == one.at("outputs").at("dnsSuffix").get<std::string>());
                CHECK(found.dual_stack_dns_suffix == one.at("outputs").at("dualStackDnsSuffix").get<std::string>());
                // What the rules take for granted.
                CHECK(one.at("outputs").at("supportsFIPS").get<bool>());
                CHECK(one.at("outputs").at("supportsDualStack").get<bool>());
                ++regions;
            }
        }
    }
    CHECK(regions > 100);
}

TEST_CASE("partitions: what belongs nowhere counts as aws") {
    for (const std::string name : {"", "local", "us-gov", "us-gov-west", "us-gov-west-", "us-gov--1", "us-gov-west-1a",
                                   "cn-north-1-x", "fake-region-10"}) {
        INFO(name);
        CHECK(sluice::calls::partition_of(name).id == "aws");
    }
}

TEST_CASE("endpoints: a custom URL keeps its path and port, and is signed for the session's region") {
    endpoint_request wanted;
    wanted.region = "eu-west-1";
    wanted.custom_url = "http://[::1]:9324/base";
    const auto got = resolve_endpoint(wanted).value();
    CHECK(got.origin.host_header() == "[::1]:9324");
    CHECK(got.path == "/base");
    CHECK(got.signing_region == "eu-west-1");
    CHECK_FALSE(got.origin.tls);
}

} // namespace endpoint_rules_test
