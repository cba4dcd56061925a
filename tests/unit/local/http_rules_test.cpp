// What HTTP asks of the broker, without a socket.
#include <local/http_rules.hpp>

#include <doctest/doctest.h>

namespace http_rules_test {

using sluice::local::http_answer;
using sluice::local::refuse_head;
using sluice::local::request_head;
using sluice::local::serialise;
using sluice::local::split_target;

namespace {

std::string path_and_query(std::string_view target) {
    const auto parts = split_target(target);
    return std::string(parts.path) + " " + std::string(parts.query);
}

request_head head_of(std::string_view method) {
    request_head head;
    head.method = method;
    head.path = "/";
    return head;
}

} // namespace

TEST_CASE("a request target in each of its forms") {
    CHECK(path_and_query("/") == "/ ");
    CHECK(path_and_query("/000000000000/q?Action=X&a=?") == "/000000000000/q Action=X&a=?");
    CHECK(path_and_query("http://localhost:4566/a/b?c=d") == "/a/b c=d");
    CHECK(path_and_query("HTTPS://localhost/_sluice/faults") == "/_sluice/faults ");
    CHECK(path_and_query("http://localhost") == "/ ");
    CHECK(path_and_query("http://localhost?Action=X") == "/ Action=X");
    CHECK(path_and_query("/http://localhost/") == "/http://localhost/ ");
    CHECK(path_and_query("*") == "* ");
    CHECK(path_and_query("localhost:80") == "localhost:80 ");
}

TEST_CASE("methods") {
    CHECK_FALSE(refuse_head(head_of("GET")));
    CHECK_FALSE(refuse_head(head_of("POST")));
    for (const char* method : {"PUT", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get"}) {
        const auto refused = refuse_head(head_of(method));
        REQUIRE(refused);
        CHECK(refused->status == 405);
        CHECK(refused->more_headers == std::vector<std::pair<std::string, std::string>>{{"Allow", "GET, POST"}});
    }
    request_head admin = head_of("DELETE");
    admin.path = "/_sluice/faults";
    CHECK_FALSE(refuse_head(admin));
}

TEST_CASE("bodies that are encoded, in the errors of both protocols") {
    request_head head = head_of("POST");
    for (const char* taken : {"identity", "Identity", "amz-1.0"}) {
        head.content_encoding = taken;
        CHECK_FALSE(refuse_head(head));
    }
    head.content_encoding = "gzip";
    const auto xml = refuse_head(head);
    REQUIRE(xml);
    CHECK(xml->status == 415);
    CHECK(xml->content_type == "text/xml");
    CHECK(xml->body.find("<Code>UnsupportedMediaType</Code>") != std::string::npos);
    CHECK(xml->body.find("AWS_DISABLE_REQUEST_COMPRESSION=true") != std::string::npos);
    head.json = true;
    const auto json = refuse_head(head);
    REQUIRE(json);
    CHECK(json->query_error == "UnsupportedMediaType;Sender");
    CHECK(json->body.find("\"__type\":\"com.amazonaws.sqs#UnsupportedMediaType\"") != std::string::npos);
}

TEST_CASE("expectations") {
    request_head head = head_of("POST");
    head.expect = "100-Continue";
    CHECK_FALSE(refuse_head(head));
    head.expect = "wonders";
    CHECK(refuse_head(head)->status == 417);
}

TEST_CASE("the answer to HEAD has the length of the body, but no body") {
    http_answer answer;
    answer.body = "12345";
    answer.request_id = "id";
    answer.content_type = "text/plain";
    const std::string whole = serialise(answer, {}, {true, false});
    const std::string head = serialise(answer, {}, {true, true});
    CHECK(whole == head + "12345");
    CHECK(head == "HTTP/1.1 200 OK\r\nx-amzn-RequestId: id\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                  "Content-Type: text/plain\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n");
    CHECK(serialise(answer, {}, {false, false}).find("\r\nConnection: close\r\n\r\n12345") != std::string::npos);
}

} // namespace http_rules_test
