// Faults planted at every server with topics, one test each, and what check says about them.
#include "support/resources.hpp"
#include "support/run_coroutine.hpp"
#include "support/servers.hpp"

#include <sluice/sluice.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <optional>

namespace chain_check_test {

namespace {

using boost::asio::awaitable;
using integration::make_queue;
using integration::server;
using integration::unique_name;
using sluice::chain;
using sluice::chain_fault;
using sluice::chain_queue;
using sluice::message;

using findings = std::vector<sluice::chain_finding>;

std::string text_of(const findings& all) {
    std::string text;
    for (const auto& one : all) text += std::string(name_of(one.fault)) + " " + one.resource + " " + one.text + "\n";
    return text;
}

bool has(const findings& all, chain_fault fault, const std::string& resource, bool certain = true) {
    return std::ranges::any_of(all, [&](const sluice::chain_finding& one) {
        return one.fault == fault && one.resource == resource && one.certain == certain;
    });
}

awaitable<void> expect(sluice::session session, chain definition, chain_fault fault, std::string resource,
                       std::optional<message> sample = std::nullopt, bool certain = true) {
    const auto all = co_await sluice::check(session, definition, sample);
    INFO("wanted: " << name_of(fault) << " of " << resource << "; found:\n" << text_of(all));
    CHECK(has(all, fault, resource, certain));
}

/// Names of its own for each server and protocol.
struct names {
    std::string end = unique_name("-check");
    std::string topic = "orders" + end;
    std::string queue = "billing" + end;

    [[nodiscard]] chain definition() const { return chain(topic).queue(queue); }
};

using scenario = awaitable<void> (*)(sluice::session, names);

/// At all servers with topics but those that cannot have the fault: `without` names them with the reason.
void planted(scenario play, const std::vector<std::pair<std::string, std::string>>& without = {}) {
    integration::for_each_server([&](const server& one, sluice::wire_protocol protocol) {
        if (!one.has_topics) return;
        for (const auto& [name, reason] : without) {
            if (one.name != name) continue;
            std::cout << "check: not planted at " << name << ": " << reason << '\n';
            return;
        }
        boost::asio::io_context context;
        const sluice::session session(context.get_executor(), one.options(protocol));
        integration::run_coroutine(context, [&] { return play(session, names()); });
    });
}

awaitable<std::string> arn_of(sluice::session session, std::string url) {
    sluice::sqs::get_queue_attributes_request ask(std::move(url));
    const auto reply = co_await session.sqs().get_queue_attributes(ask);
    co_return reply.attributes.at("QueueArn");
}

/// Topic, queue and subscription by hand: nobody has thought of the policy.
awaitable<std::string> without_policy(sluice::session session, names of) {
    sluice::sns::create_topic_request create(of.topic);
    const auto topic = co_await session.sns().create_topic(create);
    const std::string url = co_await make_queue(session, of.queue);
    const std::string arn = co_await arn_of(session, url);
    sluice::sns::subscribe_request subscribe(topic.topic_arn, arn);
    subscribe.attributes["RawMessageDelivery"] = "true";
    co_await session.sns().subscribe(subscribe);
    co_return url;
}

awaitable<void> set_attribute(sluice::session session, std::string url, std::string name, std::string value) {
    sluice::sqs::set_queue_attributes_request set(std::move(url));
    set.attributes[name] = std::move(value);
    co_await session.sqs().set_queue_attributes(set);
}

/// The topic delivers to a queue of the same name elsewhere.
awaitable<void> subscribe_elsewhere(sluice::session session, names of, std::string region, std::string account) {
    sluice::sns::create_topic_request create(of.topic);
    const auto topic = co_await session.sns().create_topic(create);
    co_await make_queue(session, of.queue);
    sluice::sns::subscribe_request subscribe(topic.topic_arn, "arn:aws:sqs:" + region + ":" + account + ":" + of.queue);
    co_await session.sns().subscribe(subscribe);
}

} // namespace

TEST_CASE("check: what is missing") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        co_await expect(session, of.definition(), chain_fault::topic_missing, "topic " + of.topic);
        co_await expect(session, of.definition(), chain_fault::queue_missing, "queue " + of.queue);
        sluice::sns::create_topic_request create(of.topic);
        co_await session.sns().create_topic(create);
        co_await expect(session, of.definition(), chain_fault::queue_missing, "queue " + of.queue);
        co_await make_queue(session, of.queue);
        co_await expect(session, of.definition(), chain_fault::subscription_missing,
                        "subscription of queue " + of.queue);
    });
}

TEST_CASE("check: missing policy") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        co_await without_policy(session, of);
        const auto all = co_await sluice::check(session, of.definition());
        INFO(text_of(all));
        REQUIRE(all.size() == 1);
        CHECK(all[0].fault == chain_fault::policy_missing);
        CHECK(all[0].resource == "policy of queue " + of.queue);
        // And it is what ensure repairs.
        co_await sluice::ensure(session, of.definition());
        const auto none = co_await sluice::check(session, of.definition());
        INFO(text_of(none));
        CHECK(none.empty());
    });
}

TEST_CASE("check: a policy that forbids it") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        const std::string url = co_await without_policy(session, of);
        const std::string arn = co_await arn_of(session, url);
        co_await sluice::ensure(session, of.definition());
        co_await set_attribute(session, url, "Policy",
                               R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",)"
                               R"("Action":"sqs:SendMessage","Resource":")" +
                                   arn + "\"}]}");
        co_await expect(session, of.definition(), chain_fault::policy_denies, "policy of queue " + of.queue);
    });
}

TEST_CASE("check: a FIFO queue at a standard topic") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        of.queue += ".fifo";
        sluice::sns::create_topic_request create(of.topic);
        co_await session.sns().create_topic(create);
        co_await make_queue(session, of.queue);
        co_await expect(session, of.definition(), chain_fault::type_mismatch, "queue " + of.queue);
    });
}

TEST_CASE("check: raw delivery with more than 10 attributes") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        co_await sluice::ensure(session, of.definition());
        message sample("x");
        for (int i = 0; i < 11; ++i) sample.attribute("attribute-" + std::to_string(i), "x");
        co_await expect(session, of.definition(), chain_fault::too_many_attributes, "subscription of queue " + of.queue,
                        sample);
    });
}

TEST_CASE("check: a filter policy that does not match the sample") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        const chain definition = chain(of.topic).queue(of.queue, R"({"country":["DE"]})");
        co_await sluice::ensure(session, definition);
        message sample("x");
        sample.attribute("country", "IT");
        co_await expect(session, definition, chain_fault::filter_rejects, "subscription of queue " + of.queue, sample);
        message good("x");
        good.attribute("country", "DE");
        const auto none = co_await sluice::check(session, definition, good);
        INFO(text_of(none));
        CHECK(none.empty());
    });
}

TEST_CASE("check: a queue of another region") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        co_await subscribe_elsewhere(session, of, "eu-west-1", "000000000000");
        co_await expect(session, of.definition(), chain_fault::wrong_region, "subscription of queue " + of.queue);
    });
}

TEST_CASE("check: a queue of another account") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        co_await subscribe_elsewhere(session, of, "us-east-1", "999999999999");
        co_await expect(session, of.definition(), chain_fault::wrong_account, "subscription of queue " + of.queue);
    });
}

TEST_CASE("check: a policy for a topic of another region") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        const std::string url = co_await without_policy(session, of);
        const std::string arn = co_await arn_of(session, url);
        co_await set_attribute(
            session, url, "Policy",
            R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
            R"("Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":")" +
                arn + R"(","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-west-1:*:)" + of.topic + "\"}}}]}");
        co_await expect(session, of.definition(), chain_fault::wrong_region, "policy of queue " + of.queue);
    });
}

TEST_CASE("check: a key that SNS cannot use, and one that cannot be seen") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        chain_queue queue(of.queue);
        queue.encryption = sluice::queue_encryption::kms("alias/aws/sqs");
        chain definition = chain(of.topic).queue(queue);
        co_await sluice::ensure(session, definition);
        co_await expect(session, definition, chain_fault::encryption_key, "queue " + of.queue);
        queue.encryption = sluice::queue_encryption::kms("alias/of-our-own");
        definition = chain(of.topic).queue(queue);
        co_await sluice::ensure(session, definition);
        co_await expect(session, definition, chain_fault::encryption_key, "queue " + of.queue, std::nullopt, false);
    });
}

TEST_CASE("check: a dead-letter queue of the other type") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        // As defined.
        chain_queue queue(of.queue);
        queue.dead_letter_queue = "dead" + of.end + ".fifo";
        const chain definition = chain(of.topic).queue(queue);
        co_await expect(session, definition, chain_fault::dead_letter_type, "queue " + of.queue);
        // As found: servers take it for a subscription.
        const auto made = co_await sluice::ensure(session, of.definition());
        const std::string dead = co_await make_queue(session, queue.dead_letter_queue);
        const std::string dead_arn = co_await arn_of(session, dead);
        const sluice::sns::set_subscription_attributes_request set(made.queues[0].subscription_arn, "RedrivePolicy",
                                                                   R"({"deadLetterTargetArn":")" + dead_arn + "\"}");
        co_await session.sns().set_subscription_attributes(set);
        co_await expect(session, of.definition(), chain_fault::dead_letter_type, "subscription of queue " + of.queue);
    });
}

TEST_CASE("check: a dead-letter queue that is gone") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        chain_queue queue(of.queue);
        queue.dead_letter_queue = "dead" + of.end;
        const auto made = co_await sluice::ensure(session, chain(of.topic).queue(queue));
        const sluice::sqs::delete_queue_request gone(made.queues[1].queue_url);
        co_await session.sqs().delete_queue(gone);
        co_await expect(session, of.definition(), chain_fault::dead_letter_missing, "queue " + of.queue);
    });
}

TEST_CASE("check: a topic that takes larger messages than the queue") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        chain_queue queue(of.queue);
        queue.attributes["MaximumMessageSize"] = "1024";
        const chain definition = chain(of.topic).queue(queue);
        co_await sluice::ensure(session, definition);
        co_await expect(session, definition, chain_fault::message_limit, "queue " + of.queue);
        co_await expect(session, definition, chain_fault::message_limit, "queue " + of.queue,
                        message(std::string(2'000, 'x')));
    });
}

TEST_CASE("check: what is not as defined") {
    planted([](sluice::session session, names of) -> awaitable<void> {
        const auto made = co_await sluice::ensure(session, of.definition());
        co_await set_attribute(session, made.queues[0].queue_url, "VisibilityTimeout", "5");
        chain_queue queue(of.queue);
        queue.attributes["VisibilityTimeout"] = "60";
        co_await expect(session, chain(of.topic).queue(queue), chain_fault::differs, "queue " + of.queue);
    });
}

} // namespace chain_check_test
