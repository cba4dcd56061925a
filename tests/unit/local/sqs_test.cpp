// SQS operations, over both protocols where they differ.
#include "support/core_client.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace sqs_test {

using local_tests::answer;
using local_tests::core_client;
using nlohmann::json;
using namespace std::chrono_literals;

TEST_CASE("queues are made, found, listed and deleted, over Query") {
    core_client client;
    const answer made = client.sqs(
        "CreateQueue", {{"QueueName", "billing"}, {"Attribute.1.Name", "DelaySeconds"}, {"Attribute.1.Value", "5"}});
    CHECK(made.status == 200);
    const std::string url = made.element("QueueUrl");
    CHECK(url == "http://localhost:1/000000000000/billing");
    CHECK(client.sqs("GetQueueUrl", {{"QueueName", "billing"}}).element("QueueUrl") == url);
    CHECK(client.sqs("ListQueues", {{"QueueNamePrefix", "bil"}}).elements("QueueUrl") == std::vector<std::string>{url});
    CHECK(client.sqs("ListQueues", {{"QueueNamePrefix", "x"}}).elements("QueueUrl").empty());
    const answer attributes =
        client.sqs("GetQueueAttributes",
                   {{"QueueUrl", url}, {"AttributeName.1", "DelaySeconds"}, {"AttributeName.2", "QueueArn"}});
    CHECK(attributes.elements("Name") == std::vector<std::string>{"DelaySeconds", "QueueArn"});
    CHECK(attributes.elements("Value") == std::vector<std::string>{"5", "arn:aws:sqs:us-east-1:000000000000:billing"});
    CHECK(client.sqs("DeleteQueue", {{"QueueUrl", url}}).status == 200);
    CHECK(client.sqs("GetQueueUrl", {{"QueueName", "billing"}}).code() == "AWS.SimpleQueueService.NonExistentQueue");
}

TEST_CASE("operations without a result have no Result element, an empty receive has an empty one") {
    core_client client;
    const std::string url = client.create_queue("q");
    const answer purged = client.sqs("PurgeQueue", {{"QueueUrl", url}});
    CHECK(purged.body.find("PurgeQueueResult") == std::string::npos);
    CHECK(purged.body.find("xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"") != std::string::npos);
    CHECK_FALSE(purged.element("RequestId").empty());
    CHECK(client.sqs("ReceiveMessage", {{"QueueUrl", url}}).body.find("<ReceiveMessageResult/>") != std::string::npos);
    CHECK(client.json("ReceiveMessage", {{"QueueUrl", url}}).body == "{}");
}

TEST_CASE("creating a queue again is the same queue, with other attributes an error") {
    core_client client;
    const auto url = client.create_queue("q", {{"VisibilityTimeout", "7"}});
    CHECK(client.create_queue("q") == url);
    CHECK(client.create_queue("q", {{"VisibilityTimeout", "7"}}) == url);
    CHECK(client.create_queue("q", {{"DelaySeconds", "0"}}) == url); // the default, so the same
    const answer other = client.json("CreateQueue", {{"QueueName", "q"}, {"Attributes", {{"VisibilityTimeout", "8"}}}});
    CHECK(other.code() == "QueueAlreadyExists");
    CHECK(other.message() ==
          "A queue already exists with the same name and a different value for attribute VisibilityTimeout");
}

TEST_CASE("names of queues at their limits") {
    core_client client;
    client.create_queue(std::string(80, 'q'));
    client.create_queue("A-z_9");
    for (const std::string& bad :
         {std::string(81, 'q'), std::string("a b"), std::string("a.b"), std::string("\u00e9")}) {
        CAPTURE(bad);
        CHECK(client.json("CreateQueue", {{"QueueName", bad}}).code() == "InvalidParameterValue");
    }
    CHECK(client.json("CreateQueue", json::object()).code() == "MissingParameter");
    const answer fifo = client.json("CreateQueue", {{"QueueName", "a.fifo"}});
    CHECK(fifo.code() == "InvalidParameterValue"); // it takes the attribute FifoQueue, too
    const answer plain = client.json("CreateQueue", {{"QueueName", "a"}, {"Attributes", {{"FifoQueue", "true"}}}});
    CHECK(plain.message().find("must end with .fifo suffix") != std::string::npos);
    client.create_queue(std::string(75, 'q') + ".fifo", {{"FifoQueue", "true"}});
    CHECK(client
              .json("CreateQueue",
                    {{"QueueName", std::string(76, 'q') + ".fifo"}, {"Attributes", {{"FifoQueue", "true"}}}})
              .code() == "InvalidParameterValue");
}

TEST_CASE("a queue is found by its URL behind any host, or by the path of the request") {
    core_client client;
    client.create_queue("q");
    for (const char* url :
         {"http://localhost:1/000000000000/q", "https://sqs.us-east-1.amazonaws.com/000000000000/q",
          "http://[::1]:9/some/prefix/000000000000/q", "http://h/000000000000/q/", "/000000000000/q"}) {
        CAPTURE(url);
        CHECK(client.json("SendMessage", {{"QueueUrl", url}, {"MessageBody", "x"}}).status == 200);
    }
    const std::string body = "Action=SendMessage&Version=2012-11-05&MessageBody=x";
    CHECK(client.raw("POST", "/000000000000/q", {}, body).status == 200);
    CHECK(client.raw("GET", "/000000000000/q?" + body, {}, "").status == 200);
    CHECK(client.ledger("q").entered == 7);
    CHECK(client.raw("POST", "/", {}, body).code() == "MissingParameter");
    for (const char* url :
         {"http://localhost:1/111111111111/q", "http://localhost:1/000000000000/r", "", "/", "http://"}) {
        CAPTURE(url);
        const answer refused = client.json("SendMessage", {{"QueueUrl", url}, {"MessageBody", "x"}});
        CHECK(refused.status == 400);
        CHECK(refused.code() == "AWS.SimpleQueueService.NonExistentQueue");
    }
}

TEST_CASE("a missing queue is worded differently by the two protocols") {
    core_client client;
    CHECK(client.json("GetQueueUrl", {{"QueueName", "x"}}).message() == "The specified queue does not exist.");
    CHECK(client.json("GetQueueUrl", {{"QueueName", "x"}}).query_error ==
          "AWS.SimpleQueueService.NonExistentQueue;Sender");
    const answer query = client.sqs("GetQueueUrl", {{"QueueName", "x"}});
    CHECK(query.message() == "The specified queue does not exist for this wsdl version.");
    CHECK(query.element("Type") == "Sender");
    CHECK(query.body.find("<Detail/>") != std::string::npos);
}

TEST_CASE("every odd character survives, over both protocols") {
    const std::string odd = "tab\t lf\n cr\r crlf\r\n \U0001F600 &<>\"'%+=; \u00e9 \u2028 \ufffd ]]> {\"a\":1}";
    core_client client;
    const std::string url = client.create_queue("q");
    CHECK(client.sqs("SendMessage", {{"QueueUrl", url}, {"MessageBody", odd}}).status == 200);
    client.send(url, odd);
    const answer over_query = client.sqs("ReceiveMessage", {{"QueueUrl", url}});
    CHECK(over_query.element("Body") == odd);
    CHECK(client.receive(url) == std::vector<std::string>{odd});
}

TEST_CASE("attributes go both ways and carry their sums") {
    core_client client;
    const std::string url = client.create_queue("q");
    const answer sent = client.sqs("SendMessage", {{"QueueUrl", url},
                                                   {"MessageBody", "x"},
                                                   {"MessageAttribute.1.Name", "text"},
                                                   {"MessageAttribute.1.Value.DataType", "String.lang"},
                                                   {"MessageAttribute.1.Value.StringValue", "\u00fc"},
                                                   {"MessageAttribute.2.Name", "bytes"},
                                                   {"MessageAttribute.2.Value.DataType", "Binary"},
                                                   {"MessageAttribute.2.Value.BinaryValue", "AP8="},
                                                   {"MessageSystemAttribute.1.Name", "AWSTraceHeader"},
                                                   {"MessageSystemAttribute.1.Value.DataType", "String"},
                                                   {"MessageSystemAttribute.1.Value.StringValue", "Root=1"}});
    REQUIRE_MESSAGE(sent.status == 200, sent.body);
    const auto messages = client.receive_all(url);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].at("MessageAttributes").at("text") ==
          json{{"DataType", "String.lang"}, {"StringValue", "\u00fc"}});
    CHECK(messages[0].at("MessageAttributes").at("bytes") == json{{"DataType", "Binary"}, {"BinaryValue", "AP8="}});
    CHECK(messages[0].at("MD5OfMessageAttributes") == sent.element("MD5OfMessageAttributes"));
    CHECK(messages[0].at("MD5OfBody") == "9dd4e461268c8034f5c8564e155c67a6");
    CHECK(sent.element("MD5OfMessageBody") == "9dd4e461268c8034f5c8564e155c67a6");
    CHECK(messages[0].at("Attributes").at("AWSTraceHeader") == "Root=1");
    CHECK(messages[0].at("Attributes").at("SenderId") == "000000000000");
    CHECK_FALSE(sent.element("MD5OfMessageSystemAttributes").empty());
}

TEST_CASE("only attributes that are asked for come back, and the sum covers just those") {
    core_client client;
    const std::string url = client.create_queue("q");
    json attributes;
    for (const char* name : {"color", "size.width", "size.height"})
        attributes[name] = {{"DataType", "String"}, {"StringValue", name}};
    std::string full_sum;
    struct asked_case {
        json asked;
        std::set<std::string> returned;
    };
    const asked_case cases[] = {
        {json::array({"All"}), {"color", "size.width", "size.height"}},
        {json::array({".*"}), {"color", "size.width", "size.height"}},
        {json::array({"size.*"}), {"size.width", "size.height"}},
        {json::array({"color"}), {"color"}},
        {json::array({"color", "size.width", "none"}), {"color", "size.width"}},
        {json::array({"col"}), {}},
        {json::array(), {}},
    };
    for (const asked_case& one : cases) {
        CAPTURE(one.asked.dump());
        REQUIRE(client.json("SendMessage", {{"QueueUrl", url}, {"MessageBody", "x"}, {"MessageAttributes", attributes}})
                    .status == 200);
        const answer got = client.json("ReceiveMessage", {{"QueueUrl", url}, {"MessageAttributeNames", one.asked}});
        const json message = got.json().at("Messages").at(0);
        std::set<std::string> returned;
        const json found = message.value("MessageAttributes", json::object());
        for (const auto& [name, value] : found.items()) returned.insert(name);
        CHECK(returned == one.returned);
        CHECK(message.contains("MD5OfMessageAttributes") == !returned.empty());
        const std::string sum = message.value("MD5OfMessageAttributes", "");
        if (returned.size() == 3) full_sum = sum;
        else CHECK(sum != full_sum);
    }
}

TEST_CASE("system attributes only when asked for, under either name") {
    core_client client;
    const std::string url = client.create_queue("q");
    for (const char* member : {"AttributeNames", "MessageSystemAttributeNames"}) {
        client.send(url, "x");
        const answer got = client.json("ReceiveMessage", {{"QueueUrl", url}, {member, {"SentTimestamp"}}});
        CHECK(got.json().at("Messages").at(0).at("Attributes") ==
              json{{"SentTimestamp", std::to_string(sluice::local::milliseconds_of(client.now))}});
    }
    client.send(url, "x");
    CHECK_FALSE(client.json("ReceiveMessage", {{"QueueUrl", url}}).json().at("Messages").at(0).contains("Attributes"));
    client.send(url, "x");
    const answer over_query =
        client.sqs("ReceiveMessage", {{"QueueUrl", url}, {"AttributeName.1", "ApproximateReceiveCount"}});
    CHECK(over_query.element("Name") == "ApproximateReceiveCount");
}

TEST_CASE("the ranges of ReceiveMessage") {
    core_client client;
    const std::string url = client.create_queue("q");
    const std::pair<const char*, int> refused[] = {{"MaxNumberOfMessages", 0}, {"MaxNumberOfMessages", 11},
                                                   {"WaitTimeSeconds", -1},    {"WaitTimeSeconds", 21},
                                                   {"VisibilityTimeout", -1},  {"VisibilityTimeout", 43'201}};
    for (const auto& [name, value] : refused) {
        CAPTURE(name);
        CAPTURE(value);
        const answer got = client.json("ReceiveMessage", {{"QueueUrl", url}, {name, value}});
        CHECK(got.code() == "InvalidParameterValue");
        CHECK(got.message().find("Value " + std::to_string(value) + " for parameter " + name) == 0);
    }
    CHECK(client.json("ReceiveMessage", {{"QueueUrl", url}, {"MaxNumberOfMessages", "ten"}}).status == 400);
    CHECK(
        client.sqs("ReceiveMessage", {{"QueueUrl", url}, {"MaxNumberOfMessages", "10"}, {"VisibilityTimeout", "43200"}})
            .status == 200);
}

TEST_CASE("queues come in pages for who asks for pages") {
    core_client client;
    for (int i = 0; i < 5; ++i) client.create_queue("q" + std::to_string(i));
    CHECK(client.json("ListQueues", json::object()).json().at("QueueUrls").size() == 5);
    json request{{"MaxResults", 2}};
    std::vector<std::size_t> sizes;
    for (int page = 0; page < 5; ++page) {
        const json got = client.json("ListQueues", request).json();
        sizes.push_back(got.at("QueueUrls").size());
        if (!got.contains("NextToken")) break;
        request["NextToken"] = got.at("NextToken");
    }
    CHECK(sizes == std::vector<std::size_t>{2, 2, 1});
    CHECK(client.json("ListQueues", {{"MaxResults", 0}}).status == 400);
    CHECK(client.json("ListQueues", {{"NextToken", "!"}}).status == 400);
}

TEST_CASE("GetQueueAttributes without names gives none, All gives all, unknown names are refused") {
    core_client client;
    const std::string url = client.create_queue("q");
    CHECK(client.json("GetQueueAttributes", {{"QueueUrl", url}}).body == "{}");
    const json all =
        client.json("GetQueueAttributes", {{"QueueUrl", url}, {"AttributeNames", {"All"}}}).json().at("Attributes");
    for (const char* name :
         {"QueueArn", "VisibilityTimeout", "ApproximateNumberOfMessages", "CreatedTimestamp", "MaximumMessageSize"}) {
        CHECK(all.contains(name));
    }
    CHECK(all.at("MaximumMessageSize") == "1048576");
    const answer unknown = client.json("GetQueueAttributes", {{"QueueUrl", url}, {"AttributeNames", {"Colour"}}});
    CHECK(unknown.code() == "InvalidAttributeName");
    CHECK(unknown.message() == "Unknown Attribute Colour.");
}

TEST_CASE("who calls, over STS") {
    core_client client;
    const answer identity = client.query("2011-06-15", "GetCallerIdentity", {});
    CHECK(identity.element("Account") == "000000000000");
    CHECK(identity.element("Arn") == "arn:aws:iam::000000000000:root");
    CHECK(identity.body.find("https://sts.amazonaws.com/doc/2011-06-15/") != std::string::npos);
    CHECK(client.query("2011-06-15", "GetSessionToken", {}).code() == "InvalidAction");
}

} // namespace sqs_test
