// What a server does with a signature.
#include <sigv4/authorization.hpp>
#include <sigv4/signer.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

namespace authorization_test {

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

TEST_CASE("a server takes the headers that the client signed, also ones that "
          "we would not sign") {
    // Some SDKs sign user-agent. Made by hand from the stages: the signer itself
    // leaves it out.
    const std::string text = "GET\n/\n\nhost:h\nuser-agent:sdk/"
                             "1.0\nx-amz-date:20261123T070000Z\n\nhost;user-agent;x-amz-date\n" +
                             sigv4::sha256_hex("");
    const std::string scope = "20261123/us-east-1/sqs/aws4_request";
    const std::string signature =
        sigv4::signer("us-east-1", "sqs")
            .signature(keys, "20261123T070000Z", sigv4::string_to_sign("20261123T070000Z", scope, text));
    const auto claimed = sigv4::parse_authorization("AWS4-HMAC-SHA256 Credential=" + keys.access_key_id + "/" + scope +
                                                    ",SignedHeaders=host;user-agent;x-amz-date,Signature=" + signature);
    REQUIRE(claimed);
    const std::array<sigv4::header, 3> arrived{
        {{"Host", "h"}, {"User-Agent", "sdk/1.0"}, {"X-Amz-Date", "20261123T070000Z"}}};
    CHECK(sigv4::expected_signature(*claimed, {"GET", "/", "", arrived, ""}, "20261123T070000Z", "secret") ==
          signature);
}

TEST_CASE("a claimed header that did not arrive, or arrived twice, spoils the "
          "signature") {
    const std::array<sigv4::header, 2> headers{{{"Host", "h"}, {"X-Custom", "1"}}};
    const auto added = sigv4::signer("us-east-1", "sqs").sign({"GET", "/", "", headers, ""}, keys, now);
    const auto claimed = sigv4::parse_authorization(added.authorization);
    REQUIRE(claimed);
    const auto expect = [&](std::vector<sigv4::header> arrived) {
        arrived.push_back({"X-Amz-Date", added.x_amz_date});
        return sigv4::expected_signature(*claimed, {"GET", "/", "", arrived, ""}, added.x_amz_date, "secret");
    };
    CHECK(expect({{"Host", "h"}, {"X-Custom", "1"}}) == claimed->signature);
    CHECK(expect({{"Host", "h"}}) != claimed->signature);
    CHECK(expect({{"Host", "h"}, {"X-Custom", "1"}, {"X-Custom", "2"}}) != claimed->signature);
}

TEST_CASE("a checker remembers signing keys, and never takes one for another") {
    const std::array<sigv4::header, 1> headers{{{"Host", "h"}}};
    const sigv4::signature_checker checker;
    // More combinations than it remembers, twice: all but the last ones are forgotten and found again.
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 100; ++i) {
            const std::string part = std::to_string(i);
            const std::string region = i % 4 == 0 ? "r-" + part : "r";
            const std::string service = i % 4 == 1 ? "s-" + part : "s";
            const auto time = i % 4 == 2 ? now + std::chrono::hours(24 * i) : now;
            const sigv4::credentials with{"id", i % 4 == 3 ? "secret" + part : "secret", ""};
            const auto added = sigv4::signer(region, service).sign({"POST", "/", "", headers, "body"}, with, time);
            const auto claimed = sigv4::parse_authorization(added.authorization);
            REQUIRE(claimed);
            const std::array<sigv4::header, 2> arrived{{{"Host", "h"}, {"X-Amz-Date", added.x_amz_date}}};
            const sigv4::request_view request{"POST", "/", "", arrived, "body"};
            const auto expect = [&](std::string_view secret) {
                return checker.expected_signature(*claimed, request, added.x_amz_date, secret);
            };
            CHECK(expect(with.secret_access_key) == claimed->signature);
            CHECK(expect(with.secret_access_key) == claimed->signature);
            CHECK(expect("another") != claimed->signature);
        }
    }
}

TEST_CASE("a server of S3 checks with the options of S3") {
    const sigv4::signing_options s3{.normalize_path = false, .double_encode_path = false, .sign_body = true};
    std::vector<sigv4::header> headers{{"Host", "h"}};
    sigv4::request_view request{"PUT", "/a//b%20c", "", headers, ""};
    request.payload_hash = "UNSIGNED-PAYLOAD";
    const auto added = sigv4::signer("us-east-1", "s3", s3).sign(request, keys, now);
    const auto claimed = sigv4::parse_authorization(added.authorization);
    REQUIRE(claimed);
    headers.push_back({"x-amz-date", added.x_amz_date});
    headers.push_back({"x-amz-content-sha256", added.x_amz_content_sha256});
    request.headers = headers;
    CHECK(sigv4::expected_signature(*claimed, request, added.x_amz_date, "secret", s3) == claimed->signature);
    CHECK(sigv4::expected_signature(*claimed, request, added.x_amz_date, "secret") != claimed->signature);
}

TEST_CASE("Authorization values in every form that clients send") {
    for (const char* good : {
             "AWS4-HMAC-SHA256 Credential=id/20260101/r/s/aws4_request, "
             "SignedHeaders=host;x-amz-date, Signature=ab",
             "AWS4-HMAC-SHA256 "
             "Credential=id/20260101/r/s/"
             "aws4_request,SignedHeaders=host;x-amz-date,Signature=ab",
             "  AWS4-HMAC-SHA256\tSignature=ab , Extra=1 , "
             "SignedHeaders=host;x-amz-date,  "
             "Credential=id/20260101/r/s/aws4_request ",
         }) {
        INFO("value: " << good);
        const auto parsed = sigv4::parse_authorization(good);
        REQUIRE(parsed);
        CHECK(parsed->access_key_id == "id");
        CHECK(parsed->date == "20260101");
        CHECK(parsed->region == "r");
        CHECK(parsed->service == "s");
        CHECK(parsed->signed_headers == std::vector<std::string>{"host", "x-amz-date"});
        CHECK(parsed->signature == "ab");
    }
}

TEST_CASE("Authorization values that cannot be used are refused with the reason") {
    const auto why = [](std::string_view value) {
        const auto parsed = sigv4::parse_authorization(value);
        return parsed ? std::string("accepted") : parsed.error();
    };
    const std::string scheme = "AWS4-HMAC-SHA256 ";
    const std::string rest = ", SignedHeaders=host, Signature=x";
    const std::string form = ": it has the form KEY/DATE/REGION/SERVICE/aws4_request";
    CHECK(why("") == "Authorization starts with \"\", not with AWS4-HMAC-SHA256");
    CHECK(why("Basic abc") == "Authorization starts with \"Basic\", not with AWS4-HMAC-SHA256");
    CHECK(why("AWS4-HMAC-SHA256Credential=a") == "Authorization starts with \"AWS4-HMAC-SHA256Credential=a\", not with "
                                                 "AWS4-HMAC-SHA256");
    CHECK(why("AWS4-HMAC-SHA256") == "\"\" in Authorization is not a NAME=VALUE");
    CHECK(why(scheme + "Credential") == "\"Credential\" in Authorization is not a NAME=VALUE");
    CHECK(why(scheme + "Credential=a/20260101/r/s/aws4_request,,") == "\"\" in Authorization is not a NAME=VALUE");
    CHECK(why(scheme + "Credential=a/20260101/r/s/aws4_request, SignedHeaders=host") ==
          "Authorization has no Signature");
    CHECK(why(scheme + "Credential=a, Signature=x") == "Authorization has no SignedHeaders");
    CHECK(why(scheme + "SignedHeaders=host, Signature=x") == "Authorization has no Credential");
    CHECK(why(scheme + "Credential=" + rest) == "Authorization has no Credential");
    CHECK(why(scheme + "Signature=a" + rest) == "Authorization has Signature twice");
    CHECK(why(scheme + "Credential=a/20260101/r/s" + rest) == "too few parts in Credential \"a/20260101/r/s\"" + form);
    CHECK(why(scheme + "Credential=a/20260101/r/s/aws5_request" + rest) == "no aws4_request at the end in Credential "
                                                                           "\"a/20260101/r/s/aws5_request\"" +
                                                                               form);
    CHECK(why(scheme + "Credential=a/2026-1-1/r/s/aws4_request" + rest) ==
          "no date of eight digits in Credential \"a/2026-1-1/r/s/aws4_request\"" + form);
    CHECK(why(scheme + "Credential=a/20260101//s/aws4_request" + rest) == "an empty region or service in Credential "
                                                                          "\"a/20260101//s/aws4_request\"" +
                                                                              form);
    CHECK(why(scheme + "Credential=/20260101/r/s/aws4_request" + rest) ==
          "no access key id in Credential \"/20260101/r/s/aws4_request\"" + form);
    CHECK(why(scheme + "Credential=a/20260101/r/s/aws4_request, "
                       "SignedHeaders=host;;x, Signature=x") == "SignedHeaders \"host;;x\" has an empty name in it");
    CHECK(why(scheme + std::string(20000, 'x')) == "an Authorization of 20017 bytes: at most 16384 are read");
}

TEST_CASE("constant-time comparison") {
    CHECK(sigv4::equal_in_constant_time("", ""));
    CHECK(sigv4::equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(sigv4::equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(sigv4::equal_in_constant_time("abc", "abcd"));
}

} // namespace authorization_test
