// Message attributes: their sums against published values, their rules at the limits.
#include <local/fault.hpp>
#include <local/message.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <test_support.hpp>

#include <string>

namespace message_test {

using namespace sluice::local;

namespace {

attribute text_attribute(std::string name, std::string type, std::string value) {
    attribute made;
    made.name = std::move(name);
    made.type = std::move(type);
    made.value = std::move(value);
    return made;
}

attribute binary_attribute(std::string name, std::string value) {
    attribute made = text_attribute(std::move(name), "Binary", std::move(value));
    made.sent_as_binary = true;
    return made;
}

std::vector<attribute> attributes_of(const nlohmann::json& object) {
    std::vector<attribute> made;
    for (const auto& [name, value] : object.items()) {
        const std::string type = value.at("DataType").get<std::string>();
        const bool binary = value.contains("BinaryValue");
        made.push_back(text_attribute(name, type,
                                      binary ? *decode_base64(value.at("BinaryValue").get<std::string>())
                                             : value.at("StringValue").get<std::string>()));
    }
    return made;
}

/// The text with which a message is refused; empty when it is taken.
std::string refusal_of(const outgoing& message, std::size_t max_bytes = 1'048'576) {
    try {
        check_outgoing(message, max_bytes);
    } catch (const fault& why) {
        return why.code + ": " + why.message;
    }
    return {};
}

std::string refusal_of_attributes(std::vector<attribute> attributes) {
    outgoing message;
    message.body = "x";
    message.attributes = std::move(attributes);
    return refusal_of(message);
}

bool names(const std::string& refusal, std::string_view what) { return refusal.find(what) != std::string::npos; }

} // namespace

TEST_CASE("sums over attributes: a published value, and the order does not matter") {
    CHECK(md5_of_attributes({text_attribute("attribName1", "String", "attribValue 1")}) ==
          "19e27d4e946b072f3f58da80d94fd778");
    CHECK(md5_of_attributes(
              {text_attribute("customNumberTypeAttrib", "Number.float", "4563442423554324324264524243.32543234"),
               binary_attribute("binaryAttribute", "Hello binary world!"),
               text_attribute("attribName1", "String", "attribValue 1")}) == "c932db14a896c663f83c260297d594ff");
    CHECK(md5_of_attributes(
              {text_attribute("AWSTraceHeader", "String",
                              "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")}) ==
          "5ae4d5d7636402d80f4eb6d213245a88");
    CHECK(md5_of_attributes({}).empty());
}

TEST_CASE("sums over attributes: the values collected from other implementations") {
    const auto folder = test_support::conformance_dir();
    if (!folder) return test_support::skip("no conformance data: sqs-md5/message-attributes.json");
    const auto data = nlohmann::json::parse(test_support::read_file(*folder / "sqs-md5" / "message-attributes.json"));
    std::size_t checked = 0;
    for (const char* list : {"cases", "system_attribute_cases"}) {
        for (const auto& one : data.at(list)) {
            CAPTURE(one.dump());
            CHECK(md5_of_attributes(attributes_of(one.at("attributes"))) == one.at("md5").get<std::string>());
            ++checked;
        }
    }
    CHECK(checked >= 24);
}

TEST_CASE("the size counts names, types and raw values") {
    CHECK(size_of("12345", {text_attribute("n", "String", "vv"), binary_attribute("b", std::string(3, '\0'))}) ==
          5 + 1 + 6 + 2 + 1 + 6 + 3);
}

TEST_CASE("a body at its limits") {
    outgoing message;
    CHECK(names(refusal_of(message), "MissingParameter: The request must contain the parameter MessageBody."));
    message.body = std::string(1024, 'x');
    CHECK(refusal_of(message, 1024).empty());
    message.body += 'x';
    CHECK(names(refusal_of(message, 1024), "must be shorter than 1024 bytes"));
    message.body = "a\x01";
    CHECK(names(refusal_of(message), "InvalidMessageContents"));
}

TEST_CASE("delay and group at their limits") {
    outgoing message;
    message.body = "x";
    message.delay_seconds = 900;
    CHECK(refusal_of(message).empty());
    message.delay_seconds = 901;
    CHECK(names(refusal_of(message), "Value 901 for parameter DelaySeconds is invalid."));
    message.delay_seconds = -1;
    CHECK(names(refusal_of(message), "Value -1 for parameter DelaySeconds"));
    message.delay_seconds.reset();
    message.group = std::string(128, 'g');
    CHECK(refusal_of(message).empty());
    for (const std::string& bad : {std::string(129, 'g'), std::string(), std::string("a b"), std::string("\u00e9")}) {
        message.group = bad;
        CHECK(names(refusal_of(message), "for parameter MessageGroupId is invalid"));
    }
}

TEST_CASE("attribute names at their limits") {
    for (const std::string& good :
         {std::string("a"), std::string("a.b-c_9"), std::string(256, 'n'), std::string("awsome.x")}) {
        CAPTURE(good);
        CHECK(refusal_of_attributes({text_attribute(good, "String", "v")}).empty());
    }
    for (const std::string& bad : {std::string(), std::string(257, 'n'), std::string(".a"), std::string("a."),
                                   std::string("a..b"), std::string("a b"), std::string("\u00e9"), std::string("AWS.x"),
                                   std::string("aws.x"), std::string("Amazon.x")}) {
        CAPTURE(bad);
        CHECK(names(refusal_of_attributes({text_attribute(bad, "String", "v")}), "InvalidParameterValue"));
    }
    CHECK(names(refusal_of_attributes({text_attribute("a", "String", "v"), text_attribute("a", "String", "w")}),
                "already exists"));
}

TEST_CASE("attribute types and values") {
    CHECK(refusal_of_attributes({text_attribute("a", "String.Array", "[]")}).empty());
    CHECK(refusal_of_attributes({text_attribute("a", "Number.int", "-1.5e3")}).empty());
    CHECK(refusal_of_attributes({binary_attribute("a", std::string(1, '\0'))}).empty());
    CHECK(names(refusal_of_attributes({text_attribute("a", "", "v")}), "non-empty attribute type"));
    CHECK(names(refusal_of_attributes({text_attribute("a", "Strin", "v")}),
                "The type of message (user) attribute 'a' is invalid"));
    CHECK(names(refusal_of_attributes({text_attribute("a", "String." + std::string(250, 'x'), "v")}), "is invalid"));
    CHECK(names(refusal_of_attributes({text_attribute("a", "String", "")}),
                "must contain a non-empty value of type 'String'."));
    CHECK(names(refusal_of_attributes({text_attribute("a", "String", "\x02")}), "Invalid binary character"));
    CHECK(names(refusal_of_attributes({text_attribute("a", "Binary", "v")}), "must use field 'Binary'"));
    for (const char* bad : {"abc", "1e200", "1e-200", "123456789012345678901234567890123456789", "NaN"}) {
        CAPTURE(bad);
        CHECK(names(refusal_of_attributes({text_attribute("a", "Number", bad)}), "to a number"));
    }
    CHECK(refusal_of_attributes({text_attribute("a", "Number", "12345678901234567890123456789012345678")}).empty());
}

TEST_CASE("ten attributes and no more") {
    std::vector<attribute> ten;
    for (int i = 0; i < 10; ++i) ten.push_back(text_attribute("a" + std::to_string(i), "String", "v"));
    CHECK(refusal_of_attributes(ten).empty());
    ten.push_back(text_attribute("a10", "String", "v"));
    CHECK(names(refusal_of_attributes(ten), "Number of message attributes [11] exceeds the allowed maximum [10]."));
}

} // namespace message_test
