// Which filter policies SNS refuses, and with which text.
#include <local/filter_policy.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <test_support.hpp>

#include <string>

namespace filter_policy_rules_test {

using sluice::local::bad_filter_policy;
using sluice::local::filter_policy;

namespace {

/// Empty when the policy is taken.
std::string refusal_of(const std::string& policy) {
    try {
        const filter_policy parsed(policy, sluice::local::filter_scope::attributes);
    } catch (const bad_filter_policy& why) {
        return why.text;
    }
    return {};
}

struct refused_case {
    const char* policy;
    const char* text;
};

const refused_case cases[] = {
    {"", "failed to parse JSON."},
    {"no json", "failed to parse JSON."},
    {"[]", "Filter is not an object"},
    {R"({"key_a":"value_one"})", "\"key_a\" must be an object or an array"},
    {R"({"k":[]})", "Empty arrays are not allowed"},
    {R"({"k":[["v"]]})", "Match value must be String, number, true, false, or null"},
    {R"({"k":[{}]})", "Empty match expression"},
    {R"({"k":[{"cidr":"10.0.0.0/33"}]})", "Malformed CIDR, mask bits 33 out of range"},
    {R"({"k":[{"numeric":5}]})", "Value of numeric must be an array."},
    {R"({"k":[{"numeric":["=",1,2]}]})", "Too many elements in numeric expression"},
    {R"({"k":[{"anything-but":[]}]})", "Empty arrays are not allowed"},
    {R"({"k":[{"anything-but":true}]})", "Value of anything-but must be an array or single string/number value."},
    {R"({"k":[{"anything-but":["a",1]}]})",
     "Inside anything but list, either all values are number or string, mixed type is not supported"},
    {R"({"k":{"nested":["v"]}})", "Filter policy scope MessageAttributes does not support nested filter policy"},
    {R"({"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]})", "Filter policy can not have more than 5 keys"},
    {R"({"$or":[{"a":["1"],"b":["1"],"c":["1"]},{"d":["1"],"e":["1"],"f":["1"]}]})",
     "Filter policy can not have more than 5 keys"},
};

std::string values(std::size_t count) {
    std::string list = "[";
    for (std::size_t i = 0; i < count; ++i) list += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\"";
    return list + "]";
}

} // namespace

TEST_CASE("policies that are refused") {
    for (const refused_case& one : cases) {
        CAPTURE(one.policy);
        CHECK(refusal_of(one.policy) == one.text);
    }
}

TEST_CASE("150 combinations and no more, five keys and no more") {
    CHECK(refusal_of(R"({"a":)" + values(15) + R"(,"b":)" + values(10) + "}").empty());
    CHECK(refusal_of(R"({"a":)" + values(151) + "}") == "Filter policy is too complex");
    CHECK(refusal_of(R"({"a":)" + values(16) + R"(,"b":)" + values(10) + "}") == "Filter policy is too complex");
    CHECK(refusal_of(R"({"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"]})").empty());
}

TEST_CASE("hostile policies are refused quickly") {
    std::string deep;
    for (int i = 0; i < 20'000; ++i) deep += R"({"$or":[)";
    CHECK(refusal_of(deep) == "Filter policy is too complex");
    CHECK(refusal_of("{\"k\":[\"" + std::string(300 * 1024, 'x') + "\"]}") == "Filter policy is larger than 256 KB");
}

// AWS's texts go on with the position in the source, as its parser counts it: ours stop before.
TEST_CASE("the texts recorded from AWS") {
    const auto folder = test_support::conformance_dir();
    if (!folder) return test_support::skip("no conformance data: aws-recorded/error-messages.json");
    const auto data = nlohmann::json::parse(test_support::read_file(*folder / "aws-recorded" / "error-messages.json"));
    std::size_t checked = 0;
    for (const auto& row : data.at("errors")) {
        std::string text = row.at("message").get<std::string>();
        const auto lead = text.find("FilterPolicy: ");
        const auto source_mark = text.find("\n at [Source: (String)\"");
        if (lead == std::string::npos || source_mark == std::string::npos) continue;
        const std::size_t begin = source_mark + std::string_view("\n at [Source: (String)\"").size();
        const std::string policy = text.substr(begin, text.rfind("\"; line:") - begin);
        text = text.substr(lead + 14, source_mark - lead - 14);
        CAPTURE(policy);
        CHECK(refusal_of(policy) == text);
        ++checked;
    }
    MESSAGE("recorded filter policy refusals: " << checked);
    CHECK(checked >= 25);
}

TEST_CASE("the recorded texts that do not quote their policy") {
    CHECK(refusal_of(R"({"k":[{"cidr":"bad-filter"}]})") == "Malformed CIDR, one '/' required");
    CHECK(refusal_of(R"({"k":[{"cidr":"bad-filter/64"}]})") == "Nonstandard IP address: bad-filter");
    CHECK(refusal_of(R"({"k":[{"cidr":"xx.11.xx/8"}]})") == "Nonstandard IP address: xx.11.xx");
    CHECK(refusal_of(R"({"k":[{"cidr":"10.0.0.0/xx"}]})") == "Malformed CIDR, mask bits must be an integer");
    CHECK(refusal_of(R"({"k":[{"cidr":"xxxx:db8:1234:1a00::/64"}]})") ==
          "Nonstandard IP address: xxxx:db8:1234:1a00::");
}

} // namespace filter_policy_rules_test
