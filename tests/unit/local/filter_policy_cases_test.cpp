// The embedded broker's filter policies against the table of cases.
#include <local/filter_policy.hpp>

#include <doctest/doctest.h>
#include <filter_policy_cases.hpp>
#include <nlohmann/json.hpp>

#include <iostream>

namespace filter_policy_cases_test {

using namespace sluice::local;
using nlohmann::json;

namespace {

std::vector<attribute> attributes_of(const char* text) {
    const json document = json::parse(text);
    std::vector<attribute> out;
    for (const auto& [name, value] : document.items()) {
        attribute one;
        one.name = name;
        one.type = value.is_string() ? "String" : value.is_number() ? "Number" : "String.Array";
        one.value = value.is_string() ? value.get<std::string>() : value.dump();
        out.push_back(one);
    }
    return out;
}

} // namespace

TEST_CASE("filter policies: the table of cases") {
    for (const test_support::filter_case& one : test_support::filters_on_attributes) {
        CAPTURE(one.policy);
        CAPTURE(one.asked);
        CHECK(filter_policy(one.policy, filter_scope::attributes).matches(attributes_of(one.asked), "") == one.matches);
    }
    for (const test_support::filter_case& one : test_support::filters_on_bodies) {
        CAPTURE(one.policy);
        CAPTURE(one.asked);
        CHECK(filter_policy(one.policy, filter_scope::body).matches({}, one.asked) == one.matches);
    }
    std::cout << "filter policies: " << std::size(test_support::filters_on_attributes) << " cases on attributes, "
              << std::size(test_support::filters_on_bodies) << " on bodies\n";
    CHECK(std::size(test_support::filters_on_attributes) + std::size(test_support::filters_on_bodies) >= 150);
}

TEST_CASE("filter policies: the scopes do not mix") {
    const filter_policy on_attribute(R"({"a":["x"]})", filter_scope::attributes);
    CHECK_FALSE(on_attribute.matches({}, R"({"a":"x"})"));
    const filter_policy on_text(R"({"a":["x"]})", filter_scope::body);
    CHECK_FALSE(on_text.matches(attributes_of(R"({"a":"x"})"), "{}"));
    CHECK_THROWS_AS(filter_policy(R"({"a":{"b":["x"]}})", filter_scope::attributes), bad_filter_policy);
}

TEST_CASE("filter policies: on bodies each value counts as often as its key is deep") {
    std::string values;
    for (int i = 0; i < 75; ++i) values += (i > 0 ? "," : "") + std::to_string(i);
    CHECK_NOTHROW(filter_policy(R"({"a":{"b":[)" + values + "]}}", filter_scope::body)); // 75 x 2 = 150
    CHECK_THROWS_AS(filter_policy(R"({"a":{"b":[)" + values + ",75]}}", filter_scope::body), bad_filter_policy);
    CHECK_THROWS_AS(filter_policy(R"({"a":{"b":{"c":[)" + values + "]}}}", filter_scope::body), bad_filter_policy);
}

} // namespace filter_policy_cases_test
