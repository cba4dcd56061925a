// Queue policies: who lets a topic in.
#include <local/access_policy.hpp>

#include <doctest/doctest.h>

#include <string>

namespace access_policy_test {

using sluice::local::access_policy;
using sluice::local::access_question;
using sluice::local::access_verdict;

namespace {

const std::string queue_arn = "arn:aws:sqs:us-east-1:000000000000:billing";
const std::string topic_arn = "arn:aws:sns:us-east-1:000000000000:orders";

struct policy_case {
    const char* name;
    const char* statements;
    bool allowed;
};

const policy_case cases[] = {
    {"the documented statement",
     R"([{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"QUEUE",
          "Condition":{"ArnEquals":{"aws:SourceArn":"TOPIC"}}}])",
     true},
    {"a single statement without a list",
     R"({"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"QUEUE"})",
     true},
    {"everybody", R"([{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE"}])", true},
    {"every account", R"([{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sqs:*","Resource":"*"}])", true},
    {"a list of services",
     R"([{"Effect":"Allow","Principal":{"Service":["s3.amazonaws.com","sns.amazonaws.com"]},"Action":["sqs:GetQueueUrl","SQS:SendMessage"],"Resource":["QUEUE"]}])",
     true},
    {"another service",
     R"([{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"QUEUE"}])",
     false},
    {"one account only",
     R"([{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"sqs:SendMessage","Resource":"QUEUE"}])",
     false},
    {"another action", R"([{"Effect":"Allow","Principal":"*","Action":"sqs:ReceiveMessage","Resource":"QUEUE"}])",
     false},
    {"another queue",
     R"([{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:000000000000:other"}])",
     false},
    {"queues by pattern",
     R"([{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:*:*:b?lling"}])", true},
    {"another topic",
     R"([{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"ArnEquals":{"aws:SourceArn":"TOPICx"}}}])",
     false},
    {"topics by pattern",
     R"([{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:ord*"}}}])",
     true},
    {"StringEquals knows no pattern",
     R"([{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:sns:*"}}}])",
     false},
    {"StringLike does",
     R"([{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"StringLike":{"AWS:SourceArn":["x","arn:aws:sns:*"]}}}])",
     true},
    {"the account",
     R"([{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"StringEquals":{"aws:SourceAccount":"000000000000"}}}])",
     true},
    {"another account",
     R"([{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"StringEquals":{"aws:SourceAccount":"1"}}}])",
     false},
    {"both conditions must hold",
     R"([{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"StringEquals":{"aws:SourceAccount":"1"},"ArnEquals":{"aws:SourceArn":"TOPIC"}}}])",
     false},
    {"an unknown condition does not hold",
     R"([{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"Bool":{"aws:SecureTransport":"true"}}}])",
     false},
    {"the second statement allows",
     R"([{"Effect":"Allow","Principal":"*","Action":"sqs:X","Resource":"QUEUE"},{"Effect":"Allow","Principal":"*","Action":"sqs:Send*","Resource":"QUEUE"}])",
     true},
    {"a denial wins",
     R"([{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE"}])",
     false},
    {"a denial of others does not",
     R"([{"Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"ArnEquals":{"aws:SourceArn":"other"}}},{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}])",
     true},
    {"no principal", R"([{"Effect":"Allow","Action":"*","Resource":"*"}])", false},
    {"no resource", R"([{"Effect":"Allow","Principal":"*","Action":"*"}])", false},
    {"an effect of no meaning", R"([{"Effect":"allow","Principal":"*","Action":"*","Resource":"*"}])", false},
    {"nonsense inside", R"([1,"x",null,{"Effect":1,"Principal":2,"Action":3,"Resource":4}])", false},
};

std::string filled(std::string text) {
    for (const auto& [mark, value] : {std::pair<std::string, std::string>{"QUEUE", queue_arn}, {"TOPIC", topic_arn}}) {
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
            text.replace(at, mark.size(), value);
        }
    }
    return text;
}

} // namespace

TEST_CASE("queue policies decide whether a topic may send") {
    for (const policy_case& one : cases) {
        CAPTURE(one.name);
        const access_policy policy(
            filled(std::string(R"({"Version":"2012-10-17","Statement":)") + one.statements + "}"));
        CHECK(policy.allows_topic(queue_arn, topic_arn, "000000000000") == one.allowed);
    }
}

namespace {

struct principal_case {
    const char* name;
    const char* statements;
    access_verdict of_root;
    access_verdict of_session;
};

constexpr auto unmentioned = access_verdict::unmentioned;
constexpr auto allowed = access_verdict::allowed;
constexpr auto denied = access_verdict::denied;

const principal_case principal_cases[] = {
    {"nobody", R"([])", unmentioned, unmentioned},
    {"everybody", R"({"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"})", allowed, allowed},
    {"the account by its number",
     R"({"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"SQS:SendMessage","Resource":"QUEUE"})", allowed,
     allowed},
    {"the account by its root",
     R"({"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111111111111:root"]},"Action":"sqs:SendMessage","Resource":"QUEUE"})",
     allowed, allowed},
    {"another account",
     R"({"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sqs:SendMessage","Resource":"QUEUE"})",
     unmentioned, unmentioned},
    {"the role, with its path",
     R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/team/worker"},"Action":"sqs:SendMessage","Resource":"QUEUE"})",
     unmentioned, allowed},
    {"a role of the same name elsewhere",
     R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/worker"},"Action":"sqs:SendMessage","Resource":"QUEUE"})",
     unmentioned, unmentioned},
    {"a role whose name goes on",
     R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/work"},"Action":"sqs:SendMessage","Resource":"QUEUE"})",
     unmentioned, unmentioned},
    {"the session",
     R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:sts::111111111111:assumed-role/worker/one"},"Action":"sqs:SendMessage","Resource":"QUEUE"})",
     unmentioned, allowed},
    {"no pattern in a principal",
     R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1111*"},"Action":"sqs:SendMessage","Resource":"QUEUE"})",
     unmentioned, unmentioned},
    {"a service",
     R"({"Effect":"Allow","Principal":{"Service":["sns.amazonaws.com","*"]},"Action":"sqs:SendMessage","Resource":"QUEUE"})",
     unmentioned, unmentioned},
    {"another action", R"({"Effect":"Allow","Principal":"*","Action":"sqs:ReceiveMessage","Resource":"QUEUE"})",
     unmentioned, unmentioned},
    {"a condition on the account",
     R"({"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"111111111111"}}})",
     allowed, allowed},
    {"a condition on the principal",
     R"({"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:sts::*:assumed-role/worker/*"}}})",
     unmentioned, allowed},
    {"a condition that only services can meet",
     R"({"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"*"}}})",
     unmentioned, unmentioned},
    {"a denial of everybody",
     R"([{"Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"QUEUE"},{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}])",
     denied, denied},
    {"a denial of the role alone",
     R"([{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"*","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111111111111:role/worker"},"Action":"sqs:*","Resource":"*"}])",
     allowed, denied},
    {"what is not applied",
     R"([{"Effect":"Allow","NotPrincipal":{"AWS":"222222222222"},"Action":"*","Resource":"*"},{"Effect":"Allow","Principal":"*","NotAction":"sqs:X","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"*","NotResource":"x"}])",
     unmentioned, unmentioned},
};

} // namespace

TEST_CASE("queue policies decide what an account, a role and a session may") {
    for (const principal_case& one : principal_cases) {
        CAPTURE(one.name);
        const access_policy policy(
            filled(std::string(R"({"Version":"2012-10-17","Statement":)") + one.statements + "}"));
        access_question asked;
        asked.action = "sqs:sendmessage";
        asked.queue_arn = queue_arn;
        asked.account_id = "111111111111";
        asked.principal_arn = "arn:aws:iam::111111111111:root";
        CHECK(policy.decide(asked) == one.of_root);
        asked.principal_arn = "arn:aws:sts::111111111111:assumed-role/worker/one";
        CHECK(policy.decide(asked) == one.of_session);
    }
}

TEST_CASE("what is not a policy lets nobody in") {
    CHECK_FALSE(access_policy().allows_topic(queue_arn, topic_arn, "000000000000"));
    for (const std::string& text : {std::string(), std::string("garbage"), std::string("[]"), std::string("{}"),
                                    std::string(R"({"Statement":"x"})"), std::string(100'000, '[')}) {
        CHECK_FALSE(access_policy(text).allows_topic(queue_arn, topic_arn, "000000000000"));
    }
}

} // namespace access_policy_test
