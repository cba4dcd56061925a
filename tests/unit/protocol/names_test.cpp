// ARNs, queue references, endpoint URLs.
#include "client/endpoint.hpp"
#include "protocol/arn.hpp"
#include "protocol/masked_url.hpp"

#include <doctest/doctest.h>

namespace names_test {

using namespace sluice::protocol;

TEST_CASE("ARNs of all partitions") {
    for (const std::string text :
         {"arn:aws:sqs:us-east-1:123456789012:orders", "arn:aws-cn:sns:cn-north-1:123456789012:orders",
          "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:orders.fifo"}) {
        INFO(text);
        const auto parsed = parse_arn(text);
        REQUIRE(parsed.has_value());
        CHECK(parsed->account == "123456789012");
        CHECK(text.ends_with(parsed->resource));
    }
    for (const char* bad : {"", "arn", "arn:aws:sqs:us-east-1:1", "arn::sqs:r:a:n", "arn:aws::r:a:n",
                            "arn:aws:sqs:r:a:", "x:aws:sqs:r:a:n"}) {
        INFO(bad);
        CHECK_FALSE(parse_arn(bad).has_value());
    }
}

TEST_CASE("a queue may be named by URL, ARN or name") {
    CHECK(parse_queue_reference("orders")->name == "orders");
    CHECK(parse_queue_reference("orders.fifo")->name == "orders.fifo");
    const auto by_arn = parse_queue_reference("arn:aws:sqs:us-east-1:123456789012:orders");
    CHECK(by_arn->name == "orders");
    CHECK(by_arn->account == "123456789012");
    CHECK(by_arn->region == "us-east-1");
    for (const std::string url : {"https://sqs.us-east-1.amazonaws.com/123456789012/orders",
                                  "http://[::1]:4566/000000000000/orders", "http://localhost:4566/queue/orders/"}) {
        INFO(url);
        CHECK(parse_queue_reference(url)->url == url);
        CHECK(queue_name_of_url(url) == "orders");
    }
}

TEST_CASE("the ARN of a queue in another region of AWS is refused, as its name would find another queue") {
    const auto checked = [](const std::string& region) {
        return sluice::protocol::check_region(*parse_queue_reference("arn:aws:sqs:" + region + ":1:orders"),
                                              "eu-west-1");
    };
    for (const char* taken : {"eu-west-1", "", "elasticmq", "local", "r-1", "a-b-c", "a-b-", "-"}) {
        INFO(taken);
        CHECK_FALSE(checked(taken).has_value());
    }
    for (const char* refused :
         {"eu-west-2", "us-east-1", "us-gov-west-1", "cn-north-1", "eu-isoe-west-1", "xy-z-123"}) {
        INFO(refused);
        const auto why = checked(refused);
        REQUIRE(why.has_value());
        CHECK(why->code == sluice::errc::invalid_argument);
        CHECK(why->message == "the queue orders is in the region " + std::string(refused) +
                                  ", the session in eu-west-1: it takes a session of the queue's region to reach it");
    }
    CHECK_FALSE(sluice::protocol::check_region(*parse_queue_reference("orders"), "eu-west-1").has_value());
}

TEST_CASE("a password in a URL is not told") {
    using sluice::protocol::masked_url;
    CHECK(masked_url("http://host:1/path") == "http://host:1/path");
    CHECK(masked_url("http://user:SECRET@host") == "http://***@host");
    CHECK(masked_url("http://user:SECRET/PW@host/x") == "http://***@host/x");
    CHECK(masked_url("http://user:SE@CRET@host") == "http://***@host");
    CHECK(masked_url("http:/user:SECRET@host") == "***@host");
    const auto refused = parse_queue_reference("http://user:SECRET@h/1/n%n");
    CHECK(refused.error().message.find("SECRET") == std::string::npos);
    CHECK(refused.error().message.find("http://***@h/1/n%n") != std::string::npos);
}

TEST_CASE("what is no queue is refused with the rule") {
    for (const std::string bad :
         {"", " ", "a b", "a/b", ".fifo", "orders.fifo.fifo", "http://host", "http://host/", "https://h/1/a b",
          "arn:aws:sns:us-east-1:123456789012:orders", "arn:aws:sqs:us-east-1", "\xC3\xA4"}) {
        INFO("name: " << bad);
        const auto parsed = parse_queue_reference(bad);
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error().code == sluice::errc::invalid_argument);
        CHECK(parsed.error().message.find("is not") != std::string::npos);
    }
    CHECK(parse_queue_reference(std::string(80, 'q')).has_value());
    CHECK_FALSE(parse_queue_reference(std::string(81, 'q')).has_value());
    CHECK(parse_queue_reference(std::string(75, 'q') + ".fifo").has_value());
    CHECK_FALSE(parse_queue_reference(std::string(76, 'q') + ".fifo").has_value());
}

TEST_CASE("topics are named by ARN") {
    CHECK(parse_topic_arn("arn:aws:sns:us-east-1:123456789012:orders").has_value());
    CHECK_FALSE(parse_topic_arn("orders").has_value());
    CHECK_FALSE(parse_topic_arn("arn:aws:sqs:us-east-1:123456789012:orders").has_value());
    CHECK(parse_topic_arn("arn:aws:sns:us-east-1:1:" + std::string(256, 't')).has_value());
    CHECK_FALSE(parse_topic_arn("arn:aws:sns:us-east-1:1:" + std::string(257, 't')).has_value());
}

TEST_CASE("endpoint URLs") {
    using sluice::calls::parse_endpoint_url;
    const auto plain = parse_endpoint_url("http://LocalHost:4566");
    CHECK(plain->origin.host == "localhost");
    CHECK(plain->origin.port == 4566);
    CHECK_FALSE(plain->origin.tls);
    CHECK(plain->path == "/");
    CHECK(plain->origin.host_header() == "localhost:4566");
    const auto tls = parse_endpoint_url("https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com/base/path");
    CHECK(tls->origin.port == 443);
    CHECK(tls->origin.tls);
    CHECK(tls->path == "/base/path");
    CHECK(tls->origin.host_header() == "vpce-1.sqs.eu-west-1.vpce.amazonaws.com");
    const auto six = parse_endpoint_url("http://[::1]:80/");
    CHECK(six->origin.host == "::1");
    CHECK(six->origin.host_header() == "[::1]");
    for (const std::string bad : {"", "localhost:4566", "ftp://host", "http://", "http://:80", "http://host:0",
                                  "http://host:65536", "http://host:80x", "http://user@host", "http://[::1",
                                  "http://[::1]80", "http://h?x=1", "http://h#f", "http://h h", "http://h\r\nX: y"}) {
        INFO("URL: " << bad);
        const auto parsed = parse_endpoint_url(bad);
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error().code == sluice::errc::configuration);
    }
}

} // namespace names_test
