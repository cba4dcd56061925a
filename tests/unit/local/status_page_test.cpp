// The status page and the look at messages: over HTTP, with messages that would like to be markup.
#include "support/core_client.hpp"
#include "support/http_client.hpp"

#include <local/status_pages.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include <string>

namespace status_page_test {

using local_tests::core_client;
using local_tests::http_client;
using local_tests::http_reply;
using local_tests::running_broker;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

const std::string attack = "<script>document.title='pwned'</script>";

sluice::local::broker_options with_page() {
    auto options = local_tests::open_options();
    options.admin = true;
    return options;
}

json get_json(http_client& client, const std::string& target) {
    const http_reply reply = client.call("GET", target, "", "Accept: application/json\r\n");
    CAPTURE(reply.body);
    CHECK(reply.headers.at("content-type") == "application/json");
    return json::parse(reply.body);
}

/// Read by an XML parser, as a browser does.
struct parsed_page {
    pugi::xml_document document;
    explicit parsed_page(const std::string& text) {
        CAPTURE(text);
        REQUIRE(document.load_buffer(text.data(), text.size(), pugi::parse_full | pugi::parse_ws_pcdata));
    }
    [[nodiscard]] std::string text_of(const char* xpath) const {
        return document.select_node(xpath).node().text().get();
    }
    [[nodiscard]] std::size_t count(const char* xpath) const { return document.select_nodes(xpath).size(); }
};

void send(core_client& client, const std::string& url, const json& more) {
    json all{{"QueueUrl", url}, {"MessageBody", "x"}};
    all.update(more);
    REQUIRE(client.json("SendMessage", all).status == 200);
}

sluice::local::peek_query look_at(const std::string& queue) {
    sluice::local::peek_query query;
    query.region = "us-east-1";
    query.account = "000000000000";
    query.queue = queue;
    return query;
}

} // namespace

TEST_CASE("status: counts, ages and rates of queues, by the broker's clock") {
    core_client client;
    const std::string url = client.create_queue("q", {{"VisibilityTimeout", "100"}});
    client.create_queue("empty");
    for (int i = 0; i < 20; ++i) client.send(url, "m");
    send(client, url, {{"DelaySeconds", 60}});
    client.pass(2s);
    const auto got = client.receive(url);
    client.pass(2s);
    const auto seen = client.core().status({}, client.now);
    CHECK(seen.queue_count == 2);
    REQUIRE(seen.places.size() == 1);
    CHECK(seen.places[0].region == "us-east-1");
    CHECK(seen.places[0].account == "000000000000");
    REQUIRE(seen.places[0].queues.size() == 2);
    CHECK_FALSE(seen.places[0].queues[0].oldest_age);
    const auto& queue = seen.places[0].queues[1];
    CHECK(queue.counts.visible == 20 - got.size());
    CHECK(queue.counts.in_flight == got.size());
    CHECK(queue.counts.delayed == 1);
    CHECK(queue.oldest_age == 4s);
    CHECK(queue.sent.ten_seconds == 2.1);
    CHECK(queue.received.ten_seconds == static_cast<double>(got.size()) / 10);
    CHECK(queue.deleted.ten_seconds == 0);
    CHECK(queue.attributes.at("VisibilityTimeout") == "100");
    client.pass(10s);
    CHECK(client.core().status({}, client.now).places[0].queues[1].sent.ten_seconds == 0);
}

TEST_CASE("status: topics with their subscriptions, dead-letter queues, and who waits") {
    core_client client;
    client.create_queue("dead");
    const std::string dead = "arn:aws:sqs:us-east-1:000000000000:dead";
    const std::string url = client.create_queue(
        "q", {{"RedrivePolicy", R"({"deadLetterTargetArn":")" + dead + R"(","maxReceiveCount":3})"}});
    const std::string topic = client.create_topic("news");
    client.subscribe(topic, "q", {{"FilterPolicy", R"({"a":["b"]})"}, {"RawMessageDelivery", "true"}}, false);
    client.subscribe(topic, "dead", {}, false);
    CHECK(client.json("ReceiveMessage", {{"QueueUrl", url}, {"WaitTimeSeconds", 20}}).waits());
    const auto seen = client.core().status({}, client.now);
    CHECK(seen.waiting_polls == 1);
    const auto& queue = seen.places.at(0).queues.at(1);
    CHECK(queue.waiting_polls == 1);
    CHECK(queue.dead_letter_arn == dead);
    CHECK(queue.max_receive_count == 3);
    const auto& shown = seen.places[0].topics.at(0);
    CHECK(shown.name == "news");
    CHECK(shown.subscription_count == 2);
    REQUIRE(shown.subscriptions.size() == 2);
    CHECK(shown.subscriptions[0].protocol == "sqs");
    CHECK(shown.subscriptions[0].endpoint == "arn:aws:sqs:us-east-1:000000000000:q");
    CHECK(shown.subscriptions[0].filter_policy == R"({"a":["b"]})");
    CHECK(shown.subscriptions[0].filter_scope == "MessageAttributes");
    CHECK(shown.subscriptions[0].raw);
    CHECK_FALSE(shown.subscriptions[1].raw);
    CHECK(shown.subscriptions[1].filter_policy.empty());
    const auto peek = client.core().peek(look_at("dead"), client.now);
    REQUIRE(peek);
    CHECK(peek->sources == std::vector<std::string>{"arn:aws:sqs:us-east-1:000000000000:q"});
}

TEST_CASE("status: pages and searches") {
    core_client client;
    for (int i = 0; i < 25; ++i) client.create_queue("queue-" + std::to_string(100 + i));
    client.create_topic("other");
    sluice::local::status_query query;
    query.size = 10;
    query.page = 3;
    auto seen = client.core().status(query, client.now);
    CHECK(seen.queue_count == 25);
    CHECK(seen.topic_count == 1);
    REQUIRE(seen.places.size() == 1);
    CHECK(seen.places[0].queues.size() == 5);
    CHECK(seen.places[0].queues[0].name == "queue-120");
    CHECK(seen.places[0].topics.empty());
    query.page = 1;
    query.find = "-11";
    seen = client.core().status(query, client.now);
    CHECK(seen.queue_count == 10);
    CHECK(seen.topic_count == 0);
    query.page = 2;
    CHECK(client.core().status(query, client.now).places.empty());
}

TEST_CASE("peek: it is no receive, it is bounded, and it pages") {
    core_client client;
    const std::string url = client.create_queue("q");
    for (int i = 0; i < 5; ++i) client.send(url, "message " + std::to_string(i));
    send(client, url,
         {{"MessageBody", std::string(5000, 'a') + "\xE2\x82\xAC"},
          {"MessageAttributes", {{"n", {{"DataType", "String"}, {"StringValue", std::string(300, 'v')}}}}}});
    const auto first = client.receive_all(url).size();
    auto query = look_at("q");
    query.size = 4;
    auto page = client.core().peek(query, client.now);
    REQUIRE(page);
    CHECK(page->messages.size() == 4);
    CHECK(page->messages[0].body == "message 0");
    CHECK(page->next == 4);
    query.after = page->next;
    page = client.core().peek(query, client.now);
    REQUIRE(page->messages.size() == 2);
    CHECK(page->next == 0);
    CHECK(page->messages[1].number == 6);
    CHECK(page->messages[1].body_bytes == 5003);
    CHECK(page->messages[1].body.size() == 4096);
    CHECK(page->messages[1].attributes.at(0).value.size() == 256);
    CHECK(page->messages[1].attribute_bytes.at(0) == 300);
    query.only = 6;
    query.body_bytes = 1 << 20;
    page = client.core().peek(query, client.now);
    REQUIRE(page->messages.size() == 1);
    CHECK(page->messages[0].body.size() == 5003);
    query.only = 7;
    CHECK(client.core().peek(query, client.now)->messages.empty());
    CHECK_FALSE(client.core().peek(look_at("none"), client.now));
    query.region = "eu-west-1";
    CHECK_FALSE(client.core().peek(query, client.now));
    // However often one has looked, the next receives are those that there would have been.
    CHECK(client.ledger("q").in_flight == first);
    client.pass(30s);
    std::size_t again = 0;
    for (int i = 0; i < 20 && again < 6; ++i) {
        for (const auto& one : client.receive_all(url)) {
            ++again;
            CHECK(one.at("Attributes").at("ApproximateReceiveCount") == "2");
        }
    }
    CHECK(again == 6);
}

TEST_CASE("peek: what a message has") {
    core_client client;
    const std::string url = client.create_queue("q.fifo", {{"FifoQueue", "true"}, {"VisibilityTimeout", "90"}});
    send(client, url,
         {{"MessageGroupId", "g"},
          {"MessageDeduplicationId", "d"},
          {"MessageSystemAttributes", {{"AWSTraceHeader", {{"DataType", "String"}, {"StringValue", "t"}}}}}});
    send(client, url, {{"MessageGroupId", "g"}, {"MessageDeduplicationId", "e"}});
    client.pass(1s);
    json receive{{"QueueUrl", url}, {"MaxNumberOfMessages", 1}};
    REQUIRE(client.json("ReceiveMessage", receive).json().at("Messages").size() == 1);
    client.pass(2s);
    const auto page = client.core().peek(look_at("q.fifo"), client.now);
    REQUIRE(page->messages.size() == 2);
    const auto& one = page->messages[0];
    CHECK(one.state == "in flight");
    CHECK(one.receive_count == 1);
    CHECK(one.group == "g");
    CHECK(one.deduplication_id == "d");
    CHECK(one.trace_header == "t");
    CHECK_FALSE(one.sequence_number.empty());
    CHECK(client.now - one.sent == 3s);
    CHECK(client.now - one.first_received.value() == 2s);
    CHECK(one.visible_at.value() - client.now == 88s);
    CHECK(page->messages[1].state == "visible");
    CHECK_FALSE(page->messages[1].visible_at);
}

TEST_CASE("status page: HTML that shows what there is and runs nothing") {
    running_broker server(with_page());
    http_client client(server.port());
    client.sqs("Action=CreateQueue&QueueName=orders");
    const std::string queue = "&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Forders";
    client.post(local_tests::encode_form({{"Version", "2012-11-05"},
                                          {"Action", "SendMessage"},
                                          {"QueueUrl", "http://h/000000000000/orders"},
                                          {"MessageBody", attack},
                                          {"MessageAttribute.1.Name", "a"},
                                          {"MessageAttribute.1.Value.DataType", "String"},
                                          {"MessageAttribute.1.Value.StringValue", attack}}));
    client.sqs("Action=" + attack);
    for (const char* target : {"/_sluice", "/_sluice/", "/_sluice/?refresh=0&find=ord&page=1&size=10"}) {
        CAPTURE(target);
        const http_reply reply = client.call("GET", target, "", "Accept: text/html,application/json\r\n");
        CHECK(reply.status == 200);
        CHECK(reply.headers.at("content-type") == "application/xhtml+xml; charset=utf-8");
        const std::string policy = reply.headers.at("content-security-policy");
        CHECK(policy.starts_with("default-src 'none'; style-src 'unsafe-inline';"));
        CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
        CHECK(reply.headers.at("x-content-type-options") == "nosniff");
        CHECK(reply.headers.at("cache-control") == "no-store");
        CHECK_FALSE(reply.headers.contains("access-control-allow-origin"));
        const parsed_page page(reply.body);
        CHECK(page.text_of("//td[@class='name']/a") == "orders");
        CHECK(page.count("//script") == 0);
        CHECK(page.count("//*[@src] | //link[@href!='data:,'] | //img | //iframe") == 0);
        CHECK(page.count("//*[starts-with(@href, 'http')]") == 0);
        CHECK(page.count("//meta[@http-equiv='refresh']") == (std::string(target).size() > 10 ? 0 : 1));
        CHECK(reply.body.find("&lt;script&gt;") != std::string::npos); // among the last errors
    }
    const http_reply peek = client.call("GET", "/_sluice/queue/us-east-1/000000000000/orders");
    const parsed_page page(peek.body);
    CHECK(page.text_of("//article/pre") == attack);
    CHECK(page.text_of("//article//td/code") == attack);
    CHECK(page.count("//script") == 0);
    CHECK(peek.headers.at("content-security-policy").starts_with("default-src 'none';"));
    CHECK(client.sqs("Action=ReceiveMessage&AttributeName.1=All" + queue)
              .body.find("<Name>ApproximateReceiveCount</Name><Value>1</Value>") != std::string::npos);
}

TEST_CASE("status page: the same as JSON") {
    running_broker server(with_page());
    http_client client(server.port());
    client.sqs("Action=CreateQueue&QueueName=orders");
    client.post(local_tests::encode_form({{"Version", "2012-11-05"},
                                          {"Action", "SendMessage"},
                                          {"QueueUrl", "http://h/000000000000/orders"},
                                          {"MessageBody", "b\xE2\x82\xAC"},
                                          {"MessageAttribute.1.Name", "raw"},
                                          {"MessageAttribute.1.Value.DataType", "Binary"},
                                          {"MessageAttribute.1.Value.BinaryValue", "/wA="}}));
    client.sqs("Action=DeleteQueue&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fnone");
    const json status = get_json(client, "/_sluice/");
    CHECK(status.at("requests") == 3);
    CHECK(status.at("failures") == 1);
    CHECK(status.at("connections") == 1);
    CHECK(status.at("queue_count") == 1);
    CHECK(status.at("endpoint") == server.broker().endpoint());
    const json& queue = status.at("places").at(0).at("queues").at(0);
    CHECK(queue.at("visible") == 1);
    CHECK(queue.at("ever").at("entered") == 1);
    CHECK(queue.at("dead_letter_queue").is_null());
    const json& error = status.at("errors").at(0);
    CHECK(error.at("operation") == "DeleteQueue");
    CHECK(error.at("code") == "AWS.SimpleQueueService.NonExistentQueue");
    CHECK(error.at("resource") == "none");
    CHECK(error.at("request_id").get<std::string>().size() == 36);
    CHECK(client.call("GET", "/_sluice/status.json").headers.at("content-type") == "application/json");
    const json peek = get_json(client, "/_sluice/queue/us-east-1/000000000000/orders");
    const json& message = peek.at("messages").at(0);
    CHECK(message.at("body") == "b\xE2\x82\xAC");
    CHECK(message.at("attributes").at("raw").at("base64") == "/wA=");
    CHECK(message.at("state") == "visible");
    CHECK(message.at("receive_count") == 0);
    CHECK(peek.at("next").is_null());
}

TEST_CASE("status page: what is wrong with a request is said, and who may not look is refused") {
    running_broker server(with_page());
    http_client client(server.port());
    const std::pair<const char*, const char*> cases[] = {
        {"/_sluice/?page=0", "\"page\": \"0\" must be a number from 1 to 1000000"},
        {"/_sluice/?size=1001", "\"size\": \"1001\" must be a number from 1 to 1000"},
        {"/_sluice/status.json?search=a", "there is no parameter \"search\" here but find, page, size, refresh"},
        {"/_sluice/queue/a/b/c?message=x", "\"message\": \"x\" must be a number from 1 to 4611686018427387904"},
        {"/_sluice/?find=%zz", "the parameters: The query string contains a syntax error."},
    };
    for (const auto& [target, expected] : cases) {
        CAPTURE(target);
        const http_reply reply = client.call("GET", target);
        CHECK(reply.status == 400);
        CHECK(json::parse(reply.body).at("error") == expected);
    }
    CHECK(client.call("GET", "/_sluice/?find=" + std::string(300, 'a')).status == 400);
    const http_reply none = client.call("GET", "/_sluice/queue/us-east-1/000000000000/<b>");
    CHECK(none.status == 404);
    CHECK(none.body.find("<b>") == std::string::npos);
    CHECK(get_json(client, "/_sluice/queue/x").at("error").get<std::string>().starts_with("There is no queue x;"));
    CHECK(client.call("GET", "/_sluice/", "", "Host: evil.example.com\r\n").status == 403);
    CHECK(client.call("GET", "/_sluice/", "", "Origin: http://evil.example.com\r\n").status == 403);
    CHECK(client.call("POST", "/_sluice/").status == 404);
    running_broker without(local_tests::open_options());
    http_client other(without.port());
    CHECK(other.call("GET", "/_sluice/").status == 404);
}

TEST_CASE("status page: paths of queues") {
    using sluice::local::path_of_queue;
    CHECK(path_of_queue("arn:aws:sqs:eu-west-1:1:a_b-c.fifo") == "/_sluice/queue/eu-west-1/1/a_b-c.fifo");
    CHECK(path_of_queue("arn:aws:sqs:eu-west-1:1:a/../b").empty());
    CHECK(path_of_queue("arn:aws:sqs:eu-west-1:1:a:b").empty());
    CHECK(path_of_queue("https://example.com/hook").empty());
    CHECK(path_of_queue("arn:aws:sqs:eu-west-1:1:\"><script>").empty());
}

} // namespace status_page_test
