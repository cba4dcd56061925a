#include "protocol/strict_json.hpp"

#include <doctest/doctest.h>

namespace strict_json_test {

using sluice::protocol::json_nesting;
using sluice::protocol::parse_strict_json;

namespace {

std::string refusal(std::string_view text, sluice::protocol::json_bounds bounds = {}) {
    const auto parsed = parse_strict_json(text, "the thing", bounds);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == sluice::errc::invalid_argument);
    CHECK(parsed.error().message.starts_with("the thing "));
    return parsed.error().message;
}

} // namespace

TEST_CASE("strict JSON: what is right is read") {
    CHECK(*parse_strict_json(R"({"a":[1,{"a":2}],"b":{"a":3}})", "x") ==
          nlohmann::json::parse(R"({"a":[1,{"a":2}],"b":{"a":3}})"));
    CHECK(*parse_strict_json("7", "x") == 7);
}

TEST_CASE("strict JSON: a member that is there twice is refused, at any depth") {
    CHECK(refusal(R"({"a":1,"a":1})").find("\"a\" twice") != std::string::npos);
    CHECK(refusal(R"([{"x":{"deep":1,"y":2,"deep":3}}])").find("\"deep\"") != std::string::npos);
    CHECK(refusal(R"({"a":1,"\u0061":2})").find("\"a\" twice") != std::string::npos);
    CHECK(parse_strict_json(R"([{"a":1},{"a":1}])", "x").has_value());
}

TEST_CASE("strict JSON: bounds and mistakes are named") {
    CHECK(refusal("{").find("is not JSON") != std::string::npos);
    CHECK(refusal("").find("is not JSON") != std::string::npos);
    CHECK(refusal("{} x").find("is not JSON") != std::string::npos);
    CHECK(refusal("\"\xFF\"").find("is not JSON") != std::string::npos);
    CHECK(refusal(std::string("9\0 and the rest", 14)).find("byte 2 is a NUL") != std::string::npos);
    CHECK(refusal("[[[1]]]", {100, 2}).find("more than 2") != std::string::npos);
    CHECK(refusal("[1,2,3]", {3, 2}).find("7 bytes; at most 3") != std::string::npos);
    CHECK(refusal(std::string(100'000, '[')).find("nests") != std::string::npos);
}

TEST_CASE("strict JSON: nesting is counted outside of texts") {
    CHECK(json_nesting("7") == 0);
    CHECK(json_nesting("[{}]") == 2);
    CHECK(json_nesting(R"({"[[[":"\"[[["})") == 1);
    CHECK(json_nesting("]]][") == 1);
    CHECK(json_nesting("\"\\") == 0);
}

TEST_CASE("strict JSON: the text of a member stands as it is written") {
    using sluice::protocol::json_member_text;
    const std::string_view object =
        " {\"a\" : 1.10 ,\n\"b\":{\"data\":\"}\", \"x\":[{}]} , \"d\\u0061ta\"\t:\t[1, \"]\\\"\" ] ,\"\\\"\":null}";
    CHECK(json_member_text(object, "a") == "1.10");
    CHECK(json_member_text(object, "b") == "{\"data\":\"}\", \"x\":[{}]}");
    CHECK(json_member_text(object, "data") == "[1, \"]\\\"\" ]");
    CHECK(json_member_text(object, "\"") == "null");
    CHECK(json_member_text(object, "x") == "");
    CHECK(json_member_text("{}", "a") == "");
    CHECK(json_member_text("{\"a\":\"\\\\\",\"b\":7}", "b") == "7");
    CHECK(json_member_text("{\"a\":true}", "a") == "true");
    // Broken JSON is not for it, but it ends.
    for (const char* broken :
         {"", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":[", "{\"a\":\"\\", "{\"a\" \"b\"}", "]"}) {
        CHECK(json_member_text(broken, "z").empty());
    }
}

} // namespace strict_json_test
