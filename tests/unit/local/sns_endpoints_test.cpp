// HTTP(S) endpoints: how they are subscribed, what is posted to them, and what becomes of what they do not take.
#include "support/core_client.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sns_endpoints_test {

using local_tests::answer;
using local_tests::core_client;
using local_tests::form;
using nlohmann::json;
using sluice::local::endpoint_post;
using namespace std::chrono_literals;

namespace {

const std::string hook = "http://hooks.example:8080/sns?x=1";

/// A broker with a topic, and what an endpoint sees of it.
struct endpoint_world {
    core_client client;
    std::string topic = client.create_topic("t");

    answer subscribe(const std::map<std::string, std::string>& attributes = {}, const std::string& url = hook,
                     const form& more = {}) {
        form parameters{{"TopicArn", topic}, {"Protocol", url.substr(0, url.find(':'))}, {"Endpoint", url}};
        std::size_t index = 0;
        for (const auto& [key, value] : attributes) {
            const std::string prefix = "Attributes.entry." + std::to_string(++index);
            parameters.emplace_back(prefix + ".key", key);
            parameters.emplace_back(prefix + ".value", value);
        }
        parameters.insert(parameters.end(), more.begin(), more.end());
        return client.sns("Subscribe", parameters);
    }
    std::vector<endpoint_post> posts() { return client.core().take_posts(); }
    endpoint_post post() {
        auto all = posts();
        REQUIRE(all.size() == 1);
        return all[0];
    }
    void answer_with(const endpoint_post& post, int status) {
        client.core().posted(post.id, {status, "no answer"}, client.now);
    }
    /// Follows a link as anybody may.
    answer follow(const std::string& url) {
        const std::string start = "http://localhost:1";
        REQUIRE(url.starts_with(start + "/?"));
        return client.raw("GET", url.substr(start.size()), {{"Host", "localhost:1"}}, "");
    }
    /// Subscribes and confirms by the link: the subscription's ARN.
    std::string confirmed(const std::map<std::string, std::string>& attributes = {}) {
        REQUIRE(subscribe(attributes).status == 200);
        const endpoint_post asked = post();
        answer_with(asked, 200);
        const answer followed = follow(json::parse(asked.body).at("SubscribeURL").get<std::string>());
        REQUIRE(followed.status == 200);
        return followed.element("SubscriptionArn");
    }
    void publish(const std::string& message, const form& more = {}) {
        form parameters{{"TopicArn", topic}, {"Message", message}};
        parameters.insert(parameters.end(), more.begin(), more.end());
        REQUIRE(client.sns("Publish", parameters).status == 200);
    }
    std::string attribute(const std::string& arn, const std::string& name) {
        const answer all = client.sns("GetSubscriptionAttributes", {{"SubscriptionArn", arn}});
        const auto keys = all.elements("key");
        const auto values = all.elements("value");
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (keys[i] == name) return values.at(i);
        }
        return "none";
    }
};

std::string header(const endpoint_post& of, const std::string& name) {
    for (const auto& [key, value] : of.headers) {
        if (key == name) return value;
    }
    return "none";
}

} // namespace

TEST_CASE("endpoints: a subscription waits until its endpoint has said yes") {
    endpoint_world world;
    CHECK(world.subscribe().element("SubscriptionArn") == "pending confirmation");
    const endpoint_post asked = world.post();
    CHECK(asked.to.host == "hooks.example");
    CHECK(asked.to.port == 8080);
    CHECK(asked.to.target == "/sns?x=1");
    CHECK(header(asked, "x-amz-sns-message-type") == "SubscriptionConfirmation");
    CHECK(header(asked, "x-amz-sns-topic-arn") == world.topic);
    CHECK(header(asked, "x-amz-sns-subscription-arn") == "none");
    CHECK(header(asked, "Content-Type") == "text/plain; charset=UTF-8");
    CHECK(header(asked, "User-Agent") == "Amazon Simple Notification Service Agent");
    const json question = json::parse(asked.body);
    CHECK(question.at("Type") == "SubscriptionConfirmation");
    CHECK(question.at("MessageId") == header(asked, "x-amz-sns-message-id"));
    CHECK(question.at("Message") == "You have chosen to subscribe to the topic " + world.topic +
                                        ".\nTo confirm the subscription, visit the SubscribeURL included in this "
                                        "message.");
    const auto token = question.at("Token").get<std::string>();
    CHECK(question.at("SubscribeURL") ==
          "http://localhost:1/?Action=ConfirmSubscription&TopicArn=" + world.topic + "&Token=" + token);
    world.publish("too early");
    CHECK(world.posts().empty());
    CHECK(world.client.sns("ListSubscriptions", {}).element("SubscriptionArn") == "PendingConfirmation");
    const auto count = [&] { return world.client.sns("GetTopicAttributes", {{"TopicArn", world.topic}}).body; };
    CHECK(count().find("SubscriptionsPending</key><value>1<") != std::string::npos);
    CHECK(count().find("SubscriptionsConfirmed</key><value>0<") != std::string::npos);

    CHECK(world.follow("http://localhost:1/?Action=ConfirmSubscription&TopicArn=" + world.topic + "&Token=x").code() ==
          "InvalidParameter");
    const answer yes = world.follow(question.at("SubscribeURL").get<std::string>());
    const std::string arn = yes.element("SubscriptionArn");
    CHECK(arn.starts_with(world.topic + ":"));
    CHECK(world.follow(question.at("SubscribeURL").get<std::string>()).element("SubscriptionArn") == arn);
    CHECK(count().find("SubscriptionsConfirmed</key><value>1<") != std::string::npos);
    CHECK(world.attribute(arn, "ConfirmationWasAuthenticated") == "false");
    CHECK(world.attribute(arn, "PendingConfirmation") == "false");
    CHECK(world.attribute(arn, "Protocol") == "http");
    CHECK(json::parse(world.attribute(arn, "EffectiveDeliveryPolicy")).at("healthyRetryPolicy").at("numRetries") == 3);

    world.publish("now", {{"Subject", "Hello"}});
    const endpoint_post got = world.post();
    CHECK(header(got, "x-amz-sns-message-type") == "Notification");
    CHECK(header(got, "x-amz-sns-subscription-arn") == arn);
    CHECK(header(got, "x-amz-sns-rawdelivery") == "none");
    const json note = json::parse(got.body);
    CHECK(note.at("Message") == "now");
    CHECK(note.at("Subject") == "Hello");
    CHECK(note.at("MessageId") == header(got, "x-amz-sns-message-id"));
    CHECK(note.at("UnsubscribeURL") == "http://localhost:1/?Action=Unsubscribe&SubscriptionArn=" + arn);
}

TEST_CASE("endpoints: subscribing again asks again; nobody has to wait for more than two days") {
    endpoint_world world;
    const std::string arn = world.subscribe({}, hook, {{"ReturnSubscriptionArn", "true"}}).element("SubscriptionArn");
    REQUIRE(arn.starts_with(world.topic + ":"));
    CHECK(world.attribute(arn, "PendingConfirmation") == "true");
    CHECK(world.attribute(arn, "ConfirmationWasAuthenticated") == "false");
    const json first = json::parse(world.post().body);
    world.client.pass(47h);
    world.posts(); // the first question, tried again
    CHECK(world.subscribe().element("SubscriptionArn") == "pending confirmation");
    const json second = json::parse(world.post().body);
    CHECK(second.at("Token") == first.at("Token"));
    CHECK(second.at("MessageId") != first.at("MessageId"));
    world.client.pass(47h);
    CHECK(world.attribute(arn, "PendingConfirmation") == "true");
    world.client.pass(2h);
    CHECK(world.client.sns("GetSubscriptionAttributes", {{"SubscriptionArn", arn}}).code() == "NotFound");
    CHECK(world.follow(second.at("SubscribeURL").get<std::string>()).code() == "InvalidParameter");
}

TEST_CASE("endpoints: confirmed with a signature, it can be kept from strangers' unsubscribing") {
    endpoint_world world;
    REQUIRE(world.subscribe().status == 200);
    const json question = json::parse(world.post().body);
    const answer yes = world.client.sns("ConfirmSubscription", {{"TopicArn", world.topic},
                                                                {"Token", question.at("Token").get<std::string>()},
                                                                {"AuthenticateOnUnsubscribe", "true"}});
    const std::string arn = yes.element("SubscriptionArn");
    CHECK(world.attribute(arn, "ConfirmationWasAuthenticated") == "true");
    const std::string link = "http://localhost:1/?Action=Unsubscribe&SubscriptionArn=" + arn;
    CHECK(world.follow(link).status == 403);
    CHECK(world.follow(link).code() == "AuthorizationError");
    // The flag needs a signature, which the token alone does not.
    CHECK(world.client.sns("ConfirmSubscription", {{"TopicArn", world.topic}, {"Token", "x"}}).code() ==
          "InvalidParameter");
    // Nor does following the link of the question again weaken it.
    CHECK(world.follow(question.at("SubscribeURL").get<std::string>()).status == 200);
    CHECK(world.follow(link).code() == "AuthorizationError");
    CHECK(world.client.sns("Unsubscribe", {{"SubscriptionArn", arn}}).status == 200);
    CHECK(world.posts().empty()); // its owner needs no second thoughts
    CHECK(world.client.sns("ListSubscriptions", {}).elements("SubscriptionArn").empty());
}

TEST_CASE("endpoints: unsubscribed by the link, the endpoint hears of it and may take it back") {
    endpoint_world world;
    const std::string arn = world.confirmed();
    CHECK(world.follow("http://localhost:1/?Action=Unsubscribe&SubscriptionArn=" + arn).status == 200);
    const endpoint_post farewell = world.post();
    CHECK(header(farewell, "x-amz-sns-message-type") == "UnsubscribeConfirmation");
    CHECK(header(farewell, "x-amz-sns-subscription-arn") == arn);
    const json question = json::parse(farewell.body);
    CHECK(question.at("Message") == "You have chosen to deactivate subscription " + arn +
                                        ".\nTo cancel this operation and restore the subscription, visit the "
                                        "SubscribeURL included in this message.");
    world.answer_with(farewell, 200);
    world.publish("nobody");
    CHECK(world.posts().empty());
    CHECK(world.client.sns("ListSubscriptions", {}).elements("SubscriptionArn").empty());
    CHECK(world.follow(question.at("SubscribeURL").get<std::string>()).element("SubscriptionArn") == arn);
    world.publish("again");
    CHECK(json::parse(world.post().body).at("Message") == "again");
    CHECK(world.client.sns("ListSubscriptions", {}).elements("SubscriptionArn") == std::vector<std::string>{arn});
}

TEST_CASE("endpoints: raw delivery, filters, and a text of their own") {
    endpoint_world world;
    const std::string arn =
        world.confirmed({{"RawMessageDelivery", "true"},
                         {"FilterPolicy", R"({"kind":["a"]})"},
                         {"DeliveryPolicy", R"({"requestPolicy":{"headerContentType":"text/csv"}})"}});
    const auto with_kind = [](const std::string& kind) {
        return form{{"MessageAttributes.entry.1.Name", "kind"},
                    {"MessageAttributes.entry.1.Value.DataType", "String"},
                    {"MessageAttributes.entry.1.Value.StringValue", kind}};
    };
    world.publish("no", with_kind("b"));
    CHECK(world.posts().empty());
    world.publish("a;b\r\n", with_kind("a"));
    const endpoint_post raw = world.post();
    CHECK(raw.body == "a;b\r\n");
    CHECK(header(raw, "x-amz-sns-rawdelivery") == "true");
    CHECK(header(raw, "x-amz-sns-message-type") == "Notification");
    CHECK(header(raw, "Content-Type") == "text/csv");
    form both = with_kind("a");
    both.emplace_back("MessageStructure", "json");
    world.publish(R"({"default":"for all","http":"for http","https":"for https"})", both);
    CHECK(world.post().body == "for http");
    CHECK(world.attribute(arn, "RawMessageDelivery") == "true");
}

TEST_CASE("endpoints: what an endpoint does not take is tried again, and ends in the dead-letter queue") {
    endpoint_world world;
    const std::string dead_arn = world.client.core().queue_arn("dead");
    world.client.create_queue(
        "dead", {{"Policy", R"({"Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},)"
                            R"("Action":"sqs:SendMessage","Resource":"*"}]})"}});
    world.confirmed({{"RedrivePolicy", R"({"deadLetterTargetArn":")" + dead_arn + "\"}"},
                     {"DeliveryPolicy", R"({"healthyRetryPolicy":{"numRetries":2,"numNoDelayRetries":1}})"}});
    world.publish("m");
    const endpoint_post first = world.post();
    world.answer_with(first, 503);
    const endpoint_post at_once = world.post();
    CHECK(at_once.id != first.id);
    CHECK(at_once.body == first.body);
    CHECK(header(at_once, "x-amz-sns-message-id") == header(first, "x-amz-sns-message-id"));
    world.answer_with(at_once, 0);
    CHECK(world.posts().empty());
    CHECK(world.client.core().next_event() == world.client.now + 20s);
    world.client.pass(20s);
    CHECK(world.client.ledger("dead").entered == 0);
    world.answer_with(world.post(), 500);
    CHECK(world.client.ledger("dead").entered == 1);
    CHECK(world.client.receive("http://localhost:1/000000000000/dead") == std::vector<std::string>{first.body});
    CHECK(world.client.log.back().find("it is in the subscription's dead-letter queue dead") != std::string::npos);

    world.publish("refused");
    world.answer_with(world.post(), 404);
    CHECK(world.client.ledger("dead").entered == 2);
    CHECK(world.posts().empty());
}

TEST_CASE("endpoints: a poll at the dead-letter queue gets what comes there at once") {
    endpoint_world world;
    world.client.create_queue(
        "dead", {{"Policy", R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}]})"}});
    world.confirmed({{"RedrivePolicy", R"({"deadLetterTargetArn":")" + world.client.core().queue_arn("dead") + "\"}"}});
    const answer poll = world.client.json(
        "ReceiveMessage", {{"QueueUrl", "http://localhost:1/000000000000/dead"}, {"WaitTimeSeconds", 20}});
    REQUIRE(poll.waits());
    world.publish("m");
    world.answer_with(world.post(), 410);
    CHECK(world.client.core().take_finished().size() == 1);
}

TEST_CASE("endpoints: what cannot be subscribed says why") {
    endpoint_world world;
    const auto refusal = [&](const std::string& protocol, const std::string& url) {
        return world.client.sns("Subscribe", {{"TopicArn", world.topic}, {"Protocol", protocol}, {"Endpoint", url}})
            .message();
    };
    CHECK(refusal("https", "http://h/") == "Invalid parameter: Endpoint must match the specified protocol");
    CHECK(refusal("http", "https://h/") == "Invalid parameter: Endpoint must match the specified protocol");
    CHECK(refusal("http", "http://u:p@h/").find("without a user name") != std::string::npos);
    CHECK(refusal("lambda", "arn:aws:lambda:us-east-1:000000000000:function:f").find("not to lambda") !=
          std::string::npos);
    CHECK(world.subscribe({{"DeliveryPolicy", R"({"healthyRetryPolicy":{"numRetries":101}})"}}).message() ==
          "Invalid parameter: Attributes Reason: DeliveryPolicy: numRetries must be an integer from 0 to 100, not 101");
    CHECK(world.client
              .sns("SetTopicAttributes", {{"TopicArn", world.topic},
                                          {"AttributeName", "DeliveryPolicy"},
                                          {"AttributeValue", R"({"http":{"x":1}})"}})
              .message() == "Invalid parameter: DeliveryPolicy: Unexpected JSON member: x");
    const answer fifo = world.client.sns(
        "CreateTopic",
        {{"Name", "t.fifo"}, {"Attributes.entry.1.key", "FifoTopic"}, {"Attributes.entry.1.value", "true"}});
    CHECK(
        world.client
            .sns("Subscribe", {{"TopicArn", fifo.element("TopicArn")}, {"Protocol", "http"}, {"Endpoint", "http://h/"}})
            .message()
            .find("FIFO topics deliver to queues") != std::string::npos);
    CHECK(world.posts().empty());
}

TEST_CASE("endpoints: the end of a topic and a restart end deliveries") {
    endpoint_world world;
    world.confirmed();
    world.publish("m");
    const endpoint_post under_way = world.post();
    CHECK(world.client.sns("DeleteTopic", {{"TopicArn", world.topic}}).status == 200);
    world.answer_with(under_way, 503);
    CHECK_FALSE(world.client.core().next_event());

    endpoint_world other;
    other.confirmed();
    other.publish("m");
    const endpoint_post lost = other.post();
    other.client.core().restart(sluice::local::restart_memory::lost);
    other.answer_with(lost, 503);
    CHECK_FALSE(other.client.core().next_event());
    other.topic = other.client.create_topic("t");
    REQUIRE(other.subscribe().status == 200);
    CHECK(other.post().id > lost.id); // a late answer must not be taken for that of another
}

TEST_CASE("endpoints: links of other accounts find their topics, and make no account") {
    endpoint_world world;
    REQUIRE(world.subscribe().status == 200);
    const json question = json::parse(world.post().body);
    CHECK(world
              .follow("http://localhost:1/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:123456789012:t"
                      "&Token=" +
                      question.at("Token").get<std::string>())
              .status == 400);
    CHECK(world.client.core().ledger(world.client.now).empty());
    CHECK(world.follow("http://localhost:1/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:123456789012:t:x")
              .status == 200);
}

} // namespace sns_endpoints_test
