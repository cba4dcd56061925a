// The operations that manage queues, topics and keys, against every server: what is set is what comes back. A server
// that does not know an operation is passed over for that operation; every other refusal is a failure.
#include "support/run_coroutine.hpp"
#include "support/servers.hpp"

#include <doctest/doctest.h>
#include <sluice/as_result.hpp>
#include <sluice/sns/client.hpp>
#include <sluice/sqs/client.hpp>
#include <sluice/sts/client.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace operations_test {

using boost::asio::awaitable;
using integration::server;
using sluice::as_result;
using sluice::wire_protocol;

namespace {

using texts = std::map<std::string, std::string>;

// Each line: server, operation, why. Operations that a server says it does not know need no line.
bool deviates(const server& one, const std::string& operation) {
    static const std::map<std::string, std::set<std::string>> deviations{
        // moto and ElasticMQ answer with all queues, whatever MaxResults says.
        // moto 5.2.1 has no move tasks and says so with HTTP 500.
        {"moto", {"ListQueues in pages", "StartMessageMoveTask"}},
        {"elasticmq", {"ListQueues in pages"}},
        // fauxqs 1.9.2 answers with MaxResults queues and no token to go on with.
        {"fauxqs", {"ListQueues in pages", "ListQueues to the end"}},
    };
    const auto found = deviations.find(one.name);
    return found != deviations.end() && found->second.contains(operation);
}

/// True when the operation went well; false when this server does not have it.
template<class T>
bool works(const server& one, const std::string& operation, const sluice::result<T>& reply) {
    if (reply) return true;
    const sluice::error_info& failure = reply.error();
    const bool unknown = failure.service_code.find("InvalidAction") != std::string::npos ||
                         failure.service_code.find("UnknownOperation") != std::string::npos ||
                         failure.service_code.find("UnsupportedOperation") != std::string::npos ||
                         failure.http_status == 501;
    INFO(one.name << ": " << failure.describe());
    CHECK((unknown || deviates(one, operation)));
    return false;
}

awaitable<void> queues_are_listed(const server& one, wire_protocol protocol) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, one.options(protocol));
    const auto queues = session.sqs();
    const std::string prefix = integration::unique_name("listed");
    std::set<std::string> made;
    for (int i = 0; i < 5; ++i) {
        sluice::sqs::create_queue_request request(prefix + std::to_string(i));
        const auto reply = co_await queues.create_queue(std::move(request));
        made.insert(reply.queue_url);
    }
    sluice::sqs::list_queues_request request(prefix);
    request.max_results = 2;
    auto pages = queues.queue_pages(std::move(request));
    std::set<std::string> listed;
    std::size_t count = 0;
    for (;;) {
        const auto page = co_await pages.next();
        if (!page) break;
        ++count;
        listed.insert(page->queue_urls.begin(), page->queue_urls.end());
    }
    if (!deviates(one, "ListQueues in pages")) CHECK(count >= 3);
    if (!deviates(one, "ListQueues to the end")) CHECK(listed == made);
    else CHECK(listed.size() == 2);
}

awaitable<void> dead_letters_are_managed(const server& one, const sluice::sqs::client& queues, std::string url,
                                         std::string arn, std::string source_url) {
    sluice::sqs::list_dead_letter_source_queues_request sources(url);
    const auto found = co_await as_result(queues.list_dead_letter_source_queues(std::move(sources)));
    if (works(one, "ListDeadLetterSourceQueues", found)) {
        CHECK(found->queue_urls == std::vector<std::string>(1, source_url));
    }
    sluice::sqs::start_message_move_task_request start(arn);
    start.max_messages_per_second = 5;
    const auto started = co_await as_result(queues.start_message_move_task(std::move(start)));
    if (!works(one, "StartMessageMoveTask", started)) co_return;
    sluice::sqs::list_message_move_tasks_request tasks(arn);
    const auto listed = co_await as_result(queues.list_message_move_tasks(std::move(tasks)));
    if (!works(one, "ListMessageMoveTasks", listed)) co_return;
    REQUIRE(listed->tasks.size() == 1);
    CHECK(listed->tasks[0].source_arn == arn);
    CHECK(listed->tasks[0].started.time_since_epoch().count() > 0);
}

awaitable<void> queues_are_managed(const server& one, wire_protocol protocol) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, one.options(protocol));
    const auto queues = session.sqs();
    sluice::sqs::create_queue_request create(integration::unique_name("managed"));
    create.attributes["VisibilityTimeout"] = "17";
    create.tags["born"] = "here";
    const auto made = co_await queues.create_queue(std::move(create));
    const std::string url = made.queue_url;

    sluice::sqs::tag_queue_request tag(url, texts{{"team", "a b&c"}, {"stage", "test"}});
    const auto tagged = co_await as_result(queues.tag_queue(std::move(tag)));
    if (works(one, "TagQueue", tagged)) {
        sluice::sqs::untag_queue_request untag(url, std::vector<std::string>(1, "stage"));
        co_await queues.untag_queue(std::move(untag));
        sluice::sqs::list_queue_tags_request list(url);
        const auto tags = co_await queues.list_queue_tags(std::move(list));
        const texts wanted{{"born", "here"}, {"team", "a b&c"}};
        CHECK(tags.tags == wanted);
    }

    sluice::sqs::add_permission_request permit(url, "label-1");
    permit.account_ids.emplace_back("123456789012");
    permit.actions.emplace_back("SendMessage");
    const auto permitted = co_await as_result(queues.add_permission(std::move(permit)));
    if (works(one, "AddPermission", permitted)) {
        sluice::sqs::remove_permission_request forbid(url, "label-1");
        co_await queues.remove_permission(std::move(forbid));
    }

    sluice::sqs::get_queue_attributes_request ask(url);
    const auto attributes = co_await queues.get_queue_attributes(std::move(ask));
    CHECK(attributes.attributes.at("VisibilityTimeout") == "17");

    // A dead-letter queue and its source.
    sluice::sqs::create_queue_request source(integration::unique_name("source"));
    source.attributes["RedrivePolicy"] =
        R"({"deadLetterTargetArn":")" + attributes.attributes.at("QueueArn") + R"(","maxReceiveCount":"3"})";
    const auto source_made = co_await as_result(queues.create_queue(std::move(source)));
    if (works(one, "CreateQueue with RedrivePolicy", source_made)) {
        co_await dead_letters_are_managed(one, queues, url, attributes.attributes.at("QueueArn"),
                                          source_made->queue_url);
    }
    sluice::sqs::purge_queue_request purge(url);
    co_await queues.purge_queue(std::move(purge));
    sluice::sqs::delete_queue_request remove(url);
    co_await queues.delete_queue(std::move(remove));
}

awaitable<void> topics_are_managed(const server& one, wire_protocol protocol) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, one.options(protocol));
    const auto topics = session.sns();
    sluice::sns::create_topic_request create(integration::unique_name("topic"));
    const auto made = co_await topics.create_topic(std::move(create));
    const std::string arn = made.topic_arn;

    bool listed = false;
    auto pages = topics.topic_pages();
    for (;;) {
        const auto page = co_await pages.next();
        if (!page) break;
        listed = listed || std::ranges::find(page->topic_arns, arn) != page->topic_arns.end();
    }
    CHECK(listed);
    sluice::sns::set_topic_attributes_request set(arn, "DisplayName", "a <b> & c");
    co_await topics.set_topic_attributes(std::move(set));
    sluice::sns::get_topic_attributes_request ask(arn);
    const auto attributes = co_await topics.get_topic_attributes(std::move(ask));
    CHECK(attributes.attributes.at("DisplayName") == "a <b> & c");

    sluice::sns::tag_resource_request tag(arn, texts{{"team", "x"}, {"stage", "test"}});
    const auto tagged = co_await as_result(topics.tag_resource(std::move(tag)));
    if (works(one, "TagResource", tagged)) {
        sluice::sns::untag_resource_request untag(arn, std::vector<std::string>(1, "stage"));
        co_await topics.untag_resource(std::move(untag));
        sluice::sns::list_tags_for_resource_request list(arn);
        const auto tags = co_await topics.list_tags_for_resource(std::move(list));
        const texts wanted{{"team", "x"}};
        CHECK(tags.tags == wanted);
    }
    sluice::sns::add_permission_request permit(arn, "label-1");
    permit.account_ids.emplace_back("123456789012");
    permit.actions.emplace_back("Publish");
    const auto permitted = co_await as_result(topics.add_permission(std::move(permit)));
    if (works(one, "AddPermission", permitted)) {
        sluice::sns::remove_permission_request forbid(arn, "label-1");
        co_await topics.remove_permission(std::move(forbid));
    }

    sluice::sqs::create_queue_request queue(integration::unique_name("subscribed"));
    const auto queue_made = co_await session.sqs().create_queue(std::move(queue));
    sluice::sqs::get_queue_attributes_request queue_ask(queue_made.queue_url);
    const auto queue_attributes = co_await session.sqs().get_queue_attributes(std::move(queue_ask));
    sluice::sns::subscribe_request subscribe(arn, queue_attributes.attributes.at("QueueArn"));
    subscribe.attributes["RawMessageDelivery"] = "true";
    const auto subscribed = co_await topics.subscribe(std::move(subscribe));
    sluice::sns::get_subscription_attributes_request subscription_ask(subscribed.subscription_arn);
    const auto subscription = co_await topics.get_subscription_attributes(std::move(subscription_ask));
    CHECK(subscription.attributes.at("RawMessageDelivery") == "true");
    sluice::sns::list_subscriptions_by_topic_request by_topic(arn);
    auto subscriptions = topics.subscription_by_topic_pages(std::move(by_topic));
    const auto page = co_await subscriptions.next();
    REQUIRE((page && page->subscriptions.size() == 1));
    CHECK(page->subscriptions[0].endpoint == queue_attributes.attributes.at("QueueArn"));
    CHECK(page->subscriptions[0].protocol == "sqs");
    sluice::sns::unsubscribe_request unsubscribe(subscribed.subscription_arn);
    co_await topics.unsubscribe(std::move(unsubscribe));

    const sluice::query_parameters parameters{{"TopicArn", arn}};
    const sluice::raw_reply raw = co_await topics.call("GetTopicAttributes", parameters);
    CHECK(raw.status == 200);
    CHECK(raw.body.find("a &lt;b&gt; &amp; c") != std::string::npos);
    CHECK_FALSE(raw.request_id.empty());
    sluice::sns::delete_topic_request remove(arn);
    co_await topics.delete_topic(std::move(remove));
}

awaitable<void> keys_are_handed_out(const server& one, wire_protocol protocol) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, one.options(protocol));
    const auto before = std::chrono::system_clock::now();
    sluice::sts::assume_role_request role("arn:aws:iam::123456789012:role/reader", "session-1");
    role.duration = std::chrono::seconds(900);
    const auto assumed = co_await as_result(session.sts().assume_role(std::move(role)));
    if (works(one, "AssumeRole", assumed)) {
        CHECK_FALSE(assumed->keys.session_token.empty());
        REQUIRE(assumed->keys.expiration.has_value());
        CHECK(*assumed->keys.expiration > before + std::chrono::seconds(600));
        CHECK(*assumed->keys.expiration < before + std::chrono::seconds(1200));
        CHECK(assumed->user.arn.find("session-1") != std::string::npos);
    }
    sluice::sts::assume_role_with_web_identity_request web("arn:aws:iam::123456789012:role/reader", "session-2",
                                                           "a.web.token");
    const auto identified = co_await as_result(session.sts().assume_role_with_web_identity(std::move(web)));
    if (works(one, "AssumeRoleWithWebIdentity", identified)) CHECK_FALSE(identified->keys.access_key_id.empty());
    const auto token = co_await as_result(session.sts().get_session_token());
    if (works(one, "GetSessionToken", token)) CHECK(*token->keys.expiration > before);
}

void run_on_every_server(awaitable<void> (*test)(const server&, wire_protocol), bool needs_topics) {
    integration::for_each_server([&](const server& one, wire_protocol protocol) {
        if (needs_topics && !one.has_topics) return;
        INFO(one.name << " over " << integration::name_of(protocol));
        boost::asio::io_context context;
        integration::run_coroutine(context, [&] { return test(one, protocol); });
    });
}

} // namespace

TEST_CASE("operations: queues are listed page by page") { run_on_every_server(&queues_are_listed, false); }
TEST_CASE("operations: queues, their tags, permissions and move tasks") {
    run_on_every_server(&queues_are_managed, false);
}
TEST_CASE("operations: topics, their attributes, tags, permissions and subscriptions") {
    run_on_every_server(&topics_are_managed, true);
}
TEST_CASE("operations: temporary keys") { run_on_every_server(&keys_are_handed_out, true); }

} // namespace operations_test
