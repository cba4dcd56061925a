// Dead-letter queues and move tasks in virtual time.
#include "support/core_client.hpp"

#include <doctest/doctest.h>

namespace redrive_test {

using local_tests::answer;
using local_tests::core_client;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

std::string arn(const std::string& name) { return "arn:aws:sqs:us-east-1:000000000000:" + name; }

std::string redrive(const std::string& target, int times) {
    return R"({"deadLetterTargetArn":")" + arn(target) + R"(","maxReceiveCount":)" + std::to_string(times) + "}";
}

/// A queue with a dead-letter queue; messages go there after two receives.
struct fixture {
    explicit fixture(bool fifo = false) : suffix(fifo ? ".fifo" : "") {
        std::map<std::string, std::string> attributes{{"VisibilityTimeout", "10"}};
        if (fifo) attributes["FifoQueue"] = "true";
        dead = client.create_queue("dead" + suffix, attributes);
        attributes["RedrivePolicy"] = redrive("dead" + suffix, 2);
        source = client.create_queue("source" + suffix, attributes);
    }

    void send(const std::string& body, const std::string& group) {
        client.json(
            "SendMessage",
            {{"QueueUrl", source}, {"MessageBody", body}, {"MessageGroupId", group}, {"MessageDeduplicationId", body}});
    }
    /// Until all of the source is dead.
    void wear_out() {
        for (int i = 0; i < 3; ++i) {
            client.receive(source);
            client.pass(10s);
        }
    }
    json task(json parameters = json::object()) {
        parameters["SourceArn"] = arn("dead" + suffix);
        return client.json("StartMessageMoveTask", parameters).json();
    }
    json latest_task() {
        const json all = client.json("ListMessageMoveTasks", {{"SourceArn", arn("dead" + suffix)}}).json();
        return all.at("Results").at(0);
    }

    core_client client;
    std::string suffix;
    std::string dead;
    std::string source;
};

} // namespace

TEST_CASE("redrive: the receive after the last allowed one moves the message") {
    fixture test;
    test.client.send(test.source, "m");
    for (int i = 0; i < 2; ++i) {
        CHECK(test.client.receive(test.source) == strings{"m"});
        test.client.pass(10s);
    }
    CHECK(test.client.receive(test.dead).empty()); // not before somebody asks for it again
    CHECK(test.client.receive(test.source).empty());
    const json got = test.client.receive_all(test.dead);
    REQUIRE(got.size() == 1);
    CHECK(got[0].at("Body") == json("m"));
    const json& system = got[0].at("Attributes");
    CHECK(system.at("ApproximateReceiveCount") == json("3")); // across all queues, as AWS counts
    CHECK(system.at("DeadLetterQueueSourceArn") == json(arn("source")));
    CHECK(test.client.ledger("source").moved == 1);
    CHECK(test.client.ledger("source").entered == 1);
    CHECK(test.client.ledger("dead").entered == 1);
}

TEST_CASE("redrive: a poll that waits at the dead-letter queue gets the message at once") {
    fixture test;
    test.client.send(test.source, "m");
    for (int i = 0; i < 2; ++i) {
        test.client.receive(test.source);
        test.client.pass(10s);
    }
    const answer poll = test.client.json("ReceiveMessage", {{"QueueUrl", test.dead}, {"WaitTimeSeconds", 20}});
    REQUIRE(poll.waits());
    test.client.receive(test.source);
    const answer woken = test.client.finished(poll.poll);
    REQUIRE(woken.status == 200);
    CHECK(woken.json().at("Messages").size() == 1);
}

TEST_CASE("redrive: a dead letter of a standard queue keeps its age, of a FIFO queue it starts anew") {
    for (const bool fifo : {false, true}) {
        fixture test(fifo);
        test.client.json("SetQueueAttributes",
                         {{"QueueUrl", test.dead}, {"Attributes", {{"MessageRetentionPeriod", "60"}}}});
        if (fifo) test.send("m", "g");
        else test.client.send(test.source, "m");
        test.wear_out(); // 30 s
        CHECK(test.client.ledger("dead" + test.suffix).visible == 1);
        test.client.pass(30s);
        CHECK(test.client.ledger("dead" + test.suffix).expired == (fifo ? 0 : 1));
        test.client.pass(30s);
        CHECK(test.client.ledger("dead" + test.suffix).expired == 1);
    }
}

TEST_CASE("redrive: of a FIFO queue the rest of the group goes on") {
    fixture test(true);
    for (const char* body : {"a1", "a2"}) test.send(body, "a");
    for (int i = 0; i < 2; ++i) {
        test.client.json("ReceiveMessage", {{"QueueUrl", test.source}, {"MaxNumberOfMessages", 1}});
        test.client.pass(10s);
    }
    CHECK(test.client.receive(test.source) == strings{"a2"});
    CHECK(test.client.receive(test.dead) == strings{"a1"});
}

TEST_CASE("redrive: when the dead-letter queue is gone the message comes again") {
    fixture test;
    test.client.send(test.source, "m");
    test.client.json("DeleteQueue", {{"QueueUrl", test.dead}});
    for (int i = 0; i < 5; ++i) {
        CHECK(test.client.receive(test.source) == strings{"m"});
        test.client.pass(10s);
    }
}

TEST_CASE("redrive: policies that cannot be") {
    fixture test;
    const std::map<std::string, std::string> standard;
    test.client.create_queue("other.fifo", {{"FifoQueue", "true"}});
    test.client.create_queue("closed", {{"RedriveAllowPolicy", R"({"redrivePermission":"denyAll"})"}});
    test.client.create_queue(
        "chosen",
        {{"RedriveAllowPolicy", R"({"redrivePermission":"byQueue","sourceQueueArns":[")" + arn("source") + R"("]})"}});
    const auto set = [&](const std::string& queue, const std::string& policy) {
        const std::string url = "http://localhost:1/000000000000/" + queue;
        return test.client.json("SetQueueAttributes", {{"QueueUrl", url}, {"Attributes", {{"RedrivePolicy", policy}}}});
    };
    for (const std::string& bad :
         {std::string("no json"), std::string("{}"), std::string("[]"), redrive("dead", 0), redrive("dead", 1001),
          redrive("none", 1), redrive("source", 1), redrive("other.fifo", 1), redrive("closed", 1),
          std::string(R"({"deadLetterTargetArn":7,"maxReceiveCount":1})")}) {
        CAPTURE(bad);
        const answer refused = set("source", bad);
        CHECK(refused.code() == "InvalidParameterValue");
        CHECK(refused.message().find("for parameter RedrivePolicy is invalid. Reason: ") != std::string::npos);
    }
    CHECK(set("source", redrive("chosen", 1000)).status == 200);
    test.client.create_queue("stranger");
    CHECK(set("stranger", redrive("chosen", 1)).status == 400);
    // The count may be text, as the console writes it.
    CHECK(set("source", R"({"deadLetterTargetArn":")" + arn("dead") + R"(","maxReceiveCount":"3"})").status == 200);
    CHECK(set("source", "").status == 200);
    CHECK(test.client.json("ListDeadLetterSourceQueues", {{"QueueUrl", test.dead}}).json().at("queueUrls").empty());
}

TEST_CASE("redrive: who has this queue as their dead-letter queue") {
    fixture test;
    test.client.create_queue("second", {{"RedrivePolicy", redrive("dead", 5)}});
    const json all = test.client.json("ListDeadLetterSourceQueues", {{"QueueUrl", test.dead}}).json();
    CHECK(all.at("queueUrls").size() == 2);
    CHECK_FALSE(all.contains("NextToken"));
    const json first =
        test.client.json("ListDeadLetterSourceQueues", {{"QueueUrl", test.dead}, {"MaxResults", 1}}).json();
    CHECK(first.at("queueUrls").size() == 1);
    const json rest = test.client
                          .json("ListDeadLetterSourceQueues",
                                {{"QueueUrl", test.dead}, {"MaxResults", 1}, {"NextToken", first.at("NextToken")}})
                          .json();
    CHECK(rest.at("queueUrls").size() == 1);
    CHECK(rest.at("queueUrls") != first.at("queueUrls"));
}

TEST_CASE("move tasks: messages go back to where they came from, at the pace that was asked for") {
    fixture test;
    for (int i = 0; i < 6; ++i) test.client.send(test.source, "m" + std::to_string(i));
    test.wear_out();
    CHECK(test.client.ledger("dead").visible == 6);
    const json started = test.task({{"MaxNumberOfMessagesPerSecond", 2}});
    CHECK(test.latest_task().at("Status") == json("RUNNING"));
    CHECK(test.latest_task().at("TaskHandle") == started.at("TaskHandle"));
    CHECK(test.latest_task().at("ApproximateNumberOfMessagesToMove") == json(6));
    const json twice = test.client.json("StartMessageMoveTask", {{"SourceArn", arn("dead")}}).json();
    CHECK(twice.at("message") == json("There is already a task running. Only one active task is allowed for a source "
                                      "queue arn at a given time."));
    test.client.pass(1500ms);
    CHECK(test.latest_task().at("ApproximateNumberOfMessagesMoved") == json(3));
    CHECK(test.client.ledger("source").visible == 3);
    test.client.pass(1500ms);
    CHECK(test.latest_task().at("Status") == json("COMPLETED"));
    CHECK_FALSE(test.latest_task().contains("TaskHandle"));
    CHECK(test.client.ledger("dead").visible == 0);
    CHECK(test.client.ledger("dead").moved == 6);
    const json got = test.client.receive_all(test.source);
    REQUIRE(got.size() == 6);
    CHECK(got[0].at("Attributes").at("ApproximateReceiveCount") == json("1")); // a new message
    CHECK_FALSE(got[0].at("Attributes").contains("DeadLetterQueueSourceArn"));
}

TEST_CASE("move tasks: to another queue, cancelled, and a poll there wakes") {
    fixture test;
    const std::string other = test.client.create_queue("other");
    for (int i = 0; i < 4; ++i) test.client.send(test.source, "m" + std::to_string(i));
    test.wear_out();
    const answer poll = test.client.json("ReceiveMessage", {{"QueueUrl", other}, {"WaitTimeSeconds", 20}});
    const json started = test.task({{"DestinationArn", arn("other")}, {"MaxNumberOfMessagesPerSecond", 1}});
    test.client.pass(1s);
    CHECK(test.client.finished(poll.poll).status == 200);
    const json cancelled = test.client.json("CancelMessageMoveTask", {{"TaskHandle", started.at("TaskHandle")}}).json();
    CHECK(cancelled.at("ApproximateNumberOfMessagesMoved") == json(1));
    test.client.pass(60s);
    CHECK(test.latest_task().at("Status") == json("CANCELLED"));
    CHECK(test.client.ledger("dead").visible == 3);
    CHECK(test.client.json("CancelMessageMoveTask", {{"TaskHandle", started.at("TaskHandle")}}).status == 400);
}

TEST_CASE("move tasks: what was sent to the dead-letter queue itself has nowhere to go back to") {
    fixture test;
    test.client.send(test.dead, "direct");
    test.task();
    test.client.pass(1s);
    CHECK(test.latest_task().at("Status") == json("FAILED"));
    CHECK(test.latest_task().at("FailureReason") == json("CouldNotDetermineMessageSource"));
    CHECK(test.client.ledger("dead").visible == 1); // nothing is lost
    test.client.create_queue("other");
    test.task({{"DestinationArn", arn("other")}});
    test.client.pass(1s);
    CHECK(test.client.ledger("other").visible == 1);
}

TEST_CASE("tags of queues, over both protocols") {
    core_client client;
    const std::string url = "http://localhost:1/000000000000/q";
    client.json("CreateQueue", {{"QueueName", "q"}, {"tags", {{"team", "a b&c"}}}});
    client.sqs("TagQueue", {{"QueueUrl", url}, {"Tag.1.Key", "stage"}, {"Tag.1.Value", "test"}});
    const json both{{"team", "a b&c"}, {"stage", "test"}};
    CHECK(client.json("ListQueueTags", {{"QueueUrl", url}}).json().at("Tags") == both);
    CHECK(client.sqs("ListQueueTags", {{"QueueUrl", url}}).elements("Key").size() == 2);
    client.json("UntagQueue", {{"QueueUrl", url}, {"TagKeys", {"team", "none"}}});
    CHECK(client.json("ListQueueTags", {{"QueueUrl", url}}).json().at("Tags") == json{{"stage", "test"}});
    json many = json::object();
    for (int i = 0; i < 51; ++i) many[std::to_string(i)] = "x";
    CHECK(client.json("TagQueue", {{"QueueUrl", url}, {"Tags", many}}).code() == "InvalidParameterValue");
    CHECK(client.json("TagQueue", {{"QueueUrl", url}, {"Tags", {{std::string(129, 'k'), "v"}}}}).status == 400);
    CHECK(client.json("ListQueueTags", {{"QueueUrl", url}}).json().at("Tags").size() == 1);
}

TEST_CASE("to tag without tags and to untag without keys is an error") {
    core_client client;
    const std::string url = client.create_queue("q");
    CHECK(client.json("TagQueue", {{"QueueUrl", url}, {"Tags", json::object()}}).code() == "MissingParameter");
    CHECK(client.sqs("TagQueue", {{"QueueUrl", url}}).message() == "The request must contain the parameter Tags.");
    for (const json& keys : {json::array(), json{""}, json{std::string(129, 'k')}}) {
        CAPTURE(keys.dump());
        CHECK(client.json("UntagQueue", {{"QueueUrl", url}, {"TagKeys", keys}}).code() == "InvalidParameterValue");
    }
    CHECK(client.sqs("UntagQueue", {{"QueueUrl", url}}).status == 400);
    CHECK(client.sqs("UntagQueue", {{"QueueUrl", url}, {"TagKey.1", "none"}}).status == 200);
}

TEST_CASE("permissions become statements of the policy, and go again") {
    core_client client;
    const std::string url = client.create_queue("q");
    const json call{{"QueueUrl", url},
                    {"Label", "one"},
                    {"AWSAccountIds", {"111111111111", "222222222222"}},
                    {"Actions", {"SendMessage"}}};
    CHECK(client.json("AddPermission", call).status == 200);
    const auto policy = [&] {
        const json got = client.json("GetQueueAttributes", {{"QueueUrl", url}, {"AttributeNames", {"Policy"}}}).json();
        return got.contains("Attributes") && got.at("Attributes").contains("Policy")
                   ? json::parse(got.at("Attributes").at("Policy").get<std::string>())
                   : json();
    };
    const json statement = policy().at("Statement").at(0);
    CHECK(statement.at("Sid") == json("one"));
    CHECK(statement.at("Action") == json("SQS:SendMessage"));
    CHECK(statement.at("Principal").at("AWS").size() == 2);
    CHECK(statement.at("Resource") == json(arn("q")));
    for (const json& wrong :
         {json{{"Label", "two words"}}, json{{"AWSAccountIds", {"1"}}}, json{{"Actions", {"CreateQueue"}}}}) {
        json bad = call;
        bad["Label"] = "two";
        bad.update(wrong);
        CAPTURE(bad.dump());
        CHECK(client.json("AddPermission", bad).code() == "InvalidParameterValue");
    }
    CHECK(client.json("RemovePermission", {{"QueueUrl", url}, {"Label", "one"}}).status == 200);
    CHECK(policy().is_null());
}

} // namespace redrive_test
