#include <sigv4/authorization.hpp>

#include <doctest/doctest.h>

#include <array>

namespace {

const sigv4::credentials keys{"AKID/with/slash", "secret", ""};
const auto now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(7);

} // namespace

TEST_CASE("a server finds the signature that a client made") {
    const std::array<sigv4::header, 3> headers{{
        {"Host", "localhost:4566"},
        {"Content-Type", "application/x-www-form-urlencoded"},
        {"User-Agent", "not signed"},
    }};
    const sigv4::signer signer("us-east-1", "sqs");
    const auto added = signer.sign({"POST", "/", "", headers, "Action=ListQueues"}, keys, now);
    const auto claimed = sigv4::parse_authorization(added.authorization);
    REQUIRE(claimed);
    CHECK(claimed->access_key_id == keys.access_key_id);
    CHECK(claimed->date == "20261123");
    CHECK(claimed->region == "us-east-1");
    CHECK(claimed->service == "sqs");
    CHECK(claimed->signed_headers == std::vector<std::string>{"content-type", "host", "x-amz-date"});

    // What arrives has headers in any case and order, and more of them.
    const std::array<sigv4::header, 5> arrived{{
        {"accept", "*/*"},
        {"content-type", "application/x-www-form-urlencoded"},
        {"X-AMZ-DATE", added.x_amz_date},
        {"host", "localhost:4566"},
        {"user-agent", "other"},
    }};
    const auto expect = [&](std::string_view payload, std::string_view secret) {
        return sigv4::expected_signature(*claimed, {"POST", "/", "", arrived, payload}, added.x_amz_date, secret);
    };
    CHECK(sigv4::equal_in_constant_time(expect("Action=ListQueues", "secret"), claimed->signature));
    CHECK_FALSE(sigv4::equal_in_constant_time(expect("Action=ListQueuez", "secret"), claimed->signature));
    CHECK_FALSE(sigv4::equal_in_constant_time(expect("Action=ListQueues", "Secret"), claimed->signature));
}

TEST_CASE("Authorization values that say too little are refused") {
    for (const char* bad : {
             "",
             "Basic abc",
             "AWS4-HMAC-SHA256",
             "AWS4-HMAC-SHA256 Credential=a/20260101/r/s/aws4_request, SignedHeaders=host",
             "AWS4-HMAC-SHA256 Credential=a/20260101/r/s, SignedHeaders=host, Signature=x",
             "AWS4-HMAC-SHA256 Credential=a/20260101/r/s/aws5_request, SignedHeaders=host, Signature=x",
             "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=x",
             "AWS4-HMAC-SHA256 Credential=a/20260101/r/s/aws4_request,,",
         }) {
        INFO("value: " << bad);
        CHECK_FALSE(sigv4::parse_authorization(bad));
    }
}

TEST_CASE("constant-time comparison") {
    CHECK(sigv4::equal_in_constant_time("", ""));
    CHECK(sigv4::equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(sigv4::equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(sigv4::equal_in_constant_time("abc", "abcd"));
}
