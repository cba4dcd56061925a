// The rules of stage one and of the texts around it, one by one.
#include <sigv4/canonical_request.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

namespace canonical_request_test {

namespace {

using namespace std::chrono;

std::string line_of(const std::string& text, std::size_t number) {
    std::size_t at = 0;
    for (; number > 0; --number) at = text.find('\n', at) + 1;
    return text.substr(at, text.find('\n', at) - at);
}

std::string path_of(std::string_view path, bool normalize, bool twice) {
    sigv4::signing_options options;
    options.normalize_path = normalize;
    options.double_encode_path = twice;
    return line_of(sigv4::canonical_request({"GET", path, "", {}, ""}, "", options).text, 1);
}

std::string query_of(std::string_view query) {
    return line_of(sigv4::canonical_request({"GET", "/", query, {}, ""}, "").text, 2);
}

sigv4::canonical_form form_of(std::initializer_list<sigv4::header> headers) {
    const std::vector<sigv4::header> list(headers);
    return sigv4::canonical_request({"POST", "/", "", list, ""}, "hash");
}

} // namespace

TEST_CASE("timestamps") {
    CHECK(sigv4::format_timestamp(sys_days(1970y / January / 1)) == "19700101T000000Z");
    CHECK(sigv4::format_timestamp(sys_days(2024y / February / 29) + 23h + 59min + 59s + 999ms) == "20240229T235959Z");
    CHECK(sigv4::format_timestamp(sys_days(1969y / December / 31) + 23h + 59min + 59s + 1ms) == "19691231T235959Z");
    CHECK(sigv4::format_timestamp(sys_days(2100y / March / 1) - 1s) == "21000228T235959Z");
}

TEST_CASE("the Host header: lower case, brackets around IPv6, no default port") {
    CHECK(sigv4::host_header("SQS.EU-west-1.AmazonAWS.com", 443, true) == "sqs.eu-west-1.amazonaws.com");
    CHECK(sigv4::host_header("localhost", 80, false) == "localhost");
    CHECK(sigv4::host_header("localhost", 443, false) == "localhost:443");
    CHECK(sigv4::host_header("localhost", 80, true) == "localhost:80");
    CHECK(sigv4::host_header("localhost", 65535, true) == "localhost:65535");
    CHECK(sigv4::host_header("::1", 4566, false) == "[::1]:4566");
    CHECK(sigv4::host_header("2001:DB8::1", 443, true) == "[2001:db8::1]");
    CHECK(sigv4::host_header("[::1]", 4566, false) == "[::1]:4566");
    CHECK(sigv4::host_header("127.0.0.1", 0, false) == "127.0.0.1");
}

TEST_CASE("the whole of a canonical request") {
    const auto form = form_of({{"X-Custom", "  a   b  "}, {"Host", "[::1]:4566"}});
    CHECK(form.signed_headers == "host;x-custom");
    CHECK(form.text == "POST\n/\n\nhost:[::1]:4566\nx-custom:a b\n\nhost;x-custom\nhash");
    CHECK(form_of({}).text == "POST\n/\n\n\n\nhash");
}

TEST_CASE("headers that change on the way are not signed, in whatever case "
          "they come") {
    const auto form = form_of({
        {"Connection", "keep-alive"},
        {"Expect", "100-continue"},
        {"Keep-Alive", "timeout=5"},
        {"Proxy-Authenticate", "x"},
        {"Proxy-Authorization", "x"},
        {"TE", "trailers"},
        {"Trailer", "x"},
        {"Transfer-Encoding", "chunked"},
        {"Upgrade", "h2c"},
        {"USER-AGENT", "x"},
        {"X-Amzn-Trace-Id", "x"},
        {"Host", "h"},
        {"Content-Length", "3"},
        {"Content-Type", "t"},
    });
    CHECK(form.signed_headers == "content-length;content-type;host");
    CHECK(sigv4::is_signed_header("user-agents"));
    CHECK_FALSE(sigv4::is_signed_header("User-Agent"));
}

TEST_CASE("headers are sorted by name without regard to case; values of one "
          "name keep their order") {
    const auto form = form_of({{"b", "3"}, {"B-", "x"}, {"a", "z"}, {"B", "1"}, {"A", "y"}, {"b", "2"}});
    CHECK(form.text == "POST\n/\n\na:z,y\nb:3,1,2\nb-:x\n\na;b;b-\nhash");
    CHECK(form.signed_headers == "a;b;b-");
}

TEST_CASE("spaces in header values collapse, folds over lines too") {
    CHECK(line_of(form_of({{"a", "\t x \t  y\r\n   z \r\n"}}).text, 3) == "a:x y z");
    CHECK(line_of(form_of({{"a", " \t "}}).text, 3) == "a:");
    CHECK(line_of(form_of({{"a", ""}}).text, 3) == "a:");
    CHECK(line_of(form_of({{"a", "\" q  q \""}}).text, 3) == "a:\" q q \""); // quotes do not protect
}

TEST_CASE("many headers") {
    std::vector<std::string> names;
    for (int i = 999; i >= 100; --i) names.push_back("x-" + std::to_string(i));
    std::vector<sigv4::header> headers;
    for (const std::string& name : names) headers.push_back({name, "v"});
    const auto form = sigv4::canonical_request({"POST", "/", "", headers, ""}, "hash");
    CHECK(form.signed_headers.starts_with("x-100;x-101;"));
    CHECK(form.signed_headers.ends_with(";x-998;x-999"));
    CHECK(form.signed_headers.size() == 900 * 6 - 1);
}

TEST_CASE("paths") {
    CHECK(path_of("", true, true) == "/");
    CHECK(path_of("", false, false) == "/");
    CHECK(path_of("/a/./b//c/../d", true, true) == "/a/b/d");
    CHECK(path_of("/../../a", true, true) == "/a");
    CHECK(path_of("/a/..", true, true) == "/");
    CHECK(path_of("/a/b/", true, true) == "/a/b/");
    CHECK(path_of("/a/b/..", true, true) == "/a/");
    CHECK(path_of("/a/b/.", true, true) == "/a/b/");
    CHECK(path_of("/a/..b/.c", true, true) == "/a/..b/.c");
    CHECK(path_of("/a//b/../", false, true) == "/a//b/../");
    CHECK(path_of("/a%20b", true, true) == "/a%2520b");
    CHECK(path_of("/a%20b", true, false) == "/a%20b");
    CHECK(path_of("/a b%2f", true, false) == "/a%20b%2F");
    CHECK(path_of("/-._~*", true, true) == "/-._~%2A");
    CHECK(path_of("/\xE1\x88\xB4", true, true) == "/%E1%88%B4");
}

TEST_CASE("queries are encoded once and sorted by encoded name, then by "
          "encoded value") {
    CHECK(query_of("b=2&a=1&a=0") == "a=0&a=1&b=2");
    CHECK(query_of("a=%7B&a=b") == "a=%7B&a=b");         // '%' is before 'b', '{' would be behind it
    CHECK(query_of("a-=1&a=2&a.=3") == "a=2&a-=1&a.=3"); // whole names, not NAME=VALUE texts
    CHECK(query_of("k") == "k=");
    CHECK(query_of("k=") == "k=");
    CHECK(query_of("=v") == "=v");
    CHECK(query_of("&&a=1&") == "a=1");
    CHECK(query_of("a=b=c") == "a=b%3Dc");
    CHECK(query_of("a=%2f&b=%") == "a=%2F&b=%25");
    CHECK(query_of("a=b c+d/e") == "a=b%20c%2Bd%2Fe");
    CHECK(query_of("a=%2") == "a=%252");
    CHECK(query_of("a=%g0") == "a=%25g0");
    CHECK(query_of("\xE1\x88\xB4=\xFF") == "%E1%88%B4=%FF");
}

TEST_CASE("string to sign and scope") {
    CHECK(sigv4::credential_scope("20150830T123600Z", "eu-west-1", "sqs") == "20150830/eu-west-1/sqs/aws4_request");
    CHECK(sigv4::string_to_sign("T", "S", "") ==
          "AWS4-HMAC-"
          "SHA256\nT\nS\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
          "7852b855");
    CHECK(sigv4::sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

} // namespace canonical_request_test
