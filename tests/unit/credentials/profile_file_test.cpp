// The config and credentials files: the cases that the AWS SDKs share, and what a hostile file does.
#include "credentials/profile_file.hpp"

#include "support/case_account.hpp"
#include "support/conformance.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

using nlohmann::json;
using sluice::errc;
using sluice::parse_profile_files;
using sluice::profile_files;
using sluice::profile_locations;
using unit_tests::case_account;

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

/// A folder of the test's own that goes away with it.
class scratch_folder {
  public:
    scratch_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "sluice-profiles-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
        path_ = name;
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder() { std::filesystem::remove_all(path_); }

    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return (path_ / name).string();
    }
    [[nodiscard]] std::string name() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

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
