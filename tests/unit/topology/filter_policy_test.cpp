// The matcher of `check` against the table of cases that the embedded broker's matcher has, and what it says.
#include "topology/filter_policy.hpp"

#include <doctest/doctest.h>
#include <filter_policy_cases.hpp>

#include <iostream>

namespace filter_policy_test {

using nlohmann::json;
using sluice::filter_scope;
using sluice::message;
using sluice::topology::filter_answer;
using sluice::topology::message_filter;

namespace {

message with_attributes(const char* text) {
    message made("body");
    const json document = json::parse(text);
    for (const auto& [name, value] : document.items()) {
        if (value.is_string()) made.attribute(name, value.get<std::string>());
        else if (value.is_number()) made.attribute(name, sluice::attribute_value::number(value.dump()));
        else made.attribute(name, sluice::attribute_value::typed("String.Array", value.dump()));
    }
    return made;
}

filter_answer answer(const char* policy, const message& sample, filter_scope scope = filter_scope::attributes) {
    const auto filter = message_filter::parse(policy, scope);
    REQUIRE(filter.has_value());
    return filter->judge(sample).answer;
}

std::string reason(const char* policy, const message& sample, filter_scope scope = filter_scope::attributes) {
    return message_filter::parse(policy, scope)->judge(sample).reason;
}

std::string refusal(const std::string& policy, filter_scope scope = filter_scope::attributes) {
    const auto filter = message_filter::parse(policy, scope);
    REQUIRE_FALSE(filter.has_value());
    CHECK(filter.error().code == sluice::errc::invalid_argument);
    return filter.error().message;
}

} // namespace

TEST_CASE("message filter: the table of cases, as the embedded broker has it") {
    std::size_t cases = 0;
    const auto expect = [&cases](const test_support::filter_case& one, const message& sample, filter_scope scope) {
        CAPTURE(one.policy);
        CAPTURE(one.asked);
        CHECK(answer(one.policy, sample, scope) == (one.matches ? filter_answer::yes : filter_answer::no));
        ++cases;
    };
    for (const auto& one : test_support::filters_on_attributes) {
        expect(one, with_attributes(one.asked), filter_scope::attributes);
    }
    for (const auto& one : test_support::filters_on_bodies) expect(one, message(one.asked), filter_scope::body);
    std::cout << "filter policies: " << cases << " cases, judged for check\n";
    CHECK(cases >= 150);
}

TEST_CASE("message filter: it says which key is not as asked") {
    CHECK(reason(R"({"country":["DE","FR"]})", with_attributes(R"({"country":"IT"})")) ==
          R"(the attribute country is "IT", asked is ["DE","FR"])");
    CHECK(reason(R"({"country":["DE"]})", message("x")) == R"(the attribute country is not there, asked is ["DE"])");
    CHECK(reason(R"({"a":{"b":[1]}})", message(R"({"a":{"b":2}})"), filter_scope::body) ==
          "the member a.b is 2, asked is [1]");
    CHECK(reason(R"({"a":["x"]})", message("text"), filter_scope::body) ==
          "it looks at the body, and that is not a JSON object");
    CHECK(reason(R"({"$or":[{"a":["1"]},{"b":["2"]}]})", message("x")).find("$or") != std::string::npos);
    CHECK(reason("{}", message("x")).empty());
}

TEST_CASE("message filter: an operator that is not known here is neither a match nor none") {
    const message sample = with_attributes(R"({"a":"x"})");
    CHECK(answer(R"({"a":[{"sounds-like":"y"}]})", sample) == filter_answer::unknown);
    CHECK(reason(R"({"a":[{"sounds-like":"y"}]})", sample).find("sounds-like") != std::string::npos);
    CHECK(answer(R"({"a":[{"sounds-like":"y"},"x"]})", sample) == filter_answer::yes);
    CHECK(answer(R"({"a":[{"sounds-like":"y"}],"b":["z"]})", sample) == filter_answer::no);
    CHECK(answer(R"({"a":[{"prefix":7}]})", sample) == filter_answer::unknown);
    CHECK(answer(R"({"a":[{"cidr":"no range"}]})", sample) == filter_answer::unknown);
    CHECK(answer(R"({"a":[{"exists":"yes"}]})", sample) == filter_answer::unknown);
    CHECK(answer(R"({"a":[{"prefix":"x","suffix":"y"}]})", sample) == filter_answer::unknown);
    CHECK(answer(R"({"a":[{"numeric":["~",1]}]})", with_attributes(R"({"a":1})")) == filter_answer::unknown);
    CHECK(answer(R"({"a":[{"anything-but":{"suffix":"x"}}]})", sample) == filter_answer::no);
}

TEST_CASE("message filter: binary attributes and numbers that are none are there, but equal nothing") {
    message sample("x");
    sample.attribute("bytes", sluice::attribute_value::binary("x"));
    sample.attribute("number", sluice::attribute_value::typed("Number", "many"));
    CHECK(answer(R"({"bytes":["x"]})", sample) == filter_answer::no);
    CHECK(answer(R"({"bytes":[{"exists":true}]})", sample) == filter_answer::yes);
    CHECK(answer(R"({"number":["many"]})", sample) == filter_answer::no);
    sample.attribute("broken", sluice::attribute_value::typed("String.Array", "[1,"));
    CHECK(answer(R"({"broken":["[1,"]})", sample) == filter_answer::yes);
    sample.attribute("not utf-8", sluice::attribute_value("\xFF"));
    CHECK_FALSE(reason(R"({"not utf-8":["x"]})", sample).empty());
}

TEST_CASE("message filter: what no service would take is refused, with the place") {
    CHECK(refusal("[]").find("not a JSON object") != std::string::npos);
    CHECK(refusal("{").find("is not JSON") != std::string::npos);
    CHECK(refusal(R"({"a":"x"})").find("\"a\"") != std::string::npos);
    CHECK(refusal(R"({"a":[]})").find("empty list") != std::string::npos);
    CHECK(refusal(R"({"a":{"b":["x"]}})").find("nest") != std::string::npos);
    CHECK(refusal(R"({"a":{"b":7}})", filter_scope::body).find("\"b\"") != std::string::npos);
    CHECK(refusal(R"({"$or":[{"a":["x"]},{"b":[]}]})").find("\"b\"") != std::string::npos);
    CHECK(refusal(R"({"a":["x"],"a":["y"]})").find("twice") != std::string::npos);
    CHECK(refusal(std::string(300'000, ' ')).find("262144") != std::string::npos);
    CHECK(message_filter::parse("", filter_scope::attributes).has_value());
    CHECK(message_filter::parse(R"({"a":{"b":["x"]}})", filter_scope::body).has_value());
}

} // namespace filter_policy_test
