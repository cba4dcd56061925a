#include "protocol/limits.hpp"
#include "protocol/message_rules.hpp"

#include <doctest/doctest.h>

namespace message_rules_test {

using namespace sluice;
using namespace sluice::protocol;

namespace {

message_rules queue_rules(bool fifo = false) { return {destination_kind::queue, fifo, limits::sqs_message_bytes}; }
message_rules topic_rules(bool fifo = false) { return {destination_kind::topic, fifo, limits::sns_message_bytes}; }

/// The text of the refusal; empty when the message is allowed.
std::string refusal(const message& candidate, const message_rules& rules) {
    const auto wrong = check_message(candidate, rules);
    return wrong ? wrong->message : std::string();
}

bool allowed_text(std::string_view text) {
    std::size_t offset = 0;
    return is_allowed_text(text, offset);
}

} // namespace

TEST_CASE("size counts UTF-8 bytes of body, attribute names, types and raw values") {
    message content("\xC3\xA4");                                               // 2
    content.attribute("n", "v");                                               // 1 + 6 + 1
    content.attribute("b", attribute_value::binary(std::string("\0\1\2", 3))); // 1 + 6 + 3
    content.attribute("c", attribute_value::typed("Number.x", "12"));          // 1 + 8 + 2
    content.trace_header("Root=1");
    content.group("g");
    CHECK(content.size_in_bytes() == 2 + 8 + 10 + 11);
}

TEST_CASE("the size limit, at it and one over, with body and with attributes") {
    const message_rules rules{destination_kind::queue, false, 100};
    CHECK(refusal(message(std::string(99, 'x')), rules).empty());
    CHECK(refusal(message(std::string(100, 'x')), rules).empty());
    const auto wrong = check_message(message(std::string(101, 'x')), rules);
    REQUIRE(wrong.has_value());
    CHECK(wrong->code == errc::message_too_long);
    CHECK(wrong->message.find("101") != std::string::npos);
    CHECK(wrong->message.find("100") != std::string::npos);
    // name 1 + String 6 + value 10
    CHECK(refusal(message(std::string(83, 'x')).attribute("n", std::string(10, 'v')), rules).empty());
    CHECK_FALSE(refusal(message(std::string(84, 'x')).attribute("n", std::string(10, 'v')), rules).empty());
    CHECK(refusal(message(std::string(limits::sqs_message_bytes, 'x')), queue_rules()).empty());
    CHECK_FALSE(refusal(message(std::string(limits::sqs_message_bytes + 1, 'x')), queue_rules()).empty());
}

TEST_CASE("the size limit, one under, at it and one over, with attributes of every type") {
    const std::string eight(8, '7'); // good as text, digits and bytes
    const attribute_value values[] = {
        attribute_value(eight),
        attribute_value::number(eight),
        attribute_value::binary(std::string(8, '\0')),
        attribute_value::typed("String.id", eight),
        attribute_value::typed("Number.float", eight),
        attribute_value::typed("Binary.png", std::string(8, '\xFF')),
        attribute_value::string_array({"a", "b"}), // ["a","b"]: 9 bytes
    };
    for (const auto kind : {destination_kind::queue, destination_kind::topic}) {
        const message_rules rules{kind, false, 2'000};
        for (const attribute_value& value : values) {
            INFO(value.data_type());
            const std::size_t attribute = std::string("name").size() + value.data_type().size() + value.value().size();
            for (const std::size_t body : {1'999 - attribute, 2'000 - attribute, 2'001 - attribute}) {
                const auto wrong = check_message(message(std::string(body, 'x')).attribute("name", value), rules);
                CHECK(wrong.has_value() == (body + attribute > 2'000));
                if (wrong) CHECK(wrong->code == errc::message_too_long);
            }
        }
    }
    CHECK(values[6].value() == R"(["a","b"])");
    CHECK_THROWS_AS((void)attribute_value::string_array({"\xFF"}), const error&);
}

TEST_CASE("String.Array, for topics: a flat JSON array") {
    const auto refused = [](const char* text) {
        return refusal(message("x").attribute("a", attribute_value::typed("String.Array", text)), topic_rules());
    };
    for (const char* good : {"[]", "[\"a\"]", "[1, 2.5, true, false, null, \"a\"]"}) {
        INFO(good);
        CHECK(refused(good).empty());
    }
    for (const char* bad : {"a", "{}", "[", "[[1]]", "[{}]", "[\"a\"] x", "[\"\xFF\"]"}) {
        INFO(bad);
        CHECK_FALSE(refused(bad).empty());
    }
}

TEST_CASE("characters: every boundary") {
    for (const std::string_view good :
         {"\t", "\n", "\r", " ", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
          "\xEF\xBF\xBD", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "a\xF0\x9F\x98\x80z"}) {
        INFO(good);
        CHECK(allowed_text(good));
    }
    using namespace std::string_view_literals;
    for (const std::string_view bad : {"\0"sv,
                                       "\x01"sv,
                                       "\x08"sv,
                                       "\x0B"sv,
                                       "\x1F"sv,
                                       "\x80"sv,
                                       "\xBF"sv,
                                       "\xC0\x80"sv,
                                       "\xC1\xBF"sv,
                                       "\xC2"sv,
                                       "\xE0\x9F\xBF"sv,
                                       "\xE0\xA0"sv,
                                       "\xED\xA0\x80"sv,
                                       "\xED\xBF\xBF"sv,
                                       "\xEF\xBF\xBE"sv,
                                       "\xEF\xBF\xBF"sv,
                                       "\xF0\x8F\xBF\xBF"sv,
                                       "\xF0\x90\x80"sv,
                                       "\xF4\x90\x80\x80"sv,
                                       "\xF5\x80\x80\x80"sv,
                                       "\xFF"sv,
                                       "\xC3("sv}) {
        CHECK_FALSE(allowed_text(bad));
        CHECK_FALSE(allowed_text("abc" + std::string(bad) + "def"));
    }
    std::size_t offset = 0;
    CHECK_FALSE(is_allowed_text("ab\x01", offset));
    for (std::size_t length = 1; length <= 26; ++length) { // eight bytes are looked at as one number
        for (std::size_t at = 0; at < length; ++at) {
            for (const unsigned byte : {0x00U, 0x08U, 0x1FU, 0x80U, 0xC3U, 0xFFU}) {
                for (const char filler : {'x', ' ', '\x7f'}) {
                    std::string text(length, filler);
                    text[at] = static_cast<char>(byte);
                    std::size_t found = 1000;
                    if (is_allowed_text(text, found) || found != at) FAIL(byte << " at " << at << " of " << length);
                }
            }
        }
    }
    CHECK(offset == 2);
    const std::string text = refusal(message("ab\x01"), queue_rules());
    CHECK(text.find("byte 2") != std::string::npos);
    CHECK(text.find("0x01") != std::string::npos);
}

TEST_CASE("an empty body is refused") { CHECK_FALSE(refusal(message(""), queue_rules()).empty()); }

TEST_CASE("attributes: count, names, types, values") {
    message ten("x");
    for (int i = 0; i < 10; ++i) ten.attribute("a" + std::to_string(i), "v");
    CHECK(refusal(ten, queue_rules()).empty());
    ten.attribute("a10", "v");
    CHECK(refusal(ten, queue_rules()).find("11") != std::string::npos);
    CHECK(refusal(ten, topic_rules()).find("11") != std::string::npos);

    for (const std::string good : {"a", "A.b-c_9", "AWSx", "amazonia"}) {
        INFO(good);
        CHECK(refusal(message("x").attribute(good, "v"), queue_rules()).empty());
    }
    CHECK(refusal(message("x").attribute(std::string(256, 'n'), "v"), queue_rules()).empty());
    for (const std::string& bad : {std::string(), std::string(257, 'n'), std::string("a b"), std::string(".a"),
                                   std::string("a."), std::string("a..b"), std::string("AWS.x"), std::string("aws.x"),
                                   std::string("Amazon.x"), std::string("\xC3\xA4")}) {
        INFO(bad);
        CHECK_FALSE(refusal(message("x").attribute(bad, "v"), queue_rules()).empty());
    }
    CHECK_FALSE(refusal(message("x").attribute("a", "v").attribute("a", "w"), queue_rules()).empty());
    CHECK_FALSE(refusal(message("x").attribute("a", ""), queue_rules()).empty());
    CHECK_FALSE(refusal(message("x").attribute("a", "\x01"), queue_rules()).empty());
    CHECK(refusal(message("x").attribute("a", attribute_value::binary("\x01")), queue_rules()).empty());
    for (const std::string type : {"", "Text", "string", "StringList.", "Int"}) {
        INFO(type);
        CHECK_FALSE(refusal(message("x").attribute("a", attribute_value::typed(type, "v")), queue_rules()).empty());
    }
    for (const std::string number : {"0", "-1.5", "+3", "1e126", ".5", "12345678901234567890123456789012345678"}) {
        INFO(number);
        CHECK(refusal(message("x").attribute("a", attribute_value::number(number)), queue_rules()).empty());
    }
    for (const std::string number : {"", "a", "1a", "0x10", "--1", "1 ", "nan", "inf", "-", "+"}) {
        INFO(number);
        CHECK_FALSE(refusal(message("x").attribute("a", attribute_value::number(number)), queue_rules()).empty());
    }
    CHECK(
        refusal(message("x").attribute("a", attribute_value::typed("String.Array", "[\"a\"]")), topic_rules()).empty());
}

TEST_CASE("message groups and deduplication ids") {
    CHECK_FALSE(refusal(message("x"), queue_rules(true)).empty()); // FIFO needs a group
    CHECK(refusal(message("x").group("g"), queue_rules(true)).empty());
    CHECK(refusal(message("x").group("g"), queue_rules(false)).empty()); // fair queues
    CHECK(refusal(message("x").group("g").deduplication_id("d"), queue_rules(true)).empty());
    CHECK_FALSE(refusal(message("x").deduplication_id("d"), queue_rules(false)).empty());
    CHECK(refusal(message("x").group(std::string(128, 'g')), queue_rules(true)).empty());
    CHECK_FALSE(refusal(message("x").group(std::string(129, 'g')), queue_rules(true)).empty());
    CHECK_FALSE(refusal(message("x").group("a b"), queue_rules(true)).empty());
    CHECK_FALSE(refusal(message("x").group(""), queue_rules(true)).empty());
}

TEST_CASE("delay") {
    using std::chrono::seconds;
    CHECK(refusal(message("x").delay(seconds(0)), queue_rules()).empty());
    CHECK(refusal(message("x").delay(seconds(900)), queue_rules()).empty());
    CHECK(refusal(message("x").delay(seconds(901)), queue_rules()).find("901") != std::string::npos);
    CHECK_FALSE(refusal(message("x").delay(seconds(-1)), queue_rules()).empty());
    CHECK(refusal(message("x").group("g").delay(seconds(0)), queue_rules(true)).empty());
    CHECK_FALSE(refusal(message("x").group("g").delay(seconds(1)), queue_rules(true)).empty());
    CHECK_FALSE(refusal(message("x").delay(seconds(1)), topic_rules()).empty());
}

TEST_CASE("subject and trace header") {
    CHECK(refusal(message("x").subject(std::string(99, 's')), topic_rules()).empty());
    CHECK_FALSE(refusal(message("x").subject(std::string(100, 's')), topic_rules()).empty());
    std::string umlauts;
    for (int i = 0; i < 99; ++i) umlauts += "\xC3\xA4"; // characters count, not bytes
    CHECK(refusal(message("x").subject(umlauts), topic_rules()).empty());
    CHECK_FALSE(refusal(message("x").subject("a\nb"), topic_rules()).empty());
    CHECK_FALSE(refusal(message("x").subject(""), topic_rules()).empty());
    CHECK_FALSE(refusal(message("x").subject("s"), queue_rules()).empty());
    CHECK(refusal(message("x").trace_header("Root=1"), queue_rules()).empty());
    CHECK_FALSE(refusal(message("x").trace_header("Root=1"), topic_rules()).empty());
}

} // namespace message_rules_test
