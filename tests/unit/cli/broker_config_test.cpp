// The file of `sluice local --config`.
#include <cli/broker_config.hpp>

#include <doctest/doctest.h>

#include <string>

namespace broker_config_test {

using sluice::chain;
using sluice::chain_queue;
using sluice::cli::configured_place;
using sluice::cli::parse_broker_config;

namespace {

std::string refusal(const std::string& text) {
    try {
        parse_broker_config(text, "broker.json");
        return "it was taken";
    } catch (const sluice::error& refused) {
        CHECK(refused.code() == sluice::errc::invalid_argument);
        return refused.what();
    }
}

bool refuses(const std::string& text, const std::string& why) {
    const std::string said = refusal(text);
    INFO(said);
    const bool right = said.find(why) != std::string::npos;
    CHECK(right);
    return right;
}

} // namespace

TEST_CASE("broker config: topics, queues and chains, here and in other places") {
    const auto places = parse_broker_config(R"({
      "topics": ["news", {"name": "alerts.fifo", "tags": {"a": "b"}}],
      "queues": ["jobs", {"name": "mail", "attributes": {"DelaySeconds": 5}, "dead_letter_queue": "lost",
                          "max_receive_count": 3}],
      "chains": [{"topic": "orders", "queues": ["billing", {"name": "audit", "raw_delivery": false}]}],
      "places": [{"region": "eu-west-1", "queues": ["jobs"]}, {"account": "111122223333", "topics": ["news"]}, {}]
    })",
                                            "broker.json");
    REQUIRE(places.size() == 4);
    const configured_place& own = places[0];
    CHECK(own.region.empty());
    CHECK(own.account.empty());
    REQUIRE(own.items.size() == 5);
    CHECK(own.items[0].place.path == "topics[0]");
    CHECK(std::get<chain>(own.items[0].what).topic().name == "news");
    CHECK(std::get<chain>(own.items[0].what).queues().empty());
    CHECK(std::get<chain>(own.items[1].what).topic().tags.at("a") == "b");
    const auto& jobs = std::get<chain_queue>(own.items[2].what);
    CHECK(jobs.name == "jobs");
    CHECK_FALSE(jobs.subscribe);
    const auto& mail = std::get<chain_queue>(own.items[3].what);
    CHECK(mail.attributes.at("DelaySeconds") == "5");
    CHECK(mail.dead_letter_queue == "lost");
    CHECK(mail.max_receive_count == 3);
    CHECK_FALSE(mail.subscribe);
    const auto& orders = std::get<chain>(own.items[4].what);
    REQUIRE(orders.queues().size() == 2);
    CHECK(orders.queues()[0].subscribe);
    CHECK_FALSE(orders.queues()[1].raw_delivery);
    CHECK(places[1].region == "eu-west-1");
    CHECK(places[1].items.at(0).place.path == "places[0].queues[0]");
    CHECK(places[2].account == "111122223333");
    CHECK(places[3].items.empty());
    CHECK(parse_broker_config("{}", "f").at(0).items.empty());
}

TEST_CASE("broker config: errors name file, place, value and rule") {
    refuses("", "broker.json");
    refuses("[]", "broker.json: the document is not an object");
    refuses(R"({"queue":[]})", "broker.json: queue is not known; the members here are topics, queues, chains, places");
    refuses(R"({"queues":{}})", "broker.json: queues is not a list");
    refuses(R"({"queues":[],"queues":[]})", "\"queues\" twice");
    refuses(R"({"queues":["a",7]})", "broker.json: queues[1] is not an object");
    refuses(R"({"queues":[{"name":"a","filter_policy":{}}]})",
            "broker.json: queues[0].filter_policy is not known; the members here are name, attributes");
    refuses(R"({"queues":[{"name":"a","subscribe":true}]})", "broker.json: queues[0].subscribe is not known");
    refuses(R"({"topics":[{"name":7}]})", "broker.json: topics[0].name is 7: a text is needed");
    refuses(R"({"chains":["a"]})", "broker.json: chains[0] is not an object");
    refuses(R"({"chains":[{"queues":[]}]})", "broker.json: chains[0].topic is missing");
    refuses(R"({"chains":[{"topic":"t","queues":["q",{"name":"r","max_receive_count":"x"}]}]})",
            "broker.json: chains[0].queues[1].max_receive_count is \"x\": a whole number is needed");
    refuses(R"({"places":[{"regions":[]}]})", "broker.json: places[0].regions is not known");
    refuses(R"({"places":[{},{"region":"EU"}]})",
            "broker.json: places[1].region is \"EU\": it must be made of a-z, 0-9 and -");
    refuses(R"({"places":[{"region":""}]})", "broker.json: places[0].region is \"\"");
    refuses(R"({"places":[{"account":"123"}]})", "broker.json: places[0].account is \"123\": it must be 12 digits");
    refuses(R"({"places":[{"account":123456789012}]})", "broker.json: places[0].account is 123456789012: a text");
    refuses(R"({"places":[{"places":[]}]})", "broker.json: places[0].places is not known");
}

} // namespace broker_config_test
