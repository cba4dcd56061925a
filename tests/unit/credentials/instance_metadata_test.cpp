// The metadata service of an instance: where it is, and the conversation with it, step by step.
#include "credentials/instance_metadata.hpp"

#include "credentials/profile_file.hpp"
#include "support/case_account.hpp"
#include "support/conformance.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <map>

namespace instance_metadata_test {

using namespace std::chrono_literals;
using nlohmann::json;
using sluice::errc;
using sluice::http_reply;
using sluice::instance_metadata_exchange;
using sluice::instance_metadata_settings;
using sluice::result;

namespace {

result<instance_metadata_settings> find(const json& environment, const std::string& config = {}) {
    const auto files = sluice::parse_profile_files(config, "config", "", "credentials").value();
    return instance_metadata_settings::find([&environment](const char* name) { return environment.value(name, ""); },
                                            [&files](const char* name) { return files.property("default", name); });
}

std::string compare(const json& test) {
    static const std::map<std::string, std::string> ours{
        {"`error` is not a valid endpoint mode", "\"error\": it must be IPv4 or IPv6"},
        {"`IPv7` is not a valid endpoint mode", "\"IPv7\": it must be IPv4 or IPv6"},
        {"invalid uri character", "it must start with http:// or https://"},
    };
    const json& files = test.at("fs");
    const auto found = find(test.at("env"), files.empty() ? "" : files.begin().value().get<std::string>());
    const json& wanted = test.at("result");
    if (wanted.contains("Err")) {
        if (found) return "no error";
        const std::string text = ours.at(wanted.at("Err").get<std::string>());
        return found.error().message.find(text) == std::string::npos ? found.error().message : "";
    }
    if (!found) return found.error().message;
    const auto request = instance_metadata_exchange(*found).next();
    const std::string url =
        (request->origin.tls ? "https://" : "http://") + request->origin.host_header() + request->target;
    return url == wanted.at("Ok").get<std::string>() ? "" : url;
}

result<http_reply> reply(int status, std::string body = {}) {
    http_reply made;
    made.status = status;
    made.body = std::move(body);
    return made;
}

std::string next_target(const instance_metadata_exchange& exchange) {
    const auto request = exchange.next();
    return request ? request->method + " " + request->target : "done";
}

const std::string keys_json = R"({"Code":"Success","AccessKeyId":"A","SecretAccessKey":"S","Token":"T",)"
                              R"("Expiration":"2026-11-26T12:00:00Z"})";
const std::string roles = "/latest/meta-data/iam/security-credentials/";

} // namespace

TEST_CASE("instance metadata: the cases of its endpoint") {
    const auto suite = unit_tests::conformance_json("credentials/smithy-rs/imds-config/imds-endpoint-tests.json");
    if (!suite) return;
    unit_tests::case_account account("instance_metadata_endpoint");
    CHECK(suite->at("tests").size() == 14);
    for (const json& test : suite->at("tests")) {
        const std::string id = test.at("docs").get<std::string>();
        if (account.wants(id)) account.ran(id, compare(test));
    }
    account.close();
}

TEST_CASE("instance metadata: patience and attempts") {
    CHECK(find(json::object())->patience == 1s);
    CHECK(find(json::object())->attempts == 4);
    const auto given = find({{"AWS_METADATA_SERVICE_TIMEOUT", "3"}, {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2"}});
    CHECK(given->patience == 3s);
    CHECK(given->attempts == 2);
    CHECK(given->attempts_given);
    CHECK(find({{"AWS_METADATA_SERVICE_TIMEOUT", "soon"}}).error().message ==
          "AWS_METADATA_SERVICE_TIMEOUT is \"soon\": it must be a number from 1 to 3600");
    CHECK(find(json::object(), "[default]\nmetadata_service_num_attempts = 0\n").error().message ==
          "metadata_service_num_attempts of the profile is \"0\": it must be a number from 1 to 100");
    CHECK(find({{"AWS_EC2_METADATA_DISABLED", "TRUE"}})->is_disabled);
    CHECK_FALSE(find({{"AWS_EC2_METADATA_DISABLED", "1"}})->is_disabled);
}

TEST_CASE("instance metadata: token, role, keys") {
    instance_metadata_exchange exchange(*find(json::object()));
    CHECK(next_target(exchange) == "PUT /latest/api/token");
    CHECK(exchange.next()->headers.at(0).name == "x-aws-ec2-metadata-token-ttl-seconds");
    CHECK(exchange.next()->headers.at(0).value == "21600");
    exchange.answered(reply(200, "tok\n"));
    CHECK(next_target(exchange) == "GET " + roles);
    CHECK(exchange.next()->headers.at(0).name == "x-aws-ec2-metadata-token");
    CHECK(exchange.next()->headers.at(0).value == "tok");
    exchange.answered(reply(200, "my-role\n"));
    CHECK(next_target(exchange) == "GET " + roles + "my-role");
    exchange.answered(reply(200, keys_json));
    CHECK(next_target(exchange) == "done");
    REQUIRE(exchange.outcome().has_keys());
    CHECK(exchange.outcome().keys().session_token == "T");
}

TEST_CASE("instance metadata: 401 renews the token, twice at the most") {
    instance_metadata_exchange exchange(*find(json::object()));
    exchange.answered(reply(200, "one"));
    exchange.answered(reply(200, "my-role"));
    exchange.answered(reply(401));
    CHECK(next_target(exchange) == "PUT /latest/api/token");
    exchange.answered(reply(200, "two"));
    CHECK(next_target(exchange) == "GET " + roles + "my-role");
    CHECK(exchange.next()->headers.at(0).value == "two");
    exchange.answered(reply(401));
    exchange.answered(reply(200, "three"));
    exchange.answered(reply(401));
    CHECK(next_target(exchange) == "done");
    CHECK(exchange.outcome().why().message.find("refuses the token that it gave") != std::string::npos);
    CHECK_FALSE(exchange.outcome().has_none());
}

TEST_CASE("instance metadata: errors of the server are tried again with longer pauses; then they are failures") {
    instance_metadata_exchange exchange(*find(json::object()));
    CHECK(exchange.pause() == 0ms);
    exchange.answered(reply(503));
    CHECK(exchange.pause() == 100ms);
    exchange.answered(reply(500));
    CHECK(exchange.pause() == 200ms);
    exchange.answered(reply(503));
    CHECK(next_target(exchange) == "PUT /latest/api/token");
    exchange.answered(reply(503));
    CHECK(next_target(exchange) == "done");
    CHECK_FALSE(exchange.outcome().has_none());
    CHECK(exchange.outcome().why().message.find("HTTP 503") != std::string::npos);
}

TEST_CASE("instance metadata: what means that this is no instance, or one without a role") {
    const auto silence = result<http_reply>(sluice::error_info(errc::timeout, "nobody"));
    const auto after_token = [](const result<http_reply>& answer) {
        instance_metadata_exchange exchange(*find(json::object()));
        exchange.answered(answer);
        return exchange;
    };
    CHECK(after_token(silence).outcome().has_none());
    CHECK(after_token(reply(403)).outcome().has_none());
    CHECK(after_token(reply(404)).outcome().has_none());
    CHECK(after_token(reply(405)).outcome().has_none());
    CHECK_FALSE(after_token(reply(400)).outcome().has_none());
    CHECK(next_target(after_token(reply(400))) == "done");
    instance_metadata_exchange no_role = after_token(reply(200, "tok"));
    no_role.answered(reply(404));
    CHECK(no_role.outcome().has_none());
    instance_metadata_exchange gone = after_token(reply(200, "tok"));
    for (int i = 0; i < 4; ++i) gone.answered(silence); // it was there a moment ago
    CHECK_FALSE(gone.outcome().has_none());
    CHECK(next_target(gone) == "done");
    instance_metadata_exchange asked_twice(*find({{"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2"}}));
    asked_twice.answered(silence);
    CHECK(next_target(asked_twice) == "PUT /latest/api/token");
    asked_twice.answered(silence);
    CHECK(asked_twice.outcome().has_none());
}

TEST_CASE("instance metadata: answers that cannot be are failures that do not quote them") {
    const auto ending = [](const std::string& token, const std::string& role, const std::string& keys) {
        instance_metadata_exchange exchange(*find(json::object()));
        exchange.answered(reply(200, token));
        if (exchange.next()) exchange.answered(reply(200, role));
        if (exchange.next()) exchange.answered(reply(200, keys));
        REQUIRE_FALSE(exchange.next().has_value());
        return exchange.outcome().why().message;
    };
    CHECK(ending("a\r\nX-Evil: 1", "", "").find("a token that is none") != std::string::npos);
    CHECK(ending("tok", "../../x", "").find("a role's name that cannot be one") != std::string::npos);
    CHECK(ending("tok", "role", "<html>").find("not a JSON object") != std::string::npos);
    CHECK(ending("tok", "role", R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"no trust"})")
              .find("says AssumeRoleUnauthorizedAccess: no trust") != std::string::npos);
    CHECK(ending("tok", "role", R"({"Code":"Success","AccessKeyId":"A","Token":"T"})").find("no secretaccesskey") !=
          std::string::npos);
}

TEST_CASE("instance metadata: old keys are good for 10 to 15 minutes more") {
    const auto now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);
    CHECK(sluice::extended_expiration(now, 0.0) == now + 10min);
    CHECK(sluice::extended_expiration(now, 0.5) == now + 12min + 30s);
}

} // namespace instance_metadata_test
