// The token of SSO: its file, its renewal.
#include "credentials/sso_token.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace sso_token_test {

using namespace std::chrono_literals;
using sluice::sso_settings;
using sluice::sso_token;

namespace {

const auto now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);

sso_token token(std::chrono::minutes life) {
    sso_token made;
    made.access_token = "access";
    made.refresh_token = "refresh";
    made.client_id = "client";
    made.client_secret = "hush";
    made.expires_at = now + life;
    return made;
}

} // namespace

TEST_CASE("SSO token: its file is named by the session, or by the start URL in the old form") {
    sso_settings settings;
    settings.start_url = "https://d-92671207e4.awsapps.com/start";
    CHECK(settings.token_file("/house/me") == "/house/me/.aws/sso/cache/13f9d35043871d073ab260e020f0ffde092cb14b.json");
    settings.session = "admin";
    CHECK(settings.token_file("") == "/.aws/sso/cache/d033e22ae348aeb5660fc2140aec35850c4da997.json");
}

TEST_CASE("SSO token: read and written as the AWS CLI does") {
    const auto read = sso_token::parse(R"({"startUrl":"https://x/start","region":"us-east-1","accessToken":"a",)"
                                       R"("expiresAt":"2026-11-26T01:00:00Z","clientId":"c","clientSecret":"s",)"
                                       R"("registrationExpiresAt":"2027-01-01T00:00:00Z","refreshToken":"r"})");
    REQUIRE(read.has_value());
    CHECK(read->expires_at == now + 1h);
    CHECK(read->refresh_token == "r");
    const auto again = sso_token::parse(read->to_json());
    REQUIRE(again.has_value());
    CHECK(again->to_json() == read->to_json());
    CHECK(nlohmann::json::parse(read->to_json()).at("expiresAt") == "2026-11-26T01:00:00Z");
    CHECK(sso_token::parse(R"({"accessToken":"a","expiresAt":"2020-06-17T10:02:08UTC"})").has_value());
    CHECK(sso_token::parse(R"({"expiresAt":"2026-11-26T01:00:00Z"})").error().message == "it has no accessToken");
    CHECK(sso_token::parse(R"({"accessToken":"a","expiresAt":"x"})").error().message == "its expiresAt is not a time");
    CHECK(sso_token::parse("no").error().message == "it is not a JSON object");
}

TEST_CASE("SSO token: used, renewed from 5 minutes before its end, or over") {
    CHECK(token(5min + 1min).next(now) == sso_token::step::use);
    CHECK(token(5min).next(now) == sso_token::step::refresh);
    CHECK(token(-5min).next(now) == sso_token::step::refresh);
    sso_token fixed = token(1min);
    fixed.refresh_token.clear();
    CHECK(fixed.next(now) == sso_token::step::use);
    CHECK(fixed.next(now + 1min) == sso_token::step::log_in);
    sso_token forgotten = token(1min);
    forgotten.registration_expires_at = now;
    CHECK(forgotten.next(now) == sso_token::step::use);
    CHECK(forgotten.next(now + 1min) == sso_token::step::log_in);
}

TEST_CASE("SSO token: what is asked for a new one, and what the answer makes of it") {
    const auto request = nlohmann::json::parse(token(1min).refresh_request());
    CHECK(request == nlohmann::json{{"clientId", "client"},
                                    {"clientSecret", "hush"},
                                    {"grantType", "refresh_token"},
                                    {"refreshToken", "refresh"}});
    const auto renewed = token(1min).renewed(R"({"accessToken":"new","expiresIn":3600,"refreshToken":"next"})", now);
    REQUIRE(renewed.has_value());
    CHECK(renewed->access_token == "new");
    CHECK(renewed->refresh_token == "next");
    CHECK(renewed->client_secret == "hush");
    CHECK(renewed->expires_at == now + 1h);
    CHECK(token(1min).renewed(R"({"accessToken":"new","expiresIn":60})", now)->refresh_token == "refresh");
    CHECK_FALSE(token(1min).renewed(R"({"accessToken":"new"})", now).has_value());
}

} // namespace sso_token_test
