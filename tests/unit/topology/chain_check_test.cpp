// What check says about each fault, without any service.
#include "topology/chain_check.hpp"
#include "topology/chain_fixture.hpp"

#include <sluice/chain.hpp>

#include <nlohmann/json.hpp>

namespace chain_check_test {

using namespace unit_tests;
using namespace sluice::topology;
using sluice::chain;
using sluice::chain_fault;
using sluice::chain_queue;
using sluice::message;

namespace {

using findings = std::vector<sluice::chain_finding>;

findings examined(const wanted_chain& wanted, const found_chain& found, std::optional<message> sample = std::nullopt) {
    return diagnose(wanted, found, sample);
}

/// Exactly one finding: of that kind, about that thing, with that text in it.
void only(const findings& all, chain_fault fault, const std::string& resource, const std::string& text,
          bool certain = true) {
    std::string shown;
    for (const auto& one : all) shown += std::string(name_of(one.fault)) + ": " + one.text + "\n";
    CAPTURE(shown);
    REQUIRE(all.size() == 1);
    CHECK(all[0].fault == fault);
    CHECK(all[0].resource == resource);
    CHECK(all[0].text.find(text) != std::string::npos);
    CHECK(all[0].certain == certain);
}

struct fixture {
    wanted_chain wanted;
    found_chain found;

    explicit fixture(const chain& definition = chain("orders").queue("billing"))
        : wanted(resolved(definition)), found(all_found(wanted)) {}
    attribute_map& queue() { return found.queues["billing"].attributes; }
    attribute_map& subscription() { return found.subscriptions[0].attributes; }
    [[nodiscard]] findings examine(std::optional<message> sample = std::nullopt) const {
        return examined(wanted, found, std::move(sample));
    }
};

} // namespace

TEST_CASE("chain check: nothing is found where all is well") {
    CHECK(fixture().examine().empty());
    CHECK(fixture().examine(message("hello")).empty());
    chain_queue billing("billing", R"({"country":["DE"]})");
    billing.dead_letter_queue = "dead";
    billing.undelivered_queue = "lost";
    message sample("x");
    sample.attribute("country", "DE");
    CHECK(fixture(chain("orders").queue(billing)).examine(sample).empty());
}

TEST_CASE("chain check: what is missing") {
    fixture test;
    test.found = nothing_found();
    const auto all = test.examine();
    REQUIRE(all.size() == 2);
    CHECK(all[0].fault == chain_fault::topic_missing);
    CHECK(all[0].text.find("region eu-west-1, account 123456789012") != std::string::npos);
    CHECK(all[1].fault == chain_fault::queue_missing);
    fixture no_queue;
    no_queue.found.queues.clear();
    only(no_queue.examine(), chain_fault::queue_missing, "queue billing", "there is no queue \"billing\"");
    fixture no_subscription;
    no_subscription.found.subscriptions.clear();
    only(no_subscription.examine(), chain_fault::subscription_missing, "subscription of queue billing", "subscribes");
    fixture pending;
    pending.found.subscriptions[0].arn = "PendingConfirmation";
    only(pending.examine(), chain_fault::subscription_pending, "subscription of queue billing", "confirmation");
}

TEST_CASE("chain check: the queue's policy") {
    fixture test;
    test.queue().erase("Policy");
    only(test.examine(), chain_fault::policy_missing, "policy of queue billing", orders_arn);
    const std::string good = **allow_topic("", arn_of_queue("billing"), orders_arn);
    auto document = nlohmann::json::parse(good);
    document["Statement"].push_back(
        {{"Effect", "Deny"}, {"Principal", "*"}, {"Action", "sqs:SendMessage"}, {"Resource", "*"}});
    test.queue()["Policy"] = document.dump();
    only(test.examine(), chain_fault::policy_denies, "policy of queue billing", "\"Deny\"");
    document["Statement"][1]["Condition"] = {{"Bool", {{"aws:SecureTransport", "false"}}}};
    test.queue()["Policy"] = document.dump();
    only(test.examine(), chain_fault::policy_missing, "policy of queue billing", "aws:SecureTransport", false);
}

TEST_CASE("chain check: region and account") {
    fixture test;
    test.queue()["Policy"] = **allow_topic("", arn_of_queue("billing"), "arn:aws:sns:us-east-1:123456789012:orders");
    only(test.examine(), chain_fault::wrong_region, "policy of queue billing", "a topic of another region send");
    test.queue()["Policy"] = **allow_topic("", arn_of_queue("billing"), "arn:aws:sns:eu-west-1:999999999999:orders");
    only(test.examine(), chain_fault::wrong_account, "policy of queue billing", "999999999999");
    test = fixture();
    test.found.subscriptions[0].endpoint = "arn:aws:sqs:us-east-1:123456789012:billing";
    only(test.examine(), chain_fault::wrong_region, "subscription of queue billing",
         "delivers to a queue of another region: arn:aws:sqs:us-east-1:123456789012:billing is not " +
             arn_of_queue("billing"));
    test.found.subscriptions[0].endpoint = "arn:aws:sqs:eu-west-1:999999999999:billing";
    only(test.examine(), chain_fault::wrong_account, "subscription of queue billing", "another account");
    test = fixture();
    test.queue()["RedrivePolicy"] =
        R"({"maxReceiveCount":5,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead"})";
    only(test.examine(), chain_fault::wrong_region, "queue billing", "is in another region");
    test.queue()["RedrivePolicy"] =
        R"({"maxReceiveCount":5,"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:999999999999:dead"})";
    only(test.examine(), chain_fault::wrong_account, "queue billing", "of another account");
}

TEST_CASE("chain check: types that do not fit together are findings") {
    fixture test(chain("orders").queue("billing.fifo"));
    only(test.examine(), chain_fault::type_mismatch, "queue billing.fifo", "standard topic");
    chain_queue billing("billing");
    billing.dead_letter_queue = "dead.fifo";
    fixture dead(chain("orders").queue(billing));
    const auto all = dead.examine();
    REQUIRE(all.size() == 2); // as defined, and as found
    for (const auto& one : all) CHECK(one.fault == chain_fault::dead_letter_type);
    fixture found;
    found.subscription()["RedrivePolicy"] = R"({"deadLetterTargetArn":")" + arn_of_queue("lost.fifo") + "\"}";
    only(found.examine(), chain_fault::dead_letter_type, "subscription of queue billing", "is a FIFO queue");
}

TEST_CASE("chain check: raw delivery takes ten attributes") {
    message sample("x");
    for (int i = 0; i < 10; ++i) sample.attribute("a" + std::to_string(i), "v");
    fixture test;
    CHECK(test.examine(sample).empty());
    sample.attribute("one-more", "v");
    only(test.examine(sample), chain_fault::too_many_attributes, "subscription of queue billing", "11 attributes");
    chain_queue wrapped("billing");
    wrapped.raw_delivery = false;
    CHECK(fixture(chain("orders").queue(wrapped)).examine(sample).empty());
}

TEST_CASE("chain check: the filter that is set decides, or the one that will be") {
    fixture test(chain("orders").queue("billing", R"({"country":["DE"]})"));
    message sample("x");
    sample.attribute("country", "IT");
    only(test.examine(sample), chain_fault::filter_rejects, "subscription of queue billing",
         R"(the attribute country is "IT")");
    CHECK(test.examine().empty()); // nobody asked for a message
    sample = message("x");
    sample.attribute("country", "DE");
    CHECK(test.examine(sample).empty());
    test.subscription()["FilterPolicy"] = R"({"country":["FR"]})";
    const auto all = test.examine(sample);
    REQUIRE(all.size() == 2);
    CHECK(all[0].fault == chain_fault::filter_rejects);
    CHECK(all[1].fault == chain_fault::differs);
    CHECK(all[1].text == R"(not as defined: FilterPolicy: {"country":["FR"]} -> {"country":["DE"]})");
    test.subscription()["FilterPolicy"] = R"({"country":[{"sounds-like":"DE"}]})";
    CHECK_FALSE(test.examine(sample)[0].certain);
    test.subscription()["FilterPolicy"] = "broken";
    CHECK_FALSE(test.examine(sample)[0].certain);
}

TEST_CASE("chain check: keys are named, with what cannot be seen") {
    fixture test;
    test.queue()["KmsMasterKeyId"] = "alias/aws/sqs";
    only(test.examine(), chain_fault::encryption_key, "queue billing", "does not let SNS use it");
    test.queue()["KmsMasterKeyId"] = "arn:aws:kms:eu-west-1:123456789012:alias/aws/sqs";
    only(test.examine(), chain_fault::encryption_key, "queue billing", "nothing arrives");
    test.queue()["KmsMasterKeyId"] = "alias/shop";
    only(test.examine(), chain_fault::encryption_key, "queue billing", "cannot be seen from here", false);
    test = fixture();
    test.found.topic->attributes["KmsMasterKeyId"] = "alias/shop";
    only(test.examine(), chain_fault::encryption_key, "topic orders", "cannot be seen from here", false);
}

TEST_CASE("chain check: dead-letter queues that are gone or refuse") {
    fixture test;
    const std::string dead_arn = arn_of_queue("dead");
    test.queue()["RedrivePolicy"] = R"({"maxReceiveCount":5,"deadLetterTargetArn":")" + dead_arn + "\"}";
    CHECK(test.examine().empty()); // not looked up
    test.found.other_queues[dead_arn] = std::nullopt;
    only(test.examine(), chain_fault::dead_letter_missing, "queue billing", dead_arn + " does not exist");
    found_queue dead;
    dead.arn = dead_arn;
    test.found.other_queues[dead_arn] = dead;
    CHECK(test.examine().empty());
    auto& allow = test.found.other_queues[dead_arn]->attributes["RedriveAllowPolicy"];
    allow = R"({"redrivePermission":"denyAll"})";
    only(test.examine(), chain_fault::dead_letter_refuses, "queue billing", "denyAll");
    allow = R"({"redrivePermission":"byQueue","sourceQueueArns":["arn:other"]})";
    only(test.examine(), chain_fault::dead_letter_refuses, "queue billing", "arn:other");
    allow = R"({"redrivePermission":"byQueue","sourceQueueArns":[")" + arn_of_queue("billing") + "\"]}";
    CHECK(test.examine().empty());
    test = fixture();
    test.subscription()["RedrivePolicy"] = R"({"deadLetterTargetArn":")" + dead_arn + "\"}";
    test.found.other_queues[dead_arn] = dead;
    only(test.examine(), chain_fault::dead_letter_refuses, "subscription of queue billing", "is lost");
    test.found.other_queues[dead_arn]->attributes["Policy"] = **allow_topic("", dead_arn, orders_arn);
    CHECK(test.examine().empty());
}

TEST_CASE("chain check: sizes") {
    fixture test;
    test.queue()["MaximumMessageSize"] = "262144";
    CHECK(test.examine().empty());
    test.queue()["MaximumMessageSize"] = "262143";
    only(test.examine(), chain_fault::message_limit, "queue billing", "262144 bytes, the queue of 262143");
    test.queue()["MaximumMessageSize"] = "1048576";
    test.found.topic->attributes["MaximumMessageSize"] = "1048576";
    CHECK(test.examine().empty());
    found_subscription mail;
    mail.arn = std::string(orders_arn) + ":mail";
    mail.protocol = "email";
    mail.endpoint = "a@example.org";
    test.found.subscriptions.push_back(mail);
    only(test.examine(), chain_fault::message_limit, "topic orders", "not email a@example.org");
    mail.protocol = "lambda";
    test.found.subscriptions.pop_back();
    for (int i = 0; i < 100; ++i) test.found.subscriptions.push_back(mail);
    only(test.examine(), chain_fault::message_limit, "topic orders", "not 101");
    test = fixture();
    only(test.examine(message(std::string(262'145, 'x'))), chain_fault::message_limit, "topic orders",
         "the sample has 262145 bytes");
    test.queue()["MaximumMessageSize"] = "1024";
    only(test.examine(message(std::string(1'025, 'x'))), chain_fault::message_limit, "queue billing",
         "the sample has 1025 bytes, the queue takes 1024");
}

TEST_CASE("chain check: a sample that SNS would refuse") {
    fixture test(chain("orders.fifo").queue("billing.fifo"));
    message sample("x");
    sample.deduplication_id("1");
    only(test.examine(sample), chain_fault::sample_refused, "topic orders.fifo", "group");
    sample.group("g");
    CHECK(test.examine(sample).empty());
    only(test.examine(message("x").group("g")), chain_fault::sample_refused, "topic orders.fifo", "deduplication",
         false);
    only(fixture().examine(message("\x01")), chain_fault::sample_refused, "topic orders", "0x01");
}

TEST_CASE("chain check: what is not as defined") {
    chain_queue billing("billing");
    billing.attributes["VisibilityTimeout"] = "60";
    fixture test(chain("orders").queue(billing));
    test.queue()["VisibilityTimeout"] = "30";
    only(test.examine(), chain_fault::differs, "queue billing", "VisibilityTimeout: 30 -> 60");
    test = fixture();
    test.subscription()["RawMessageDelivery"] = "false";
    only(test.examine(), chain_fault::differs, "subscription of queue billing", "RawMessageDelivery: false -> true");
}

TEST_CASE("chain check: every fault has a name of its own") {
    std::vector<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(chain_fault::differs); ++i) {
        const auto name = name_of(static_cast<chain_fault>(i));
        CHECK_FALSE(name.empty());
        CHECK(std::find(names.begin(), names.end(), name) == names.end());
        names.push_back(name);
    }
}

} // namespace chain_check_test
