// The chain over a scripted service: which calls, in which order, and what a second run leaves alone.
#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"

#include "topology/queue_policy.hpp"

#include <sluice/as_result.hpp>
#include <sluice/chain.hpp>

#include <doctest/doctest.h>

namespace chain_test {

using namespace unit_tests;
using sluice::chain;
using sluice::chain_queue;
using sluice::errc;
using text_list = std::vector<std::string>;

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

std::string queue_attributes(const std::string& policy) {
    std::string inner = "<Attribute><Name>QueueArn</Name><Value>" + std::string(billing_arn) + "</Value></Attribute>";
    if (!policy.empty()) inner += "<Attribute><Name>Policy</Name><Value>" + escaped(policy) + "</Value></Attribute>";
    return reply_to("GetQueueAttributes", inner);
}

std::string map_reply(std::string_view operation, const std::map<std::string, std::string>& attributes) {
    std::string inner = "<Attributes>";
    for (const auto& [key, value] : attributes) {
        inner += "<entry><key>" + key + "</key><value>" + escaped(value) + "</value></entry>";
    }
    return reply_to(operation, inner + "</Attributes>");
}

std::string subscribe_reply() {
    return reply_to("Subscribe", "<SubscriptionArn>" + std::string(subscription) + "</SubscriptionArn>");
}

std::string ours() { return sluice::topology::allow_topic("", billing_arn, topic_arn)->value(); }

struct fixture {
    boost::asio::io_context context;
    std::shared_ptr<scripted_transport> script = std::make_shared<scripted_transport>(context.get_executor());
    sluice::session session = scripted_session(context.get_executor(), script);

    void queue_is_missing() {
        script->expect("GetQueueUrl").reply(400, error_xml("AWS.SimpleQueueService.NonExistentQueue", "no such queue"));
    }
    void account_is_known() {
        script->expect("GetCallerIdentity")
            .reply(200,
                   reply_to("GetCallerIdentity", "<Account>123456789012</Account>"
                                                 "<Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>U</UserId>"));
    }
    void topic_is_missing() {
        script->expect("GetTopicAttributes").reply(404, error_xml("NotFound", "Topic does not exist"));
    }
    void topic_is_made() {
        script->expect("CreateTopic")
            .reply(200, reply_to("CreateTopic", "<TopicArn>" + std::string(topic_arn) + "</TopicArn>"));
    }
    void queue_is_made() {
        script->expect("CreateQueue").reply(200, url_reply("CreateQueue"));
        script->expect("GetQueueAttributes").reply(200, queue_attributes(ours()));
    }
    void queue_stands(const std::string& policy) {
        script->expect("GetQueueUrl").reply(200, url_reply("GetQueueUrl"));
        script->expect("GetQueueAttributes").reply(200, queue_attributes(policy));
    }
    void topic_stands() { script->expect("GetTopicAttributes").reply(200, map_reply("GetTopicAttributes", {})); }
    void subscription_stands(const std::map<std::string, std::string>& attributes) {
        script->expect("ListSubscriptionsByTopic")
            .reply(200, reply_to("ListSubscriptionsByTopic",
                                 "<Subscriptions><member><SubscriptionArn>" + std::string(subscription) +
                                     "</SubscriptionArn><Protocol>sqs</Protocol><Endpoint>" + billing_arn +
                                     "</Endpoint></member></Subscriptions>"));
        script->expect("GetSubscriptionAttributes").reply(200, map_reply("GetSubscriptionAttributes", attributes));
    }
    void nobody_is_subscribed() {
        script->expect("ListSubscriptionsByTopic")
            .reply(200, reply_to("ListSubscriptionsByTopic", "<Subscriptions></Subscriptions>"));
    }
    sluice::result<sluice::chain_report> ensure(const chain& wanted) {
        return run(context, sluice::as_result(sluice::ensure(session, wanted)));
    }
    void all_was_played() const {
        CHECK(script->steps_left() == 0);
        CHECK(script->unexpected().empty());
    }
};

} // namespace

TEST_CASE("chain: on a bare account everything is made, the policy with the queue and before the subscription") {
    fixture test;
    test.queue_is_missing();
    test.account_is_known();
    test.topic_is_missing();
    test.topic_is_made();
    test.queue_is_made();
    test.script->expect("Subscribe").reply(200, subscribe_reply());
    chain_queue billing("billing", R"({"kind":["order"]})");
    billing.attributes["VisibilityTimeout"] = "60";
    // Read back without it, as if somebody else had made the queue: it is set then.
    test.script->expect("SetQueueAttributes").reply(200, reply_to("SetQueueAttributes", ""));
    const auto report = test.ensure(chain("orders").queue(billing));
    REQUIRE(report.has_value());
    CHECK(report->changed());
    CHECK(report->topic_arn == topic_arn);
    REQUIRE(report->queues.size() == 1);
    CHECK(report->queues[0].queue_name == "billing");
    CHECK(report->queues[0].queue_url == billing_url);
    CHECK(report->queues[0].queue_arn == billing_arn);
    CHECK(report->queues[0].subscription_arn == subscription);
    CHECK(test.script->operations() == text_list{"GetQueueUrl", "GetCallerIdentity", "GetTopicAttributes",
                                                 "CreateTopic", "CreateQueue", "GetQueueAttributes",
                                                 "SetQueueAttributes", "Subscribe"});
    const auto calls = test.script->calls();
    CHECK(calls[3].parameter("Name") == "orders");
    CHECK(calls[4].parameter("Attribute.1.Name") == "Policy");
    CHECK(calls[4].parameter("Attribute.1.Value") == ours());
    CHECK(calls[4].parameter("Attribute.2.Name") == "VisibilityTimeout");
    CHECK(calls[7].parameter("Protocol") == "sqs");
    CHECK(calls[7].parameter("Endpoint") == billing_arn);
    std::map<std::string, std::string> subscribed;
    for (const std::string i : {"1", "2", "3"}) {
        subscribed[calls[7].parameter("Attributes.entry." + i + ".key")] =
            calls[7].parameter("Attributes.entry." + i + ".value");
    }
    CHECK(subscribed == std::map<std::string, std::string>{{"FilterPolicy", R"({"kind":["order"]})"},
                                                           {"FilterPolicyScope", "MessageAttributes"},
                                                           {"RawMessageDelivery", "true"}});
    test.all_was_played();
}

TEST_CASE("chain: where everything stands, it is only looked at") {
    fixture test;
    test.queue_stands(ours());
    test.topic_stands();
    test.subscription_stands({{"RawMessageDelivery", "true"}});
    const auto report = test.ensure(chain("orders").queue("billing"));
    REQUIRE(report.has_value());
    CHECK_FALSE(report->changed());
    CHECK(report->steps.size() == 4);
    CHECK(report->queues[0].subscription_arn == subscription);
    CHECK(test.script->operations() == text_list{"GetQueueUrl", "GetQueueAttributes", "GetTopicAttributes",
                                                 "ListSubscriptionsByTopic", "GetSubscriptionAttributes"});
    CHECK(test.script->calls()[2].parameter("TopicArn") == topic_arn); // the queue told the account
    test.all_was_played();
}

TEST_CASE("chain: without STS the account is found among the topics") {
    fixture test;
    test.queue_is_missing();
    test.script->expect("GetCallerIdentity").fail(errc::connection, false);
    const auto topics = [](const std::string& inner, const std::string& token) {
        return reply_to("ListTopics", "<Topics>" + inner + "</Topics>" +
                                          (token.empty() ? "" : "<NextToken>" + token + "</NextToken>"));
    };
    const auto member = [](const std::string& arn) { return "<member><TopicArn>" + arn + "</TopicArn></member>"; };
    test.script->expect("ListTopics").reply(200, topics(member("arn:aws:sns:eu-west-1:123456789012:other"), "more"));
    test.script->expect("ListTopics").reply(200, topics(member(topic_arn), "even more"));
    test.topic_stands();
    test.nobody_is_subscribed();
    const auto steps = run(test.context, sluice::plan(test.session, chain("orders").queue("billing")));
    REQUIRE(steps.size() == 3);
    CHECK(steps[0].resource == "queue billing");
    CHECK(steps[2].action == sluice::chain_action::leave);
    CHECK(test.script->calls()[3].parameter("NextToken") == "more");
    test.all_was_played();
}

TEST_CASE("chain: plan changes nothing, also on an account without anything") {
    fixture test;
    test.queue_is_missing();
    test.script->expect("GetCallerIdentity").reply(403, error_xml("AccessDenied", "no"));
    test.script->expect("ListTopics").reply(200, reply_to("ListTopics", "<Topics></Topics>"));
    const auto steps = run(test.context, sluice::plan(test.session, chain("orders").queue("billing")));
    CHECK(steps.size() == 3);
    CHECK(test.script->operations() == text_list{"GetQueueUrl", "GetCallerIdentity", "ListTopics"});
}

TEST_CASE("chain: an existing subscription with other settings gets ours, one by one") {
    fixture test;
    test.queue_stands(ours());
    test.topic_stands();
    test.subscription_stands({{"RawMessageDelivery", "true"}, {"FilterPolicy", R"({"a":["b"]})"}});
    test.script->expect("SetSubscriptionAttributes").reply(200, reply_to("SetSubscriptionAttributes", "")).times(2);
    chain_queue billing("billing");
    billing.raw_delivery = false;
    REQUIRE(test.ensure(chain("orders").queue(billing)).has_value());
    std::map<std::string, std::string> set;
    for (const auto& call : test.script->calls()) {
        if (call.operation != "SetSubscriptionAttributes") continue;
        CHECK(call.parameter("SubscriptionArn") == subscription);
        set[call.parameter("AttributeName")] = call.parameter("AttributeValue");
    }
    // A filter that is not wanted any more is taken away.
    CHECK(set == std::map<std::string, std::string>{{"FilterPolicy", "{}"}, {"RawMessageDelivery", "false"}});
    test.all_was_played();
}

TEST_CASE("chain: somebody else made the queue meanwhile: it is looked at again") {
    fixture test;
    test.queue_is_missing();
    test.account_is_known();
    test.topic_stands();
    test.nobody_is_subscribed();
    test.script->expect("CreateQueue").reply(400, error_xml("QueueAlreadyExists", "with other attributes"));
    test.queue_stands("");
    test.topic_stands();
    test.nobody_is_subscribed();
    // The policy is read again just before it is written, and at the end.
    test.script->expect("GetQueueAttributes").reply(200, queue_attributes(""));
    test.script->expect("SetQueueAttributes").reply(200, reply_to("SetQueueAttributes", ""));
    test.script->expect("GetQueueAttributes").reply(200, queue_attributes(ours()));
    test.script->expect("Subscribe").reply(200, subscribe_reply());
    const auto report = test.ensure(chain("orders").queue("billing"));
    REQUIRE(report.has_value());
    CHECK(report->steps[0].resource == "policy of queue billing");
    test.all_was_played();
}

TEST_CASE("chain: a policy that another chain has overwritten is written again") {
    fixture test;
    for (int round = 0; round < 2; ++round) {
        test.queue_stands("");
        test.topic_stands();
        test.subscription_stands({{"RawMessageDelivery", "true"}});
        test.script->expect("GetQueueAttributes").reply(200, queue_attributes(""));
        test.script->expect("SetQueueAttributes").reply(200, reply_to("SetQueueAttributes", ""));
        test.script->expect("GetQueueAttributes").reply(200, queue_attributes(round == 0 ? "" : ours()));
    }
    REQUIRE(test.ensure(chain("orders").queue("billing")).has_value());
    test.all_was_played();
}

TEST_CASE("chain: a failure in the middle is thrown, and the next run goes on from there") {
    fixture test;
    test.queue_is_missing();
    test.account_is_known();
    test.topic_is_missing();
    test.topic_is_made();
    test.script->expect("CreateQueue").reply(403, error_xml("AccessDenied", "not you"));
    const chain wanted = chain("orders").queue("billing");
    const auto failed = test.ensure(wanted);
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().code == errc::access_denied);
    CHECK(failed.error().operation == "CreateQueue");
    test.queue_is_missing();
    test.account_is_known();
    test.topic_stands();
    test.nobody_is_subscribed();
    test.queue_is_made();
    test.script->expect("Subscribe").reply(200, subscribe_reply());
    CHECK(test.ensure(wanted).has_value());
    test.all_was_played();
}

TEST_CASE("chain: a queue that does not tell its ARN is an error, not an empty policy") {
    fixture test;
    test.script->expect("GetQueueUrl").reply(200, url_reply("GetQueueUrl"));
    test.script->expect("GetQueueAttributes").reply(200, reply_to("GetQueueAttributes", ""));
    const auto failed = test.ensure(chain("orders").queue("billing"));
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().code == errc::bad_reply);
    CHECK(test.script->unexpected().empty());
}

TEST_CASE("chain: what cannot be is refused before anything is sent") {
    fixture test;
    const auto failed = test.ensure(chain("orders").queue("billing.fifo"));
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().code == errc::invalid_argument);
    CHECK(failed.error().message.find("FIFO") != std::string::npos);
    const auto checked = run(test.context, sluice::as_result(sluice::check(test.session, chain("bad topic"))));
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().code == errc::invalid_argument);
    CHECK(test.script->calls().empty());
}

} // namespace chain_test
