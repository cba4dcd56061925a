// A line of `sluice local --log-requests`.
#include <cli/request_line.hpp>

#include <doctest/doctest.h>

namespace request_line_test {

using sluice::cli::request_line;
using sluice::cli::styles;
using sluice::local::request_record;

namespace {

request_record example() {
    request_record one;
    one.time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 27) + std::chrono::milliseconds(1500);
    one.client = "127.0.0.1:53211";
    one.service = "sqs";
    one.operation = "SendMessage";
    one.resource = "orders";
    one.status = 200;
    one.request_id = "6b3c";
    one.request_bytes = 123;
    one.reply_bytes = 456;
    one.duration = std::chrono::microseconds(1234);
    return one;
}

} // namespace

TEST_CASE("request line: columns that stay") {
    const styles plain;
    CHECK(request_line(example(), plain) ==
          "2026-11-27T00:00:01.500Z 127.0.0.1:53211 sqs.SendMessage orders 200 - 6b3c 123 456 1.234");
    request_record one = example();
    one.status = 400;
    one.code = "QueueDoesNotExist";
    one.message = "The specified queue does not exist.";
    CHECK(request_line(one, plain) == "2026-11-27T00:00:01.500Z 127.0.0.1:53211 sqs.SendMessage orders 400 "
                                      "QueueDoesNotExist 6b3c 123 456 1.234 The specified queue does not exist.");
    request_record none;
    none.time = example().time;
    CHECK(request_line(none, plain) == "2026-11-27T00:00:01.500Z - - - - - - 0 0 0.000");
}

TEST_CASE("request line: what a client sends cannot end the line, make a column or reach the terminal") {
    request_record one = example();
    one.operation = "a b\n\x1b[2J";
    one.resource = "c\xff";
    one.message = "two\nlines";
    const std::string line = request_line(one, styles());
    CHECK(line == "2026-11-27T00:00:01.500Z 127.0.0.1:53211 sqs.a\\x20b\\n\\x1b[2J c\\xff 200 - 6b3c 123 456 1.234 "
                  "two\\nlines");
}

TEST_CASE("request line: colours by status") {
    request_record one = example();
    CHECK(request_line(one, styles(true)).find("\x1b[32m200\x1b[0m") != std::string::npos);
    one.status = 404;
    CHECK(request_line(one, styles(true)).find("\x1b[33m404\x1b[0m") != std::string::npos);
    one.status = 0;
    CHECK(request_line(one, styles(true)).find("\x1b[31m-\x1b[0m") != std::string::npos);
}

} // namespace request_line_test
