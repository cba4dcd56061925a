// Long polls in virtual time: who is woken, when, and in which order.
#include "support/core_client.hpp"

#include <doctest/doctest.h>

namespace polls_test {

using local_tests::answer;
using local_tests::core_client;
using namespace std::chrono_literals;

namespace {

answer poll(core_client& client, const std::string& queue_url, int wait_seconds, int max_messages = 1) {
    return client.json(
        "ReceiveMessage",
        {{"QueueUrl", queue_url}, {"WaitTimeSeconds", wait_seconds}, {"MaxNumberOfMessages", max_messages}});
}

/// The bodies in the answer of a poll, joined; "-" while it waits.
std::string got(core_client& client, const answer& waiting) {
    const answer now = client.finished(waiting.poll);
    if (now.status == 0) return "-";
    if (now.status != 200) return now.code();
    std::string bodies;
    for (const auto& message : now.json().value("Messages", nlohmann::json::array()))
        bodies += message.at("Body").get<std::string>();
    return bodies;
}

std::string handle_of(const answer& received) {
    return received.json().at("Messages").at(0).at("ReceiptHandle").get<std::string>();
}

} // namespace

TEST_CASE("a poll that finds messages does not wait") {
    core_client client;
    const auto url = client.create_queue("q");
    client.send(url, "a");
    CHECK_FALSE(poll(client, url, 20).waits());
}

TEST_CASE("a short poll never waits, unless the queue says so") {
    core_client client;
    const auto short_queue = client.create_queue("short");
    const auto long_queue = client.create_queue("long", {{"ReceiveMessageWaitTimeSeconds", "2"}});
    CHECK_FALSE(client.json("ReceiveMessage", {{"QueueUrl", short_queue}}).waits());
    const answer waiting = client.json("ReceiveMessage", {{"QueueUrl", long_queue}});
    CHECK(waiting.waits());
    client.pass(2s);
    CHECK(client.finished(waiting.poll).body == "{}");
    CHECK_FALSE(poll(client, long_queue, 0).waits());
}

TEST_CASE("polls are served in the order in which they came") {
    core_client client;
    const auto url = client.create_queue("q");
    const answer first = poll(client, url, 20);
    const answer second = poll(client, url, 20);
    const answer third = poll(client, url, 20);
    client.send(url, "a");
    CHECK(got(client, first) == "a");
    CHECK(got(client, second) == "-");
    client.send(url, "b");
    client.send(url, "c");
    client.send(url, "d");
    CHECK(got(client, second) == "b");
    CHECK(got(client, third) == "c");
    CHECK(client.receive(url) == std::vector<std::string>{"d"});
}

TEST_CASE("one batch can serve several polls") {
    core_client client;
    const auto url = client.create_queue("q");
    const answer first = poll(client, url, 20, 2);
    const answer second = poll(client, url, 20, 2);
    nlohmann::json entries = nlohmann::json::array();
    for (const char* body : {"a", "b", "c"}) entries.push_back({{"Id", body}, {"MessageBody", body}});
    CHECK(client.json("SendMessageBatch", {{"QueueUrl", url}, {"Entries", entries}}).status == 200);
    CHECK(got(client, first) == "ab");
    CHECK(got(client, second) == "c");
}

TEST_CASE("a poll ends when its time is over, to the second") {
    core_client client;
    const auto url = client.create_queue("q");
    const answer waiting = poll(client, url, 3);
    client.pass(2999ms);
    CHECK(got(client, waiting) == "-");
    CHECK(client.core().next_event() == client.now + 1ms);
    client.pass(1ms);
    CHECK(client.finished(waiting.poll).status == 200);
    CHECK_FALSE(client.core().next_event());
}

TEST_CASE("a delayed message wakes the poll when it shows") {
    core_client client;
    const auto url = client.create_queue("q");
    const answer waiting = poll(client, url, 20);
    client.json("SendMessage", {{"QueueUrl", url}, {"MessageBody", "late"}, {"DelaySeconds", 5}});
    CHECK(client.core().next_event() == client.now + 5s);
    client.pass(4999ms);
    CHECK(got(client, waiting) == "-");
    client.pass(1ms);
    CHECK(got(client, waiting) == "late");
}

TEST_CASE("a visibility timeout that runs out wakes the poll") {
    core_client client;
    const auto url = client.create_queue("q", {{"VisibilityTimeout", "7"}});
    client.send(url, "again");
    client.receive(url);
    const answer waiting = poll(client, url, 20);
    client.pass(6999ms);
    CHECK(got(client, waiting) == "-");
    client.pass(1ms);
    CHECK(got(client, waiting) == "again");
}

TEST_CASE("a released message wakes the poll at once") {
    core_client client;
    const auto url = client.create_queue("q");
    client.send(url, "a");
    const std::string handle = handle_of(poll(client, url, 0));
    const answer waiting = poll(client, url, 20);
    client.json("ChangeMessageVisibility", {{"QueueUrl", url}, {"ReceiptHandle", handle}, {"VisibilityTimeout", 0}});
    CHECK(got(client, waiting) == "a");
}

TEST_CASE("who waited first gets what shows by itself, even when another asks at that moment") {
    core_client client;
    const auto url = client.create_queue("q");
    client.json("SendMessage", {{"QueueUrl", url}, {"MessageBody", "late"}, {"DelaySeconds", 5}});
    const answer waiting = poll(client, url, 20);
    client.now += 6s; // nobody called `advance` in between
    CHECK(client.receive(url).empty());
    CHECK(got(client, waiting) == "late");
}

TEST_CASE("nothing goes to a client that went away") {
    core_client client;
    const auto url = client.create_queue("q");
    const answer gone = poll(client, url, 20);
    const answer there = poll(client, url, 20);
    client.forget(gone.poll);
    client.forget(gone.poll); // twice is harmless
    client.send(url, "a");
    CHECK(got(client, there) == "a");
    CHECK(got(client, gone) == "-");
    CHECK_FALSE(client.core().next_event());
}

TEST_CASE("polls of a queue that is deleted learn it") {
    core_client client;
    const auto url = client.create_queue("q");
    const answer waiting = poll(client, url, 20);
    CHECK(client.json("DeleteQueue", {{"QueueUrl", url}}).status == 200);
    CHECK(got(client, waiting) == "AWS.SimpleQueueService.NonExistentQueue");
}

TEST_CASE("polls of other queues are left alone") {
    core_client client;
    const auto one = client.create_queue("one");
    const auto two = client.create_queue("two");
    const answer waiting = poll(client, two, 20);
    client.send(one, "a");
    CHECK(got(client, waiting) == "-");
    client.send(two, "b");
    CHECK(got(client, waiting) == "b");
}

TEST_CASE("a topic wakes polls too") {
    core_client client;
    const auto topic = client.create_topic("t");
    client.subscribe(topic, "q", {{"RawMessageDelivery", "true"}});
    const answer waiting = poll(client, "http://localhost:1/000000000000/q", 20);
    REQUIRE(waiting.waits());
    CHECK(client.sns("Publish", {{"TopicArn", topic}, {"Message", "m"}}).status == 200);
    CHECK(got(client, waiting) == "m");
}

TEST_CASE("ten thousand polls on a hundred queues each get their message") {
    core_client client;
    std::vector<std::string> urls;
    for (int i = 0; i < 100; ++i) urls.push_back(client.create_queue("q" + std::to_string(i)));
    std::vector<answer> waiting;
    for (std::size_t i = 0; i < 10'000; ++i) waiting.push_back(poll(client, urls[i % 100], 20));
    for (std::size_t i = 0; i < 10'000; ++i) client.send(urls[i % 100], std::to_string(i));
    std::size_t right = 0;
    for (std::size_t i = 0; i < waiting.size(); ++i) right += got(client, waiting[i]) == std::to_string(i) ? 1 : 0;
    CHECK(right == 10'000);
}

TEST_CASE("a long step of time ends a poll at its own time, before the message that shows later") {
    core_client client;
    const std::string url = client.create_queue("q", {{"DelaySeconds", "10"}});
    client.send(url, "later");
    const auto short_poll = client.json("ReceiveMessage", {{"QueueUrl", url}, {"WaitTimeSeconds", 5}});
    const auto long_poll = client.json("ReceiveMessage", {{"QueueUrl", url}, {"WaitTimeSeconds", 20}});
    REQUIRE(short_poll.waits());
    REQUIRE(long_poll.waits());
    client.pass(std::chrono::minutes(5));
    CHECK(client.finished(short_poll.poll).body == "{}");
    CHECK(client.finished(long_poll.poll).body.find("later") != std::string::npos);
    // It was received at 10 s: its 30 s of visibility are over.
    CHECK(client.receive(url) == std::vector<std::string>{"later"});
}

} // namespace polls_test
