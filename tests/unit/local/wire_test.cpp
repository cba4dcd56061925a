// Requests of both protocols, good and hostile: a clean answer, never a crash.
#include "support/core_client.hpp"

#include <local/json_wire.hpp>
#include <local/query_wire.hpp>

#include <doctest/doctest.h>

#include <random>

namespace wire_test {

using local_tests::answer;
using local_tests::core_client;
using sluice::local::fault;
using sluice::local::form;
using sluice::local::make_json_exchange;
using sluice::local::make_query_exchange;

namespace {

const std::string send_batch_form =
    "Action=SendMessageBatch&Version=2012-11-05&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq&"
    "SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=b%0D%0A&"
    "SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n&"
    "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=Binary&"
    "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.BinaryValue=AP8%3D";
const std::string send_batch_json =
    R"({"QueueUrl":"http://h/000000000000/q","Entries":[{"Id":"a","MessageBody":"b\r\n","DelaySeconds":3,)"
    R"("MessageAttributes":{"n":{"DataType":"Binary","BinaryValue":"AP8="}}}]})";

answer post(core_client& client, const std::string& body, const std::string& json_action) {
    if (json_action.empty()) return client.raw("POST", "/", {}, body);
    return client.raw("POST", "/", {{"X-Amz-Target", json_action}}, body);
}

} // namespace

TEST_CASE("a form is taken apart") {
    form values("a=1&b=%26%3D+x&&c&a=2&=no+name&=&=nameless");
    const form moved = std::move(values);
    CHECK(moved.find("a") == "2");
    CHECK(moved.find("b") == "&= x");
    CHECK(moved.find("c") == "");
    CHECK(moved.find("") == "nameless");
    CHECK_FALSE(moved.find("d"));
    CHECK_FALSE(moved.find("A"));
    CHECK(moved.all().size() == 4);
    CHECK(form("").all().empty());
    CHECK(form("&&").all().empty());
    for (const char* broken : {"a=%zz", "%=1", "a=%", "a=%4", "a=b%4", "%4=x"}) CHECK_THROWS_AS(form{broken}, fault);
}

TEST_CASE("lists, maps and structures of a form") {
    const auto parsed = make_query_exchange(form(send_batch_form), "");
    CHECK(parsed.service == "sqs");
    CHECK(parsed.action == "SendMessageBatch");
    const auto entries = parsed.parameters->list("Entries", "SendMessageBatchRequestEntry");
    REQUIRE(entries.size() == 1);
    CHECK(entries[0]->text("MessageBody") == "b\r\n");
    const auto attributes = entries[0]->attributes("MessageAttributes", "MessageAttribute");
    REQUIRE(attributes.size() == 1);
    CHECK(attributes[0].value == std::string("\0\xff", 2));
    CHECK(attributes[0].sent_as_binary);
    CHECK(make_query_exchange(form("Action=Publish&Version=2010-03-31"), "").service == "sns");
    CHECK(make_query_exchange(form("Action=X"), "sts").service == "sts");
}

TEST_CASE("more than nine entries are counted, not sorted as texts") {
    std::string body = "Action=X";
    for (int i = 1; i <= 12; ++i) body += "&A." + std::to_string(i) + "=" + std::to_string(i);
    CHECK(make_query_exchange(form(body), "").parameters->text_list("", "A").back() == "12");
}

TEST_CASE("the same structures of a JSON request") {
    const auto parsed = make_json_exchange("AmazonSQS.SendMessageBatch", send_batch_json);
    CHECK(parsed.action == "SendMessageBatch");
    const auto entries = parsed.parameters->list("Entries", "");
    REQUIRE(entries.size() == 1);
    CHECK(entries[0]->integer("DelaySeconds") == 3);
    CHECK(entries[0]->attributes("MessageAttributes", "").at(0).value == std::string("\0\xff", 2));
    CHECK_FALSE(parsed.parameters->text("Entries")); // not a text
    CHECK_FALSE(parsed.parameters->text("Missing"));
    CHECK_FALSE(make_json_exchange("AmazonSQS.X", R"({"QueueUrl":null})").parameters->text("QueueUrl"));
}

TEST_CASE("requests that make no sense get a clean refusal") {
    core_client client;
    client.create_queue("q");
    struct refused_case {
        std::string body;
        std::string json_action;
        std::string code;
    };
    const refused_case cases[] = {
        {"", "", "MissingAction"},
        {"Action=", "", "MissingAction"},
        {"Action=Fly&Version=2012-11-05", "", "InvalidAction"},
        {"Action=Fly&Version=2010-03-31", "", "InvalidAction"},
        {"Action=SendMessage&Version=2012-11-05&QueueUrl=%", "", "MalformedQueryString"},
        {std::string("\x00\xff\x80=%41", 7), "", "MissingAction"},
        {"{}", "AmazonSQS.Fly", "InvalidAction"},
        {"{}", "AmazonSNS.Publish", "UnknownOperationException"},
        {"{}", "Nonsense", "UnknownOperationException"},
        {"{", "AmazonSQS.ListQueues", "SerializationException"},
        {"[]", "AmazonSQS.ListQueues", "SerializationException"},
        {"\xff", "AmazonSQS.ListQueues", "SerializationException"},
        {std::string(200'000, '['), "AmazonSQS.ListQueues", "SerializationException"},
        {R"({"QueueUrl":{"a":1}})", "AmazonSQS.SendMessage", "MissingParameter"},
        {R"({"QueueName":"q","Attributes":[1,2]})", "AmazonSQS.CreateQueue", ""},
        {R"({"QueueUrl":"http://h/000000000000/q","Entries":{"a":1}})", "AmazonSQS.SendMessageBatch",
         "AWS.SimpleQueueService.EmptyBatchRequest"},
        {R"({"QueueUrl":"http://h/000000000000/q","Entries":[1,null,"x"]})", "AmazonSQS.SendMessageBatch",
         "AWS.SimpleQueueService.InvalidBatchEntryId"},
        {R"({"QueueUrl":"http://h/000000000000/q","MessageBody":"x","MessageAttributes":{"a":5}})",
         "AmazonSQS.SendMessage", "InvalidParameterValue"},
        {R"({"QueueUrl":"http://h/000000000000/q","MessageBody":"x","MessageAttributes":{"a":{"DataType":"Binary","BinaryValue":"!"}}})",
         "AmazonSQS.SendMessage", "InvalidParameterValue"},
    };
    for (const refused_case& one : cases) {
        CAPTURE(one.body.substr(0, 100));
        CAPTURE(one.json_action);
        const answer reply = post(client, one.body, one.json_action);
        if (one.code.empty()) {
            CHECK(reply.status == 200);
            continue;
        }
        CHECK(reply.status >= 400);
        CHECK(reply.status < 500);
        CHECK(reply.code() == one.code);
        CHECK_FALSE(reply.message().empty());
    }
}

TEST_CASE("a form with too many parameters is refused before it costs memory") {
    std::string body;
    for (int i = 0; i < 30'000; ++i) body += "a" + std::to_string(i) + "=&";
    CHECK_THROWS_AS(form{body}, fault);
}

TEST_CASE("an error that quotes control characters is still XML and JSON") {
    core_client client;
    const std::string url = client.create_queue("q");
    const answer query =
        client.sqs("SendMessage", {{"QueueUrl", url}, {"MessageBody", "x"}, {"MessageGroupId", "a\x01\xff<&"}});
    CHECK(query.message() ==
          "Value a?\?<& for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include "
          "alphanumeric and punctuation characters. 1 to 128 in length.");
    const answer handle = client.sqs("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", "\x02"}});
    CHECK(handle.status == 404);
    CHECK(handle.message().find('?') != std::string::npos);
}

TEST_CASE("requests cut or changed anywhere are answered, never a crash") {
    core_client client;
    client.create_queue("q");
    std::mt19937 random(7); // NOLINT: the same run every time
    std::size_t answered = 0;
    for (const bool json : {false, true}) {
        const std::string& good = json ? send_batch_json : send_batch_form;
        const std::string action = json ? "AmazonSQS.SendMessageBatch" : "";
        for (std::size_t cut = 0; cut <= good.size(); ++cut) {
            const answer reply = post(client, good.substr(0, cut), action);
            answered += reply.status >= 200 && reply.status < 500 ? 1 : 0;
        }
        for (int round = 0; round < 3000; ++round) {
            std::string changed = good;
            for (int i = 0; i < 3; ++i) changed[random() % changed.size()] = static_cast<char>(random() % 256);
            const answer reply = post(client, changed, action);
            answered += reply.status >= 200 && reply.status < 500 ? 1 : 0;
        }
    }
    CHECK(answered == send_batch_form.size() + send_batch_json.size() + 2 + 6000);
}

} // namespace wire_test
