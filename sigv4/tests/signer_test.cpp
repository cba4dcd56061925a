// What a signer adds, what it refuses, and what it remembers.
#include "examples.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

namespace signer_test {

using examples::keys;
using examples::refusal;
using examples::sign_list_users;
using examples::signature_of;
using namespace std::chrono;

namespace {

const std::array<sigv4::header, 1> host_only{{{"Host", "localhost:4566"}}};

sigv4::request_view simple_request() {
    sigv4::request_view request;
    request.headers = host_only;
    request.payload = "Action=ListQueues";
    return request;
}

} // namespace

TEST_CASE("a new day, new keys and other scopes each give another signature") {
    const sigv4::signer signer("us-east-1", "iam");
    const auto first = sign_list_users(signer, keys, examples::time);
    const auto next_day = sign_list_users(signer, keys, examples::time + 24h);
    CHECK(signature_of(next_day.authorization) != signature_of(first.authorization));
    sigv4::credentials other = keys;
    other.secret_access_key += "x";
    CHECK(signature_of(sign_list_users(signer, other, examples::time).authorization) !=
          signature_of(first.authorization));
    // And back: what was remembered does not stick.
    CHECK(sign_list_users(signer, keys, examples::time).authorization == first.authorization);
    for (const auto& [region, service] : {std::pair("eu-west-1", "iam"), std::pair("us-east-1", "sqs")}) {
        const auto elsewhere = sign_list_users(sigv4::signer(region, service), keys, examples::time);
        CHECK(signature_of(elsewhere.authorization) != signature_of(first.authorization));
    }
}

TEST_CASE("the day changes at midnight UTC, between two neighbouring seconds") {
    const sigv4::signer signer("us-east-1", "iam");
    const auto midnight = sys_days(2015y / August / 31);
    const auto before = sign_list_users(signer, keys, midnight - 1s);
    const auto after = sign_list_users(signer, keys, midnight);
    CHECK(before.x_amz_date == "20150830T235959Z");
    CHECK(before.authorization.find("/20150830/") != std::string::npos);
    CHECK(after.x_amz_date == "20150831T000000Z");
    CHECK(after.authorization.find("/20150831/") != std::string::npos);
    // A signer that knows nothing yet says the same.
    CHECK(after.authorization == sign_list_users(sigv4::signer("us-east-1", "iam"), keys, midnight).authorization);
    CHECK(before.authorization == sign_list_users(signer, keys, midnight - 1s).authorization);
}

TEST_CASE("session tokens of 4 and 16 KB are signed and given back whole") {
    const sigv4::signer signer("us-east-1", "iam");
    for (const std::size_t size : {4096U, 16384U}) {
        sigv4::credentials temporary = keys;
        temporary.session_token = std::string(size, 'T');
        const auto added = sign_list_users(signer, temporary, examples::time);
        CHECK(added.x_amz_security_token == temporary.session_token);
        CHECK(added.authorization.find("host;x-amz-date;x-amz-security-token") != std::string::npos);
        temporary.session_token.back() = 'U'; // signed to its last byte
        CHECK(sign_list_users(signer, temporary, examples::time).authorization != added.authorization);
    }
}

TEST_CASE("an omitted session token goes along unsigned") {
    sigv4::signing_options options;
    options.omit_session_token = true;
    const sigv4::signer signer("us-east-1", "iam", options);
    sigv4::credentials temporary = keys;
    temporary.session_token = "token";
    const auto added = sign_list_users(signer, temporary, examples::time);
    CHECK(added.x_amz_security_token == "token");
    CHECK(added.authorization == sign_list_users(signer, keys, examples::time).authorization);
}

TEST_CASE("a hash known before is the same as the body itself") {
    const sigv4::signer signer("us-east-1", "sqs", {.sign_body = true});
    sigv4::request_view hashed = simple_request();
    const std::string hash = sigv4::sha256_hex(hashed.payload);
    const auto whole = signer.sign(hashed, keys, examples::time);
    hashed.payload = {};
    hashed.payload_hash = hash;
    const auto added = signer.sign(hashed, keys, examples::time);
    CHECK(added.authorization == whole.authorization);
    CHECK(added.x_amz_content_sha256 == hash);
    hashed.payload_hash = "UNSIGNED-PAYLOAD";
    CHECK(signer.sign(hashed, keys, examples::time).x_amz_content_sha256 == "UNSIGNED-PAYLOAD");
}

TEST_CASE("every part of the request is signed") {
    const sigv4::signer signer("us-east-1", "sqs");
    const std::string plain = signer.sign(simple_request(), keys, examples::time).authorization;
    std::vector<sigv4::request_view> others(5, simple_request());
    others[0].method = "PUT";
    others[1].path = "/queue";
    others[2].query = "a=b";
    others[3].payload = "Action=ListQueuez";
    const std::array<sigv4::header, 1> other_port{{{"Host", "localhost:4567"}}};
    others[4].headers = other_port;
    for (const auto& other : others) CHECK(signer.sign(other, keys, examples::time).authorization != plain);
}

TEST_CASE("a signer can be moved") {
    sigv4::signer first("us-east-1", "iam");
    const auto expected = sign_list_users(first, keys, examples::time).authorization;
    sigv4::signer second = std::move(first);
    CHECK(sign_list_users(second, keys, examples::time).authorization == expected);
    first = sigv4::signer("eu-west-1", "iam");
    CHECK(sign_list_users(first, keys, examples::time).authorization.find("/eu-west-1/iam/") != std::string::npos);
}

TEST_CASE("regions and services that would break the scope are refused") {
    CHECK(refusal([] { sigv4::signer("", "sqs"); }) == "sigv4: the region is empty");
    CHECK(refusal([] { sigv4::signer("eu-west-1", ""); }) == "sigv4: the service is empty");
    CHECK(refusal([] { sigv4::signer("eu/west", "sqs"); }) ==
          "sigv4: the region \"eu/west\" has a slash, comma, space or control "
          "character in it");
    CHECK(refusal([] { sigv4::signer("eu-west-1\n", "sqs"); }).starts_with("sigv4: the region"));
}

TEST_CASE("keys that would break the request are refused, and no secret is in "
          "the message") {
    const sigv4::signer signer("us-east-1", "iam");
    const auto with = [&](std::string id, std::string secret, std::string token) {
        const sigv4::credentials bad{std::move(id), std::move(secret), std::move(token)};
        const std::string why = refusal([&] { static_cast<void>(signer.sign(simple_request(), bad, examples::time)); });
        CHECK(why == refusal([&] { static_cast<void>(signer.presign(simple_request(), bad, examples::time, 60s)); }));
        return why;
    };
    CHECK(with("id", "secret", "token").empty());
    CHECK(with("", "secret", "") == "sigv4: the access key id is empty");
    CHECK(with("id", "", "") == "sigv4: the secret access key is empty");
    CHECK(with("id,x", "secret", "").starts_with("sigv4: the access key id has"));
    CHECK(with("id", "secret\n", "") == "sigv4: the secret access key has a line break or another control "
                                        "character in it");
    CHECK(with("id", "secret", "a\r\nb") == "sigv4: the session token has a line break or another control "
                                            "character in it");
}

TEST_CASE("requests that no service would accept are refused") {
    const sigv4::signer signer("us-east-1", "s3", {.sign_body = true});
    const auto why = [&](const sigv4::request_view& request) {
        sigv4::credentials temporary = keys;
        temporary.session_token = "token";
        return refusal([&] { static_cast<void>(signer.sign(request, temporary, examples::time)); });
    };
    sigv4::request_view request = simple_request();
    CHECK(why(request).empty());
    request.method = "";
    CHECK(why(request) == "sigv4: the request has no method");
    request = simple_request();
    request.path = "queue";
    CHECK(why(request) == "sigv4: the path \"queue\" does not start with a slash");
    request.path = "/?a=b";
    CHECK(why(request) == "sigv4: the path \"/?a=b\" has a query in it: it goes "
                          "into request_view::query");
    request = simple_request();
    request.headers = {};
    CHECK(why(request) == "sigv4: the request has no Host header, which must be signed");
    for (const char* name : {"X-Amz-Date", "authorization", "X-Amz-Security-Token", "x-amz-content-sha256"}) {
        const std::array<sigv4::header, 2> twice{{host_only[0], {name, "old"}}};
        request.headers = twice;
        CHECK(why(request) ==
              "sigv4: the request has the header \"" + std::string(name) + "\" already, which signing adds");
    }
}

} // namespace signer_test
