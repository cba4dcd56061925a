// Odd bytes anywhere in a message fail that message: sent, they would have its whole batch refused.
#include "protocol/message_rules.hpp"

#include <doctest/doctest.h>

namespace batch_safety_rules_test {

using sluice::attribute_value;
using sluice::message;
using sluice::protocol::check_message;
using sluice::protocol::destination_kind;
using sluice::protocol::message_rules;

namespace {

std::string refusal(const message& candidate, destination_kind kind = destination_kind::queue) {
    const auto wrong = check_message(candidate, message_rules{kind, false, 1000});
    return wrong ? wrong->message : std::string();
}

} // namespace

TEST_CASE("rules: odd bytes in an attribute's type or in the trace header") {
    CHECK(refusal(message("x").attribute("a", attribute_value::typed("String.json", "v"))).empty());
    CHECK(refusal(message("x").attribute("a", attribute_value::typed("String.\x01", "v")))
              .find("type of attribute \"a\"") != std::string::npos);
    CHECK_FALSE(refusal(message("x").attribute("a", attribute_value::typed("Binary.\xFF", "v"))).empty());
    CHECK(refusal(message("x").trace_header("Root=1")).empty());
    CHECK(refusal(message("x").trace_header("Root=\xC3")).find("trace header") != std::string::npos);
    CHECK(refusal(message("x").trace_header("")).find("trace header is empty") != std::string::npos);
}

TEST_CASE("rules: type lengths, and the type that only topics have") {
    const std::string longest = "String." + std::string(249, 'x');
    CHECK(refusal(message("x").attribute("a", attribute_value::typed(longest, "v"))).empty());
    CHECK_FALSE(refusal(message("x").attribute("a", attribute_value::typed(longest + "x", "v"))).empty());
    CHECK(refusal(message("x").attribute("a", attribute_value::typed("String.Array", "[1]")), destination_kind::topic)
              .empty());
}

TEST_CASE("rules: every refusal names the value, in one line, however long it is") {
    for (const message& bad :
         {message("x").attribute(std::string(5000, '!'), "v"), message("x").group(std::string(5000, 'g')),
          message("x").attribute("a", attribute_value::number(std::string(500, 'n'))),
          message("x").attribute("line\nbreak", "v")}) {
        const auto wrong = check_message(bad, message_rules{destination_kind::queue, false, 100'000});
        REQUIRE(wrong.has_value());
        CHECK(wrong->message.size() < 400);
        CHECK(wrong->message.find('\n') == std::string::npos);
    }
}

} // namespace batch_safety_rules_test
