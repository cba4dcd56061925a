#include <sluice/chain.hpp>

#include <doctest/doctest.h>

namespace chain_json_test {

using sluice::chain;
using sluice::chain_queue;
using sluice::queue_encryption;
using sluice::redrive_allowance;

namespace {

void refuses(const char* text, const std::string& why) {
    INFO(text);
    try {
        chain::from_json(text);
        FAIL("it was taken");
    } catch (const sluice::error& refused) {
        INFO(refused.what());
        CHECK(refused.code() == sluice::errc::invalid_argument);
        CHECK(std::string(refused.what()).find(why) != std::string::npos);
    }
}

} // namespace

TEST_CASE("chain from JSON: every member") {
    const chain read = chain::from_json(R"({
      "topic": {"name": "orders", "attributes": {"DisplayName": "Orders", "MaximumMessageSize": 1048576,
                                                 "DeliveryPolicy": {"a": 1}}, "tags": {"team": "shop"}},
      "queues": ["audit",
        {"name": "billing", "filter_policy": {"country": ["DE"]}, "filter_on": "body", "raw_delivery": false,
         "subscribe": true, "undelivered_queue": "lost", "attributes": {"VisibilityTimeout": 60, "DelaySeconds": "1",
         "SqsManagedSseEnabled": true}, "tags": {"a": "b"}, "dead_letter_queue": "dead", "max_receive_count": 7,
         "redrive_allow": ["x", "y"], "encryption": {"kms_key": "alias/k"}},
        {"name": "dead", "subscribe": false, "redrive_allow": "chain", "encryption": "sqs"},
        {"name": "more", "filter_policy": "{\"a\":[1]}", "redrive_allow": "all", "encryption": "none"},
        {"name": "none", "redrive_allow": "none"}]})");
    CHECK(read.topic().name == "orders");
    CHECK(read.topic().attributes == std::map<std::string, std::string>{{"DeliveryPolicy", R"({"a":1})"},
                                                                        {"DisplayName", "Orders"},
                                                                        {"MaximumMessageSize", "1048576"}});
    CHECK(read.topic().tags == std::map<std::string, std::string>{{"team", "shop"}});
    REQUIRE(read.queues().size() == 5);
    const chain_queue& audit = read.queues()[0];
    CHECK(audit.name == "audit");
    CHECK(audit.subscribe);
    CHECK(audit.raw_delivery);
    CHECK(audit.filter_policy.empty());
    CHECK(audit.max_receive_count == 5);
    CHECK(audit.redrive_allow.how() == redrive_allowance::kind::unstated);
    CHECK(audit.encryption.how() == queue_encryption::kind::unstated);
    const chain_queue& billing = read.queues()[1];
    CHECK(billing.filter_policy == R"({"country":["DE"]})");
    CHECK(billing.filter_on == sluice::filter_scope::body);
    CHECK_FALSE(billing.raw_delivery);
    CHECK(billing.undelivered_queue == "lost");
    CHECK(billing.attributes == std::map<std::string, std::string>{{"DelaySeconds", "1"},
                                                                   {"SqsManagedSseEnabled", "true"},
                                                                   {"VisibilityTimeout", "60"}});
    CHECK(billing.tags == std::map<std::string, std::string>{{"a", "b"}});
    CHECK(billing.dead_letter_queue == "dead");
    CHECK(billing.max_receive_count == 7);
    CHECK(billing.redrive_allow.how() == redrive_allowance::kind::listed);
    CHECK(billing.redrive_allow.sources() == std::vector<std::string>{"x", "y"});
    CHECK(billing.encryption.how() == queue_encryption::kind::kms);
    CHECK(billing.encryption.key() == "alias/k");
    CHECK_FALSE(read.queues()[2].subscribe);
    CHECK(read.queues()[2].redrive_allow.how() == redrive_allowance::kind::chain);
    CHECK(read.queues()[2].encryption.how() == queue_encryption::kind::sqs_managed);
    CHECK(read.queues()[3].filter_policy == R"({"a":[1]})");
    CHECK(read.queues()[3].redrive_allow.how() == redrive_allowance::kind::all);
    CHECK(read.queues()[3].encryption.how() == queue_encryption::kind::none);
    CHECK(read.queues()[4].redrive_allow.how() == redrive_allowance::kind::none);
}

TEST_CASE("chain from JSON: the topic may be a name, and the queues may be missing") {
    const chain read = chain::from_json(R"({"topic":"orders"})");
    CHECK(read.topic().name == "orders");
    CHECK(read.queues().empty());
}

TEST_CASE("chain from JSON: what is not understood is refused by its place") {
    refuses("", "not JSON");
    refuses("[]", "the document is not an object");
    refuses("{}", "topic is missing");
    refuses(R"({"topic":"a","queus":[]})", "queus is not known; the members here are topic, queues");
    refuses(R"({"topic":"a","topic":"b"})", "\"topic\" twice");
    refuses(R"({"topic":7})", "topic is not an object");
    refuses(R"({"topic":{"name":"a","tag":{}}})", "topic.tag is not known");
    refuses(R"({"topic":"a","queues":{}})", "queues is not a list");
    refuses(R"({"topic":"a","queues":[7]})", "queues[0] is not an object");
    refuses(R"({"topic":"a","queues":["b",{"nam":"c"}]})", "queues[1].nam is not known");
    refuses(R"({"topic":"a","queues":[{"name":7}]})", "queues[0].name is 7: a text");
    refuses(R"({"topic":"a","queues":[{"subscribe":"yes"}]})", "queues[0].subscribe is \"yes\": true or false");
    refuses(R"({"topic":"a","queues":[{"max_receive_count":1.5}]})", "a whole number");
    refuses(R"({"topic":"a","queues":[{"max_receive_count":99999999999}]})", "a whole number");
    refuses(R"({"topic":"a","queues":[{"filter_on":"subject"}]})", "\"attributes\" or \"body\"");
    refuses(R"({"topic":"a","queues":[{"attributes":{"X":[1]}}]})", "queues[0].attributes.X is [1]: a text");
    refuses(R"({"topic":"a","queues":[{"attributes":[]}]})", "queues[0].attributes is not an object");
    refuses(R"({"topic":"a","queues":[{"tags":{"X":{}}}]})", "queues[0].tags.X");
    refuses(R"({"topic":"a","queues":[{"redrive_allow":"some"}]})", "\"all\", \"none\", \"chain\"");
    refuses(R"({"topic":"a","queues":[{"redrive_allow":[1]}]})", "lists 1");
    refuses(R"({"topic":"a","queues":[{"encryption":"aes"}]})", "\"none\", \"sqs\"");
    refuses(R"({"topic":"a","queues":[{"encryption":{"key":"x"}}]})", "queues[0].encryption.key is not known");
}

} // namespace chain_json_test
