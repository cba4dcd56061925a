#include "topology/chain_rules.hpp"

#include <doctest/doctest.h>

namespace chain_rules_test {

using sluice::chain;
using sluice::chain_fault;
using sluice::chain_queue;
using sluice::chain_topic;
using sluice::redrive_allowance;
using namespace sluice::topology;

namespace {

std::string refusal(const chain& definition) {
    const auto wanted = resolve_fitting(definition);
    REQUIRE_FALSE(wanted.has_value());
    CHECK(wanted.error().code == sluice::errc::invalid_argument);
    return wanted.error().message;
}

void refuses(const chain& definition, const std::string& text) {
    const std::string why = refusal(definition);
    INFO(why);
    CHECK(why.find(text) != std::string::npos);
}

chain with(const chain_queue& queue) { return chain("orders").queue(queue); }

std::vector<std::string> names(const wanted_chain& wanted) {
    std::vector<std::string> all;
    for (const auto& queue : wanted.queues) all.push_back(queue.name);
    return all;
}

} // namespace

TEST_CASE("chain rules: names and attributes by the rules of AWS") {
    refuses(chain("bad topic"), "bad topic");
    refuses(with(chain_queue("bad/queue")), "bad/queue");
    refuses(chain("orders").queue("billing").queue("billing"), "twice");
    chain_topic topic("orders");
    topic.attributes["MaximumMessageSize"] = "5";
    refuses(chain(topic), "MaximumMessageSize");
    topic = chain_topic("orders");
    topic.attributes["FifoTopic"] = "true";
    refuses(chain(topic), ".fifo");
    topic = chain_topic("orders");
    topic.tags[""] = "x";
    refuses(chain(topic), "topic \"orders\"");
    chain_queue queue("billing");
    queue.attributes["VisibilityTimeout"] = "43201";
    refuses(with(queue), "queue \"billing\": VisibilityTimeout");
    CHECK(resolve_fitting(chain("orders")).has_value()); // a topic alone
}

TEST_CASE("chain rules: attributes with members of their own are not stated twice") {
    for (const char* name : {"Policy", "RedrivePolicy", "RedriveAllowPolicy"}) {
        chain_queue queue("billing");
        queue.attributes[name] = "{}";
        refuses(with(queue), name);
    }
    chain_queue queue("billing");
    queue.attributes["KmsMasterKeyId"] = "alias/x";
    CHECK(resolve_fitting(with(queue)).has_value());
    queue.encryption = sluice::queue_encryption::sqs_managed();
    refuses(with(queue), "encryption twice");
    queue = chain_queue("billing");
    queue.encryption = sluice::queue_encryption::kms("");
    refuses(with(queue), "names no key");
}

TEST_CASE("chain rules: filter policies") {
    refuses(chain("orders").queue("billing", "not json"), "not JSON");
    refuses(chain("orders").queue("billing", "[]"), "billing");
    refuses(chain("orders").queue("billing", R"({"a":{"b":["x"]}})"), "nest");
    chain_queue queue("billing", R"({"a":{"b":["x"]}})");
    queue.filter_on = sluice::filter_scope::body;
    CHECK(resolve_fitting(with(queue)).has_value());
    queue.subscribe = false;
    refuses(with(queue), "not subscribed");
}

TEST_CASE("chain rules: types must fit together") {
    refuses(chain("orders").queue("billing.fifo"), "standard topic \"orders\" cannot deliver to the FIFO queue");
    CHECK(resolve_fitting(chain("orders.fifo").queue("billing.fifo")).has_value());
    CHECK(resolve_fitting(chain("orders.fifo").queue("billing")).has_value());
    chain_queue queue("billing");
    queue.dead_letter_queue = "dead.fifo";
    refuses(with(queue), "same type");
    queue.dead_letter_queue.clear();
    queue.undelivered_queue = "arn:aws:sqs:eu-west-1:123456789012:dead.fifo";
    refuses(with(queue), "same type");
    // Not subscribed: nothing is delivered.
    chain_queue apart("work.fifo");
    apart.subscribe = false;
    CHECK(resolve_fitting(with(apart)).has_value());
    // For check they are findings.
    const auto wanted = resolve(chain("orders").queue("billing.fifo").queue(queue));
    REQUIRE(wanted.has_value());
    const auto broken = broken_type_rules(*wanted);
    REQUIRE(broken.size() == 2);
    CHECK(broken[0].fault == chain_fault::type_mismatch);
    CHECK(broken[0].resource == "queue billing.fifo");
    CHECK(broken[1].fault == chain_fault::dead_letter_type);
}

TEST_CASE("chain rules: dead-letter queues") {
    chain_queue queue("billing");
    queue.dead_letter_queue = "billing";
    refuses(with(queue), "the queue itself");
    queue.dead_letter_queue = "bad name";
    refuses(with(queue), "dead_letter_queue of queue \"billing\"");
    queue.dead_letter_queue = "arn:aws:sns:eu-west-1:123456789012:orders";
    refuses(with(queue), "ARN of a queue");
    queue.dead_letter_queue = "dead";
    queue.max_receive_count = 0;
    refuses(with(queue), "1 to 1000");
    queue.max_receive_count = 1001;
    refuses(with(queue), "1 to 1000");
    queue.max_receive_count = 5;

    chain_queue dead("dead");
    dead.redrive_allow = redrive_allowance::none();
    refuses(chain("orders").queue(queue).queue(dead), "redrive_allow");
    dead.redrive_allow = redrive_allowance::listed({"other"});
    refuses(chain("orders").queue(queue).queue(dead), "redrive_allow");
    dead.redrive_allow = redrive_allowance::listed({"other", "billing"});
    CHECK(resolve_fitting(chain("orders").queue(queue).queue(dead)).has_value());
    dead.redrive_allow = redrive_allowance::listed({"arn:aws:sqs:eu-west-1:123456789012:billing"});
    CHECK(resolve_fitting(chain("orders").queue(queue).queue(dead)).has_value());
    dead.redrive_allow = redrive_allowance::listed({});
    refuses(chain("orders").queue(dead), "1 to 10");
    dead.redrive_allow = redrive_allowance::listed(std::vector<std::string>(11, "x"));
    refuses(chain("orders").queue(dead), "11 queues");

    chain many("orders");
    dead.redrive_allow = redrive_allowance::chain();
    many.queue(dead);
    for (int i = 0; i < 11; ++i) {
        if (i == 10) CHECK(resolve_fitting(many).has_value());
        chain_queue source("source-" + std::to_string(i));
        source.dead_letter_queue = "dead";
        many.queue(source);
    }
    refuses(many, "the 11 queues of the chain");

    chain_queue back("dead");
    back.dead_letter_queue = "billing";
    refuses(chain("orders").queue(queue).queue(back), "lead back to it");
}

TEST_CASE("chain rules: a queue stands after those that it needs; what is only named is defined") {
    chain_queue billing("billing");
    billing.dead_letter_queue = "billing-dead";
    billing.undelivered_queue = "lost";
    chain_queue audit("audit");
    audit.undelivered_queue = "lost";
    audit.dead_letter_queue = "arn:aws:sqs:eu-west-1:123456789012:elsewhere";
    chain_queue dead("billing-dead");
    dead.subscribe = false;
    dead.dead_letter_queue = "graveyard";
    const auto wanted = resolve_fitting(chain("orders").queue(audit).queue(billing).queue(dead));
    REQUIRE(wanted.has_value());
    CHECK(names(*wanted) == std::vector<std::string>{"lost", "audit", "graveyard", "billing-dead", "billing"});
    CHECK(wanted->order == std::vector<std::string>{"audit", "billing", "billing-dead", "lost", "graveyard"});
    CHECK_FALSE(wanted->queue("lost")->subscribe);
    CHECK(wanted->queue("lost")->attributes ==
          std::map<std::string, std::string>{{"MessageRetentionPeriod", "1209600"}});
    CHECK(wanted->queue("elsewhere") == nullptr);
    CHECK(wanted->receives("audit"));
    CHECK(wanted->receives("lost"));
    CHECK_FALSE(wanted->receives("billing-dead"));
    CHECK_FALSE(wanted->receives("graveyard"));
}

} // namespace chain_rules_test
