// A broker that begins again with what it had stored: everything that clients can see is there.
#include "support/core_client.hpp"
#include "support/memory_storage.hpp"

#include <local/record.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

namespace storage_test {

using local_tests::answer;
using local_tests::core_client;
using local_tests::memory_storage;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

std::string arn(const std::string& name) { return "arn:aws:sqs:us-east-1:000000000000:" + name; }

struct fixture {
    std::shared_ptr<memory_storage> keeper = std::make_shared<memory_storage>();
    core_client client{keeper};

    json call(std::string_view action, const json& parameters) {
        const answer got = client.json(action, parameters);
        REQUIRE_MESSAGE(got.status == 200, got.body);
        return got.body.empty() ? json() : got.json();
    }
    std::string sns(std::string_view action, const local_tests::form& parameters) {
        const answer got = client.sns(action, parameters);
        REQUIRE_MESSAGE(got.status == 200, got.body);
        // All but the id of the request.
        return got.body.substr(0, got.body.find("<ResponseMetadata>"));
    }
    json send_fifo(const std::string& url, const std::string& body, const std::string& group, const std::string& id) {
        return call(
            "SendMessage",
            {{"QueueUrl", url}, {"MessageBody", body}, {"MessageGroupId", group}, {"MessageDeduplicationId", id}});
    }
    json receive(const std::string& url, json more = json::object()) {
        more["QueueUrl"] = url;
        more["MaxNumberOfMessages"] = 10;
        more["MessageAttributeNames"] = {"All"};
        more["MessageSystemAttributeNames"] = {"All"};
        return call("ReceiveMessage", more).value("Messages", json::array());
    }

    /// What can be asked about all queues and topics, as one text.
    std::string describe() {
        std::string all;
        for (const std::string& url : call("ListQueues", json::object()).value("QueueUrls", strings())) {
            all += url + " " + call("GetQueueAttributes", {{"QueueUrl", url}, {"AttributeNames", {"All"}}}).dump();
            all += call("ListQueueTags", {{"QueueUrl", url}}).dump() + "\n";
            const std::string own = arn(url.substr(url.rfind('/') + 1));
            all += call("ListMessageMoveTasks", {{"SourceArn", own}, {"MaxResults", 10}}).dump() + "\n";
        }
        const answer topics = client.sns("ListTopics", {});
        all += sns("ListTopics", {}) + sns("ListSubscriptions", {});
        for (const std::string& topic : topics.elements("TopicArn")) {
            all +=
                sns("GetTopicAttributes", {{"TopicArn", topic}}) + sns("ListTagsForResource", {{"ResourceArn", topic}});
            const answer policy = client.sns("GetDataProtectionPolicy", {{"ResourceArn", topic}});
            if (policy.status == 200) all += policy.element("DataProtectionPolicy");
        }
        for (const std::string& one : client.sns("ListSubscriptions", {}).elements("SubscriptionArn")) {
            all += sns("GetSubscriptionAttributes", {{"SubscriptionArn", one}});
        }
        for (const auto& [name, of] : client.core().ledger(client.now)) {
            for (const auto count :
                 {of.entered, of.deleted, of.expired, of.purged, of.moved, of.visible, of.in_flight, of.delayed}) {
                all += std::to_string(count) + " ";
            }
            all += name + "\n";
        }
        return all;
    }

    void reopen_unchanged() {
        const std::string before = describe();
        client.reopen();
        CHECK(describe() == before);
    }
};

} // namespace

TEST_CASE("storage: queues come back with attributes, tags, permissions and times") {
    fixture f;
    const std::string dead = f.client.create_queue("dead");
    const std::string policy = R"({"deadLetterTargetArn":")" + arn("dead") + R"(","maxReceiveCount":3})";
    const std::string url = f.client.create_queue("orders", {{"VisibilityTimeout", "7"}, {"RedrivePolicy", policy}});
    f.client.create_queue("orders-2");
    f.client.create_queue("orders.fifo", {{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}});
    f.client.pass(10s);
    f.call("SetQueueAttributes", {{"QueueUrl", url}, {"Attributes", {{"DelaySeconds", "3"}}}});
    f.call("TagQueue", {{"QueueUrl", url}, {"Tags", {{"team", "shop"}, {"gone", "soon"}}}});
    f.call("UntagQueue", {{"QueueUrl", url}, {"TagKeys", {"gone"}}});
    f.call("AddPermission",
           {{"QueueUrl", url}, {"Label", "all"}, {"AWSAccountIds", {"111111111111"}}, {"Actions", {"SendMessage"}}});
    f.client.send(dead, "one");
    f.call("PurgeQueue", {{"QueueUrl", dead}});
    f.reopen_unchanged();
    CHECK(f.describe().find(R"("DelaySeconds":"3")") != std::string::npos);
    CHECK(f.describe().find(R"("team":"shop")") != std::string::npos);
    CHECK(f.client.json("PurgeQueue", {{"QueueUrl", dead}}).status == 403); // less than a minute ago
    // The same call finds the same queue, another one is another one's.
    CHECK(f.client.create_queue("orders", {{"VisibilityTimeout", "7"}}) == url);
    CHECK(
        f.client.json("CreateQueue", {{"QueueName", "orders"}, {"Attributes", {{"VisibilityTimeout", "8"}}}}).status ==
        400);
    f.call("RemovePermission", {{"QueueUrl", url}, {"Label", "all"}});
    f.reopen_unchanged();
}

TEST_CASE("storage: a message comes back as it was sent, and its handle is still good") {
    fixture f;
    const std::string url = f.client.create_queue("q", {{"VisibilityTimeout", "30"}});
    const json sent = f.call(
        "SendMessage",
        {{"QueueUrl", url},
         {"MessageBody", "<body>\tä\r\n"},
         {"MessageGroupId", "tenant"},
         {"MessageAttributes",
          {{"text", {{"DataType", "String.x"}, {"StringValue", "1"}}},
           {"bytes", {{"DataType", "Binary"}, {"BinaryValue", "AP8K"}}}}},
         {"MessageSystemAttributes", {{"AWSTraceHeader", {{"DataType", "String"}, {"StringValue", "Root=1"}}}}}});
    f.client.pass(1s);
    const json first = f.receive(url);
    REQUIRE(first.size() == 1);
    f.client.pass(10s);
    f.reopen_unchanged();
    CHECK(f.receive(url).empty()); // in flight still
    f.client.pass(20s);
    const json second = f.receive(url);
    REQUIRE(second.size() == 1);
    json expected = first[0];
    expected["ReceiptHandle"] = second[0]["ReceiptHandle"];
    expected["Attributes"]["ApproximateReceiveCount"] = "2";
    CHECK(second[0] == expected);
    CHECK(second[0]["MessageId"] == sent["MessageId"]);
    CHECK(second[0]["ReceiptHandle"] != first[0]["ReceiptHandle"]);

    f.client.reopen();
    // The handle of before the last receive deletes nothing, the last one does.
    f.call("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", first[0]["ReceiptHandle"]}});
    CHECK(f.client.ledger("q").in_flight == 1);
    f.call("ChangeMessageVisibility",
           {{"QueueUrl", url}, {"ReceiptHandle", second[0]["ReceiptHandle"]}, {"VisibilityTimeout", 300}});
    f.client.reopen();
    f.client.pass(299s);
    CHECK(f.client.ledger("q").in_flight == 1);
    f.call("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", second[0]["ReceiptHandle"]}});
    f.reopen_unchanged();
    CHECK(f.client.ledger("q").deleted == 1);
    f.client.pass(1h);
    CHECK(f.receive(url).empty());
}

TEST_CASE("storage: delays, retention and visibility go on by the clock on the wall") {
    fixture f;
    const std::string url =
        f.client.create_queue("q", {{"MessageRetentionPeriod", "600"}, {"VisibilityTimeout", "10"}});
    f.call("SendMessage", {{"QueueUrl", url}, {"MessageBody", "later"}, {"DelaySeconds", 100}});
    f.client.send(url, "taken");
    CHECK(f.client.receive(url) == strings{"taken"});
    f.client.pass(5s);
    f.client.reopen();
    f.client.now += 5s; // nobody was there when it became visible
    CHECK(f.client.receive(url) == strings{"taken"});
    f.client.now += 90s;
    CHECK(f.client.receive(url) == strings{"later", "taken"});
    f.client.reopen();
    f.client.now += 510s;
    CHECK(f.client.receive(url).empty());
    CHECK(f.client.ledger("q").expired == 2);
    f.reopen_unchanged();
}

TEST_CASE("storage: a FIFO queue keeps its order, its numbers, and what it has seen") {
    fixture f;
    const std::string url = f.client.create_queue("q.fifo", {{"FifoQueue", "true"}, {"VisibilityTimeout", "30"}});
    const json one = f.send_fifo(url, "1", "a", "id-1");
    f.send_fifo(url, "2", "a", "id-2");
    f.send_fifo(url, "3", "b", "id-3");
    const json got = f.receive(url, {{"ReceiveRequestAttemptId", "try/1"}});
    REQUIRE(got.size() == 3);
    f.reopen_unchanged();
    f.send_fifo(url, "4", "a", "id-4");
    CHECK(f.receive(url).empty()); // both groups are in flight
    CHECK(f.receive(url, {{"ReceiveRequestAttemptId", "try/1"}}) == got);
    f.call("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", got[0]["ReceiptHandle"]}});
    f.client.reopen();
    CHECK(f.receive(url, {{"ReceiveRequestAttemptId", "try/1"}}).empty()); // one of it was deleted
    // Seen, though received and deleted.
    const json again = f.send_fifo(url, "1", "a", "id-1");
    CHECK(again["MessageId"] == one["MessageId"]);
    CHECK(again["SequenceNumber"] == one["SequenceNumber"]);
    CHECK(f.client.ledger("q.fifo").entered == 4);
    f.client.pass(30s);
    CHECK(f.client.receive(url) == strings{"2", "4", "3"});
    f.client.pass(5min);
    const json later = f.send_fifo(url, "1", "a", "id-1");
    CHECK(later["MessageId"] != one["MessageId"]);
    f.client.reopen();
    // An empty queue counts on.
    f.client.pass(61s);
    f.call("PurgeQueue", {{"QueueUrl", url}});
    f.client.reopen();
    CHECK(f.send_fifo(url, "5", "a", "id-5")["SequenceNumber"].get<std::string>() >
          later["SequenceNumber"].get<std::string>());
}

TEST_CASE("storage: dead letters and the tasks that move them back") {
    fixture f;
    f.client.create_queue("dead", {{"VisibilityTimeout", "1"}});
    const std::string policy = R"({"deadLetterTargetArn":")" + arn("dead") + R"(","maxReceiveCount":1})";
    const std::string url = f.client.create_queue("q", {{"VisibilityTimeout", "1"}, {"RedrivePolicy", policy}});
    for (int i = 0; i < 4; ++i) f.client.send(url, std::to_string(i));
    CHECK(f.client.receive(url).size() == 4);
    f.client.pass(1s);
    f.client.reopen();
    CHECK(f.client.receive(url).empty());
    f.reopen_unchanged();
    CHECK(f.client.ledger("dead").visible == 4);
    f.call("StartMessageMoveTask", {{"SourceArn", arn("dead")}, {"MaxNumberOfMessagesPerSecond", 1}});
    f.client.pass(2s);
    CHECK(f.client.ledger("q").visible == 2);
    f.reopen_unchanged();
    f.client.pass(5s);
    CHECK(f.client.ledger("q").visible == 4);
    CHECK(f.client.ledger("dead").moved == 4);
    f.reopen_unchanged();
    CHECK(f.client.receive(url) == strings{"0", "1", "2", "3"});
}

TEST_CASE("storage: topics and subscriptions come back, deliver in their order, and count on") {
    fixture f;
    const std::string topic = f.client.create_topic("orders");
    f.client.subscribe(topic, "first", {{"RawMessageDelivery", "true"}});
    const std::string gone = f.client.subscribe(topic, "gone", {});
    f.client.subscribe(
        topic, "filtered",
        {{"RawMessageDelivery", "true"}, {"FilterPolicyScope", "MessageBody"}, {"FilterPolicy", R"({"kind":["b"]})"}});
    f.sns("Unsubscribe", {{"SubscriptionArn", gone}});
    f.client.subscribe(topic, "last", {{"RedrivePolicy", R"({"deadLetterTargetArn":")" + arn("first") + "\"}"}});
    f.sns("TagResource", {{"ResourceArn", topic}, {"Tags.member.1.Key", "team"}, {"Tags.member.1.Value", "shop"}});
    f.sns("SetTopicAttributes", {{"TopicArn", topic}, {"AttributeName", "DisplayName"}, {"AttributeValue", "Orders"}});
    f.sns("PutDataProtectionPolicy", {{"ResourceArn", topic}, {"DataProtectionPolicy", R"({"Name":"p"})"}});
    f.sns("AddPermission", {{"TopicArn", topic},
                            {"Label", "all"},
                            {"AWSAccountId.member.1", "111111111111"},
                            {"ActionName.member.1", "Publish"}});
    const answer made = f.client.sns(
        "CreateTopic",
        {{"Name", "t.fifo"}, {"Attributes.entry.1.key", "FifoTopic"}, {"Attributes.entry.1.value", "true"}});
    const std::string fifo = made.element("TopicArn");
    f.client.subscribe(fifo, "t-queue.fifo", {{"RawMessageDelivery", "true"}});
    const local_tests::form publication{
        {"TopicArn", fifo}, {"Message", "m"}, {"MessageGroupId", "g"}, {"MessageDeduplicationId", "d/1"}};
    const answer first = f.client.sns("Publish", publication);
    f.reopen_unchanged();

    f.sns("Publish", {{"TopicArn", topic}, {"Message", R"({"kind":"a"})"}});
    f.sns("Publish", {{"TopicArn", topic}, {"Message", R"({"kind":"b"})"}});
    CHECK(f.client.ledger("first").visible == 2);
    CHECK(f.client.ledger("filtered").visible == 1);
    CHECK(f.client.ledger("last").visible == 2);
    CHECK(f.client.ledger("gone").visible == 0);
    const answer again = f.client.sns("Publish", publication);
    CHECK(again.element("MessageId") == first.element("MessageId"));
    CHECK(again.element("SequenceNumber") == first.element("SequenceNumber"));
    CHECK(f.client.ledger("t-queue.fifo").entered == 1);
    auto next = publication;
    next.back().second = "d/2";
    const answer second = f.client.sns("Publish", next);
    CHECK(second.element("SequenceNumber") > first.element("SequenceNumber"));
    f.sns("UntagResource", {{"ResourceArn", topic}, {"TagKeys.member.1", "team"}});
    f.sns("RemovePermission", {{"TopicArn", topic}, {"Label", "all"}});
    f.sns("Unsubscribe",
          {{"SubscriptionArn",
            f.client.sns("ListSubscriptionsByTopic", {{"TopicArn", topic}}).element("SubscriptionArn")}});
    f.reopen_unchanged();
}

TEST_CASE("storage: what is deleted leaves nothing behind, and its name can be used anew") {
    fixture f;
    const auto only_the_format = [&f] { return f.keeper->records.size() == 1 && f.keeper->records.contains("format"); };
    CHECK(only_the_format());
    const std::string url = f.client.create_queue("q.fifo", {{"FifoQueue", "true"}});
    f.call("TagQueue", {{"QueueUrl", url}, {"Tags", {{"a", "b"}}}});
    f.send_fifo(url, "1", "a", "id-1");
    f.send_fifo(url, "2", "a", "id-2");
    f.receive(url, {{"ReceiveRequestAttemptId", "try"}});
    const std::string topic = f.client.create_topic("t");
    f.client.subscribe(topic, "subscribed", {});
    CHECK(f.keeper->records.size() > 8);
    f.client.reopen();
    f.call("DeleteQueue", {{"QueueUrl", url}});
    f.call("DeleteQueue", {{"QueueUrl", "http://localhost:1/000000000000/subscribed"}});
    f.sns("DeleteTopic", {{"TopicArn", topic}});
    CHECK(only_the_format());
    f.client.create_queue("q.fifo", {{"FifoQueue", "true"}});
    f.send_fifo(url, "new", "a", "id-1");
    f.reopen_unchanged();
    CHECK(f.client.receive(url) == strings{"new"});

    f.client.core().restart(sluice::local::restart_memory::lost);
    f.client.commit();
    CHECK(only_the_format());
    f.client.reopen();
    CHECK(f.client.core().ledger(f.client.now).empty());
}

TEST_CASE("storage: messages that were moved expire by their own age after a restart too") {
    fixture f;
    const std::map<std::string, std::string> settings{{"VisibilityTimeout", "1"}, {"MessageRetentionPeriod", "100"}};
    const std::string dead = f.client.create_queue("dead", settings);
    auto with_redrive = settings;
    with_redrive["RedrivePolicy"] = R"({"deadLetterTargetArn":")" + arn("dead") + R"(","maxReceiveCount":1})";
    const std::string url = f.client.create_queue("q", with_redrive);
    f.client.send(url, "old");
    CHECK(f.client.receive(url).size() == 1);
    f.client.pass(50s);
    f.client.send(dead, "young");
    f.client.receive(url); // now it is behind one that is younger
    CHECK(f.client.ledger("dead").visible == 2);
    f.client.reopen();
    f.client.pass(50s);
    CHECK(f.client.receive(dead) == strings{"young"});
    CHECK(f.client.ledger("dead").expired == 1);
}

TEST_CASE("storage: other accounts and regions have their own") {
    const auto keeper = std::make_shared<memory_storage>();
    sluice::local::broker_options options;
    options.verify_signatures = false;
    options.storage = keeper;
    {
        core_client client(keeper);
        client.create_queue("q");
    }
    options.region = "eu-west-1";
    sluice::local::broker_core elsewhere(options);
    const auto ledger = elsewhere.ledger(sluice::local::time_point());
    REQUIRE(ledger.size() == 1);
    CHECK(ledger.begin()->first == arn("q"));
}

TEST_CASE("storage: the clock stays ahead by as much as it was moved") {
    const auto keeper = std::make_shared<memory_storage>();
    {
        core_client client(keeper);
        CHECK(client.core().clock_lead() == 0s);
        client.core().set_clock_lead(300s);
        client.commit();
    }
    core_client client(keeper);
    CHECK(client.core().clock_lead() == 300s);
}

} // namespace storage_test
