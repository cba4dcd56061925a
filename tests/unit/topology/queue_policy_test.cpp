#include "topology/queue_policy.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace queue_policy_test {

using nlohmann::json;
using sluice::topology::allow_topic;
using sluice::topology::has_other_statements;
using sluice::topology::judge_policy;
using sluice::topology::policy_answer;
using sluice::topology::withdraw_topic;

namespace {

constexpr const char* queue = "arn:aws:sqs:eu-west-1:123456789012:billing";
constexpr const char* topic = "arn:aws:sns:eu-west-1:123456789012:orders";

json allowed(const std::string& existing, const char* for_topic = topic) {
    const auto policy = allow_topic(existing, queue, for_topic);
    REQUIRE(policy.has_value());
    REQUIRE(policy->has_value());
    return json::parse(**policy);
}

bool is_enough(const json& existing) {
    const auto policy = allow_topic(existing.dump(), queue, topic);
    REQUIRE(policy.has_value());
    return !policy->has_value();
}

json one(json statement) { return {{"Version", "2012-10-17"}, {"Statement", json::array({std::move(statement)})}}; }

json ours() { return allowed("").at("Statement")[0]; }

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
    CHECK(statement.at("Condition") == json({{"ArnLike", {{"aws:SourceArn", topic}}}}));
}

TEST_CASE("policy: the second time there is nothing to do") {
    json policy = allowed("");
    CHECK(is_enough(policy));
    policy["Statement"][0]["Sid"] = "added by hand";
    CHECK(is_enough(policy));
    policy["Statement"][0]["Condition"] = {{"ArnEquals", {{"aws:SourceArn", topic}}}};
    CHECK(is_enough(policy));
}

TEST_CASE("policy: a statement of somebody else that allows it is enough") {
    json statement = ours();
    statement["Action"] = "SQS:*";
    statement["Resource"] = json::array({"*"});
    statement["Condition"] = {{"ArnLike", {{"aws:SourceArn", json::array({"arn:aws:sns:*:123456789012:ord*"})}}}};
    CHECK(is_enough(one(statement)));
    statement["Condition"] = {{"StringEquals", {{"AWS:SourceAccount", "123456789012"}}}};
    CHECK(is_enough(one(statement)));
    statement["Principal"] = "*";
    statement.erase("Condition");
    CHECK(is_enough(one(statement)));
    statement["Principal"] = {{"AWS", "*"}};
    CHECK(is_enough(one(statement)));
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
    CHECK(is_enough(both));
}

TEST_CASE("policy: a single statement may stand without brackets, or the list may be missing") {
    const json other = {{"Effect", "Allow"}, {"Principal", "*"}, {"Action", "sqs:ReceiveMessage"}};
    const json policy = allowed(json({{"Statement", other}}).dump());
    REQUIRE(policy.at("Statement").size() == 2);
    CHECK(policy.at("Statement")[0] == other);
    CHECK(allowed("{}").at("Statement").size() == 1);
    CHECK(allowed(R"({"Statement":null})").at("Statement").size() == 1);
    CHECK(allowed(R"({"Statement":["odd",5]})").at("Statement").size() == 3);
}

TEST_CASE("policy: a statement that only looks alike is not enough") {
    for (const auto& change :
         {json({{"Effect", "Deny"}}), json({{"Action", "sqs:ReceiveMessage"}}),
          json({{"Resource", "arn:aws:sqs:*:other"}}), json({{"Principal", {{"Service", "s3.amazonaws.com"}}}}),
          json({{"Principal", {{"AWS", "123456789012"}}}}),
          json({{"Condition", {{"ArnLike", {{"aws:SourceArn", "arn:aws:sns:*:*:other"}}}}}}),
          json({{"Condition", {{"StringEquals", {{"aws:SourceArn", "arn:aws:sns:*"}}}}}}),
          json({{"Condition", {{"IpAddress", {{"aws:SourceIp", "10.0.0.0/8"}}}}}})}) {
        json altered = ours();
        altered.update(change);
        INFO(altered.dump());
        CHECK_FALSE(is_enough(one(altered)));
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

TEST_CASE("policy: 20 statements and 8,192 bytes are the most") {
    json policy = {{"Version", "2012-10-17"}, {"Statement", json::array()}};
    const json other = {{"Effect", "Allow"}, {"Principal", "*"}, {"Action", "sqs:ReceiveMessage"}, {"Resource", queue}};
    for (int i = 0; i < 19; ++i) policy["Statement"].push_back(other);
    CHECK(allowed(policy.dump()).at("Statement").size() == 20);
    policy["Statement"].push_back(other);
    const auto too_many = allow_topic(policy.dump(), queue, topic);
    REQUIRE_FALSE(too_many.has_value());
    CHECK(too_many.error().code == sluice::errc::invalid_argument);
    CHECK(too_many.error().message.find("21 statements") != std::string::npos);

    const std::size_t own = allow_topic(R"({"Statement":[],"Id":""})", queue, topic)->value().size();
    const auto with_id = [](std::size_t bytes) {
        return json({{"Id", std::string(bytes, 'x')}, {"Statement", json::array()}}).dump();
    };
    CHECK(allow_topic(with_id(8192 - own), queue, topic).has_value());
    const auto too_large = allow_topic(with_id(8193 - own), queue, topic);
    REQUIRE_FALSE(too_large.has_value());
    CHECK(too_large.error().message.find("8193 bytes") != std::string::npos);
}

TEST_CASE("policy: taken away is what was added, and nothing else") {
    CHECK_FALSE(withdraw_topic("", queue, topic)->has_value());
    CHECK(withdraw_topic(allowed("").dump(), queue, topic)->value().empty());
    json old = ours();
    old["Condition"] = {{"ArnEquals", {{"aws:SourceArn", topic}}}};
    old["Sid"] = "of an earlier version";
    CHECK(withdraw_topic(one(old).dump(), queue, topic)->value().empty());
    const json other = {{"Effect", "Deny"}, {"Principal", "*"}, {"Action", "sqs:*"}, {"Resource", queue}};
    json both = one(other);
    both["Statement"].push_back(ours());
    CHECK(json::parse(withdraw_topic(both.dump(), queue, topic)->value()) == one(other));
    CHECK_FALSE(withdraw_topic(one(other).dump(), queue, topic)->has_value());
    CHECK_FALSE(withdraw_topic("garbage", queue, topic).has_value());
    CHECK(has_other_statements(both.dump(), queue, topic));
    CHECK_FALSE(has_other_statements(one(ours()).dump(), queue, topic));
    CHECK_FALSE(has_other_statements("", queue, topic));
    CHECK(has_other_statements("garbage", queue, topic));
}

TEST_CASE("policy: judged for check") {
    const auto answer = [](const json& policy) { return judge_policy(policy.dump(), queue, topic).answer; };
    CHECK(judge_policy("", queue, topic).answer == policy_answer::missing);
    CHECK(answer(one(ours())) == policy_answer::allows);
    json deny = ours();
    deny["Effect"] = "Deny";
    json both = one(ours());
    both["Statement"].push_back(deny);
    CHECK(answer(both) == policy_answer::denies);
    // A denial of others is none of ours.
    deny["Condition"] = {{"ArnLike", {{"aws:SourceArn", "arn:aws:sns:*:*:other"}}}};
    both["Statement"][1] = deny;
    CHECK(answer(both) == policy_answer::allows);
    // What cannot be seen from here may forbid, or may allow.
    deny["Condition"] = {{"Bool", {{"aws:SecureTransport", "false"}}}};
    both["Statement"][1] = deny;
    CHECK(answer(both) == policy_answer::unclear);
    json perhaps = ours();
    perhaps["Condition"]["StringEquals"] = {{"aws:PrincipalOrgID", "o-1"}};
    CHECK(answer(one(perhaps)) == policy_answer::unclear);
    perhaps = ours();
    perhaps.erase("Principal");
    perhaps["NotPrincipal"] = {{"AWS", "123456789012"}};
    CHECK(answer(one(perhaps)) == policy_answer::unclear);
    CHECK(judge_policy("garbage", queue, topic).answer == policy_answer::unclear);

    json elsewhere = ours();
    elsewhere["Condition"]["ArnLike"]["aws:SourceArn"] = "arn:aws:sns:us-east-1:123456789012:orders";
    const auto verdict = judge_policy(one(elsewhere).dump(), queue, topic);
    CHECK(verdict.answer == policy_answer::missing);
    CHECK(verdict.other_sources == std::vector<std::string>{"arn:aws:sns:us-east-1:123456789012:orders"});
}

} // namespace queue_policy_test
