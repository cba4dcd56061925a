// FIFO queues in virtual time: order, groups, deduplication, and handles that die.
#include "support/core_client.hpp"

#include <doctest/doctest.h>

namespace fifo_test {

using local_tests::answer;
using local_tests::core_client;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;
using settings = std::map<std::string, std::string>;

struct fixture {
    explicit fixture(settings attributes = {}) {
        attributes["FifoQueue"] = "true";
        url = client.create_queue("f.fifo", attributes);
    }

    answer send(const std::string& body, const std::string& group, const std::string& id = {}) {
        json call{{"QueueUrl", url}, {"MessageBody", body}, {"MessageGroupId", group}};
        if (id != "-") call["MessageDeduplicationId"] = id.empty() ? body : id;
        return client.json("SendMessage", call);
    }
    json messages(json more = json::object()) {
        more["QueueUrl"] = url;
        if (!more.contains("MaxNumberOfMessages")) more["MaxNumberOfMessages"] = 10;
        more["MessageSystemAttributeNames"] = {"All"};
        const json reply = client.json("ReceiveMessage", more).json();
        return reply.contains("Messages") ? reply.at("Messages") : json::array();
    }
    static strings bodies(const json& messages) {
        strings out;
        for (const json& one : messages) out.push_back(one.at("Body"));
        return out;
    }
    strings receive(json more = json::object()) { return bodies(messages(std::move(more))); }
    answer remove(const json& message) {
        return client.json("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", message.at("ReceiptHandle")}});
    }

    core_client client;
    std::string url;
};

} // namespace

TEST_CASE("fifo: a group comes in its order, and waits while one of it is in flight") {
    fixture test;
    for (const char* body : {"a1", "a2", "a3", "a4"}) test.send(body, "a");
    const json first = test.messages({{"MaxNumberOfMessages", 2}});
    CHECK(fixture::bodies(first) == strings{"a1", "a2"});
    CHECK(test.receive().empty());
    test.remove(first[0]);
    CHECK(test.receive().empty()); // a2 is still in flight
    test.remove(first[1]);
    CHECK(test.receive() == strings{"a3", "a4"});
}

TEST_CASE("fifo: groups do not wait for each other, and one receive may bring several") {
    fixture test;
    for (const char* body : {"a1", "b1", "a2", "b2", "c1"}) test.send(body, std::string(body, 1));
    CHECK(test.receive({{"MaxNumberOfMessages", 1}}) == strings{"a1"});
    CHECK(test.receive({{"MaxNumberOfMessages", 2}}) == strings{"b1", "b2"});
    CHECK(test.receive() == strings{"c1"});
    CHECK(test.receive().empty());
}

TEST_CASE("fifo: what was not deleted comes again before what is behind it") {
    fixture test(settings{{"VisibilityTimeout", "10"}});
    for (const char* body : {"a1", "a2", "a3"}) test.send(body, "a");
    const json first = test.messages({{"MaxNumberOfMessages", 2}});
    test.remove(first[1]);
    test.client.pass(10s);
    CHECK(test.receive() == strings{"a1", "a3"});
}

TEST_CASE("fifo: one of a group that is kept longer blocks the others") {
    fixture test(settings{{"VisibilityTimeout", "10"}});
    for (const char* body : {"a1", "a2"}) test.send(body, "a");
    const json both = test.messages();
    test.client.json(
        "ChangeMessageVisibility",
        {{"QueueUrl", test.url}, {"ReceiptHandle", both[1].at("ReceiptHandle")}, {"VisibilityTimeout", 100}});
    test.client.pass(10s);
    CHECK(test.receive().empty()); // a1 is visible, but a2 is in flight
    test.client.pass(90s);
    CHECK(test.receive() == strings{"a1", "a2"});
}

TEST_CASE("fifo: sequence numbers grow, and the receive tells them") {
    fixture test;
    const std::string first = test.send("1", "g").json().at("SequenceNumber");
    const std::string second = test.send("2", "h").json().at("SequenceNumber");
    CHECK(first.size() == 20);
    CHECK(second.size() == 20);
    CHECK(first < second);
    const json got = test.messages();
    CHECK(got[0].at("Attributes").at("SequenceNumber") == json(first));
    CHECK(got[0].at("Attributes").at("MessageGroupId") == json("g"));
    CHECK(got[0].at("Attributes").at("MessageDeduplicationId") == json("1"));
}

TEST_CASE("fifo: within five minutes the same deduplication id is accepted once, also after a delete") {
    fixture test;
    const json first = test.send("one", "g", "id").json();
    const json again = test.send("other body", "g", "id").json();
    CHECK(again.at("MessageId") == first.at("MessageId"));
    CHECK(again.at("SequenceNumber") == first.at("SequenceNumber"));
    CHECK(again.at("MD5OfMessageBody") != first.at("MD5OfMessageBody")); // of what was sent: clients check it
    const json got = test.messages();
    CHECK(fixture::bodies(got) == strings{"one"});
    test.remove(got[0]);
    test.client.pass(299s);
    test.send("too early", "g", "id");
    CHECK(test.receive().empty());
    test.client.pass(1s);
    CHECK(test.send("later", "g", "id").json().at("MessageId") != first.at("MessageId"));
    CHECK(test.receive() == strings{"later"});
}

TEST_CASE("fifo: the scope of deduplication, the queue or the group") {
    fixture of_queue;
    of_queue.send("a", "g1", "id");
    of_queue.send("b", "g2", "id");
    CHECK(of_queue.receive() == strings{"a"});
    fixture of_group(settings{{"DeduplicationScope", "messageGroup"}, {"FifoThroughputLimit", "perMessageGroupId"}});
    of_group.send("a", "g1", "id");
    of_group.send("b", "g2", "id");
    of_group.send("c", "g2", "id");
    CHECK(of_group.receive() == strings{"a", "b"});
    core_client client;
    const answer refused = client.json(
        "CreateQueue", {{"QueueName", "x.fifo"},
                        {"Attributes", {{"FifoQueue", "true"}, {"FifoThroughputLimit", "perMessageGroupId"}}}});
    CHECK(refused.code() == "InvalidAttributeValue");
}

TEST_CASE("fifo: content-based deduplication takes the body alone, and an id given wins") {
    fixture test(settings{{"ContentBasedDeduplication", "true"}});
    test.send("same", "g", "-");
    test.send("same", "g", "-");
    test.send("same", "g", "an-id");
    test.send("other", "g", "-");
    CHECK(test.receive() == strings{"same", "same", "other"});
    fixture without;
    CHECK(without.send("x", "g", "-").code() == "InvalidParameterValue");
}

TEST_CASE("fifo: a handle dies with the visibility timeout") {
    fixture test(settings{{"VisibilityTimeout", "10"}});
    test.send("a", "g");
    const json old = test.messages()[0];
    test.client.pass(10s);
    const answer late = test.remove(old);
    CHECK(late.status == 400);
    CHECK(late.code() == "InvalidParameterValue");
    CHECK(late.message() == "Value " + old.at("ReceiptHandle").get<std::string>() +
                                " for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.");
    const json fresh = test.messages()[0];
    CHECK(test.remove(old).code() == "InvalidParameterValue");
    CHECK(test.remove(fresh).status == 200);
    CHECK(test.remove(fresh).status == 200); // it is gone already: that is what was wanted
    CHECK(test.client.ledger("f.fifo").deleted == 1);
}

TEST_CASE("fifo: a receive that is tried again with its attempt id gets the same messages and handles") {
    fixture test(settings{{"VisibilityTimeout", "30"}});
    for (const char* body : {"a1", "a2", "b1"}) test.send(body, std::string(body, 1));
    const json attempt{{"ReceiveRequestAttemptId", "try-1"}, {"MaxNumberOfMessages", 2}};
    const json first = test.messages(attempt);
    test.client.pass(20s);
    const json again = test.messages(attempt);
    CHECK(again == first);
    test.client.pass(20s); // the visibility began anew with the second try
    CHECK(test.receive() == strings{"b1"});
    test.client.pass(10s);
    // What was handed out is visible again: the attempt is a new one.
    const json fresh = test.messages(attempt);
    CHECK(fixture::bodies(fresh) == strings{"a1", "a2"});
    CHECK(fresh[0].at("ReceiptHandle") != first[0].at("ReceiptHandle"));
    test.remove(fresh[0]);
    CHECK(test.receive(attempt).empty()); // one of them is deleted, the other in flight
    CHECK(
        test.client.json("ReceiveMessage", {{"QueueUrl", test.url}, {"ReceiveRequestAttemptId", "not legal"}}).code() ==
        "InvalidParameterValue");
}

TEST_CASE("fifo: the queue delays, a message may not") {
    fixture test(settings{{"DelaySeconds", "60"}});
    test.send("a", "g");
    CHECK(test.receive().empty());
    test.client.pass(59s);
    CHECK(test.receive().empty());
    test.client.pass(1s);
    CHECK(test.receive() == strings{"a"});
    test.send("b", "h");
    // A new delay holds for what waits already.
    test.client.json("SetQueueAttributes", {{"QueueUrl", test.url}, {"Attributes", {{"DelaySeconds", "5"}}}});
    test.client.pass(5s);
    CHECK(test.receive() == strings{"b"});
}

TEST_CASE("fifo: a long poll wakes when its group becomes free") {
    fixture test;
    test.send("a1", "a");
    const json first = test.messages();
    test.send("a2", "a");
    const answer poll = test.client.json("ReceiveMessage", {{"QueueUrl", test.url}, {"WaitTimeSeconds", 20}});
    REQUIRE(poll.waits());
    test.client.pass(5s);
    CHECK(test.client.finished(poll.poll).status == 0);
    test.remove(first[0]);
    const answer woken = test.client.finished(poll.poll);
    REQUIRE(woken.status == 200);
    CHECK(fixture::bodies(woken.json().at("Messages")) == strings{"a2"});
}

TEST_CASE("fifo: attributes of the queue") {
    fixture test;
    const json got = test.client.json("GetQueueAttributes", {{"QueueUrl", test.url}, {"AttributeNames", {"All"}}})
                         .json()
                         .at("Attributes");
    CHECK(got.at("FifoQueue") == json("true"));
    CHECK(got.at("ContentBasedDeduplication") == json("false"));
    CHECK(got.at("DeduplicationScope") == json("queue"));
    CHECK(got.at("FifoThroughputLimit") == json("perQueue"));
}

TEST_CASE("fair queues: a busy group of a standard queue does not keep the others waiting") {
    core_client client;
    const std::string url = client.create_queue("q");
    const auto send = [&](const std::string& body, const std::string& group) {
        json call{{"QueueUrl", url}, {"MessageBody", body}};
        if (!group.empty()) call["MessageGroupId"] = group;
        client.json("SendMessage", call);
    };
    for (int i = 0; i < 20; ++i) send("noisy" + std::to_string(i), "noisy");
    send("quiet", "quiet");
    send("alone", "");
    const auto first = client.receive(url);
    REQUIRE(first.size() == 10);
    CHECK(strings(first.begin(), first.begin() + 4) == strings{"noisy0", "quiet", "alone", "noisy1"});
    send("quiet again", "quiet"); // one of its group is in flight, of the noisy one there are many
    send("alone again", "");
    const auto second = client.receive(url);
    CHECK(strings(second.begin(), second.begin() + 3) == strings{"alone again", "quiet again", "noisy8"});
}

} // namespace fifo_test
