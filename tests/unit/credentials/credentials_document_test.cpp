// The JSON that hands out keys: what is taken, and what is refused without being quoted.
#include "credentials/credentials_document.hpp"

#include <doctest/doctest.h>

namespace credentials_document_test {

using sluice::credentials;
using sluice::credentials_document;
using sluice::errc;
using sluice::result;

namespace {

std::string refusal(const result<credentials>& got) {
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == errc::credentials);
    return got.error().message;
}

} // namespace

TEST_CASE("credentials documents: members by path, names without case") {
    const auto document = credentials_document::parse(R"({"A":"x","b":{"C":"y","n":-5},"list":["z",{"q":"w"}],"n":7})");
    REQUIRE(document.has_value());
    CHECK(document->text("a") == "x");
    CHECK(document->text("b.c") == "y");
    CHECK(document->number("b.n") == -5);
    CHECK(document->number("n") == 7);
    CHECK(document->text("list").empty());
    CHECK_FALSE(document->number("a").has_value());
}

TEST_CASE("credentials documents: what is no object is refused") {
    for (const std::string bad : {"", "[]", "\"text\"", "7", "{", "{\"a\":1", "null", "{\"a\":\"\xff\"}", "{} {}"}) {
        CHECK_MESSAGE(!credentials_document::parse(bad), bad);
    }
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "{\"a\":";
    CHECK_FALSE(credentials_document::parse(deep + "1" + std::string(100, '}')).has_value());
    CHECK_FALSE(credentials_document::parse("{\"a\":" + std::string(100'000, '[') + "}").has_value());
}

TEST_CASE("credentials documents: of a process") {
    const auto keys = sluice::parse_process_output(
        R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"T","AccountId":"1",)"
        R"("Expiration":"2022-05-02T18:36:00+02:00"})");
    REQUIRE(keys.has_value());
    CHECK(keys->access_key_id == "A");
    CHECK(keys->secret_access_key == "S");
    CHECK(keys->session_token == "T");
    CHECK(keys->account_id == "1");
    using namespace std::chrono_literals;
    CHECK(keys->expiration == std::chrono::sys_days(2022y / 5 / 2) + 16h + 36min);
    const auto long_term = sluice::parse_process_output(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S"})");
    CHECK_FALSE(long_term->expiration.has_value());
    CHECK(refusal(sluice::parse_process_output(R"({"AccessKeyId":"A","SecretAccessKey":"S"})")) ==
          "the answer has no Version");
    CHECK(refusal(sluice::parse_process_output(R"({"Version":2,"AccessKeyId":"A","SecretAccessKey":"S"})")) ==
          "the Version of the answer is 2: it must be 1");
    CHECK(refusal(sluice::parse_process_output(R"({"Version":1,"SecretAccessKey":"S"})")) ==
          "the answer has no accesskeyid");
    CHECK(refusal(sluice::parse_process_output(R"({"Version":1,"AccessKeyId":"A"})")) ==
          "the answer has no secretaccesskey");
    const std::string late = R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush","Expiration":"soon"})";
    CHECK(refusal(sluice::parse_process_output(late)) == "the Expiration is \"soon\", which is not a time");
}

TEST_CASE("credentials documents: what cannot be read is not quoted") {
    const std::string secret = "do-not-say-this";
    for (const std::string& bad :
         {"{\"SecretAccessKey\":\"" + secret, secret, "{\"Version\":1,\"SecretAccessKey\":\"" + secret + "\"}"}) {
        CHECK(refusal(sluice::parse_process_output(bad)).find(secret) == std::string::npos);
        CHECK(refusal(sluice::parse_instance_reply(bad)).find(secret) == std::string::npos);
        CHECK(refusal(sluice::parse_container_reply(bad)).find(secret) == std::string::npos);
        CHECK(refusal(sluice::parse_sso_reply(bad)).find(secret) == std::string::npos);
    }
}

TEST_CASE("credentials documents: of SSO") {
    const auto keys = sluice::parse_sso_reply(
        R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"S","sessionToken":"T","expiration":1651516560123}})");
    REQUIRE(keys.has_value());
    CHECK(keys->expiration ==
          std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1651516560123)));
    CHECK(refusal(sluice::parse_sso_reply(R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"S"}})")) ==
          "the answer has no rolecredentials.sessiontoken");
}

TEST_CASE("credentials documents: error texts are one short line") {
    CHECK(sluice::error_text_of(R"({"code":"Denied","message":"not\nnow"})") == "Denied: not now");
    CHECK(sluice::error_text_of(R"({"error":"invalid_grant","error_description":"over"})") == "invalid_grant: over");
    CHECK(sluice::error_text_of("<html>").empty());
    CHECK(sluice::error_text_of("{\"message\":\"" + std::string(5'000, 'x') + "\"}").size() == 300);
}

} // namespace credentials_document_test
