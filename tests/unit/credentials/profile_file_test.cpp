// The config and credentials files: the cases that the AWS SDKs share, and what a hostile file does.
#include "credentials/profile_file.hpp"

#include "support/case_account.hpp"
#include "support/conformance.hpp"
#include "support/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>

#include <unistd.h>

namespace profile_file_test {

using nlohmann::json;
using sluice::errc;
using sluice::parse_profile_files;
using sluice::profile_files;
using sluice::profile_locations;
using unit_tests::case_account;
using unit_tests::scratch_folder;

namespace {

sluice::result<profile_files> parse(const std::string& config, const std::string& credentials = {}) {
    return parse_profile_files(config, "the config", credentials, "the credentials");
}

std::string compare(const json& test) {
    const json& input = test.at("input");
    const auto got = parse(input.value("configFile", ""), input.value("credentialsFile", ""));
    const json& output = test.at("output");
    if (output.contains("errorContaining")) {
        if (got) return "no error";
        const std::string text = output.at("errorContaining");
        const bool same =
            got.error().code == errc::configuration && got.error().message.find(text) != std::string::npos;
        return same ? "" : got.error().describe() + " instead of " + text;
    }
    if (!got) return got.error().describe();
    const json& expected = output.at("config");
    if (json(got->profiles) != expected.at("profiles")) return json(got->profiles).dump();
    if (json(got->sso_sessions) != expected.value("sso_sessions", json::object()))
        return json(got->sso_sessions).dump();
    return "";
}

} // namespace

TEST_CASE("profile files: the parser's cases") {
    const auto suite = unit_tests::conformance_json("config/smithy-rs/profile-parser-tests.json");
    if (!suite) return;
    case_account account("profile_parser");
    CHECK(suite->at("tests").size() == 65);
    std::size_t number = 0;
    for (const json& test : suite->at("tests")) {
        const std::string id = std::to_string(++number) + " " + test.at("name").get<std::string>();
        if (account.wants(id)) account.ran(id, compare(test));
    }
    account.close();
}

TEST_CASE("profile files: where they are") {
    const auto suite = unit_tests::conformance_json("config/smithy-rs/file-location-tests.json");
    if (!suite) return;
    case_account account("profile_locations");
    CHECK(suite->at("tests").size() == 9);
    std::size_t number = 0;
    for (const json& test : suite->at("tests")) {
        const std::string id = std::to_string(++number) + " " + test.at("name").get<std::string>();
        if (!account.wants(id)) continue;
        const json& environment = test.at("environment");
        const auto variable = [&environment](const char* name) { return environment.value(name, ""); };
        const auto style = test.at("platform") == "windows" ? sluice::path_style::windows : sluice::path_style::posix;
        const auto found = profile_locations::find(variable, style);
        const bool same = found.config == test.at("configLocation").get<std::string>() &&
                          found.credentials == test.at("credentialsLocation").get<std::string>();
        account.ran(id, same ? "" : found.config + " and " + found.credentials);
    }
    account.close();
}

TEST_CASE("profile files: a tilde is the home, and without a home there is no file") {
    const auto variable = [](const char* name) -> std::string {
        if (std::string_view(name) == "HOME") return "/house/of/me";
        return std::string_view(name) == "AWS_CONFIG_FILE" ? "~/elsewhere" : "";
    };
    CHECK(profile_locations::find(variable, sluice::path_style::posix).config == "/house/of/me/elsewhere");
    const auto nothing = [](const char*) { return std::string(); };
    CHECK(profile_locations::find(nothing, sluice::path_style::posix).config.empty());
    CHECK(sluice::read_profile_files(profile_locations::find(nothing, sluice::path_style::posix))->profiles.empty());
}

TEST_CASE("profile files: errors name the file and the line") {
    const auto config = parse("[default]\nregion = eu-west-1\n\nno equals sign\n");
    REQUIRE_FALSE(config.has_value());
    CHECK(config.error().message == "the config, line 4: Expected an '=' sign defining a property");
    const auto credentials = parse("", "[default\n");
    REQUIRE_FALSE(credentials.has_value());
    CHECK(credentials.error().message == "the credentials, line 1: Profile definition must end with ']'");
}

TEST_CASE("profile files: a byte order mark and indented comments do no harm") {
    const auto files = parse("\xEF\xBB\xBF[default]\n  # a note\nregion = eu-west-1\n  ; another\n").value();
    CHECK(files.property("default", "region") == "eu-west-1");
    CHECK(files.property("default", "none").empty());
    CHECK(files.property("none", "region").empty());
}

TEST_CASE("profile files: services and their properties") {
    const auto files = parse("[services dev]\nsqs =\n  endpoint_url = http://localhost:9324 # queues\n  Other=1\n"
                             "sns =\n  endpoint_url=http://localhost:9911\n[profile dev]\nservices = dev\n")
                           .value();
    REQUIRE(files.services.contains("dev"));
    const auto sqs = sluice::sub_properties(files.services.at("dev").at("sqs"));
    CHECK(sqs.at("endpoint_url") == "http://localhost:9324");
    CHECK(sqs.at("other") == "1");
    CHECK(sluice::sub_properties(files.services.at("dev").at("sns")).at("endpoint_url") == "http://localhost:9911");
    CHECK(files.property("dev", "services") == "dev");
}

TEST_CASE("profile files: read from disk, the credentials file wins") {
    const scratch_folder folder;
    profile_locations locations;
    locations.config = folder.file("config", "[profile dev]\nregion = eu-west-1\noutput = json\n");
    locations.credentials = folder.file("credentials", "[dev]\r\nregion = us-east-1\r\n");
    const auto files = sluice::read_profile_files(locations).value();
    CHECK(files.property("dev", "region") == "us-east-1");
    CHECK(files.property("dev", "output") == "json");
    locations.credentials = folder.name() + "/not-there";
    CHECK(sluice::read_profile_files(locations)->property("dev", "region") == "eu-west-1");
}

TEST_CASE("profile files: a folder or an endless file in place of one is an error with its name") {
    const scratch_folder folder;
    profile_locations locations;
    for (const std::string& place : {folder.name(), std::string("/dev/zero")}) {
        locations.config = place;
        const auto refused = sluice::read_profile_files(locations);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == errc::configuration);
        CHECK(refused.error().message.find("cannot read " + place) == 0);
    }
}

TEST_CASE("profile files: bytes that are no text are an error with their line") {
    for (const std::string& bad : {std::string("\xff"), std::string("a\0b", 3), std::string("\xc3\x28")}) {
        const auto refused = parse("[default]\nregion = " + bad + "\n");
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().message == "the config, line 2: This is not UTF-8 text");
    }
}

TEST_CASE("profile files: 10 MB are an error with the limit in it") {
    const scratch_folder folder;
    profile_locations locations;
    locations.config = folder.file("config", std::string(10'000'000, '#'));
    CHECK(sluice::read_profile_files(locations).error().message ==
          "cannot read " + locations.config + ": it is larger than 4 MiB");
}

TEST_CASE("profile files: a file that may not be read is an error with the reason") {
    const scratch_folder folder;
    profile_locations locations;
    locations.config = folder.file("config", "[default]\n");
    std::filesystem::permissions(locations.config, std::filesystem::perms::none);
    std::filesystem::permissions(folder.name(), std::filesystem::perms(0711));
    const uid_t before = geteuid();
    if (before == 0) REQUIRE(seteuid(65534) == 0);
    const auto refused = sluice::read_profile_files(locations);
    if (before == 0) REQUIRE(seteuid(before) == 0);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message == "cannot read " + locations.config + ": Permission denied");
}

TEST_CASE("profile files: botocore's sample files") {
    const auto folder = test_support::conformance_dir();
    if (!folder) return test_support::skip("no conformance data: config/botocore/cfg");
    case_account account("profile_samples");
    const std::map<std::string, std::string> wrong{
        {"aws_config_bad", "Expected a profile definition"},
        {"aws_config_badbytes", "This is not UTF-8 text"},
        {"aws_credentials", "Expected a profile definition"},
        {"aws_config_nested_bad", "Expected an '=' sign defining a sub-property"},
    };
    for (const auto& entry : std::filesystem::directory_iterator(*folder / "config" / "botocore" / "cfg")) {
        const std::string name = entry.path().filename().string();
        if (!account.wants(name)) continue;
        const auto got = parse(test_support::read_file(entry.path()));
        const auto expected = wrong.find(name);
        std::string problem;
        if (expected == wrong.end() && !got) problem = got.error().message;
        if (expected != wrong.end() && got) problem = "no error";
        if (expected != wrong.end() && !got && got.error().message.find(expected->second) == std::string::npos) {
            problem = got.error().message;
        }
        account.ran(name, problem);
    }
    account.close();
}

TEST_CASE("profile files: where a property was found") {
    const auto files = parse("[default]\nregion = a\n[profile dev]\nregion = b\n", "[dev]\n\nregion = c\n").value();
    CHECK(files.place("default", "region") == "the config:2");
    CHECK(files.place("dev", "region") == "the credentials:3");
    CHECK(files.place("dev", "output").empty());
}

} // namespace profile_file_test
