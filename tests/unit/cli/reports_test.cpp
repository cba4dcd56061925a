// What stats, peek, bench and messages look like, for people and for programs.
#include "cli/bench_figures.hpp"
#include "cli/message_output.hpp"
#include "cli/peek_rules.hpp"
#include "cli/queue_report.hpp"

#include <doctest/doctest.h>

#include <string>

namespace reports_test {

using namespace sluice;
using namespace sluice::cli;
using nlohmann::json;
using std::chrono::microseconds;

namespace {

const std::string url = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders";
const std::string policy =
    R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:orders-dlq","maxReceiveCount":"5"})";

queue_report report(const attribute_map& attributes) { return {url, attributes}; }

} // namespace

TEST_CASE("queue report: from the attributes, and nothing made up") {
    const queue_report full = report({{"QueueArn", "arn:aws:sqs:eu-west-1:123456789012:orders"},
                                      {"ApproximateNumberOfMessages", "7"},
                                      {"ApproximateNumberOfMessagesNotVisible", "2"},
                                      {"ApproximateNumberOfMessagesDelayed", "0"},
                                      {"MessageRetentionPeriod", "345600"},
                                      {"VisibilityTimeout", "30"},
                                      {"RedrivePolicy", policy}});
    CHECK(full.name == "orders");
    CHECK(full.available == 7);
    CHECK(full.in_flight == 2);
    CHECK(full.delayed == 0);
    CHECK_FALSE(full.oldest_seconds.has_value());
    CHECK(full.dead_letter_arn == "arn:aws:sqs:eu-west-1:123456789012:orders-dlq");
    CHECK(full.max_receive_count == 5);
    const json line = report_json(full);
    CHECK(line["kind"] == "queue");
    CHECK(line["available"] == 7);
    CHECK(line["oldest_seconds"].is_null());
    CHECK(line["dead_letters"].is_null());
    CHECK(line.size() == 14);

    const queue_report empty = report({});
    CHECK_FALSE(empty.available.has_value());
    CHECK(empty.dead_letter_arn.empty());
    CHECK(report_json(empty)["dead_letter_arn"].is_null());
    const queue_report strange = report({{"ApproximateNumberOfMessages", "-1"},
                                         {"VisibilityTimeout", "30 s"},
                                         {"MessageRetentionPeriod", ""},
                                         {"RedrivePolicy", "{not json"}});
    CHECK_FALSE(strange.available.has_value());
    CHECK_FALSE(strange.visibility_seconds.has_value());
    CHECK_FALSE(strange.retention_seconds.has_value());
    CHECK(strange.dead_letter_arn.empty());
    CHECK(queue_report(url + ".fifo", {}).fifo);
}

TEST_CASE("queue table: dead letters by name, the age only where some service tells it") {
    queue_report one = report({{"ApproximateNumberOfMessages", "12345"},
                               {"ApproximateNumberOfMessagesNotVisible", "2"},
                               {"ApproximateNumberOfMessagesDelayed", "0"},
                               {"MessageRetentionPeriod", "345600"},
                               {"RedrivePolicy", policy}});
    one.dead_letters = 3;
    CHECK(queue_table({one}).text(0, styles()) ==
          "queue   available  in flight  delayed  retention  fifo  dead letters  dead-letter queue\n"
          "orders     12,345          2        0         4d  no               3  orders-dlq after 5\n");
    one.oldest_seconds = 3'700;
    CHECK(queue_table({one}).text(0, styles()).find("oldest") != std::string::npos);
    CHECK(queue_table({one}).text(0, styles()).find("1h1m") != std::string::npos);
    CHECK(queue_table({one}).text(0, styles(true)).find("\x1b[31m3\x1b[0m") != std::string::npos);
    const std::string bare = queue_table({report({})}).text(0, styles());
    CHECK(bare.find("orders          ?          ?        ?          ?  no               -  -\n") != std::string::npos);
}

TEST_CASE("topics: numbers, and each subscription") {
    topic_report topic("arn:aws:sns:eu-west-1:123456789012:orders",
                       {{"SubscriptionsConfirmed", "2"}, {"SubscriptionsPending", "1"}});
    topic_report::subscription& queue = topic.subscriptions.emplace_back();
    queue.protocol = "sqs";
    queue.endpoint = "arn:aws:sqs:eu-west-1:123456789012:billing";
    queue.confirmed = true;
    CHECK(report_json(topic) ==
          json::parse(R"({"kind":"topic","name":"orders","arn":"arn:aws:sns:eu-west-1:123456789012:orders","fifo":false,
              "subscriptions_confirmed":2,"subscriptions_pending":1,"subscriptions":[{"protocol":"sqs",
              "endpoint":"arn:aws:sqs:eu-west-1:123456789012:billing","confirmed":true}]})"));
    CHECK(topic_table({topic}).text(0, styles()) == "topic   subscriptions  pending  fifo\n"
                                                    "orders              2        1  no\n");
    CHECK(subscription_table({topic}).text(0, styles()).find("orders  sqs          arn:aws:sqs") != std::string::npos);
}

TEST_CASE("durations: the two largest units") {
    CHECK(duration_text(0) == "0s");
    CHECK(duration_text(59) == "59s");
    CHECK(duration_text(60) == "1m");
    CHECK(duration_text(3'661) == "1h1m");
    CHECK(duration_text(86'400 + 59) == "1d");
    CHECK(duration_text(1'209'600) == "14d");
}

TEST_CASE("peek: what a look costs") {
    const queue_report plain = report({});
    CHECK(why_not_to_peek(plain).empty());
    CHECK(peek_warnings(plain, {}).empty());
    CHECK(peek_warnings(plain, {1}).size() == 1);
    const queue_report five = report({{"RedrivePolicy", policy}});
    CHECK(why_not_to_peek(five).empty());
    CHECK(peek_warnings(five, {1, 4}).size() == 1);
    const auto warned = peek_warnings(five, {1, 5, 6});
    REQUIRE(warned.size() == 2);
    CHECK(warned[1] ==
          "2 messages have been received 5 times now: the next receive moves them to the dead-letter queue "
          "orders-dlq");
    CHECK(peek_warnings(five, {5})[1].find("moves it to") != std::string::npos);
    const queue_report one = report(
        {{"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:1:orders-dlq","maxReceiveCount":1})"}});
    CHECK(why_not_to_peek(one).find("--even-if-dead-letters") != std::string::npos);
    CHECK(peek_warnings(queue_report(url + ".fifo", {}), {1}).size() == 2);
}

TEST_CASE("messages: JSON names that stay, and text that is safe") {
    sqs::received_message one;
    one.message_id = "m-1";
    one.body = "line one\n\x1b[31mline two";
    one.attributes = {named_attribute("country", attribute_value("DE")),
                      named_attribute("blob", attribute_value::binary(std::string("\x00\xFF", 2)))};
    one.system_attributes = {
        {"SentTimestamp", "1700000000000"}, {"ApproximateReceiveCount", "1"}, {"MessageGroupId", "g"}};
    CHECK(message_json(one) == json::parse(R"({"message_id":"m-1","body":"line one\n\u001b[31mline two",
        "attributes":{"country":{"type":"String","value":"DE"},"blob":{"type":"Binary","bytes":[0,255]}},
        "system_attributes":{"SentTimestamp":"1700000000000","ApproximateReceiveCount":"1","MessageGroupId":"g"}})"));
    CHECK(message_text(one, styles()) == "m-1  sent 2023-11-14T22:13:20Z  received 1 time  group g\n"
                                         "  country=DE  blob=(2 bytes)\n"
                                         "  line one\n  \\x1b[31mline two\n");
    sqs::received_message bare;
    bare.message_id = "m-2\n";
    bare.body = "x";
    CHECK(message_text(bare, styles()) == "m-2\\n\n  x\n");
}

TEST_CASE("bench: percentiles by nearest rank") {
    CHECK(latencies_of({}).p99.count() == 0);
    CHECK(latencies_of({microseconds(7)}).p50.count() == 7);
    std::vector<microseconds> hundred;
    for (int i = 100; i >= 1; --i) hundred.emplace_back(i);
    const latency_figures figures = latencies_of(hundred);
    CHECK(figures.p50.count() == 50);
    CHECK(figures.p99.count() == 99);
    CHECK(figures.most.count() == 100);
}

TEST_CASE("bench: rates count what was written and read") {
    bench_figures figures;
    figures.queue = "q";
    figures.messages = 1'000;
    figures.failed = 100;
    figures.read = 900;
    figures.write_time = microseconds(500'000);
    figures.read_time = microseconds(1'000'000);
    figures.cpu = microseconds(9'000);
    const json line = figures_json(figures);
    CHECK(line["written_per_second"] == 1'800);
    CHECK(line["read_per_second"] == 900);
    CHECK(line["cpu_us_per_message"] == 10.0);
    CHECK(figures_text(figures).find("10.0 us of CPU for each") != std::string::npos);
    CHECK(figures_json(bench_figures())["cpu_us_per_message"] == 0.0);
}

} // namespace reports_test
