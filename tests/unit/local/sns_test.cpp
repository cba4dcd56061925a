// Topics, subscriptions, and what reaches the queues.
#include "support/core_client.hpp"

#include <doctest/doctest.h>

#include <array>

namespace sns_test {

using local_tests::answer;
using local_tests::core_client;
using local_tests::form;
using nlohmann::json;

namespace {

std::string url_of(const std::string& queue) { return "http://localhost:1/000000000000/" + queue; }

form publication(const std::string& topic, const std::string& message,
                 const std::vector<std::array<std::string, 3>>& attributes = {}) {
    form made{{"TopicArn", topic}, {"Message", message}};
    std::size_t index = 0;
    for (const auto& [name, type, value] : attributes) {
        const std::string prefix = "MessageAttributes.entry." + std::to_string(++index) + ".";
        made.emplace_back(prefix + "Name", name);
        made.emplace_back(prefix + "Value.DataType", type);
        made.emplace_back(prefix + (type == "Binary" ? "Value.BinaryValue" : "Value.StringValue"), value);
    }
    return made;
}

} // namespace

TEST_CASE("topics are made once, listed and deleted with their subscriptions") {
    core_client client;
    const std::string topic = client.create_topic("orders");
    CHECK(topic == "arn:aws:sns:us-east-1:000000000000:orders");
    CHECK(client.create_topic("orders") == topic);
    client.subscribe(topic, "q", {});
    CHECK(client.sns("ListTopics", {}).elements("TopicArn") == std::vector<std::string>{topic});
    CHECK(client.sns("ListSubscriptionsByTopic", {{"TopicArn", topic}}).elements("Endpoint").size() == 1);
    CHECK(client.sns("GetTopicAttributes", {{"TopicArn", topic}}).body.find("SubscriptionsConfirmed</key><value>1<") !=
          std::string::npos);
    CHECK(client.sns("DeleteTopic", {{"TopicArn", topic}}).status == 200);
    CHECK(client.sns("DeleteTopic", {{"TopicArn", topic}}).status == 200);
    CHECK(client.sns("ListTopics", {}).elements("TopicArn").empty());
    CHECK(client.sns("ListSubscriptions", {}).elements("Endpoint").empty());
    CHECK(client.sns("Publish", publication(topic, "x")).code() == "NotFound");
}

TEST_CASE("topics come in pages of a hundred") {
    core_client client;
    for (int i = 0; i < 250; ++i) client.create_topic("t" + std::to_string(i));
    form parameters;
    std::size_t topics = 0;
    std::vector<std::size_t> sizes;
    do {
        const answer page = client.sns("ListTopics", parameters);
        sizes.push_back(page.elements("TopicArn").size());
        topics += sizes.back();
        parameters = {{"NextToken", page.element("NextToken")}};
    } while (!parameters[0].second.empty() && sizes.size() < 5);
    CHECK(topics == 250);
    CHECK(sizes == std::vector<std::size_t>{100, 100, 50});
}

TEST_CASE("raw delivery: the message itself, its attributes as the queue's") {
    core_client client;
    const std::string topic = client.create_topic("t");
    client.subscribe(topic, "q", {{"RawMessageDelivery", "true"}});
    const answer sent =
        client.sns("Publish", publication(topic, "body\r\n", {{"n", "Number", "1"}, {"b", "Binary", "AP8="}}));
    CHECK(sent.element("MessageId").size() == 36);
    const json messages = client.receive_all(url_of("q"));
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].at("Body") == "body\r\n");
    CHECK(messages[0].at("MessageAttributes").at("b") == json{{"DataType", "Binary"}, {"BinaryValue", "AP8="}});
    CHECK(messages[0].at("MessageAttributes").at("n") == json{{"DataType", "Number"}, {"StringValue", "1"}});
}

TEST_CASE("the envelope says where the message comes from") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const std::string subscription = client.subscribe(topic, "q", {});
    form parameters = publication(topic, "text \"q\"\r\n", {{"country", "String", "DE"}, {"b", "Binary", "AP8="}});
    parameters.emplace_back("Subject", "Hello");
    const answer sent = client.sns("Publish", parameters);
    const json message = client.receive_all(url_of("q")).at(0);
    CHECK_FALSE(message.contains("MessageAttributes"));
    const json envelope = json::parse(message.at("Body").get<std::string>());
    CHECK(envelope.at("Type") == "Notification");
    CHECK(envelope.at("MessageId") == sent.element("MessageId"));
    CHECK(envelope.at("TopicArn") == topic);
    CHECK(envelope.at("Subject") == "Hello");
    CHECK(envelope.at("Message") == "text \"q\"\r\n");
    CHECK(envelope.at("Timestamp") == "2026-11-23T00:00:00.000Z");
    CHECK(envelope.at("MessageAttributes").at("country") == json{{"Type", "String"}, {"Value", "DE"}});
    CHECK(envelope.at("MessageAttributes").at("b") == json{{"Type", "Binary"}, {"Value", "AP8="}});
    CHECK(envelope.at("UnsubscribeURL").get<std::string>().ends_with(subscription));

    client.sns("Publish", publication(topic, "plain"));
    const json plain = json::parse(client.receive_all(url_of("q")).at(0).at("Body").get<std::string>());
    CHECK_FALSE(plain.contains("Subject"));
    CHECK_FALSE(plain.contains("MessageAttributes"));
}

TEST_CASE("a queue without a policy gets nothing, and the log says why") {
    core_client client;
    const std::string topic = client.create_topic("t");
    client.subscribe(topic, "closed", {}, false);
    client.subscribe(topic, "open", {});
    CHECK(client.sns("Publish", publication(topic, "x")).status == 200);
    CHECK(client.ledger("closed").entered == 0);
    CHECK(client.ledger("open").entered == 1);
    REQUIRE(client.log.size() == 1);
    CHECK(client.log[0].find("closed") != std::string::npos);
    CHECK(client.log[0].find("policy") != std::string::npos);
    client.json("DeleteQueue", {{"QueueUrl", url_of("closed")}});
    client.sns("Publish", publication(topic, "x"));
    REQUIRE(client.log.size() == 2);
    CHECK(client.log[1].find("does not exist") != std::string::npos);
}

TEST_CASE("more than ten attributes: dropped for raw delivery, in the envelope they fit") {
    core_client client;
    const std::string topic = client.create_topic("t");
    client.subscribe(topic, "raw", {{"RawMessageDelivery", "true"}});
    client.subscribe(topic, "envelope", {});
    std::vector<std::array<std::string, 3>> eleven;
    for (int i = 0; i < 11; ++i) eleven.push_back({"a" + std::to_string(i), "String", "v"});
    CHECK(client.sns("Publish", publication(topic, "x", eleven)).status == 200);
    CHECK(client.ledger("raw").entered == 0);
    CHECK(client.ledger("envelope").entered == 1);
    REQUIRE(client.log.size() == 1);
    CHECK(client.log[0].find("at most 10 attributes") != std::string::npos);
}

TEST_CASE("a filter policy decides per subscription, and can be changed") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const std::string subscription = client.subscribe(topic, "de", {{"FilterPolicy", R"({"country":["DE"]})"}});
    client.subscribe(topic, "all", {});
    for (const char* country : {"DE", "FR", "DE"})
        client.sns("Publish", publication(topic, country, {{"country", "String", country}}));
    client.sns("Publish", publication(topic, "none"));
    CHECK(client.ledger("de").entered == 2);
    CHECK(client.ledger("all").entered == 4);
    const auto change = [&](const std::string& policy) {
        return client.sns(
            "SetSubscriptionAttributes",
            {{"SubscriptionArn", subscription}, {"AttributeName", "FilterPolicy"}, {"AttributeValue", policy}});
    };
    CHECK(change(R"({"country":["FR"]})").status == 200);
    client.sns("Publish", publication(topic, "FR", {{"country", "String", "FR"}}));
    CHECK(client.ledger("de").entered == 3);
    CHECK(change("{").code() == "InvalidParameter");
    CHECK(change("").status == 200);
    client.sns("Publish", publication(topic, "none"));
    CHECK(client.ledger("de").entered == 4);
}

TEST_CASE("subscribing again is the same subscription, with other attributes an error") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const std::string first = client.subscribe(topic, "q", {{"RawMessageDelivery", "false"}});
    CHECK(client.subscribe(topic, "q", {}) == first);
    CHECK(client.subscribe(topic, "q", {{"FilterPolicyScope", "MessageAttributes"}}) == first);
    const answer other = client.sns("Subscribe", {{"TopicArn", topic},
                                                  {"Protocol", "sqs"},
                                                  {"Endpoint", client.core().queue_arn("q")},
                                                  {"Attributes.entry.1.key", "RawMessageDelivery"},
                                                  {"Attributes.entry.1.value", "true"}});
    CHECK(other.message() ==
          "Invalid parameter: Attributes Reason: Subscription already exists with different attributes");
    CHECK(client.sns("ListSubscriptions", {}).elements("SubscriptionArn") == std::vector<std::string>{first});
}

TEST_CASE("unsubscribing ends delivery; of a queue, the envelope's link is not enough") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const std::string subscription = client.subscribe(topic, "q", {});
    // SNS API reference, Unsubscribe: subscriptions of queues require authentication for deletion.
    CHECK(client.raw("GET", "/?Action=Unsubscribe&SubscriptionArn=" + subscription, {}, "").status == 403);
    CHECK(client.sns("Unsubscribe", {{"SubscriptionArn", subscription}}).status == 200);
    client.sns("Publish", publication(topic, "x"));
    CHECK(client.ledger("q").entered == 0);
    CHECK(client.sns("Unsubscribe", {{"SubscriptionArn", subscription}}).status == 200);
    CHECK(client.sns("GetSubscriptionAttributes", {{"SubscriptionArn", subscription}}).code() == "NotFound");
}

TEST_CASE("what the broker does not do yet is said, not swallowed") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const std::string subscription = client.subscribe(topic, "q", {});
    const auto set = [&](const std::string& name, const std::string& value) {
        return client.sns("SetSubscriptionAttributes",
                          {{"SubscriptionArn", subscription}, {"AttributeName", name}, {"AttributeValue", value}});
    };
    CHECK(set("FilterPolicyScope", "Elsewhere").status == 400);
    CHECK(client.sns("CreateTopic", {{"Name", "t.fifo"}}).message() == "Invalid parameter: Topic Name");
    CHECK(client.sns("Subscribe", {{"TopicArn", topic}, {"Protocol", "lambda"}, {"Endpoint", "x"}})
              .message()
              .find("not to lambda") != std::string::npos);
}

TEST_CASE("one text for each protocol: the queue's, or the default") {
    core_client client;
    const std::string topic = client.create_topic("t");
    client.subscribe(topic, "q", {{"RawMessageDelivery", "true"}});
    for (const char* message : {R"({"default":"d","sqs":"s"})", R"({"default":"d","email":"e"})"}) {
        form parameters = publication(topic, message);
        parameters.emplace_back("MessageStructure", "json");
        CHECK(client.sns("Publish", parameters).status == 200);
    }
    CHECK(client.receive(url_of("q")) == std::vector<std::string>{"s", "d"});
}

TEST_CASE("the policy of a topic is a JSON object") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const auto set = [&](const std::string& policy) {
        return client.sns("SetTopicAttributes",
                          {{"TopicArn", topic}, {"AttributeName", "Policy"}, {"AttributeValue", policy}});
    };
    for (const char* wrong : {"{", "", "[]", "null", R"("text")"}) {
        CAPTURE(wrong);
        CHECK(set(wrong).code() == "InvalidParameter");
    }
    CHECK(client
              .sns("CreateTopic",
                   {{"Name", "u"}, {"Attributes.entry.1.key", "Policy"}, {"Attributes.entry.1.value", "{"}})
              .code() == "InvalidParameter");
    CHECK(client.sns("ListTopics", {}).elements("TopicArn") == std::vector<std::string>{topic});
    CHECK(set(R"({"Version":"2012-10-17","Statement":[]})").status == 200);
}

TEST_CASE("sizes: 256 KiB for a message and for a batch, the topic can allow more") {
    core_client client;
    const std::string topic = client.create_topic("t");
    client.subscribe(topic, "q", {{"RawMessageDelivery", "true"}});
    CHECK(client.sns("Publish", publication(topic, std::string(262'144, 'x'))).status == 200);
    CHECK(client.sns("Publish", publication(topic, std::string(262'145, 'x'))).message() ==
          "Invalid parameter: Message too long");
    CHECK(client
              .sns("SetTopicAttributes",
                   {{"TopicArn", topic}, {"AttributeName", "MaximumMessageSize"}, {"AttributeValue", "1048576"}})
              .status == 200);
    CHECK(client.sns("Publish", publication(topic, std::string(1'048'576, 'x'))).status == 200);
    CHECK(client
              .sns("SetTopicAttributes",
                   {{"TopicArn", topic}, {"AttributeName", "MaximumMessageSize"}, {"AttributeValue", "1048577"}})
              .status == 400);
    CHECK(client.ledger("q").entered == 2);
}

TEST_CASE("publishing in batches: each entry by itself") {
    core_client client;
    const std::string topic = client.create_topic("t");
    client.subscribe(topic, "q", {{"RawMessageDelivery", "true"}});
    form parameters{{"TopicArn", topic}};
    for (int i = 1; i <= 10; ++i) {
        const std::string prefix = "PublishBatchRequestEntries.member." + std::to_string(i) + ".";
        parameters.emplace_back(prefix + "Id", "id" + std::to_string(i));
        parameters.emplace_back(prefix + "Message", i == 3 ? "" : "m" + std::to_string(i));
    }
    const answer reply = client.sns("PublishBatch", parameters);
    CHECK(reply.elements("MessageId").size() == 9);
    CHECK(reply.element("Code") == "InvalidParameter");
    CHECK(client.receive(url_of("q")).size() == 9);
}

TEST_CASE("subjects at their limits") {
    core_client client;
    const std::string topic = client.create_topic("t");
    const auto status = [&](const std::string& subject) {
        form parameters = publication(topic, "x");
        parameters.emplace_back("Subject", subject);
        return client.sns("Publish", parameters).status;
    };
    CHECK(status(std::string(99, 's')) == 200);
    std::string umlauts;
    for (int i = 0; i < 99; ++i) umlauts += "\u00fc";
    CHECK(status(umlauts) == 200);
    for (const std::string& bad :
         {std::string(100, 's'), std::string(), std::string("two\nlines"), std::string("\xff")})
        CHECK(status(bad) == 400);
}

TEST_CASE("the group of a message reaches a standard queue") {
    core_client client;
    const std::string topic = client.create_topic("t");
    client.subscribe(topic, "q", {{"RawMessageDelivery", "true"}});
    form parameters = publication(topic, "x");
    parameters.emplace_back("MessageGroupId", "customer-7");
    CHECK(client.sns("Publish", parameters).status == 200);
    CHECK(client.receive_all(url_of("q")).at(0).at("Attributes").at("MessageGroupId") == "customer-7");
}

} // namespace sns_test
