// Envelopes of the bus as CloudEvents: there and back, what others write, and what is refused.
#include <sluice/bus/cloud_event_envelope.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace cloud_event_envelope_test {

using namespace std::chrono_literals;
using sluice::bus_envelope;
using sluice::cloud_event_mode;
using sluice::envelope_format;
using sluice::errc;
using sluice::message;
using sluice::received_content;

namespace {

const auto structured = sluice::cloud_event_envelope_format();
const auto binary = sluice::cloud_event_envelope_format(cloud_event_mode::binary);

received_content received(const message& sent) {
    received_content what;
    what.body = sent.body();
    what.attributes = sent.attributes();
    what.message_id = "queue-id";
    return what;
}

bus_envelope full() {
    bus_envelope one;
    one.id = "c-1";
    one.type = "order.place";
    one.source = "/shop";
    one.subject = "order-7 ü";
    one.correlation_id = "first";
    one.causation_id = "before";
    one.reply_to = "https://sqs.eu-west-1.amazonaws.com/123456789012/sluice-reply-1";
    one.content_type = "application/json";
    one.payload = R"({"id":7.10})";
    one.time = std::chrono::sys_time<std::chrono::milliseconds>(1'700'000'000'123ms);
    one.deadline = *one.time + 5s;
    return one;
}

/// Writes it with one format and reads it with the other.
void check_round_trip(const bus_envelope& one, const envelope_format& format) {
    const auto written = format.write(one);
    REQUIRE(written.has_value());
    for (const auto& reader : {structured, binary}) {
        CHECK(reader->recognises(received(*written)));
        const auto read = reader->read(received(*written));
        REQUIRE(read.has_value());
        CHECK(*read == one);
    }
}

std::string why_not_written(const bus_envelope& one, const envelope_format& format) {
    const auto written = format.write(one);
    if (written) return "written";
    CHECK(written.error().code == errc::invalid_argument);
    return written.error().message;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("CloudEvents envelope: to the byte") {
    const auto written = structured->write(full());
    REQUIRE(written.has_value());
    CHECK(written->body() ==
          R"({"specversion":"1.0","id":"c-1","source":"/shop","type":"order.place","subject":"order-7 ü",)"
          R"("time":"2023-11-14T22:13:20.123Z","correlationid":"first","causationid":"before",)"
          R"("replyto":"https://sqs.eu-west-1.amazonaws.com/123456789012/sluice-reply-1",)"
          R"("deadline":"2023-11-14T22:13:25.123Z","datacontenttype":"application/json","data":{"id":7.10}})");
    CHECK(written->attributes().size() == 1);
    bus_envelope one = full();
    one.deadline.reset();
    const auto flat = binary->write(one);
    REQUIRE(flat.has_value());
    CHECK(flat->body() == one.payload);
    CHECK(flat->attributes().size() == 10);
}

TEST_CASE("CloudEvents envelope: there and back") {
    check_round_trip(full(), *structured);
    bus_envelope one = full();
    one.deadline.reset();
    check_round_trip(one, *binary);
    bus_envelope least;
    least.id = "c-1";
    least.type = "order.place";
    least.correlation_id = "c-1";
    least.payload = "x";
    check_round_trip(least, *structured);
    check_round_trip(least, *binary);
    least.payload.clear();
    check_round_trip(least, *structured);
    for (const char* type : {"", "application/json", "application/x+json; v=1", "text/plain", "application/x-thing"}) {
        for (const std::string& payload :
             {std::string(), std::string("{\"a\" : 1.0}"), std::string(" {}"), std::string("[1]\n"), std::string("{"),
              std::string("\"x\""), std::string("7"), std::string("null"), std::string(R"({"a":1,"a":2})"),
              std::string("\xFF\x00\x01", 3), std::string("\xEF\xBF\xBF"), std::string("ü\r\n\t"),
              std::string(70, '[') + std::string(70, ']')}) {
            least.content_type = type;
            least.payload = payload;
            check_round_trip(least, *structured);
        }
    }
}

TEST_CASE("CloudEvents envelope: what others write") {
    const auto read = [](const std::string& more) {
        message event(R"({"specversion":"1.0","id":"1","source":"https://example.com","type":"a.b")" + more + "}");
        return structured->read(received(event));
    };
    CHECK(read("")->correlation_id == "1");
    CHECK(read("")->source == "https://example.com");
    CHECK(read("")->content_type == "");
    CHECK(read(R"(,"data":{"a":[1]})")->content_type == "application/json");
    CHECK(read(R"(,"data":{"a":[1]})")->payload == R"({"a":[1]})");
    CHECK(read(R"(,"deadline":"2023-11-14T23:13:25.1239+01:00")")->deadline == full().deadline);
    CHECK(has(read(R"(,"deadline":5)").error().message, "the deadline is \"5\": it must be RFC 3339"));
    CHECK(has(read(R"(,"id":"1")").error().message, "twice"));
    message spaced(R"({"specversion":"1.0","id":"a b","source":"/","type":"t"})");
    CHECK(has(structured->read(received(spaced)).error().message, "the id is \"a b\""));
    message other("body");
    other.attribute("streams-message-type", "order.place");
    CHECK(!structured->recognises(received(other)));
}

TEST_CASE("CloudEvents envelope: what cannot be written, and why") {
    CHECK(has(why_not_written(full(), *binary), "it would take 11 attributes of a message"));
    bus_envelope one = full();
    one.source = "my shop";
    CHECK(has(why_not_written(one, *structured), "source \"my shop\" is not a URI-reference"));
    one.source = "urn:sluice:bus";
    CHECK(has(why_not_written(one, *structured), "it stands for none"));
    one = full();
    one.subject = "a\nb";
    CHECK(has(why_not_written(one, *structured), "the CloudEvent's subject is \"a b\""));
    one = full();
    one.content_type = "json";
    CHECK(has(why_not_written(one, *structured), "is not a media type"));
    one = full();
    one.id = "a b";
    CHECK(has(why_not_written(one, *structured), "the id is \"a b\""));
    one = full();
    one.deadline.reset();
    one.payload = "\x01";
    CHECK(has(why_not_written(one, *binary), "is no text that SQS and SNS take"));
    one.payload = "";
    CHECK(has(why_not_written(one, *binary), "it has no data"));
}

} // namespace cloud_event_envelope_test
