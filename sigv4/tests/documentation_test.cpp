// Signatures that AWS has published, and the vectors of the RFC.
#include "digest.hpp"
#include "examples.hpp"
#include "key_cache.hpp"

#include <doctest/doctest.h>

namespace documentation_test {

namespace {

using sigv4::detail::hex_digest;
using sigv4::detail::hmac_key;

std::string hmac(std::string_view key, std::string_view text) {
    return std::string(hex_digest(hmac_key(key).sign(text)).view());
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

// "Signature calculations for the Authorization header" in the Amazon S3 API
// reference.
const sigv4::credentials s3_keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const std::chrono::system_clock::time_point s3_time = std::chrono::sys_days(std::chrono::year(2013) / 5 / 24);
const sigv4::header s3_host{"Host", "examplebucket.s3.amazonaws.com"};

sigv4::signer s3_signer() {
    sigv4::signing_options options;
    options.normalize_path = false;
    options.double_encode_path = false;
    options.sign_body = true;
    return {"us-east-1", "s3", options};
}

} // namespace

TEST_CASE("HMAC-SHA-256: vectors of RFC 4231") {
    CHECK(hmac(std::string(20, '\x0b'), "Hi There") ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hmac("Jefe", "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hmac(std::string(20, '\xaa'), std::string(50, '\xdd')) ==
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    CHECK(hmac(from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd')) ==
          "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    CHECK(hmac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    CHECK(hmac(std::string(131, '\xaa'), "This is a test using a larger than block-size key and a larger "
                                         "than block-size data. The key needs to be "
                                         "hashed before being used by the HMAC algorithm.") ==
          "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("the derived keys that AWS prints") {
    const auto same = [](std::string_view date, std::string_view printed) {
        const auto derived =
            sigv4::detail::derive_signing_key(examples::keys.secret_access_key, date, "us-east-1", "iam");
        return hex_digest(derived->sign("text")).view() == hmac(from_hex(printed), "text");
    };
    CHECK(same("20150830", "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"));
    CHECK(same("20120215", "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"));
    CHECK_FALSE(same("20120216", "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"));
}

TEST_CASE("IAM ListUsers, stage by stage") {
    const std::array<sigv4::header, 3> headers{{
        {"Host", "iam.amazonaws.com"},
        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
        {"X-Amz-Date", "20150830T123600Z"},
    }};
    const auto form = sigv4::canonical_request({"GET", "/", "Action=ListUsers&Version=2010-05-08", headers, ""},
                                               sigv4::sha256_hex(""));
    CHECK(sigv4::sha256_hex(form.text) == "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
    CHECK(form.signed_headers == "content-type;host;x-amz-date");
    const std::string scope = sigv4::credential_scope("20150830T123600Z", "us-east-1", "iam");
    const std::string text = sigv4::string_to_sign("20150830T123600Z", scope, form.text);
    CHECK(text == "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/"
                  "aws4_request\n"
                  "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
    const sigv4::signer signer("us-east-1", "iam");
    CHECK(signer.signature(examples::keys, "20150830T123600Z", text) ==
          "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST_CASE("IAM ListUsers, signed at once") {
    const auto added = examples::sign_list_users(sigv4::signer("us-east-1", "iam"), examples::keys, examples::time);
    CHECK(added.x_amz_date == "20150830T123600Z");
    CHECK(added.authorization == "AWS4-HMAC-SHA256 "
                                 "Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                                 "SignedHeaders=content-type;host;x-amz-date, "
                                 "Signature="
                                 "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    CHECK(added.x_amz_security_token.empty());
    CHECK(added.x_amz_content_sha256.empty());
}

TEST_CASE("get-vanilla, the smallest request of the AWS test suite") {
    const std::array<sigv4::header, 1> headers{{{"Host", "example.amazonaws.com"}}};
    const auto added =
        sigv4::signer("us-east-1", "service").sign({"GET", "/", "", headers, ""}, examples::keys, examples::time);
    CHECK(examples::signature_of(added.authorization) ==
          "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST_CASE("Amazon S3: part of an object") {
    const std::array<sigv4::header, 2> headers{{s3_host, {"Range", "bytes=0-9"}}};
    const auto added = s3_signer().sign({"GET", "/test.txt", "", headers, ""}, s3_keys, s3_time);
    CHECK(added.x_amz_content_sha256 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(added.authorization.ends_with("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                                        "Signature="
                                        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST_CASE("Amazon S3: an object is written whose name has an escape in it") {
    const std::array<sigv4::header, 3> headers{{
        {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
        s3_host,
        {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
    }};
    const auto signature = [&](std::string_view path) {
        const auto added = s3_signer().sign({"PUT", path, "", headers, "Welcome to Amazon S3."}, s3_keys, s3_time);
        return examples::signature_of(added.authorization);
    };
    CHECK(signature("/test%24file.text") == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    CHECK(signature("/test$file.text") == signature("/test%24file.text")); // raw counts as encoded
}

TEST_CASE("Amazon S3: queries") {
    const std::array<sigv4::header, 1> headers{{s3_host}};
    const auto signature = [&](std::string_view query) {
        return examples::signature_of(
            s3_signer().sign({"GET", "/", query, headers, ""}, s3_keys, s3_time).authorization);
    };
    CHECK(signature("lifecycle") == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    CHECK(signature("max-keys=2&prefix=J") == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    CHECK(signature("prefix=J&max-keys=2") == signature("max-keys=2&prefix=J"));
}

TEST_CASE("Amazon S3: a presigned URL") {
    const std::array<sigv4::header, 1> headers{{s3_host}};
    sigv4::request_view request{"GET", "/test.txt", "", headers, ""};
    request.payload_hash = "UNSIGNED-PAYLOAD";
    const auto presigned = s3_signer().presign(request, s3_keys, s3_time, std::chrono::hours(24));
    CHECK(presigned.query == "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                             "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                             "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders="
                             "host"
                             "&X-Amz-Signature="
                             "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

} // namespace documentation_test
