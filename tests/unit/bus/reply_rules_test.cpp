// Who is answered, and what replies say. Addresses come from whoever may send commands.
#include "bus/reply_rules.hpp"

#include <doctest/doctest.h>

#include <string>

namespace reply_rules_test {

using sluice::bus::reply_queue_of;

namespace {

constexpr const char* own = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders.fifo";
constexpr const char* prefix = "sluice-reply-";

std::string answered(const std::string& reply_to, const std::string& own_url = own) {
    const auto queue = reply_queue_of(reply_to, own_url, prefix);
    return queue ? *queue : "refused: " + queue.error().message;
}

} // namespace

TEST_CASE("reply address: the name is theirs, everything else our own queue's") {
    const std::string good = "https://sqs.eu-west-1.amazonaws.com/123456789012/sluice-reply-1";
    CHECK(answered(good) == good);
    // Of another host, as through a VPC endpoint, or a hostile one: no request ever goes there.
    CHECK(answered("https://evil.example/123456789012/sluice-reply-1") == good);
    CHECK(answered("http://127.0.0.1:4566/000000000000/sluice-reply-1", "http://localhost:4566/000000000000/orders") ==
          "http://localhost:4566/000000000000/sluice-reply-1");
}

TEST_CASE("reply address: hostile ones are refused") {
    const std::string base = "https://sqs.eu-west-1.amazonaws.com/123456789012/";
    CHECK(answered(base + "billing") ==
          "refused: the address for replies is \"" + base +
              "billing\": replies go to standard queues whose names begin with sluice-reply-");
    CHECK(answered("https://sqs.eu-west-1.amazonaws.com/210987654321/sluice-reply-1")
              .ends_with("it is of another account than the queue of commands"));
    for (const std::string& bad :
         {std::string(), std::string("sluice-reply-1"),
          std::string("arn:aws:sqs:eu-west-1:123456789012:sluice-reply-1"), base + "sluice-reply-1/../billing",
          base + "sluice-reply-1?Action=DeleteQueue", base + "sluice-reply-1#x", base + "sluice-reply-1\r\nHost: x",
          base + "SLUICE-REPLY-1", base + "sluice-reply-1.fifo", base, base + "sluice-reply-%2e%2e",
          base + std::string(2'000, 'a'), base + "x/sluice-reply-1", std::string("https://sluice-reply-1"),
          std::string("file:///123456789012/sluice-reply-1")}) {
        INFO(bad);
        CHECK(answered(bad).starts_with("refused: "));
    }
}

TEST_CASE("reply queues: the prefix cannot be that of everybody's queues") {
    CHECK(!sluice::bus::check_reply_prefix("sluice-reply-"));
    for (const char* bad :
         {"", "a", "reply-_", "sluice reply", "sluice.reply", "12345678901234567890123456789012345678901"}) {
        INFO(bad);
        CHECK(sluice::bus::check_reply_prefix(bad).has_value());
    }
}

TEST_CASE("replies: answer the command, and stay in its correlation") {
    sluice::bus_envelope command;
    command.id = "c-1";
    command.correlation_id = "first";
    command.subject = "order-7";
    const auto reply = sluice::bus::make_reply(command, sluice::bus::reply_type, "billing");
    CHECK(reply.causation_id == "c-1");
    CHECK(reply.correlation_id == "first");
    CHECK(reply.subject == "order-7");
    CHECK(reply.source == "billing");
    CHECK(reply.id.size() == 36);
    CHECK(!sluice::bus::failure_in_reply(reply));
}

TEST_CASE("replies: failures have their kind and a text of one line") {
    sluice::bus_envelope reply;
    reply.type = "sluice.error.rejected";
    reply.payload = "out of\nstock";
    const auto failure = sluice::bus::failure_in_reply(reply);
    REQUIRE(failure.has_value());
    CHECK(failure->code == sluice::errc::service_error);
    CHECK(failure->service_code == "rejected");
    CHECK(failure->message == "out of stock");
    reply.payload.assign(100'000, 'x'); // of a hostile peer
    CHECK(sluice::bus::failure_in_reply(reply)->message.size() == 2'000);
}

} // namespace reply_rules_test
