// Queues and callers of different accounts: what the queue's policy decides. Source: SQS developer guide, "Using custom
// policies with the Amazon SQS access policy language", and "Amazon SQS API permissions: Actions and resource
// reference".
#include "support/core_client.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace other_accounts_test {

using namespace local_tests;
using nlohmann::json;

namespace {

const std::string owner = "000000000000";
const std::string other = "111111111111";

/// A queue of the broker's own account; the calls after that come from the other one.
struct foreign_queue {
    core_client client;
    std::string url = client.create_queue("orders");

    foreign_queue() { client.key = "other"; }

    answer as_owner(std::string_view action, json parameters) {
        const std::string before = std::exchange(client.key, "");
        parameters["QueueUrl"] = url;
        answer made = client.json(action, parameters);
        client.key = before;
        return made;
    }
    answer as_other(std::string_view action, json parameters = json::object()) {
        parameters["QueueUrl"] = url;
        return client.json(action, parameters);
    }
    void permit(const std::vector<std::string>& actions) {
        const answer made =
            as_owner("AddPermission", {{"Label", "other"}, {"AWSAccountIds", {other}}, {"Actions", actions}});
        REQUIRE_MESSAGE(made.status == 200, made.body);
    }
    void set_policy(const std::string& statement) {
        const std::string policy = R"({"Version":"2012-10-17","Statement":)" + statement + "}";
        const answer made = as_owner("SetQueueAttributes", {{"Attributes", {{"Policy", policy}}}});
        REQUIRE_MESSAGE(made.status == 200, made.body);
    }
};

std::string denial(const std::string& action) {
    return "User: arn:aws:iam::111111111111:root is not authorized to perform: " + action +
           " on resource: arn:aws:sqs:us-east-1:000000000000:orders because no resource-based policy allows the " +
           action + " action";
}

} // namespace

TEST_CASE("GetQueueUrl of another account: only where the queue's policy allows it") {
    foreign_queue at;
    const json asked{{"QueueName", "orders"}, {"QueueOwnerAWSAccountId", owner}};
    const std::string hidden = "The specified queue does not exist or you do not have access to it.";

    const answer refused = at.client.json("GetQueueUrl", asked);
    CHECK(refused.status == 400);
    CHECK(refused.query_error == "AWS.SimpleQueueService.NonExistentQueue;Sender");
    CHECK(refused.json().at("__type") == "com.amazonaws.sqs#QueueDoesNotExist");
    CHECK(refused.message() == hidden);
    const answer by_query = at.client.sqs("GetQueueUrl", {{"QueueName", "orders"}, {"QueueOwnerAWSAccountId", owner}});
    CHECK(by_query.code() == "AWS.SimpleQueueService.NonExistentQueue");
    CHECK(by_query.message() == hidden);
    // One that is not there cannot be told from one that is.
    CHECK(at.client.json("GetQueueUrl", {{"QueueName", "none"}, {"QueueOwnerAWSAccountId", owner}}).message() ==
          hidden);
    CHECK(at.client.json("GetQueueUrl", {{"QueueName", "orders"}, {"QueueOwnerAWSAccountId", "222222222222"}})
              .message() == hidden);

    at.permit({"GetQueueUrl"});
    const answer found = at.client.json("GetQueueUrl", asked);
    REQUIRE_MESSAGE(found.status == 200, found.body);
    CHECK(found.json().at("QueueUrl") == at.url);
    // Without the owner the name is one of the caller's own account.
    CHECK(at.client.json("GetQueueUrl", {{"QueueName", "orders"}}).message() == "The specified queue does not exist.");
}

TEST_CASE("calls on another account's queue: only what its policy allows") {
    foreign_queue at;
    const json message{{"MessageBody", "from afar"}};

    const answer refused = at.as_other("SendMessage", message);
    CHECK(refused.status == 403);
    CHECK(refused.query_error == "AccessDenied;Sender");
    CHECK(refused.json().at("__type") == "com.amazonaws.sqs#AccessDeniedException");
    CHECK(refused.message() == denial("sqs:sendmessage"));
    const answer by_query = at.client.sqs("SendMessage", {{"QueueUrl", at.url}, {"MessageBody", "x"}});
    CHECK(by_query.status == 403);
    CHECK(by_query.code() == "AccessDenied");
    // The path names the queue as the parameter does.
    const answer by_path = at.client.raw("POST", "/000000000000/orders", {{"Host", "localhost:1"}},
                                         "Action=SendMessage&Version=2012-11-05&MessageBody=x");
    CHECK(by_path.code() == "AccessDenied");

    at.permit({"SendMessage"});
    CHECK(at.as_other("SendMessage", message).status == 200);
    const json batch{{"Entries", {{{"Id", "a"}, {"MessageBody", "one"}}}}};
    CHECK(at.as_other("SendMessageBatch", batch).status == 200); // the permission of SendMessage is that of its batch
    CHECK(at.as_other("ReceiveMessage").message() == denial("sqs:receivemessage"));
    CHECK(at.as_other("PurgeQueue").message() == denial("sqs:purgequeue"));

    at.client.key.clear();
    const json got = at.client.receive_all(at.url);
    REQUIRE(got.size() == 2);
    CHECK(got[0].at("Attributes").at("SenderId") == other);
}

TEST_CASE("what no policy gives to another account") {
    foreign_queue at;
    at.set_policy(R"({"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"})");
    CHECK(at.as_other("GetQueueAttributes").status == 200);
    CHECK(at.as_other("ListDeadLetterSourceQueues").status == 200);
    CHECK(at.as_other("PurgeQueue").status == 200);
    const std::vector<std::pair<std::string, json>> calls{
        {"AddPermission", {{"Label", "x"}, {"AWSAccountIds", {other}}, {"Actions", {"SendMessage"}}}},
        {"DeleteQueue", json::object()},
        {"ListQueueTags", json::object()},
        {"RemovePermission", {{"Label", "x"}}},
        {"SetQueueAttributes", {{"Attributes", {{"VisibilityTimeout", "1"}}}}},
        {"TagQueue", {{"Tags", {{"a", "b"}}}}},
        {"UntagQueue", {{"TagKeys", {"a"}}}},
    };
    for (const auto& [action, parameters] : calls) {
        CAPTURE(action);
        CHECK(at.as_other(action, parameters).code() == "AccessDenied");
    }
}

TEST_CASE("those of the queue's own account may do what is not denied") {
    foreign_queue at;
    at.client.key.clear();
    at.set_policy(R"([{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sqs:*","Resource":"*"},
                      {"Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"*"},
                      {"Effect":"Deny","Principal":{"AWS":"000000000000"},"Action":"sqs:GetQueueUrl","Resource":"*"}])");
    CHECK(at.client.receive(at.url).empty());
    const answer refused = at.as_owner("SendMessage", {{"MessageBody", "x"}});
    CHECK(refused.status == 403);
    CHECK(refused.message() ==
          "User: arn:aws:iam::000000000000:root is not authorized to perform: sqs:sendmessage on resource: "
          "arn:aws:sqs:us-east-1:000000000000:orders with an explicit deny in a resource-based policy");
    CHECK(at.client.json("GetQueueUrl", {{"QueueName", "orders"}}).code() == "AccessDenied");
    at.client.key = "other";
    CHECK(at.as_other("SendMessage", {{"MessageBody", "x"}}).code() == "AccessDenied"); // a denial wins
    CHECK(at.as_other("ReceiveMessage").status == 200);
}

TEST_CASE("a poll at another account's queue waits there") {
    foreign_queue at;
    at.permit({"ReceiveMessage", "DeleteMessage"});
    const answer poll = at.as_other("ReceiveMessage", {{"WaitTimeSeconds", 20}});
    REQUIRE(poll.waits());
    at.client.key.clear();
    at.client.send(at.url, "for all");
    const answer got = at.client.finished(poll.poll);
    CHECK(got.status == 200);
    CHECK(got.json().at("Messages").at(0).at("Body") == "for all");
    at.client.key = "other";
    const json handle{{"ReceiptHandle", got.json().at("Messages").at(0).at("ReceiptHandle")}};
    CHECK(at.as_other("DeleteMessage", handle).status == 200);
    CHECK(at.client.ledger("orders").deleted == 1);
}

TEST_CASE("a queue of an account that nobody has is not there") {
    core_client client;
    const answer sent =
        client.json("SendMessage", {{"QueueUrl", "http://localhost:1/222222222222/orders"}, {"MessageBody", "x"}});
    CHECK(sent.code() == "AWS.SimpleQueueService.NonExistentQueue");
}

TEST_CASE("a topic delivers to queues of other accounts where their policy lets it") {
    foreign_queue at; // the topic is the other account's
    const std::string topic = at.client.create_topic("foreign");
    REQUIRE(topic == "arn:aws:sns:us-east-1:111111111111:foreign");
    const answer made = at.client.sns("Subscribe", {{"TopicArn", topic},
                                                    {"Protocol", "sqs"},
                                                    {"Endpoint", "arn:aws:sqs:us-east-1:000000000000:orders"},
                                                    {"Attributes.entry.1.key", "RawMessageDelivery"},
                                                    {"Attributes.entry.1.value", "true"}});
    REQUIRE_MESSAGE(made.status == 200, made.body);

    const auto publish = [&](const char* text) {
        CHECK(at.client.sns("Publish", {{"TopicArn", topic}, {"Message", text}}).status == 200);
    };
    publish("too early");
    REQUIRE(at.client.log.size() == 1);
    CHECK(at.client.log[0].find("the queue's policy does not let the topic send to it") != std::string::npos);

    const auto let_in = [&at](const std::string& account) {
        at.set_policy(R"({"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage",)"
                      R"("Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":")" +
                      account + R"("}}})");
    };
    let_in(owner); // the topic is not of the queue's account
    publish("from elsewhere");
    CHECK(at.client.log.size() == 2);
    let_in(other);
    publish("across");
    at.client.key.clear();
    CHECK(at.client.receive(at.url) == std::vector<std::string>{"across"});

    // A poll that waits at the queue gets what a call of the other account brings.
    const answer poll = at.as_owner("ReceiveMessage", {{"WaitTimeSeconds", 20}});
    REQUIRE(poll.waits());
    at.client.key = "other";
    publish("woken");
    CHECK(at.client.finished(poll.poll).json().at("Messages").at(0).at("Body") == "woken");
}

} // namespace other_accounts_test
