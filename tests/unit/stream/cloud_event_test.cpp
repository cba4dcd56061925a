// CloudEvents in messages: the examples of the specification, and each rule with what breaks it.
#include <sluice/cloud_event.hpp>
#include <sluice/error.hpp>
#include <sluice/stream_attributes.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

namespace cloud_event_test {

using sluice::attribute_value;
using sluice::cloud_event;
using sluice::cloud_event_from;
using sluice::cloud_event_mode;
using sluice::cloud_event_value;
using sluice::errc;
using sluice::message;
using sluice::named_attribute;
using sluice::to_message;

namespace {

using attributes = std::vector<named_attribute>;

const std::string structured_type = "application/cloudevents+json";

cloud_event plain() { return {"A-1", "/orders", "com.example.created"}; }

cloud_event read_back(const message& from) { return cloud_event_from(from.body(), from.attributes()); }

attributes of_type(const std::string& content_type) {
    attributes all;
    all.emplace_back("content-type", content_type);
    return all;
}

std::string text_of(const message& from, std::string_view name) {
    for (const auto& one : from.attributes()) {
        if (one.name == name) return one.value.value();
    }
    return "(none)";
}

/// What the refusal says; empty: nothing was refused.
std::string refusal(const std::function<void()>& attempt, errc code = errc::invalid_argument) {
    try {
        attempt();
    } catch (const sluice::error& failure) {
        CHECK(failure.code() == code);
        return failure.info().message;
    }
    return {};
}

std::string refused(const cloud_event& event, cloud_event_mode mode = cloud_event_mode::structured) {
    return refusal([&] { (void)to_message(event, mode); });
}

std::string refused_json(const std::string& body) {
    return refusal([&] { (void)cloud_event_from(body, of_type(structured_type)); });
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// The part that all examples of the JSON format have.
const std::string common = R"("specversion" : "1.0", "type" : "com.example.someevent", "source" : "/mycontext",
    "time" : "2018-04-05T17:31:00Z", "comexampleextension1" : "value", "comexampleothervalue" : 5, "id" : )";

void check_common(const cloud_event& event) {
    CHECK(event.type() == "com.example.someevent");
    CHECK(event.source() == "/mycontext");
    CHECK(event.time_text() == "2018-04-05T17:31:00Z");
    using namespace std::chrono;
    CHECK(event.time() == sys_days(year(2018) / 4 / 5) + hours(17) + minutes(31));
    CHECK(!event.subject());
    CHECK(event.extensions().size() == 2);
    REQUIRE(event.extension("comexampleextension1") != nullptr);
    CHECK(event.extension("comexampleextension1")->text() == "value");
    REQUIRE(event.extension("comexampleothervalue") != nullptr);
    CHECK(event.extension("comexampleothervalue")->as_integer() == 5);
    CHECK(event.extension("comexampleothervalue")->kind() == cloud_event_value::type::integer);
    CHECK(event.extension("unsetextension") == nullptr);
}

} // namespace

TEST_CASE("CloudEvents: the JSON format's examples are read, and say the same in binary mode") {
    SUBCASE("binary data") {
        const auto event = cloud_event_from(
            "{" + common + R"("A234-1234-1234", "datacontenttype" : "application/vnd.apache.thrift.binary",
                "data_base64" : "AAEC/w=="})",
            of_type(structured_type));
        check_common(event);
        CHECK(event.id() == "A234-1234-1234");
        CHECK(event.kind_of_data() == cloud_event::data_kind::binary);
        CHECK(event.data() == std::string("\x00\x01\x02\xFF", 4));
        CHECK(has(refused(event, cloud_event_mode::binary), "at byte 0 its data is no text that SQS and SNS take"));
        CHECK(read_back(to_message(event)) == event);
    }
    SUBCASE("XML as text") {
        const auto event = cloud_event_from("{" + common + R"("B234-1234-1234", "unsetextension": null,
                "datacontenttype" : "application/xml", "data" : "<much wow=\"xml\"/>"})",
                                            of_type(structured_type));
        check_common(event);
        CHECK(event.kind_of_data() == cloud_event::data_kind::text);
        CHECK(event.data() == "<much wow=\"xml\"/>");
        const message binary = to_message(event, cloud_event_mode::binary);
        CHECK(binary.body() == "<much wow=\"xml\"/>");
        CHECK(text_of(binary, "ce-specversion") == "1.0");
        CHECK(text_of(binary, "ce-type") == "com.example.someevent");
        CHECK(text_of(binary, "ce-source") == "/mycontext");
        CHECK(text_of(binary, "ce-id") == "B234-1234-1234");
        CHECK(text_of(binary, "ce-time") == "2018-04-05T17:31:00Z");
        CHECK(text_of(binary, "ce-comexampleextension1") == "value");
        CHECK(text_of(binary, "ce-comexampleothervalue") == "5");
        CHECK(text_of(binary, "streams-content-type") == "application/xml");
        CHECK(binary.attributes().size() == 8);
        CHECK(read_back(to_message(event)) == event);
    }
    SUBCASE("a JSON object") {
        const std::string data = R"({
        "appinfoA" : "abc",
        "appinfoB" : 123,
        "appinfoC" : true
    })";
        const auto event = cloud_event_from("{" + common + R"("C234-1234-1234", "subject": null,
                "datacontenttype" : "application/json", "data" : )" +
                                                data + "}",
                                            of_type(structured_type + "; charset=utf-8"));
        check_common(event);
        CHECK(event.data() == data);
        CHECK(to_message(event, cloud_event_mode::binary).body() == data);
        CHECK(read_back(to_message(event)) == event);
    }
    SUBCASE("a JSON string, and JSON because nothing else is said") {
        const auto event = cloud_event_from("{" + common + R"("D234-1234-1234", "subject": null,
                "data" : "I'm just a string"})",
                                            of_type(structured_type));
        check_common(event);
        CHECK(event.data() == R"("I'm just a string")");
        CHECK(!event.data_content_type());
        const message binary = to_message(event, cloud_event_mode::binary);
        CHECK(binary.body() == R"("I'm just a string")");
        CHECK(text_of(binary, "streams-content-type") == "application/json");
        CHECK(read_back(to_message(event)) == event);
    }
    SUBCASE("batches are refused") {
        CHECK(has(refusal([] { (void)cloud_event_from("[]", of_type("application/cloudevents-batch+json")); }),
                  "a batch of CloudEvents: a message is one event"));
        CHECK(has(refused_json("[{" + common + "\"B234\"}]"), "a batch of CloudEvents: a message is one event"));
    }
}

TEST_CASE("CloudEvents: both layouts to the byte") {
    cloud_event event("A-1", "https://example.com/orders", "com.example.created");
    event.subject("Grün").time(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::milliseconds(7));
    event.data_content_type("application/json")
        .data_schema("https://example.com/schema#v1")
        .data(R"({"b":1.0,"a":[]})");
    event.extension("tenant", "t 1").extension("tries", -3).extension("urgent", true);
    const message structured = to_message(event);
    CHECK(structured.body() ==
          R"({"specversion":"1.0","id":"A-1","source":"https://example.com/orders","type":"com.example.created",)"
          R"("subject":"Grün","time":"2026-03-01T00:00:00.007Z","dataschema":"https://example.com/schema#v1",)"
          R"("tenant":"t 1","tries":-3,"urgent":true,"datacontenttype":"application/json","data":{"b":1.0,"a":[]}})");
    REQUIRE(structured.attributes().size() == 1);
    CHECK(structured.attributes()[0] == named_attribute("streams-content-type", structured_type));
    CHECK(read_back(structured) == event);

    event.data_content_type("text/plain").data("a \"b\"\n");
    CHECK(has(to_message(event).body(), R"("datacontenttype":"text/plain","data":"a \"b\"\n"})"));
    event.binary_data("a \"b\"\n");
    CHECK(has(to_message(event).body(), R"(,"data_base64":"YSAiYiIK"})"));

    const std::string big = R"({"number":12345678901234567890123,"z":1,"a":1.10})";
    const message kept = to_message(plain().data(big));
    CHECK(has(kept.body(), ",\"data\":" + big + "}")); // no digit is lost, and the order stays
    CHECK(read_back(kept).data() == big);
    CHECK(read_back(to_message(plain().data("null"))).data() == "null");
    CHECK(read_back(to_message(plain())).kind_of_data() == cloud_event::data_kind::none);
}

TEST_CASE("CloudEvents: which message is an event, and in which mode") {
    const std::string body = R"({"specversion":"1.0","id":"1","source":"/s","type":"t"})";
    attributes binary;
    binary.emplace_back("ce-specversion", "1.0");
    binary.emplace_back("ce-id", "1");
    binary.emplace_back("ce-source", "/s");
    binary.emplace_back("ce-type", attribute_value::typed("String.custom", "t"));
    const cloud_event expected("1", "/s", "t");

    CHECK(cloud_event_from(body, {}) == expected);
    CHECK(cloud_event_from("\n " + body, of_type("application/json; charset=utf-8")) == expected);
    CHECK(cloud_event_from(body, of_type("Application/CloudEvents+JSON;charset=UTF-8")) == expected);
    attributes streams;
    streams.emplace_back(sluice::stream_attributes::content_type, structured_type);
    CHECK(cloud_event_from(body, streams) == expected);
    // Binary mode: the body is not looked into.
    CHECK(cloud_event_from(body, binary) == cloud_event(expected).data(body));
    CHECK(cloud_event_from("", binary) == expected);
    // The content type decides: a structured event with copies of its attributes, for filters.
    auto both = binary;
    both.emplace_back("content-type", structured_type);
    CHECK(cloud_event_from(body, both) == expected);
    // `content-type` before `streams-content-type`, which a writer may have added.
    auto two = binary;
    two.emplace_back("streams-content-type", "text/plain");
    CHECK(cloud_event_from("x", two).data_content_type() == "text/plain");
    two.emplace_back("content-type", "text/csv");
    CHECK(cloud_event_from("x", two).data_content_type() == "text/csv");
    two.emplace_back("ce-datacontenttype", "text/html");
    CHECK(cloud_event_from("x", two).data_content_type() == "text/html");
    // Of two with one name, as behind an SNS envelope, the first.
    auto twice = binary;
    twice.emplace_back("ce-id", "2");
    CHECK(cloud_event_from("", twice) == expected);

    CHECK(sluice::is_cloud_event(body, {}));
    CHECK(sluice::is_cloud_event("garbage", binary));
    CHECK(sluice::is_cloud_event("garbage", of_type(structured_type)));
    CHECK(sluice::is_cloud_event("[]", of_type("application/cloudevents-batch+json")));
    CHECK(!sluice::is_cloud_event(body, of_type("text/plain")));
    CHECK(!sluice::is_cloud_event(R"({"id":1})", {}));
    CHECK(!sluice::is_cloud_event(R"("specversion")", {}));
    CHECK(!sluice::is_cloud_event("", {}));

    CHECK(has(refusal([] { (void)cloud_event_from(R"({"id":1})", {}); }), "the message is no CloudEvent"));
    CHECK(has(refusal([&] { (void)cloud_event_from(body, of_type("text/plain")); }), "the message is no CloudEvent"));
    CHECK(has(refusal([] { (void)cloud_event_from("", of_type("application/cloudevents+avro")); }),
              "\"application/cloudevents+avro\": JSON is the format that is read"));
}

TEST_CASE("CloudEvents: what is refused when it is written, and why") {
    CHECK(refused(plain()) == "");
    CHECK(refused(plain().id("")) == "the CloudEvent's id is empty: a value is required");
    CHECK(has(refused(plain().id("a\nb")), "id is \"a b\": it must be UTF-8 without control characters"));
    CHECK(has(refused(plain().id("a\x7F")), "control characters"));
    CHECK(has(refused(plain().id("\xC2\x85")), "control characters"));    // U+0085
    CHECK(has(refused(plain().id("\xEF\xB7\x90")), "noncharacters"));     // U+FDD0
    CHECK(has(refused(plain().id("\xF0\x9F\xBF\xBE")), "noncharacters")); // U+1FFFE
    CHECK(has(refused(plain().id("\xED\xA0\x80")), "it must be UTF-8"));  // a surrogate
    CHECK(has(refused(plain().id("\xFF")), "it must be UTF-8"));
    CHECK(refused(plain().id("\xC2\xA0\xF0\x9F\xBF\xBD ü")) == "");
    CHECK(refused(plain().source("")) == "the CloudEvent's source is empty: a value is required");
    CHECK(refused(plain().type("")) == "the CloudEvent's type is empty: a value is required");
    CHECK(refused(plain().subject("")) == "the CloudEvent's subject is empty: a value is required");

    for (const char* good :
         {"https://github.com/cloudevents", "mailto:cncf-wg-serverless@lists.cncf.io",
          "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "/cloudevents/spec/pull/123", "1-555-123-4567", "#part",
          "?q=a/b?c", "//host:80/", "http://[2001:db8::1]:8080/x", "http://user:pw@host/%7Euser", "a/b:c", "./a:b",
          "file:///etc/hosts", "arn:aws:sqs:eu-west-1:123456789012:orders"}) {
        CHECK_MESSAGE(refused(plain().source(good)) == "", good);
    }
    for (const char* bad : {"a b", "http://host/<x>", "1a:b", ":a", "%", "/a%2", "/%zz", "http://[::1", "http://[]/",
                            "http://host:8a/", "http://a b/", "#a#b", "/[x]", "http://a@b@c/", "/ü", "\\\\host"}) {
        CHECK_MESSAGE(has(refused(plain().source(bad)), " is not a URI-reference of RFC 3986"), bad);
    }
    CHECK(refused(plain().data_schema("https://example.com/s#1")) == "");
    CHECK(has(refused(plain().data_schema("/relative")), "is not a URI of RFC 3986 with a scheme"));
    for (const char* bad : {"yesterday", "2018-04-05", "2018-04-05T17:31:00", "2018-02-30T00:00:00Z", ""}) {
        CHECK_MESSAGE(has(refused(plain().time_text(bad)), "is not a date-time of RFC 3339"), bad);
    }
    CHECK(refused(plain().time_text("2018-04-05t17:31:00.123456789+02:00")) == "");
    for (const char* good : {"text/xml", "image/png", "multipart/form-data; boundary=\"a;\\\"b\"", "a/b ; c=d;e=f"}) {
        CHECK_MESSAGE(refused(plain().data_content_type(good)) == "", good);
    }
    for (const char* bad : {"json", "/", "a/", "a/b;", "a/b; c", "a/b c", "a/b;c=\"d", "a/b/c", "a/b;c="}) {
        CHECK_MESSAGE(has(refused(plain().data_content_type(bad)), "is not a media type of RFC 2046"), bad);
    }
    for (const char* bad : {"", "data", "Tenant", "my_name", "my-name", "ü", "data_base64"}) {
        CHECK_MESSAGE(has(refused(plain().extension(bad, "v")), "a-z and 0-9 only"), bad);
    }
    CHECK(has(refused(plain().extension("id", "v")), "\"id\", which is an attribute of CloudEvents itself"));
    CHECK(has(refused(plain().extension("specversion", "0.3")), "an attribute of CloudEvents itself"));
    CHECK(has(refused(plain().extension("a", "1").extension("a", "2")), "the extension \"a\" more than once"));
    cloud_event many = plain();
    for (int i = 0; i < 500; ++i) many.extension("a" + std::to_string(i), i);
    CHECK(refused(many) == "");
    CHECK(read_back(to_message(many)).extensions().size() == 500);
    CHECK(has(refused(many.extension("b", 1)), "more than 500 extensions"));
    CHECK(has(refused(plain().extension("a", "x\ty")), "extension a is \"x y\": it must be UTF-8"));
    CHECK(refused(plain().extension("a", -2147483648LL).extension("b", 2147483647)) == "");
    CHECK(has(refused(plain().extension("a", 2147483648LL)), "an Integer is -2147483648 to 2147483647"));
    CHECK(has(refused(plain().extension("a", cloud_event_value::uri("x"))), "is not a URI"));
    CHECK(has(refused(plain().extension("a", cloud_event_value::uri_reference("a b"))), "is not a URI-reference"));
    CHECK(has(refused(plain().extension("a", cloud_event_value::timestamp("now"))), "is not a date-time"));

    CHECK(has(refused(plain().data("hello")), "data, which is JSON, as there is no datacontenttype, is not JSON"));
    CHECK(has(refused(plain().data_content_type("application/vnd.x+json").data("{")),
              "data, which is \"application/vnd.x+json\", is not JSON"));
    CHECK(has(refused(plain().data(R"({"a":1,"a":2})")), "has the member \"a\" twice"));
    CHECK(has(refused(plain().data(R"(1},"id":"2")")), "is not JSON")); // nothing gets out of the data
    CHECK(has(refused(plain().data("")), "is not JSON"));
    CHECK(has(refused(plain().data_content_type("text/plain").data("\xFF")), "not UTF-8: give it as binary_data"));
    const std::string large(sluice::longest_cloud_event + 1, '1');
    CHECK(has(refusal([&] { (void)to_message(plain().binary_data(large)); }, errc::message_too_long), "16777217"));
    const std::string nearly(sluice::longest_cloud_event, '1');
    CHECK(has(refusal([&] { (void)to_message(plain().binary_data(nearly)); }, errc::message_too_long), "as JSON"));
}

TEST_CASE("CloudEvents: what binary mode cannot hold") {
    const auto refused_binary = [](const cloud_event& event) { return refused(event, cloud_event_mode::binary); };
    CHECK(refused_binary(plain().data("1")) == "");
    CHECK(has(refused_binary(plain()), "it has no data, which would be the body"));
    CHECK(has(refused_binary(plain().binary_data("")), "it has no data"));
    CHECK(has(refused_binary(plain().data_content_type("text/plain").data("a\x01")), "at byte 1 its data is no text"));
    CHECK(has(refused_binary(plain().data("1").extension("a", "")), "its attribute \"a\" is empty"));
    CHECK(has(refused_binary(plain().data("{}").data_content_type("Application/CloudEvents+json")),
              "which would be taken for structured mode"));
    // Four that are required, the content type, and five more.
    cloud_event full = plain().data("1").subject("s").time_text("2018-04-05T17:31:00Z");
    full.data_schema("urn:a").extension("a", "1").extension("b", "2");
    CHECK(to_message(full, cloud_event_mode::binary).attributes().size() == 10);
    full.extension("c", "3");
    CHECK(refused_binary(full) == "the CloudEvent cannot be written in binary mode: it would take 11 attributes of a "
                                  "message, which has at most 10; use structured mode");
    CHECK(to_message(full).attributes().size() == 1);
}

TEST_CASE("CloudEvents: what is refused when it is read, and why") {
    const auto with = [](const std::string& more) {
        return refused_json(R"({"specversion":"1.0","id":"1","source":"/s","type":"t")" + more + "}");
    };
    CHECK(with("") == "");
    CHECK(has(refused_json(""), "the CloudEvent is not JSON"));
    CHECK(has(refused_json("{"), "the CloudEvent is not JSON"));
    CHECK(has(refused_json("7"), "the CloudEvent is not a JSON object"));
    CHECK(refused_json("{}") == "the CloudEvent has no specversion");
    CHECK(has(refused_json(R"({"specversion":"0.3"})"), "the specversion \"0.3\"; 1.0 is what is read"));
    CHECK(has(refused_json(R"({"specversion":1.0})"), "\"specversion\" is no string, Boolean or Integer"));
    CHECK(has(refused_json(R"({"specversion":"1.0","source":"/s","type":"t"})"), "the CloudEvent's id is empty"));
    CHECK(has(refused_json(R"({"specversion":"1.0","id":7,"source":"/s","type":"t"})"), "id is 7, which is no string"));
    CHECK(has(with(R"(,"id":"2")"), "has the member \"id\" twice"));
    CHECK(has(with(R"(,"a":1.5)"), "\"a\" is no string, Boolean or Integer"));
    CHECK(has(with(R"(,"a":5.0)"), "\"a\" is no string, Boolean or Integer"));
    CHECK(has(with(R"(,"a":[])"), "\"a\" is no string, Boolean or Integer"));
    CHECK(has(with(R"(,"a":2147483648)"), "an Integer is"));
    CHECK(has(with(R"(,"a":18446744073709551615)"), "an Integer is"));
    CHECK(has(with(R"(,"A":"x")"), "a-z and 0-9 only"));
    CHECK(has(with(R"(,"a":"\u0000")"), "extension a is"));
    CHECK(has(with(R"(,"time":"soon")"), "is not a date-time"));
    CHECK(has(with(R"(,"subject":"")"), "subject is empty"));
    CHECK(has(with(R"(,"data_base64":"A")"), "data_base64 is not base64"));
    CHECK(has(with(R"(,"data_base64":7)"), "data_base64 is not base64"));
    CHECK(has(with(R"(,"data_base64":"QQ==","data":1)"), "both data and data_base64"));
    CHECK(has(with(R"(,"data_base64":"QQ==","data":null)"), "both data and data_base64"));
    CHECK(has(with(R"(,"datacontenttype":"text/plain","data":{})"), "data is no string, but its datacontenttype"));
    CHECK(has(with(",\"data\":" + std::string(70, '[') + std::string(70, ']')), "nests more than 64"));

    const auto with_attribute = [](const std::string& name, const attribute_value& value) {
        attributes all;
        for (const char* one : {"ce-specversion", "ce-id", "ce-source", "ce-type"}) {
            if (one != name) all.emplace_back(one, "1.0");
        }
        if (!value.value().empty()) all.emplace_back(name, value);
        return refusal([&] { (void)cloud_event_from("x", all); });
    };
    CHECK(with_attribute("other", "x") == "");
    CHECK(with_attribute("ce-tries", attribute_value::number(5)) == "");
    CHECK(has(with_attribute("ce-id", ""), "id is empty"));
    CHECK(has(with_attribute("ce-source", ""), "source is empty"));
    CHECK(has(with_attribute("ce-Tenant", "x"), "\"Tenant\" is not allowed"));
    CHECK(has(with_attribute("ce-data", "x"), "\"data\" is not allowed"));
    CHECK(has(with_attribute("ce-", "x"), "\"\" is not allowed"));
    CHECK(has(with_attribute("ce-tenant", attribute_value::binary("x")), "\"ce-tenant\" is Binary"));
    CHECK(has(with_attribute("ce-specversion", "2.0"), "the specversion \"2.0\""));
    CHECK(has(with_attribute("content-type", "json"), "is not a media type"));
}

TEST_CASE("CloudEvents: values by their types") {
    using type = cloud_event_value::type;
    CHECK(cloud_event_value(true).text() == "true");
    CHECK(cloud_event_value(false).as_boolean() == false);
    CHECK(cloud_event_value(true).kind() == type::boolean);
    CHECK(cloud_event_value("true").as_boolean() == true);
    CHECK(cloud_event_value("True").as_boolean() == std::nullopt);
    CHECK(cloud_event_value(-2147483647 - 1).as_integer() == -2147483647 - 1);
    for (const char* bad : {"", "-", "+1", "01", "-01", "1.0", "2147483648", "1 ", "0x1"}) {
        CHECK_MESSAGE(cloud_event_value(bad).as_integer() == std::nullopt, bad);
    }
    CHECK(cloud_event_value("-0").as_integer() == 0);
    CHECK(cloud_event_value::binary("\xFF").text() == "/w==");
    CHECK(cloud_event_value::binary("\xFF").as_binary() == "\xFF");
    CHECK(cloud_event_value("?").as_binary() == std::nullopt);
    const auto time = std::chrono::system_clock::time_point(std::chrono::milliseconds(-1));
    CHECK(cloud_event_value::timestamp(time).text() == "1969-12-31T23:59:59.999Z");
    CHECK(cloud_event_value::timestamp(time).as_timestamp() == time);
    CHECK(cloud_event_value("now").as_timestamp() == std::nullopt);
}

} // namespace cloud_event_test
