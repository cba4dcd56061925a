// Who may call: signatures made by the signer, checked by the broker.
#include <local/access.hpp>
#include <sigv4/signer.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace access_test {

using sluice::local::access_control;
using sluice::local::access_key;
using sluice::local::fault;
using sluice::local::key_ring;
using sluice::local::time_point;
using namespace std::chrono_literals;

namespace {

const time_point now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 12h;
const std::string body = "Action=ListQueues&Version=2012-11-05";

/// A signed request that owns its texts.
struct signed_request {
    std::vector<std::pair<std::string, std::string>> fields;
    std::string payload = body;

    [[nodiscard]] std::string check(const access_control& by, time_point when = now, std::string_view method = "POST",
                                    std::string_view query = {}) const {
        std::vector<sigv4::header> headers;
        for (const auto& [name, value] : fields) headers.push_back({name, value});
        sigv4::request_view request;
        request.method = method;
        request.query = query;
        request.headers = headers;
        request.payload = payload;
        try {
            return by.check(request, when, when).service;
        } catch (const fault& why) {
            return why.code + "/" + why.type + "/" + std::to_string(why.status) + ": " + why.message;
        }
    }
    std::string& field(const std::string& name) {
        for (auto& [key, value] : fields) {
            if (key == name) return value;
        }
        return fields.emplace_back(name, "").second;
    }
};

signed_request sign(const sigv4::credentials& keys, const std::string& region = "us-east-1", time_point when = now) {
    signed_request made;
    made.fields = {{"Host", "127.0.0.1:9"}, {"Content-Type", "application/x-www-form-urlencoded"}};
    std::vector<sigv4::header> headers;
    for (const auto& [name, value] : made.fields) headers.push_back({name, value});
    sigv4::request_view request;
    request.headers = headers;
    request.payload = body;
    const sigv4::signer signer(region, "sqs");
    const auto added = signer.sign(request, keys, when);
    made.field("X-Amz-Date") = added.x_amz_date;
    made.field("Authorization") = added.authorization;
    if (!added.x_amz_security_token.empty()) made.field("X-Amz-Security-Token") = added.x_amz_security_token;
    return made;
}

/// A presigned GET as it arrives.
struct presigned_request {
    std::string query;
    std::string host = "127.0.0.1:9";

    [[nodiscard]] std::string check(const access_control& by, time_point when = now) const {
        signed_request request;
        request.payload.clear();
        request.fields = {{"Host", host}};
        return request.check(by, when, "GET", query);
    }
};

presigned_request presign(const sigv4::credentials& keys, std::chrono::seconds expires = 1h) {
    presigned_request made;
    const sigv4::header headers[] = {{"Host", made.host}};
    sigv4::request_view request;
    request.method = "GET";
    request.query = "Action=SendMessage&MessageBody=a%20b%2Bc&Version=2012-11-05";
    request.headers = headers;
    made.query = sigv4::signer("us-east-1", "sqs").presign(request, keys, now, expires).query;
    return made;
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
    const auto at = text.find(part);
    REQUIRE(at != std::string::npos);
    return text.replace(at, part.size(), by);
}

key_ring keys({{"test", "secret", "", ""}, {"temporary", "other", "token", "222222222222"}}, "111111111111");
const access_control guard(keys, {"us-east-1", "eu-north-1"}, key_ring::root_of("111111111111"), true);

bool starts_with(const std::string& text, std::string_view lead) {
    CAPTURE(text);
    return std::string_view(text).starts_with(lead);
}

} // namespace

TEST_CASE("a good signature is accepted, with a session token too") {
    CHECK(sign({"test", "secret", ""}).check(guard) == "sqs");
    CHECK(sign({"temporary", "other", "token"}).check(guard) == "sqs");
}

TEST_CASE("a wrong secret") {
    CHECK(sign({"test", "wrong", ""}).check(guard) == "SignatureDoesNotMatch/InvalidSignatureException/403: The "
                                                      "request signature we calculated does not match the signature "
                                                      "you provided. Check your AWS Secret Access Key and signing "
                                                      "method. Consult the service documentation for details.");
}

TEST_CASE("whatever changes on the way breaks the signature") {
    auto request = sign({"test", "secret", ""});
    request.payload += "x";
    CHECK(starts_with(request.check(guard), "SignatureDoesNotMatch"));
    request = sign({"test", "secret", ""});
    request.field("Host") = "elsewhere";
    CHECK(starts_with(request.check(guard), "SignatureDoesNotMatch"));
    request = sign({"test", "secret", ""});
    request.field("Content-Type") = "text/plain";
    CHECK(starts_with(request.check(guard), "SignatureDoesNotMatch"));
}

TEST_CASE("the hash of another payload in the header does not help") {
    auto request = sign({"test", "secret", ""});
    request.payload = "Action=DeleteQueue";
    request.field("X-Amz-Content-Sha256") = sigv4::sha256_hex(body);
    CHECK(starts_with(request.check(guard), "SignatureDoesNotMatch"));
}

TEST_CASE("an unknown key, a token that is missing, wrong or too many") {
    const std::string refusal =
        "InvalidClientTokenId/UnrecognizedClientException/403: The security token included in the request is invalid.";
    CHECK(sign({"nobody", "secret", ""}).check(guard) == refusal);
    CHECK(sign({"temporary", "other", ""}).check(guard) == refusal);
    CHECK(sign({"temporary", "other", "wrong"}).check(guard) == refusal);
    CHECK(sign({"test", "secret", "token"}).check(guard) == refusal);
}

TEST_CASE("another region") {
    CHECK(starts_with(
        sign({"test", "secret", ""}, "eu-west-1").check(guard),
        "SignatureDoesNotMatch/InvalidSignatureException/403: Credential should be scoped to a valid region"));
}

TEST_CASE("another service than the one that is called") {
    CHECK_THROWS_AS(guard.check_service("sqs", "sns"), fault);
    CHECK_NOTHROW(guard.check_service("sqs", "sqs"));
}

TEST_CASE("a clock within fifteen minutes is good, one beyond is not") {
    for (const auto skew : {-15min, 0min, 15min}) CHECK(sign({"test", "secret", ""}).check(guard, now + skew) == "sqs");
    CHECK(starts_with(sign({"test", "secret", ""}).check(guard, now + 15min + 1s),
                      "SignatureDoesNotMatch/InvalidSignatureException/403: Signature expired: 20261123T120000Z"));
    CHECK(starts_with(
        sign({"test", "secret", ""}).check(guard, now - 15min - 1s),
        "SignatureDoesNotMatch/InvalidSignatureException/403: Signature not yet current: 20261123T120000Z"));
}

TEST_CASE("no signature, or half of one") {
    signed_request request;
    request.fields = {{"Host", "127.0.0.1:9"}};
    CHECK(request.check(guard) ==
          "MissingAuthenticationToken/MissingAuthenticationTokenException/403: Request is missing "
          "Authentication Token");
    for (const char* half : {"Basic dGVzdA==", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=test",
                             "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host"}) {
        CAPTURE(half);
        request.field("Authorization") = half;
        CHECK(starts_with(request.check(guard), "IncompleteSignature"));
    }
    request = sign({"test", "secret", ""});
    request.field("X-Amz-Date") = "yesterday";
    CHECK(starts_with(request.check(guard), "IncompleteSignature"));
}

TEST_CASE("a signature that leaves out the host is worth nothing") {
    auto request = sign({"test", "secret", ""});
    auto& value = request.field("Authorization");
    const auto at = value.find("host;");
    REQUIRE(at != std::string::npos);
    value.erase(at, 5);
    CHECK(starts_with(request.check(guard), "SignatureDoesNotMatch"));
}

TEST_CASE("a presigned URL is good until it expires") {
    CHECK(presign({"test", "secret", ""}).check(guard) == "sqs");
    CHECK(presign({"temporary", "other", "token"}).check(guard) == "sqs");
    CHECK(presign({"test", "secret", ""}).check(guard, now + 1h) == "sqs");
    CHECK(presign({"test", "secret", ""}, 90s).check(guard, now + 90s) == "sqs");
    CHECK(
        presign({"test", "secret", ""}, 90s).check(guard, now + 91s) ==
        "SignatureDoesNotMatch/InvalidSignatureException/403: Signature expired: 20261123T120000Z is now earlier than "
        "20261123T120001Z (20261123T120131Z - 90 sec.)");
    CHECK(starts_with(presign({"test", "secret", ""}).check(guard, now - 15min - 1s),
                      "SignatureDoesNotMatch/InvalidSignatureException/403: Signature not yet current"));
}

TEST_CASE("whatever changes of a presigned URL breaks its signature") {
    const presigned_request good = presign({"test", "secret", ""});
    for (const auto& [part, by] : {std::pair("SendMessage", "DeleteQueue"), std::pair("Version", "Verzion"),
                                   std::pair("X-Amz-Expires=3600", "X-Amz-Expires=3601")}) {
        presigned_request changed = good;
        changed.query = replaced(changed.query, part, by);
        CHECK(starts_with(changed.check(guard), "SignatureDoesNotMatch"));
    }
    presigned_request more = good;
    more.query += "&More=1";
    CHECK(starts_with(more.check(guard), "SignatureDoesNotMatch"));
    presigned_request elsewhere = good;
    elsewhere.host = "elsewhere";
    CHECK(starts_with(elsewhere.check(guard), "SignatureDoesNotMatch"));
    CHECK(starts_with(presign({"test", "wrong", ""}).check(guard), "SignatureDoesNotMatch"));
    CHECK(starts_with(presign({"nobody", "secret", ""}).check(guard), "InvalidClientTokenId"));
    CHECK(starts_with(presign({"temporary", "other", ""}).check(guard), "InvalidClientTokenId"));
}

TEST_CASE("a presigned URL that lacks a part, or is good for too long") {
    const presigned_request good = presign({"test", "secret", ""});
    for (const char* expires : {"X-Amz-Expires=0", "X-Amz-Expires=604801", "X-Amz-Expires=x", "X-Amz-Expires="}) {
        presigned_request changed = good;
        changed.query = replaced(changed.query, "X-Amz-Expires=3600", expires);
        CHECK(starts_with(changed.check(guard), "AuthorizationQueryParametersError/"));
    }
    for (const char* part : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-SignedHeaders"}) {
        presigned_request changed = good;
        changed.query = replaced(changed.query, part, "X-Amz-Nothing");
        CHECK(starts_with(changed.check(guard), "IncompleteSignature"));
    }
    presigned_request unsigned_one = good;
    unsigned_one.query = replaced(good.query, "X-Amz-Signature", "X-Amz-Nothing");
    CHECK(starts_with(unsigned_one.check(guard), "MissingAuthenticationToken"));
    const access_control open(keys, {"us-east-1"}, key_ring::root_of("111111111111"), false);
    unsigned_one.query = replaced(good.query, "X-Amz-Expires=3600", "X-Amz-Expires=0");
    CHECK(unsigned_one.check(open) == "sqs");
}

TEST_CASE("where signatures are not asked for, anything goes, and the service is still read") {
    const access_control open(keys, {"us-east-1"}, key_ring::root_of("111111111111"), false);
    CHECK(signed_request().check(open).empty());
    CHECK(sign({"who", "ever", ""}, "nowhere").check(open) == "sqs");
    CHECK_NOTHROW(open.check_service("sqs", "sns"));
}

} // namespace access_test
