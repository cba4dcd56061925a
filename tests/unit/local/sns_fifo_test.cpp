// FIFO topics, filters on bodies, dead letters of subscriptions, tags and permissions of topics, in virtual time.
#include "support/core_client.hpp"

#include <doctest/doctest.h>

namespace sns_fifo_test {

using local_tests::answer;
using local_tests::core_client;
using local_tests::form;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;
using settings = std::map<std::string, std::string>;

std::string url_of(const std::string& queue) { return "http://localhost:1/000000000000/" + queue; }
std::string queue_arn(const std::string& queue) { return "arn:aws:sqs:us-east-1:000000000000:" + queue; }

form with_attributes(form made, const settings& attributes) {
    std::size_t index = 0;
    for (const auto& [key, value] : attributes) {
        const std::string prefix = "Attributes.entry." + std::to_string(++index);
        made.emplace_back(prefix + ".key", key);
        made.emplace_back(prefix + ".value", value);
    }
    return made;
}

std::string fifo_topic(core_client& client, settings attributes = settings()) {
    attributes["FifoTopic"] = "true";
    const answer made = client.sns("CreateTopic", with_attributes({{"Name", "t.fifo"}}, attributes));
    REQUIRE_MESSAGE(made.status == 200, made.body);
    return made.element("TopicArn");
}

answer publish(core_client& client, const std::string& topic, const std::string& message, const std::string& group,
               const std::string& id) {
    form parameters{{"TopicArn", topic}, {"Message", message}};
    if (!group.empty()) parameters.emplace_back("MessageGroupId", group);
    if (!id.empty()) parameters.emplace_back("MessageDeduplicationId", id);
    return client.sns("Publish", parameters);
}

answer set(core_client& client, const std::string& subscription, const std::string& name, const std::string& value) {
    return client.sns("SetSubscriptionAttributes",
                      {{"SubscriptionArn", subscription}, {"AttributeName", name}, {"AttributeValue", value}});
}

} // namespace

TEST_CASE("fifo topic: groups and ids reach a FIFO queue, a standard queue takes the messages, too") {
    core_client client;
    const std::string topic = fifo_topic(client);
    client.subscribe(topic, "f.fifo", {{"RawMessageDelivery", "true"}});
    client.subscribe(topic, "plain", {{"RawMessageDelivery", "true"}});
    for (const char* body : {"a1", "b1", "a2"})
        CHECK(publish(client, topic, body, std::string(body, 1), body).status == 200);
    const json got = client.receive_all(url_of("f.fifo"));
    REQUIRE(got.size() == 3);
    CHECK(got[0].at("Body") == json("a1"));
    CHECK(got[1].at("Body") == json("a2"));
    CHECK(got[0].at("Attributes").at("MessageGroupId") == json("a"));
    CHECK(got[0].at("Attributes").at("MessageDeduplicationId") == json("a1"));
    CHECK(client.receive(url_of("plain")).size() == 3);
}

TEST_CASE("fifo topic: sequence numbers grow, in the reply and in the envelope") {
    core_client client;
    const std::string topic = fifo_topic(client);
    client.subscribe(topic, "f.fifo", {});
    const std::string first = publish(client, topic, "1", "g", "1").element("SequenceNumber");
    const std::string second = publish(client, topic, "2", "g", "2").element("SequenceNumber");
    CHECK(first.size() == 20);
    CHECK(first < second);
    const json envelope = json::parse(client.receive(url_of("f.fifo")).at(0));
    CHECK(envelope.at("SequenceNumber") == json(first));
    CHECK_FALSE(envelope.contains("Signature"));
}

TEST_CASE("fifo topic: a deduplication id is delivered once in five minutes") {
    core_client client;
    const std::string topic = fifo_topic(client);
    client.subscribe(topic, "plain", {{"RawMessageDelivery", "true"}});
    const answer first = publish(client, topic, "one", "g", "id");
    const answer again = publish(client, topic, "two", "g", "id");
    CHECK(again.element("MessageId") == first.element("MessageId"));
    CHECK(again.element("SequenceNumber") == first.element("SequenceNumber"));
    client.pass(299s);
    publish(client, topic, "three", "g", "id");
    CHECK(client.receive(url_of("plain")) == strings{"one"});
    client.pass(1s);
    CHECK(publish(client, topic, "four", "g", "id").element("MessageId") != first.element("MessageId"));
    CHECK(client.ledger("plain").entered == 2);
}

TEST_CASE("fifo topic: content-based deduplication, and its scope") {
    core_client client;
    const std::string topic = fifo_topic(client, settings{{"ContentBasedDeduplication", "true"}});
    client.subscribe(topic, "plain", {{"RawMessageDelivery", "true"}});
    for (const char* group : {"g", "g", "h"}) publish(client, topic, "same", group, "");
    CHECK(client.ledger("plain").entered == 1);
    core_client other;
    const std::string by_group =
        fifo_topic(other, settings{{"ContentBasedDeduplication", "true"}, {"FifoThroughputScope", "MessageGroup"}});
    other.subscribe(by_group, "plain", {{"RawMessageDelivery", "true"}});
    for (const char* group : {"g", "g", "h"}) publish(other, by_group, "same", group, "");
    CHECK(other.ledger("plain").entered == 2);
}

TEST_CASE("fifo topic: what is refused") {
    core_client client;
    const std::string topic = fifo_topic(client);
    CHECK(publish(client, topic, "x", "", "id").message() ==
          "Invalid parameter: The MessageGroupId parameter is required for FIFO topics");
    CHECK(publish(client, topic, "x", "g", "").message() ==
          "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
          "provided explicitly");
    CHECK(publish(client, topic, "x", "two words", "id").status == 400);
    CHECK(publish(client, topic, "x", "g", "two words").status == 400);
    for (const auto& [name, fifo] : settings{{"plain", "true"}, {"t2.fifo", "false"}}) {
        CAPTURE(name);
        CHECK(client.sns("CreateTopic", with_attributes({{"Name", name}}, {{"FifoTopic", fifo}})).status == 400);
    }
    CHECK(client
              .sns("SetTopicAttributes",
                   {{"TopicArn", topic}, {"AttributeName", "FifoTopic"}, {"AttributeValue", "false"}})
              .message() == "Invalid parameter: AttributeName");
}

TEST_CASE("a filter on the body decides by what the message says") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const std::string subscription = client.subscribe(topic, "q",
                                                      {{"FilterPolicy", R"({"order":{"country":["DE"]}})"},
                                                       {"FilterPolicyScope", "MessageBody"},
                                                       {"RawMessageDelivery", "true"}});
    for (const char* body : {R"({"order":{"country":"DE"}})", R"({"order":{"country":"FR"}})", "no document"}) {
        CHECK(client.sns("Publish", {{"TopicArn", topic}, {"Message", body}}).status == 200);
    }
    CHECK(client.receive(url_of("q")) == strings{R"({"order":{"country":"DE"}})"});
    // A nested policy cannot be one on attributes.
    CHECK(
        set(client, subscription, "FilterPolicyScope", "MessageAttributes").message().find("does not support nested") !=
        std::string::npos);
    CHECK(set(client, subscription, "FilterPolicy", R"({"a":["b"]})").status == 200);
    CHECK(set(client, subscription, "FilterPolicyScope", "MessageAttributes").status == 200);
}

TEST_CASE("what a queue cannot take goes to the subscription's dead-letter queue, and the log says so") {
    core_client client;
    const std::string topic = client.create_topic("t");
    client.subscribe(topic, "dead", {}); // for its policy
    const std::string redrive = R"({"deadLetterTargetArn":")" + queue_arn("dead") + "\"}";
    const std::string subscription =
        client.subscribe(topic, "q", {{"RedrivePolicy", redrive}, {"RawMessageDelivery", "true"}});
    client.json("DeleteQueue", {{"QueueUrl", url_of("q")}});
    client.sns("Publish", {{"TopicArn", topic}, {"Message", "x"}});
    CHECK(client.ledger("dead").entered == 2); // by its own subscription, and as a dead letter
    REQUIRE(client.log.size() == 1);
    CHECK(client.log[0].find("it is in the subscription's dead-letter queue dead") != std::string::npos);
    client.json("DeleteQueue", {{"QueueUrl", url_of("dead")}});
    client.sns("Publish", {{"TopicArn", topic}, {"Message", "x"}});
    REQUIRE(client.log.size() == 3);
    CHECK(client.log[2].find("nor to the subscription's dead-letter queue") != std::string::npos);
    CHECK(set(client, subscription, "RedrivePolicy", R"({"deadLetterTargetArn":"nonsense"})").message() ==
          "Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn");
    CHECK(set(client, subscription, "RedrivePolicy", "{invalid").message().find("failed to parse JSON.") !=
          std::string::npos);
    const std::string fifo = client.subscribe(fifo_topic(client), "f.fifo", {});
    CHECK(set(client, fifo, "RedrivePolicy", redrive).message() ==
          "Invalid parameter: RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.");
}

TEST_CASE("tags of topics") {
    core_client client;
    const answer made =
        client.sns("CreateTopic", {{"Name", "t"}, {"Tags.member.1.Key", "team"}, {"Tags.member.1.Value", "a b&c"}});
    const std::string topic = made.element("TopicArn");
    CHECK(client
              .sns("TagResource",
                   {{"ResourceArn", topic}, {"Tags.member.1.Key", "stage"}, {"Tags.member.1.Value", "test"}})
              .status == 200);
    CHECK(client.sns("ListTagsForResource", {{"ResourceArn", topic}}).elements("Value") == strings{"test", "a b&c"});
    CHECK(client.sns("CreateTopic", {{"Name", "t"}, {"Tags.member.1.Key", "other"}, {"Tags.member.1.Value", "x"}})
              .message() == "Invalid parameter: Tags Reason: Topic already exists with different tags");
    CHECK(client
              .sns("TagResource", {{"ResourceArn", topic},
                                   {"Tags.member.1.Key", "k"},
                                   {"Tags.member.1.Value", "1"},
                                   {"Tags.member.2.Key", "k"},
                                   {"Tags.member.2.Value", "2"}})
              .message() == "Invalid parameter: Duplicated keys are not allowed.");
    CHECK(client.sns("UntagResource", {{"ResourceArn", topic}, {"TagKeys.member.1", "team"}}).status == 200);
    CHECK(client.sns("ListTagsForResource", {{"ResourceArn", topic}}).elements("Key") == strings{"stage"});
    CHECK(client
              .sns("TagResource",
                   {{"ResourceArn", topic + "x"}, {"Tags.member.1.Key", "k"}, {"Tags.member.1.Value", "v"}})
              .code() == "ResourceNotFound");
}

TEST_CASE("permissions and data protection policies of topics") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const form permit{{"TopicArn", topic},
                      {"Label", "one"},
                      {"AWSAccountId.member.1", "123456789012"},
                      {"ActionName.member.1", "Publish"}};
    CHECK(client.sns("AddPermission", permit).status == 200);
    CHECK(client.sns("AddPermission", permit).message() == "Invalid parameter: Statement already exists");
    form wrong = permit;
    wrong[1].second = "two";
    wrong[3].second = "NotAnAction";
    CHECK(client.sns("AddPermission", wrong).message() ==
          "Invalid parameter: Policy statement action out of service scope!");
    CHECK(client.sns("GetTopicAttributes", {{"TopicArn", topic}}).body.find("SNS:Publish") != std::string::npos);
    CHECK(client.sns("RemovePermission", {{"TopicArn", topic}, {"Label", "one"}}).status == 200);
    CHECK(client.sns("GetTopicAttributes", {{"TopicArn", topic}}).body.find("123456789012:root") == std::string::npos);
    CHECK(client.sns("GetDataProtectionPolicy", {{"ResourceArn", topic}}).status == 404);
    CHECK(client.sns("PutDataProtectionPolicy", {{"ResourceArn", topic}, {"DataProtectionPolicy", R"({"Name":"p"})"}})
              .status == 200);
    CHECK(client.sns("GetDataProtectionPolicy", {{"ResourceArn", topic}}).element("DataProtectionPolicy") ==
          R"({"Name":"p"})");
    CHECK(client.sns("PutDataProtectionPolicy", {{"ResourceArn", topic}, {"DataProtectionPolicy", "["}}).status == 400);
}

} // namespace sns_fifo_test
