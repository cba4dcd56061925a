// Queue policies: who lets a topic in.
#include <local/access_policy.hpp>

#include <doctest/doctest.h>

#include <string>

namespace access_policy_test {

using sluice::local::access_policy;

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

TEST_CASE("what is not a policy lets nobody in") {
    CHECK_FALSE(access_policy().allows_topic(queue_arn, topic_arn, "000000000000"));
    for (const std::string& text : {std::string(), std::string("garbage"), std::string("[]"), std::string("{}"),
                                    std::string(R"({"Statement":"x"})"), std::string(100'000, '[')}) {
        CHECK_FALSE(access_policy(text).allows_topic(queue_arn, topic_arn, "000000000000"));
    }
}

} // namespace access_policy_test
