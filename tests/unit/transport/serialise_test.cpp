#include "transport/connection.hpp"

#include <doctest/doctest.h>

namespace serialise_test {

TEST_CASE("a request goes out as one text: host, length, headers as given, body") {
    sluice::http_request request;
    request.origin.host = "sqs.eu-west-1.amazonaws.com";
    request.origin.port = 443;
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 x");
    request.body = std::string("a=1&b=\0", 7);
    CHECK(sluice::serialise(request) ==
          std::string("POST / HTTP/1.1\r\nHost: sqs.eu-west-1.amazonaws.com\r\nContent-Length: 7\r\n"
                      "Content-Type: application/x-www-form-urlencoded\r\n"
                      "Authorization: AWS4-HMAC-SHA256 x\r\n\r\na=1&b=") +
              '\0');
}

TEST_CASE("the Host header: default ports left out, IPv6 in brackets") {
    sluice::http_origin origin;
    origin.host = "h";
    origin.port = 443;
    CHECK(origin.host_header() == "h");
    origin.port = 80;
    CHECK(origin.host_header() == "h:80");
    origin.tls = false;
    CHECK(origin.host_header() == "h");
    origin.host = "fe80::1";
    origin.port = 4566;
    CHECK(origin.host_header() == "[fe80::1]:4566");
}

TEST_CASE("an empty body still states its length") {
    sluice::http_request request;
    request.origin.host = "h";
    request.origin.port = 443;
    request.target = "/base";
    CHECK(sluice::serialise(request) == "POST /base HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
}

} // namespace serialise_test
