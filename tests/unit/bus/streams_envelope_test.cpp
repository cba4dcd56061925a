// Envelopes in `streams-*` attributes: there and back, and what is refused.
#include <sluice/bus/envelope.hpp>
#include <sluice/stream_attributes.hpp>

#include <doctest/doctest.h>

#include <functional>

namespace streams_envelope_test {

using namespace std::chrono_literals;
using sluice::bus_envelope;
using sluice::errc;
using sluice::message;
using sluice::named_attribute;
using sluice::received_content;

namespace {

const auto format = sluice::streams_envelope_format();

received_content received(const message& sent, std::string_view message_id = "queue-id") {
    received_content what;
    what.body = sent.body();
    what.attributes = sent.attributes();
    what.message_id = message_id;
    return what;
}

bus_envelope full() {
    bus_envelope one;
    one.id = "c-1";
    one.type = "order.place";
    one.source = "shop";
    one.subject = "order-7";
    one.correlation_id = "first";
    one.causation_id = "before";
    one.reply_to = "https://sqs.eu-west-1.amazonaws.com/123456789012/sluice-reply-1";
    one.content_type = "application/json";
    one.payload = R"({"id":7})";
    one.time = std::chrono::sys_time<std::chrono::milliseconds>(1'700'000'000'123ms);
    one.deadline = *one.time + 5s;
    return one;
}

std::string why_not_read(const message& what) {
    const auto read = format->read(received(what));
    if (read) return "read";
    CHECK(read.error().code == errc::invalid_argument);
    return read.error().message;
}

message minimal() {
    message one("{}");
    one.attribute("streams-message-id", "c-1").attribute("streams-message-type", "order.place");
    return one;
}

} // namespace

TEST_CASE("streams envelope: everything there and back, in ten attributes and no more") {
    const auto written = format->write(full());
    REQUIRE(written.has_value());
    CHECK(written->body() == R"({"id":7})");
    CHECK(written->attributes().size() == 10);
    CHECK(format->recognises(received(*written)));
    const auto read = format->read(received(*written));
    REQUIRE(read.has_value());
    CHECK(*read == full());
}

TEST_CASE("streams envelope: what is absent takes no attribute") {
    bus_envelope one;
    one.id = "c-1";
    one.type = "order.place";
    one.correlation_id = "c-1"; // the first of its kind
    one.content_type = "application/json";
    one.payload = "{}";
    const auto written = format->write(one);
    REQUIRE(written.has_value());
    CHECK(written->attributes().size() == 3);
    const auto read = format->read(received(*written));
    REQUIRE(read.has_value());
    CHECK(*read == one);
    one.correlation_id.clear();
    CHECK(format->write(one)->attributes().size() == 3);
}

TEST_CASE("streams envelope: payloads that are no text travel in base64") {
    for (const std::string& payload : {std::string("\0\1\2", 3), std::string(), std::string("\xFF\xFE"),
                                       std::string("a\0b", 3), std::string("="), std::string("plain")}) {
        bus_envelope one = full();
        one.content_type = "application/x-protobuf";
        one.payload = payload;
        const auto written = format->write(one);
        REQUIRE(written.has_value());
        CHECK(!written->body().empty());
        const auto read = format->read(received(*written));
        REQUIRE(read.has_value());
        CHECK(*read == one);
    }
}

TEST_CASE("streams envelope: what others write") {
    message one("{}");
    one.attribute("streams-message-type", "order.place").attribute("streams-message-time", "2023-11-14T22:13:20.123Z");
    const auto read = format->read(received(one));
    REQUIRE(read.has_value());
    CHECK(read->id == "queue-id"); // they left it out
    CHECK(read->correlation_id == "queue-id");
    CHECK(read->time == full().time);
    CHECK(!read->deadline);
    CHECK(read->content_type.empty());
    message odd_time = minimal();
    odd_time.attribute("streams-message-time", "yesterday");
    CHECK(!format->read(received(odd_time))->time); // nothing depends on it
    CHECK(!format->recognises(received(message("{}"))));
}

TEST_CASE("streams envelope: hostile input is refused with its reason") {
    message one = minimal();
    CHECK(why_not_read(one) == "read");
    CHECK(why_not_read(message("x").attribute("streams-message-type", "a b")) ==
          "the type is \"a b\": it must be 1 to 256 printable ASCII characters without space");
    CHECK(why_not_read(message("x").attribute("streams-message-type", sluice::attribute_value::binary("a"))) ==
          "the type is missing or empty: it must be 1 to 256 printable ASCII characters without space");
    CHECK(why_not_read(message("x")
                           .attribute("streams-message-type", "a")
                           .attribute("streams-message-id", std::string(129, 'i'))) ==
          "the id is \"" + std::string(100, 'i') +
              "\" (cut, it has 129 bytes): it must be 1 to 128 printable ASCII characters without space");
    CHECK(why_not_read(minimal().attribute("streams-deadline", "soon")) ==
          "the deadline is \"soon\": it must be milliseconds since 1970, or RFC 3339");
    CHECK(why_not_read(minimal().attribute("streams-deadline", sluice::attribute_value::binary("1"))) ==
          "the deadline is missing or empty: it must be milliseconds since 1970, or RFC 3339");
    CHECK(why_not_read(minimal().attribute("streams-content-type", "a/b;base64")) ==
          "the body is \"{}\": the content type says that it is base64");
    CHECK(why_not_read(minimal().attribute("streams-correlation-id", std::string(257, 'c')))
              .starts_with("the correlation id is \"ccc"));
    CHECK(why_not_read(minimal().attribute("streams-source", "a\x01"))
              .starts_with("the source is \"a?\": it must be UTF-8 of at most 256 bytes"));
    // Far out of the clock's range: the nearest time that it has.
    message far = minimal().attribute("streams-deadline", "9223372036854775807");
    CHECK(format->read(received(far))->deadline.has_value());
}

TEST_CASE("streams envelope: what cannot be carried is refused before it is sent") {
    const auto refused = [](const std::function<void(bus_envelope&)>& change) {
        bus_envelope one = full();
        change(one);
        const auto written = format->write(one);
        return written ? std::string("written") : written.error().message;
    };
    CHECK(refused([](bus_envelope&) {}) == "written");
    CHECK(refused([](bus_envelope& one) { one.id.clear(); }).starts_with("the id is missing or empty"));
    CHECK(refused([](bus_envelope& one) { one.type = "a\n"; }).starts_with("the type is \"a \""));
    CHECK(refused([](bus_envelope& one) { one.subject = "\xFF"; }).starts_with("the subject is \"?\""));
    CHECK(refused([](bus_envelope& one) {
              one.content_type = "a/b;BASE64";
          }).starts_with("the content type is \"a/b;BASE64\""));
    CHECK(refused([](bus_envelope& one) {
              one.reply_to = std::string(1025, 'u');
          }).starts_with("the address for replies is"));
}

} // namespace streams_envelope_test
