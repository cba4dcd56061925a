#include <sigv4/signer.hpp>

#include "digest.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono;

// Published in the AWS General Reference, "Examples of the complete Signature Version 4 signing process".
const sigv4::credentials example_keys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const system_clock::time_point example_time = sys_days(2015y / August / 30) + 12h + 36min;

std::string signature_of(const std::string& authorization) {
    return authorization.substr(authorization.rfind('=') + 1);
}

sigv4::signed_headers sign_list_users(const sigv4::signer& signer, const sigv4::credentials& keys,
                                      system_clock::time_point time) {
    const std::array<sigv4::header, 2> headers{{
        {"Host", "iam.amazonaws.com"},
        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
    }};
    return signer.sign({"GET", "/", "Action=ListUsers&Version=2010-05-08", headers, ""}, keys, time);
}

} // namespace

TEST_CASE("the example of the AWS documentation: IAM ListUsers") {
    const sigv4::signer signer("us-east-1", "iam");
    const auto added = sign_list_users(signer, example_keys, example_time);
    CHECK(added.x_amz_date == "20150830T123600Z");
    CHECK(added.authorization == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                                 "SignedHeaders=content-type;host;x-amz-date, "
                                 "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    CHECK(added.x_amz_security_token.empty());
    CHECK(added.x_amz_content_sha256.empty());
}

TEST_CASE("HMAC-SHA-256: vectors of RFC 4231") {
    using sigv4::detail::hmac_key;
    using sigv4::detail::to_hex;
    CHECK(to_hex(hmac_key(std::string(20, '\x0b')).sign("Hi There")) ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(to_hex(hmac_key("Jefe").sign("what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(to_hex(hmac_key(std::string(131, '\xaa')).sign("Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("timestamps") {
    CHECK(sigv4::format_timestamp(sys_days(1970y / January / 1)) == "19700101T000000Z");
    CHECK(sigv4::format_timestamp(sys_days(2024y / February / 29) + 23h + 59min + 59s + 999ms) == "20240229T235959Z");
}

TEST_CASE("a new day, new keys and other scopes each give another signature") {
    const sigv4::signer signer("us-east-1", "iam");
    const auto first = sign_list_users(signer, example_keys, example_time);
    const auto next_day = sign_list_users(signer, example_keys, example_time + 24h);
    CHECK(signature_of(next_day.authorization) != signature_of(first.authorization));
    CHECK(next_day.authorization.find("/20150831/") != std::string::npos);
    sigv4::credentials other = example_keys;
    other.secret_access_key += "x";
    CHECK(signature_of(sign_list_users(signer, other, example_time).authorization) != signature_of(first.authorization));
    // And back: what was remembered does not stick.
    CHECK(sign_list_users(signer, example_keys, example_time).authorization == first.authorization);
    CHECK(signature_of(sign_list_users(sigv4::signer("eu-west-1", "iam"), example_keys, example_time).authorization) !=
          signature_of(first.authorization));
}

TEST_CASE("session tokens of 4 and 16 KB are signed and given back whole") {
    const sigv4::signer signer("us-east-1", "iam");
    for (const std::size_t size : {4096, 16384}) {
        sigv4::credentials keys = example_keys;
        keys.session_token = std::string(size, 'T');
        const auto added = sign_list_users(signer, keys, example_time);
        CHECK(added.x_amz_security_token == keys.session_token);
        CHECK(added.authorization.find("host;x-amz-date;x-amz-security-token") != std::string::npos);
        const auto presigned = signer.presign({"GET", "/", "", {}, ""}, keys, example_time, 60s);
        CHECK(presigned.query.find("X-Amz-Security-Token=" + keys.session_token) != std::string::npos);
    }
}

TEST_CASE("an omitted session token goes along unsigned") {
    sigv4::signing_options options;
    options.omit_session_token = true;
    const sigv4::signer signer("us-east-1", "iam", options);
    sigv4::credentials keys = example_keys;
    keys.session_token = "token";
    const auto added = sign_list_users(signer, keys, example_time);
    CHECK(added.x_amz_security_token == "token");
    CHECK(added.authorization.find("x-amz-security-token") == std::string::npos);
    const auto presigned = signer.presign({"GET", "/", "", {}, ""}, keys, example_time, 60s);
    CHECK(presigned.query.ends_with("&X-Amz-Security-Token=token"));
}

TEST_CASE("headers that proxies change are not signed; hosts with ports and IPv6 are taken as they are") {
    const std::array<sigv4::header, 4> headers{{
        {"Host", "[::1]:4566"},
        {"User-Agent", "x"},
        {"Connection", "keep-alive"},
        {"X-Custom", "  a   b  "},
    }};
    const auto form = sigv4::canonical_request({"POST", "/", "", headers, ""}, "hash");
    CHECK(form.signed_headers == "host;x-custom");
    CHECK(form.text == "POST\n/\n\nhost:[::1]:4566\nx-custom:a b\n\nhost;x-custom\nhash");
}

TEST_CASE("paths") {
    const auto path_of = [](std::string_view path, bool normalize, bool twice) {
        sigv4::signing_options options;
        options.normalize_path = normalize;
        options.double_encode_path = twice;
        const std::string text = sigv4::canonical_request({"GET", path, "", {}, ""}, "", options).text;
        return text.substr(4, text.find('\n', 4) - 4);
    };
    CHECK(path_of("", true, true) == "/");
    CHECK(path_of("/a/./b//c/../d", true, true) == "/a/b/d");
    CHECK(path_of("/../../a", true, true) == "/a");
    CHECK(path_of("/a/b/", true, true) == "/a/b/");
    CHECK(path_of("/a/b/..", true, true) == "/a/");
    CHECK(path_of("/a//b/", false, true) == "/a//b/");
    CHECK(path_of("/a%20b", true, true) == "/a%2520b");
    CHECK(path_of("/a%20b", true, false) == "/a%20b");
}

TEST_CASE("queries are sorted by name, then value, and encoded once") {
    const auto query_of = [](std::string_view query) {
        const std::string text = sigv4::canonical_request({"GET", "/", query, {}, ""}, "").text;
        return text.substr(6, text.find('\n', 6) - 6);
    };
    CHECK(query_of("b=2&a=1&a=0") == "a=0&a=1&b=2");
    CHECK(query_of("k") == "k=");
    CHECK(query_of("a=%2f&b=%") == "a=%2F&b=%25");
    CHECK(query_of("a=b c+d") == "a=b%20c%2Bd");
    CHECK(query_of("a=%2") == "a=%252");
}

TEST_CASE("several threads share a signer while days and keys change") {
    const sigv4::signer signer("us-east-1", "iam");
    sigv4::credentials other = example_keys;
    other.secret_access_key = "another";
    const std::string first = sign_list_users(signer, example_keys, example_time).authorization;
    const std::string second = sign_list_users(signer, other, example_time + 24h).authorization;
    std::array<int, 4> wrong{};
    std::vector<std::thread> threads;
    for (int& count : wrong) {
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i) {
                if (sign_list_users(signer, example_keys, example_time).authorization != first) ++count;
                if (sign_list_users(signer, other, example_time + 24h).authorization != second) ++count;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (const int count : wrong) CHECK(count == 0);
}
