// The service's limits, one case for each: the largest that is taken and the smallest that is not.
#include "support/core_client.hpp"

#include <doctest/doctest.h>

#include <string>

namespace limits_test {

using local_tests::answer;
using local_tests::core_client;
using local_tests::form;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

/// The error code, or nothing.
std::string code_of(const answer& reply) { return reply.status == 200 ? std::string() : reply.code(); }

struct queue_world : core_client {
    std::string url = create_queue("q");
    std::string fifo = create_queue("f.fifo", {{"FifoQueue", "true"}});

    std::string sending(nlohmann::json parameters) {
        parameters.emplace("QueueUrl", url);
        parameters.emplace("MessageBody", "x");
        return code_of(json("SendMessage", parameters));
    }
    std::string sending_fifo(const std::string& member, const std::string& value) {
        nlohmann::json parameters{
            {"QueueUrl", fifo}, {"MessageBody", "x"}, {"MessageGroupId", "g"}, {"MessageDeduplicationId", "d"}};
        parameters[member] = value;
        return code_of(json("SendMessage", parameters));
    }
    std::string setting(const std::string& name, const std::string& value) {
        return code_of(json("SetQueueAttributes", {{"QueueUrl", url}, {"Attributes", {{name, value}}}}));
    }
    std::string batch(std::size_t entries, const std::string& id_stem, const std::string& body) {
        nlohmann::json list = nlohmann::json::array();
        for (std::size_t i = 0; i < entries; ++i) {
            list.push_back({{"Id", id_stem + std::to_string(i)}, {"MessageBody", body}});
        }
        return code_of(json("SendMessageBatch", {{"QueueUrl", url}, {"Entries", list}}));
    }
};

std::string policy_with(std::size_t statements, std::size_t bytes) {
    json policy{{"Version", "2012-10-17"}, {"Statement", json::array()}};
    for (std::size_t i = 0; i < statements; ++i) policy["Statement"].push_back({{"Sid", std::to_string(i)}});
    policy["Id"] = "";
    policy["Id"] = std::string(bytes - policy.dump().size(), 'x');
    return policy.dump();
}

} // namespace

TEST_CASE("limit: a message to a queue has 1 MiB, its attributes counted, and 1 byte at least") {
    queue_world w;
    CHECK(w.sending({{"MessageBody", std::string(1'048'576, 'x')}}).empty());
    CHECK(w.sending({{"MessageBody", std::string(1'048'577, 'x')}}) == "InvalidParameterValue");
    const json attribute{{"a", {{"DataType", "String"}, {"StringValue", "v"}}}}; // 1 + 6 + 1 bytes
    CHECK(w.sending({{"MessageBody", std::string(1'048'568, 'x')}, {"MessageAttributes", attribute}}).empty());
    CHECK(w.sending({{"MessageBody", std::string(1'048'569, 'x')}, {"MessageAttributes", attribute}}) ==
          "InvalidParameterValue");
    CHECK(w.sending({{"MessageBody", ""}}) == "MissingParameter");
}

TEST_CASE("limit: the attribute MaximumMessageSize of a queue, 1 KiB to 1 MiB") {
    queue_world w;
    CHECK(w.setting("MaximumMessageSize", "1024").empty());
    CHECK(w.sending({{"MessageBody", std::string(1'024, 'x')}}).empty());
    CHECK(w.sending({{"MessageBody", std::string(1'025, 'x')}}) == "InvalidParameterValue");
    CHECK(w.setting("MaximumMessageSize", "1048576").empty());
    CHECK(w.setting("MaximumMessageSize", "1023") == "InvalidAttributeValue");
    CHECK(w.setting("MaximumMessageSize", "1048577") == "InvalidAttributeValue");
}

TEST_CASE("limit: the trace header is not counted") {
    queue_world w;
    const json trace{
        {"AWSTraceHeader", {{"DataType", "String"}, {"StringValue", "Root=1-5759e988-bd862e3fe1be46a9942"}}}};
    CHECK(w.sending({{"MessageBody", std::string(1'048'576, 'x')}, {"MessageSystemAttributes", trace}}).empty());
}

TEST_CASE("limit: a batch has 1 to 10 entries, and 1 MiB in all") {
    queue_world w;
    CHECK(w.batch(10, "e", std::string(104'857, 'x')).empty());
    CHECK(w.batch(10, "e", std::string(104'858, 'x')) == "AWS.SimpleQueueService.BatchRequestTooLong");
    CHECK(w.batch(11, "e", "x") == "AWS.SimpleQueueService.TooManyEntriesInBatchRequest");
    CHECK(w.batch(0, "e", "x") == "AWS.SimpleQueueService.EmptyBatchRequest");
}

TEST_CASE("limit: the id of an entry has 80 of A-Z a-z 0-9 - _") {
    queue_world w;
    CHECK(w.batch(1, std::string(79, '-'), "x").empty());
    CHECK(w.batch(1, std::string(80, '_'), "x") == "AWS.SimpleQueueService.InvalidBatchEntryId");
    CHECK(w.batch(1, ".", "x") == "AWS.SimpleQueueService.InvalidBatchEntryId");
    const json twice = json::array({{{"Id", "a"}, {"MessageBody", "x"}}, {{"Id", "a"}, {"MessageBody", "x"}}});
    CHECK(w.json("SendMessageBatch", {{"QueueUrl", w.url}, {"Entries", twice}}).code() ==
          "AWS.SimpleQueueService.BatchEntryIdsNotDistinct");
}

TEST_CASE("limit: ten message attributes, names of 256 characters") {
    queue_world w;
    const auto with_names = [&w](const std::vector<std::string>& names) {
        json attributes = json::object();
        for (const std::string& name : names) attributes[name] = {{"DataType", "String"}, {"StringValue", "v"}};
        return w.sending({{"MessageAttributes", attributes}});
    };
    CHECK(with_names({"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}).empty());
    CHECK(with_names({"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}) == "InvalidParameterValue");
    CHECK(with_names({std::string(256, 'n')}).empty());
    for (const std::string& bad : {std::string(257, 'n'), std::string("AWS.x"), std::string("amazon.x"),
                                   std::string(".x"), std::string("x."), std::string("x..y"), std::string("x y")}) {
        CAPTURE(bad);
        CHECK(with_names({bad}) == "InvalidParameterValue");
    }
    const json empty{{"a", {{"DataType", "String"}, {"StringValue", ""}}}};
    CHECK(w.sending({{"MessageAttributes", empty}}) == "InvalidParameterValue");
}

TEST_CASE("limit: the characters of a body") {
    queue_world w;
    CHECK(w.sending({{"MessageBody", "\t\n\r \xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBD\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"}})
              .empty());
    for (const char* bad : {"\x01", "\x0B", "\x1F", "\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
        CHECK(w.sending({{"MessageBody", bad}}) == "InvalidMessageContents");
    }
}

TEST_CASE("limit: group, deduplication and attempt ids have 128 printable characters") {
    queue_world w;
    const std::string longest(128, '~');
    for (const char* member : {"MessageGroupId", "MessageDeduplicationId"}) {
        CHECK(w.sending_fifo(member, longest).empty());
        CHECK(w.sending_fifo(member, longest + "~") == "InvalidParameterValue");
        CHECK(w.sending_fifo(member, "a b") == "InvalidParameterValue");
    }
    const auto receiving = [&w](const std::string& attempt) {
        return code_of(w.json("ReceiveMessage", {{"QueueUrl", w.fifo}, {"ReceiveRequestAttemptId", attempt}}));
    };
    CHECK(receiving(longest).empty());
    CHECK(receiving(longest + "~") == "InvalidParameterValue");
}

TEST_CASE("limit: deduplication forgets after five minutes") {
    queue_world w;
    CHECK(w.sending_fifo("MessageBody", "1").empty());
    w.pass(5min - 1ms);
    CHECK(w.sending_fifo("MessageBody", "2").empty());
    CHECK(w.ledger("f.fifo").entered == 1);
    w.pass(1ms);
    CHECK(w.sending_fifo("MessageBody", "3").empty());
    CHECK(w.ledger("f.fifo").entered == 2);
}

TEST_CASE("limit: a delay has 900 s, and is not a FIFO message's own") {
    queue_world w;
    CHECK(w.sending({{"DelaySeconds", 900}}).empty());
    CHECK(w.sending({{"DelaySeconds", 901}}) == "InvalidParameterValue");
    CHECK(w.sending({{"DelaySeconds", -1}}) == "InvalidParameterValue");
    CHECK(code_of(w.json("SendMessage", {{"QueueUrl", w.fifo},
                                         {"MessageBody", "x"},
                                         {"MessageGroupId", "g"},
                                         {"MessageDeduplicationId", "d"},
                                         {"DelaySeconds", 1}})) == "InvalidParameterValue");
    CHECK(w.setting("DelaySeconds", "900").empty());
    CHECK(w.setting("DelaySeconds", "901") == "InvalidAttributeValue");
}

TEST_CASE("limit: a visibility timeout has 12 h, 30 s if nothing is said, and 12 h in all from the receive on") {
    queue_world w;
    CHECK(w.setting("VisibilityTimeout", "43200").empty());
    CHECK(w.setting("VisibilityTimeout", "43201") == "InvalidAttributeValue");
    CHECK(w.setting("VisibilityTimeout", "30").empty());
    w.send(w.url, "m");
    const std::string handle = w.receive_all(w.url).at(0).at("ReceiptHandle");
    w.pass(30s - 1ms);
    CHECK(w.receive(w.url).empty());
    const auto changing = [&](int seconds) {
        return code_of(w.json("ChangeMessageVisibility",
                              {{"QueueUrl", w.url}, {"ReceiptHandle", handle}, {"VisibilityTimeout", seconds}}));
    };
    CHECK(changing(43'170).empty()); // 29.999 s have gone
    CHECK(changing(43'171) == "InvalidParameterValue");
    CHECK(changing(43'201) == "InvalidParameterValue");
}

TEST_CASE("limit: a poll waits 20 s, and brings ten messages") {
    queue_world w;
    const auto receiving = [&w](const char* member, int value) {
        return code_of(w.json("ReceiveMessage", {{"QueueUrl", w.fifo}, {member, value}}));
    };
    CHECK(w.json("ReceiveMessage", {{"QueueUrl", w.url}, {"WaitTimeSeconds", 20}}).waits());
    CHECK(receiving("WaitTimeSeconds", 21) == "InvalidParameterValue");
    CHECK(receiving("MaxNumberOfMessages", 10).empty());
    CHECK(receiving("MaxNumberOfMessages", 11) == "InvalidParameterValue");
    CHECK(receiving("MaxNumberOfMessages", 0) == "InvalidParameterValue");
}

TEST_CASE("limit: 120,000 in flight: a standard queue says OverLimit, a FIFO queue nothing") {
    queue_world w;
    for (int i = 0; i < 120'000; i += 10) {
        REQUIRE(w.batch(10, "e", "x").empty());
        REQUIRE(w.receive(w.url).size() == 10);
    }
    CHECK(w.sending({}).empty());
    CHECK(code_of(w.json("ReceiveMessage", {{"QueueUrl", w.url}})) == "OverLimit");
    for (int i = 0; i < 120'001; ++i) {
        const std::string id = std::to_string(i);
        REQUIRE(code_of(w.json("SendMessage", {{"QueueUrl", w.fifo},
                                               {"MessageBody", "x"},
                                               {"MessageGroupId", id},
                                               {"MessageDeduplicationId", id}}))
                    .empty());
    }
    for (int i = 0; i < 120'000; i += 10) {
        REQUIRE(w.json("ReceiveMessage", {{"QueueUrl", w.fifo}, {"MaxNumberOfMessages", 10}}).status == 200);
    }
    CHECK(w.ledger("f.fifo").in_flight == 120'000);
    CHECK(w.receive(w.fifo).empty());
}

TEST_CASE("limit: messages stay for 60 s to 14 days, 4 days if nothing is said") {
    queue_world w;
    CHECK(w.setting("MessageRetentionPeriod", "60").empty());
    CHECK(w.setting("MessageRetentionPeriod", "1209600").empty());
    CHECK(w.setting("MessageRetentionPeriod", "59") == "InvalidAttributeValue");
    CHECK(w.setting("MessageRetentionPeriod", "1209601") == "InvalidAttributeValue");
    const std::string other = w.create_queue("other");
    w.send(other, "m");
    w.pass(96h - 1ms);
    CHECK(w.ledger("other").expired == 0);
    w.pass(1ms);
    CHECK(w.ledger("other").expired == 1);
}

TEST_CASE("limit: a standard topic forwards the group id of fair queues") {
    core_client client;
    const std::string topic = client.create_topic("t");
    client.subscribe(topic, "q", {{"RawMessageDelivery", "true"}});
    CHECK(client.sns("Publish", {{"TopicArn", topic}, {"Message", "m"}, {"MessageGroupId", "tenant"}}).status == 200);
    const json got = client.receive_all("http://h/000000000000/q");
    CHECK(got.at(0).at("Attributes").at("MessageGroupId") == "tenant");
}

TEST_CASE("limit: a message to a topic has 256 KiB, as a batch of them") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const auto publishing = [&](std::size_t bytes) {
        return code_of(client.sns("Publish", {{"TopicArn", topic}, {"Message", std::string(bytes, 'x')}}));
    };
    CHECK(publishing(262'144).empty());
    CHECK(publishing(262'145) == "InvalidParameter");
    const auto batch = [&](std::size_t bytes) {
        form parameters{{"TopicArn", topic}};
        for (int i = 1; i <= 2; ++i) {
            const std::string entry = "PublishBatchRequestEntries.member." + std::to_string(i);
            parameters.emplace_back(entry + ".Id", std::to_string(i));
            parameters.emplace_back(entry + ".Message", std::string(bytes, 'x'));
        }
        return code_of(client.sns("PublishBatch", parameters));
    };
    CHECK(batch(131'072).empty());
    CHECK(batch(131'073) == "BatchRequestTooLong");
}

TEST_CASE("limit: a topic that takes more than 256 KiB has 100 subscriptions") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const auto set_size = [&](const std::string& bytes) {
        return code_of(
            client.sns("SetTopicAttributes",
                       {{"TopicArn", topic}, {"AttributeName", "MaximumMessageSize"}, {"AttributeValue", bytes}}));
    };
    const auto subscribing = [&](const std::string& queue) {
        return code_of(client.sns(
            "Subscribe", {{"TopicArn", topic}, {"Protocol", "sqs"}, {"Endpoint", client.core().queue_arn(queue)}}));
    };
    CHECK(set_size("262145").empty());
    for (int i = 0; i < 100; ++i) REQUIRE(subscribing("q" + std::to_string(i)).empty());
    CHECK(subscribing("q0").empty()); // it is there
    CHECK(subscribing("q100") == "SubscriptionLimitExceeded");
    CHECK(set_size("262144").empty());
    CHECK(subscribing("q100").empty());
    CHECK(set_size("262145") == "InvalidParameter");
}

TEST_CASE("limit: subjects have fewer than 100 characters and no control characters") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const auto publishing = [&](const std::string& subject) {
        return code_of(client.sns("Publish", {{"TopicArn", topic}, {"Message", "m"}, {"Subject", subject}}));
    };
    CHECK(publishing(std::string(99, 's')).empty());
    CHECK(publishing(std::string(100, 's')) == "InvalidParameter");
    CHECK(publishing("a\nb") == "InvalidParameter");
}

TEST_CASE("limit: the policy of a queue has 8,192 bytes and 20 statements") {
    queue_world w;
    CHECK(w.setting("Policy", policy_with(20, 8'192)).empty());
    CHECK(w.setting("Policy", policy_with(20, 8'193)) == "InvalidAttributeValue");
    CHECK(w.setting("Policy", policy_with(21, 4'000)) == "InvalidAttributeValue");
    const auto adding = [&w](int number) {
        return code_of(w.json("AddPermission", {{"QueueUrl", w.url},
                                                {"Label", "label" + std::to_string(number)},
                                                {"AWSAccountIds", {"111111111111"}},
                                                {"Actions", {"SendMessage"}}}));
    };
    CHECK(w.setting("Policy", "").empty());
    for (int i = 0; i < 20; ++i) REQUIRE(adding(i).empty());
    CHECK(adding(20) == "OverLimit");
}

TEST_CASE("limit: a redrive policy allows 1 to 1,000 receives, and a message moves with the receive after the last") {
    queue_world w;
    w.create_queue("dead");
    const auto policy = [&w](const std::string& count) {
        return w.setting("RedrivePolicy", R"({"deadLetterTargetArn":")" + w.core().queue_arn("dead") +
                                              R"(","maxReceiveCount":)" + count + "}");
    };
    CHECK(policy("1000").empty());
    CHECK(policy("0") == "InvalidParameterValue");
    CHECK(policy("1001") == "InvalidParameterValue");
    CHECK(policy("1").empty());
    w.send(w.url, "m");
    CHECK(w.receive(w.url).size() == 1);
    w.pass(30s);
    CHECK(w.ledger("dead").entered == 0);
    CHECK(w.receive(w.url).empty());
    CHECK(w.ledger("dead").entered == 1);
}

TEST_CASE("limit: SQS speaks Query and JSON, SNS Query only") {
    core_client client;
    CHECK(client.sqs("ListQueues", {}).status == 200);
    CHECK(client.json("ListQueues", json::object()).status == 200);
    CHECK(client.sns("ListTopics", {}).status == 200);
    const answer refused = client.raw("POST", "/", {{"Host", "h"}, {"X-Amz-Target", "AmazonSNS.ListTopics"}}, "{}");
    CHECK(refused.code() == "UnknownOperationException");
}

} // namespace limits_test
