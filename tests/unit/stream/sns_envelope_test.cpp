// What counts as an SNS envelope, and what is in it.
#include "stream/sns_envelope.hpp"

#include <doctest/doctest.h>

#include <string>

namespace sns_envelope_test {

using sluice::stream::parse_sns_envelope;

namespace {

const std::string whole =
    R"({"Type" : "Notification", "MessageId" : "1a", "TopicArn" : "arn:aws:sns:eu-west-1:123456789012:orders",)"
    R"( "Subject" : "new", "Message" : "{\"id\":1} \u00fc", "Timestamp" : "2026-11-26T10:00:00.000Z",)"
    R"( "SignatureVersion" : "1", "MessageAttributes" : {"kind" : {"Type":"String","Value":"order"},)"
    R"( "bytes" : {"Type":"Binary","Value":"AAH/"}, "n" : {"Type":"Number","Value":"12.50"}}})";

std::string without(const std::string& member) {
    std::string text = whole;
    const auto at = text.find('"' + member + '"');
    text.replace(at, member.size() + 2, "\"other\"");
    return text;
}

} // namespace

TEST_CASE("envelope: body, topic, subject and attributes of every type") {
    const auto found = parse_sns_envelope(whole);
    REQUIRE(found.has_value());
    CHECK(found->message == "{\"id\":1} ü");
    CHECK(found->message_id == "1a");
    CHECK(found->topic_arn == "arn:aws:sns:eu-west-1:123456789012:orders");
    CHECK(found->subject == "new");
    REQUIRE(found->attributes.size() == 3);
    for (const auto& [name, value] : found->attributes) {
        if (name == "kind") CHECK(value.value() == "order");
        if (name == "bytes") CHECK(value.value() == std::string("\0\1\xFF", 3));
        if (name == "n") CHECK(value.data_type() == "Number");
    }
}

TEST_CASE("envelope: an empty message is one; a missing subject is none") {
    std::string empty = whole;
    empty.replace(empty.find(R"({\"id\":1} \u00fc)"), std::string(R"({\"id\":1} \u00fc)").size(), "");
    REQUIRE(parse_sns_envelope(empty).has_value());
    CHECK(parse_sns_envelope(empty)->message.empty());
    REQUIRE(parse_sns_envelope(without("Subject")).has_value());
    CHECK(parse_sns_envelope(without("Subject"))->subject.empty());
}

TEST_CASE("envelope: what lacks a member that each notification has is a user's own JSON") {
    for (const char* member : {"Type", "MessageId", "TopicArn", "Message", "Timestamp"}) {
        INFO(member);
        CHECK_FALSE(parse_sns_envelope(without(member)).has_value());
    }
    for (const char* body :
         {"", "plain", "[\"Notification\"]", "\"Notification\"", "{\"Type\":\"Notification\"",
          R"({"Type":"SubscriptionConfirmation","x":"Notification"})",
          R"({"Type":["Notification"],"MessageId":"1","TopicArn":"t","Message":"m","Timestamp":"t"})",
          R"({"Type":"Notification","MessageId":1,"TopicArn":"t","Message":"m","Timestamp":"t"})"}) {
        INFO(body);
        CHECK_FALSE(parse_sns_envelope(body).has_value());
    }
}

TEST_CASE("envelope: attributes that cannot be read are left out, the others stay") {
    const std::string odd =
        R"({"Type":"Notification","MessageId":"1","TopicArn":"t","Message":"m","Timestamp":"t","MessageAttributes":)"
        R"({"a":1,"b":{"Type":"String"},"c":{"Type":"Binary","Value":"%%%"},"d":{"Type":"String","Value":"good"}}})";
    const auto found = parse_sns_envelope(odd);
    REQUIRE(found.has_value());
    REQUIRE(found->attributes.size() == 1);
    CHECK(found->attributes.front().name == "d");
}

} // namespace sns_envelope_test
