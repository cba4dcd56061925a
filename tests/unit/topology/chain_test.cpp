// The chain over a scripted service: which calls, in which order, and what a second run leaves alone.
#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"

#include "topology/queue_policy.hpp"

#include <sluice/as_result.hpp>
#include <sluice/chain.hpp>

#include <doctest/doctest.h>

using namespace unit_tests;
using sluice::chain;
using sluice::chain_queue;
using sluice::errc;

namespace {

constexpr const char* billing_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/billing";
constexpr const char* billing_arn = "arn:aws:sqs:eu-west-1:123456789012:billing";
constexpr const char* subscription = "arn:aws:sns:eu-west-1:123456789012:orders:1";

std::string url_reply(std::string_view operation) {
    return reply_to(operation, "<QueueUrl>" + std::string(billing_url) + "</QueueUrl>");
}

std::string escaped(std::string text) {
    for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 6) text.replace(at, 1, "&quot;");
    return text;
}

std::string attributes_reply(const std::string& policy) {
    std::string inner = "<Attribute><Name>QueueArn</Name><Value>" + std::string(billing_arn) + "</Value></Attribute>";
    if (!policy.empty()) inner += "<Attribute><Name>Policy</Name><Value>" + escaped(policy) + "</Value></Attribute>";
    return reply_to("GetQueueAttributes", inner);
}

std::string subscribe_reply() {
    return reply_to("Subscribe", "<SubscriptionArn>" + std::string(subscription) + "</SubscriptionArn>");
}

struct fixture {
    boost::asio::io_context context;
    std::shared_ptr<scripted_transport> script = std::make_shared<scripted_transport>(context.get_executor());
    sluice::session session = scripted_session(context.get_executor(), script);

    fixture() {
        script->expect("CreateTopic")
            .reply(200, reply_to("CreateTopic", "<TopicArn>" + std::string(topic_arn) + "</TopicArn>"))
            .always();
    }
    void queue_is_missing() {
        script->expect("GetQueueUrl").reply(400, error_xml("AWS.SimpleQueueService.NonExistentQueue", "no such queue"));
        script->expect("CreateQueue").reply(200, url_reply("CreateQueue"));
    }
    void queue_stands() { script->expect("GetQueueUrl").reply(200, url_reply("GetQueueUrl")); }
    sluice::result<sluice::chain_links> ensure(const chain& wanted) {
        return run(context, sluice::as_result(wanted.ensure(session)));
    }
};

} // namespace

TEST_CASE("chain: on a bare account everything is made, the policy before the subscription") {
    fixture test;
    test.queue_is_missing();
    test.script->expect("GetQueueAttributes").reply(200, attributes_reply(""));
    test.script->expect("SetQueueAttributes").reply(200, reply_to("SetQueueAttributes", ""));
    test.script->expect("Subscribe").reply(200, subscribe_reply());
    chain_queue billing("billing", R"({"kind":["order"]})");
    billing.attributes["VisibilityTimeout"] = "60";
    const auto links = test.ensure(chain("orders").queue(billing));
    REQUIRE(links.has_value());
    CHECK(links->topic_arn == topic_arn);
    REQUIRE(links->queues.size() == 1);
    CHECK(links->queues[0].queue_name == "billing");
    CHECK(links->queues[0].queue_url == billing_url);
    CHECK(links->queues[0].queue_arn == billing_arn);
    CHECK(links->queues[0].subscription_arn == subscription);
    CHECK(test.script->operations() == std::vector<std::string>{"CreateTopic", "GetQueueUrl", "CreateQueue",
                                                                "GetQueueAttributes", "SetQueueAttributes",
                                                                "Subscribe"});
    const auto calls = test.script->calls();
    CHECK(calls[0].parameter("Name") == "orders");
    CHECK(calls[2].parameter("Attribute.1.Name") == "VisibilityTimeout");
    CHECK(calls[4].parameter("Attribute.1.Name") == "Policy");
    CHECK(calls[4].parameter("Attribute.1.Value").find(topic_arn) != std::string::npos);
    CHECK(calls[5].parameter("Protocol") == "sqs");
    CHECK(calls[5].parameter("Endpoint") == billing_arn);
    std::map<std::string, std::string> subscribed;
    for (const std::string i : {"1", "2"}) {
        subscribed[calls[5].parameter("Attributes.entry." + i + ".key")] =
            calls[5].parameter("Attributes.entry." + i + ".value");
    }
    CHECK(subscribed == std::map<std::string, std::string>{{"FilterPolicy", R"({"kind":["order"]})"},
                                                           {"RawMessageDelivery", "true"}});
}

TEST_CASE("chain: where everything stands, nothing is created and the policy is not written again") {
    fixture test;
    test.queue_stands();
    const auto policy = sluice::topology::allow_topic("", billing_arn, topic_arn);
    test.script->expect("GetQueueAttributes").reply(200, attributes_reply(**policy));
    test.script->expect("Subscribe").reply(200, subscribe_reply());
    CHECK(test.ensure(chain("orders").queue("billing")).has_value());
    CHECK(test.script->operations() ==
          std::vector<std::string>{"CreateTopic", "GetQueueUrl", "GetQueueAttributes", "Subscribe"});
}

TEST_CASE("chain: an existing subscription with other settings gets ours, one by one") {
    fixture test;
    test.queue_stands();
    const auto policy = sluice::topology::allow_topic("", billing_arn, topic_arn);
    test.script->expect("GetQueueAttributes").reply(200, attributes_reply(**policy));
    test.script->expect("Subscribe")
        .reply(400, error_xml(
                        "InvalidParameter",
                        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"));
    test.script->expect("Subscribe").reply(200, subscribe_reply());
    test.script->expect("SetSubscriptionAttributes").reply(200, reply_to("SetSubscriptionAttributes", "")).times(2);
    chain_queue billing("billing");
    billing.raw_delivery = false;
    const auto links = test.ensure(chain("orders").queue(billing));
    REQUIRE(links.has_value());
    CHECK(links->queues[0].subscription_arn == subscription);
    std::map<std::string, std::string> set;
    for (const auto& call : test.script->calls()) {
        if (call.operation != "SetSubscriptionAttributes") continue;
        CHECK(call.parameter("SubscriptionArn") == subscription);
        set[call.parameter("AttributeName")] = call.parameter("AttributeValue");
    }
    // A filter that is not wanted any more is taken away.
    CHECK(set == std::map<std::string, std::string>{{"FilterPolicy", "{}"}, {"RawMessageDelivery", "false"}});
}

TEST_CASE("chain: a failure in the middle is thrown, and the next run goes on from there") {
    fixture test;
    test.queue_is_missing();
    test.script->expect("GetQueueAttributes").reply(403, error_xml("AccessDenied", "not you"));
    const chain wanted = chain("orders").queue("billing");
    const auto failed = test.ensure(wanted);
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().code == errc::access_denied);
    CHECK(failed.error().operation == "GetQueueAttributes");
    test.queue_stands();
    test.script->expect("GetQueueAttributes").reply(200, attributes_reply(""));
    test.script->expect("SetQueueAttributes").reply(200, reply_to("SetQueueAttributes", ""));
    test.script->expect("Subscribe").reply(200, subscribe_reply());
    CHECK(test.ensure(wanted).has_value());
    CHECK(test.script->steps_left() == 0);
    CHECK(test.script->unexpected().empty());
}

TEST_CASE("chain: a queue that does not tell its ARN is an error, not an empty policy") {
    fixture test;
    test.queue_stands();
    test.script->expect("GetQueueAttributes").reply(200, reply_to("GetQueueAttributes", ""));
    const auto failed = test.ensure(chain("orders").queue("billing"));
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().code == errc::bad_reply);
    CHECK(test.script->unexpected().empty());
}

TEST_CASE("chain: what cannot be is refused before anything is created") {
    fixture test;
    const auto refusal = [&test](const chain& wanted) {
        const auto links = test.ensure(wanted);
        REQUIRE_FALSE(links.has_value());
        CHECK(links.error().code == errc::invalid_argument);
        return links.error().message;
    };
    CHECK(refusal(chain("bad topic")).find("bad topic") != std::string::npos);
    CHECK(refusal(chain("orders").queue("billing").queue("bad/queue")).find("bad/queue") != std::string::npos);
    CHECK(refusal(chain("orders").queue("billing.fifo")).find("FIFO") != std::string::npos);
    CHECK(refusal(chain("orders").queue("billing", "not json")).find("not json") != std::string::npos);
    CHECK(refusal(chain("orders").queue("billing", "[]")).find("billing") != std::string::npos);
    CHECK(test.script->calls().empty());
}

TEST_CASE("chain: FIFO topics and queues are made as such") {
    fixture test;
    test.queue_is_missing();
    test.script->expect("GetQueueAttributes").reply(200, attributes_reply(""));
    test.script->expect("SetQueueAttributes").reply(200, reply_to("SetQueueAttributes", ""));
    test.script->expect("Subscribe").reply(200, subscribe_reply());
    REQUIRE(test.ensure(chain("orders.fifo").queue("billing.fifo")).has_value());
    const auto calls = test.script->calls();
    CHECK(calls[0].parameter("Attributes.entry.1.key") == "FifoTopic");
    CHECK(calls[2].parameter("Attribute.1.Name") == "FifoQueue");
    CHECK(calls[2].parameter("Attribute.1.Value") == "true");
}
