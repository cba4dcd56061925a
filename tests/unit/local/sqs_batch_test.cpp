// The rules of batches, over both protocols.
#include "support/core_client.hpp"

#include <doctest/doctest.h>

#include <set>

namespace sqs_batch_test {

using local_tests::answer;
using local_tests::core_client;
using local_tests::form;
using nlohmann::json;

namespace {

json entries(std::size_t count, const std::string& body = "x") {
    json made = json::array();
    for (std::size_t i = 0; i < count; ++i) made.push_back({{"Id", std::to_string(i)}, {"MessageBody", body}});
    return made;
}

answer send(core_client& client, const std::string& url, json list) {
    return client.json("SendMessageBatch", {{"QueueUrl", url}, {"Entries", std::move(list)}});
}

} // namespace

TEST_CASE("a batch of ten, with the ids of its entries") {
    core_client client;
    const std::string url = client.create_queue("q");
    const json reply = send(client, url, entries(10)).json();
    CHECK_FALSE(reply.contains("Failed"));
    std::set<std::string> ids;
    for (const auto& one : reply.at("Successful")) {
        ids.insert(one.at("Id").get<std::string>());
        CHECK(one.at("MD5OfMessageBody") == "9dd4e461268c8034f5c8564e155c67a6");
        CHECK(one.at("MessageId").get<std::string>().size() == 36);
    }
    CHECK(ids.size() == 10);
    CHECK(client.ledger("q").entered == 10);
}

TEST_CASE("the same over Query") {
    core_client client;
    const std::string url = client.create_queue("q");
    form parameters{{"QueueUrl", url}};
    for (int i = 1; i <= 10; ++i) {
        const std::string prefix = "SendMessageBatchRequestEntry." + std::to_string(i) + ".";
        parameters.emplace_back(prefix + "Id", "id" + std::to_string(i));
        parameters.emplace_back(prefix + "MessageBody", i == 5 ? "bad\x01" : "body " + std::to_string(i));
    }
    const answer reply = client.sqs("SendMessageBatch", parameters);
    CHECK(reply.elements("SendMessageBatchResultEntry").size() == 9);
    CHECK(reply.elements("BatchResultErrorEntry").size() == 1);
    CHECK(reply.element("Code") == "InvalidMessageContents");
    CHECK(reply.element("SenderFault") == "true");
    CHECK(client.receive(url).size() == 9);
}

TEST_CASE("a batch as a whole is refused, and nothing of it is sent") {
    core_client client;
    const std::string url = client.create_queue("q");
    json twice = entries(2);
    twice[1]["Id"] = "0";
    struct refused_case {
        json list;
        const char* type;
    };
    std::vector<refused_case> cases{{json::array(), "EmptyBatchRequest"},
                                    {entries(11), "TooManyEntriesInBatchRequest"},
                                    {twice, "BatchEntryIdsNotDistinct"},
                                    {entries(2, std::string(524'289, 'x')), "BatchRequestTooLong"}};
    for (const std::string& bad :
         {std::string(), std::string(81, 'i'), std::string("a b"), std::string("a.b"), std::string("\u00e9")}) {
        json one = entries(2);
        one[1]["Id"] = bad;
        cases.push_back({one, "InvalidBatchEntryId"});
    }
    for (const refused_case& one : cases) {
        CAPTURE(one.type);
        const answer reply = send(client, url, one.list);
        CHECK(reply.status == 400);
        CHECK(reply.code() == std::string("AWS.SimpleQueueService.") + one.type);
        CHECK(reply.json().at("__type") == std::string("com.amazonaws.sqs#") + one.type);
    }
    CHECK(client.ledger("q").entered == 0);
}

TEST_CASE("a batch of exactly 1 MiB, an entry above the queue's limit fails alone") {
    core_client client;
    const std::string url = client.create_queue("q");
    CHECK(send(client, url, entries(2, std::string(524'288, 'x'))).status == 200);
    const std::string small = client.create_queue("small", {{"MaximumMessageSize", "1024"}});
    json list = entries(3);
    list[1]["MessageBody"] = std::string(1025, 'x');
    const json reply = send(client, small, list).json();
    CHECK(reply.at("Successful").size() == 2);
    CHECK(reply.at("Failed").at(0).at("Id") == "1");
    CHECK(reply.at("Failed").at(0).at("Code") == "InvalidParameterValue");
    CHECK(reply.at("Failed").at(0).at("SenderFault") == true);
}

TEST_CASE("each entry has its own delay and attributes") {
    core_client client;
    const std::string url = client.create_queue("q");
    json list = entries(3);
    list[0]["DelaySeconds"] = 5;
    list[1]["DelaySeconds"] = 901;
    list[2]["MessageAttributes"] = {{"a", {{"DataType", "String"}, {"StringValue", "v"}}}};
    const json reply = send(client, url, list).json();
    CHECK(reply.at("Failed").size() == 1);
    const auto messages = client.receive_all(url);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].at("MessageAttributes").contains("a"));
    CHECK(client.ledger("q").delayed == 1);
}

TEST_CASE("deleting in batches: each entry by itself") {
    core_client client;
    const std::string url = client.create_queue("q");
    send(client, url, entries(3));
    json list = json::array({{{"Id", "bad"}, {"ReceiptHandle", "junk"}}, {{"Id", "none"}}});
    const json received = client.receive_all(url);
    for (const auto& one : received) {
        list.push_back({{"Id", std::to_string(list.size())}, {"ReceiptHandle", one.at("ReceiptHandle")}});
    }
    const json reply = client.json("DeleteMessageBatch", {{"QueueUrl", url}, {"Entries", list}}).json();
    CHECK(reply.at("Successful").size() == 3);
    REQUIRE(reply.at("Failed").size() == 2);
    CHECK(reply.at("Failed").at(0).at("Code") == "ReceiptHandleIsInvalid");
    CHECK(reply.at("Failed").at(1).at("Code") == "MissingParameter");
    CHECK(client.ledger("q").deleted == 3);
}

TEST_CASE("releasing in batches: each entry by itself") {
    core_client client;
    const std::string url = client.create_queue("q");
    send(client, url, entries(2));
    const json received = client.receive_all(url);
    const json list = json::array({
        {{"Id", "a"}, {"ReceiptHandle", received[0].at("ReceiptHandle")}, {"VisibilityTimeout", 0}},
        {{"Id", "b"}, {"ReceiptHandle", received[1].at("ReceiptHandle")}, {"VisibilityTimeout", 43'201}},
    });
    const json reply = client.json("ChangeMessageVisibilityBatch", {{"QueueUrl", url}, {"Entries", list}}).json();
    CHECK(reply.at("Successful").at(0).at("Id") == "a");
    CHECK(reply.at("Failed").at(0).at("Id") == "b");
    CHECK(client.ledger("q").visible == 1);
    CHECK(client.ledger("q").in_flight == 1);
}

} // namespace sqs_batch_test
