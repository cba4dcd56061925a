#include "topology/queue_policy.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using nlohmann::json;
using sluice::topology::allow_topic;

namespace {

constexpr const char* queue = "arn:aws:sqs:eu-west-1:123456789012:billing";
constexpr const char* topic = "arn:aws:sns:eu-west-1:123456789012:orders";

json allowed(const std::string& existing, const char* for_topic = topic) {
    const auto policy = allow_topic(existing, queue, for_topic);
    REQUIRE(policy.has_value());
    REQUIRE(policy->has_value());
    return json::parse(**policy);
}

} // namespace

TEST_CASE("policy: a queue without one gets one that lets this topic send to this queue, and nobody else") {
    const json policy = allowed("");
    CHECK(policy.at("Version") == "2012-10-17");
    REQUIRE(policy.at("Statement").size() == 1);
    const json& statement = policy.at("Statement")[0];
    CHECK(statement.at("Effect") == "Allow");
    CHECK(statement.at("Principal") == json({{"Service", "sns.amazonaws.com"}}));
    CHECK(statement.at("Action") == "sqs:SendMessage");
    CHECK(statement.at("Resource") == queue);
    CHECK(statement.at("Condition") == json({{"ArnEquals", {{"aws:SourceArn", topic}}}}));
}

TEST_CASE("policy: the second time there is nothing to do, with or without a Sid") {
    json policy = allowed("");
    CHECK_FALSE(allow_topic(policy.dump(), queue, topic)->has_value());
    policy["Statement"][0]["Sid"] = "added by hand";
    CHECK_FALSE(allow_topic(policy.dump(), queue, topic)->has_value());
}

TEST_CASE("policy: other statements, the version and the id stay as they are") {
    const json other = {
        {"Sid", "keep"}, {"Effect", "Deny"}, {"Principal", "*"}, {"Action", "sqs:*"}, {"Resource", queue}};
    const json existing = {{"Version", "2008-10-17"}, {"Id", "mine"}, {"Statement", json::array({other})}};
    const json policy = allowed(existing.dump());
    CHECK(policy.at("Version") == "2008-10-17");
    CHECK(policy.at("Id") == "mine");
    REQUIRE(policy.at("Statement").size() == 2);
    CHECK(policy.at("Statement")[0] == other);
    // Another topic gets a statement of its own.
    const json both = allowed(policy.dump(), "arn:aws:sns:eu-west-1:123456789012:refunds");
    CHECK(both.at("Statement").size() == 3);
    CHECK_FALSE(allow_topic(both.dump(), queue, topic)->has_value());
}

TEST_CASE("policy: a single statement may stand without brackets, or the list may be missing") {
    const json other = {{"Effect", "Allow"}, {"Principal", "*"}, {"Action", "sqs:SendMessage"}};
    const json policy = allowed(json({{"Statement", other}}).dump());
    REQUIRE(policy.at("Statement").size() == 2);
    CHECK(policy.at("Statement")[0] == other);
    CHECK(allowed("{}").at("Statement").size() == 1);
    CHECK(allowed(R"({"Statement":null})").at("Statement").size() == 1);
    CHECK(allowed(R"({"Statement":["odd",5]})").at("Statement").size() == 3);
}

TEST_CASE("policy: a statement that only looks alike is not taken for ours") {
    const json policy = allowed("");
    for (const auto& change :
         {json({{"Effect", "Deny"}}), json({{"Action", "sqs:ReceiveMessage"}}), json({{"Resource", "*"}})}) {
        json altered = policy;
        altered["Statement"][0].update(change);
        INFO(altered.dump());
        CHECK(allowed(altered.dump()).at("Statement").size() == 2);
    }
}

TEST_CASE("policy: what is no policy is refused, not overwritten") {
    for (const char* garbage : {"garbage", "[]", "5", "null", "{", R"({"Statement":"x"})", R"({"Statement":7})"}) {
        INFO(garbage);
        const auto policy = allow_topic(garbage, queue, topic);
        REQUIRE_FALSE(policy.has_value());
        CHECK(policy.error().code == sluice::errc::bad_reply);
        CHECK(policy.error().message.find(queue) != std::string::npos);
    }
}
