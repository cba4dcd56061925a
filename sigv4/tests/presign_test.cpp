// Queries of presigned URLs.
#include "examples.hpp"

#include <doctest/doctest.h>

namespace presign_test {

using examples::keys;
using examples::refusal;
using namespace std::chrono;

namespace {

const std::array<sigv4::header, 2> headers{{{"Host", "[::1]:4566"}, {"User-Agent", "not signed"}}};

sigv4::presigned_url_query presign(std::string_view query, const sigv4::credentials& with = keys, seconds expires = 60s,
                                   const sigv4::signing_options& options = {}) {
    const sigv4::signer signer("us-east-1", "sqs", options);
    return signer.presign({"GET", "/", query, headers, ""}, with, examples::time, expires);
}

} // namespace

TEST_CASE("the parameters stand in canonical order, the signature last") {
    const auto signed_query = presign("Version=1&Action=List Queues");
    CHECK(signed_query.query.starts_with("Action=List%20Queues&Version=1&X-Amz-Algorithm=AWS4-HMAC-SHA256"
                                         "&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fsqs%2Faws4_"
                                         "request&X-Amz-Date=20150830T123600Z"
                                         "&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature="));
    CHECK(signed_query.query.size() - signed_query.query.rfind('=') == 65);
    CHECK(signed_query.canonical.find("\nhost:[::1]:4566\n\nhost\n") != std::string::npos);
    CHECK(signed_query.text_to_sign.ends_with(sigv4::sha256_hex(signed_query.canonical)));
}

TEST_CASE("what the URL says is what was signed: a server finds the same signature") {
    const auto signed_query = presign("b=%2f&a= +&c");
    const auto at = signed_query.query.find("&X-Amz-Signature=");
    const auto form =
        sigv4::canonical_request({"GET", "/", signed_query.query.substr(0, at), headers, ""}, sigv4::sha256_hex(""));
    CHECK(form.text == signed_query.canonical);
    CHECK(sigv4::signer("us-east-1", "sqs").signature(keys, "20150830T123600Z", signed_query.text_to_sign) ==
          signed_query.query.substr(at + 17));
}

TEST_CASE("session tokens in URLs: signed in their place, or unsigned at the end") {
    sigv4::credentials temporary = keys;
    for (const std::size_t size : {4096U, 16384U}) {
        temporary.session_token = std::string(size, '/');
        std::string encoded;
        for (std::size_t i = 0; i < size; ++i) encoded += "%2F";
        CHECK(presign("", temporary).query.find("&X-Amz-Security-Token=" + encoded + "&") != std::string::npos);
        const auto omitted = presign("", temporary, 60s, {.omit_session_token = true});
        CHECK(omitted.query == presign("").query + "&X-Amz-Security-Token=" + encoded);
    }
}

TEST_CASE("a URL is valid for a second to seven days") {
    CHECK(presign("", keys, 1s).query.find("X-Amz-Expires=1&") != std::string::npos);
    CHECK(presign("", keys, days(7)).query.find("X-Amz-Expires=604800&") != std::string::npos);
    for (const seconds bad : {seconds(0), seconds(-1), days(7) + 1s}) {
        CHECK(refusal([&] { static_cast<void>(presign("", keys, bad)); }) ==
              "sigv4: a URL cannot be valid for " + std::to_string(bad.count()) +
                  " s: 1 to 604800 s (7 days) are allowed");
    }
}

TEST_CASE("what is signed already is not signed again") {
    CHECK(refusal([] { static_cast<void>(presign(presign("a=b").query)); }) ==
          "sigv4: the query has a signature in it already");
    CHECK(refusal([] { static_cast<void>(presign("a=X-Amz-Signature=b")); }).empty());
}

} // namespace presign_test
