// Error replies against those recorded from AWS: status, code, type and text, over the protocol of the recording.
#include "support/core_client.hpp"

#include <doctest/doctest.h>
#include <test_support.hpp>

#include <algorithm>
#include <array>

namespace recorded_errors_test {

using local_tests::answer;
using local_tests::core_client;
using local_tests::form;
using nlohmann::json;

namespace {

/// A call of SQS over either protocol: the form's names are those of Query, the JSON is given beside it.
struct sqs_call {
    std::string action;
    form query;
    json body;
};

answer run(core_client& client, const sqs_call& call, bool over_json) {
    return over_json ? client.json(call.action, call.body) : client.sqs(call.action, call.query);
}

const std::string url = "http://localhost:1/000000000000/q";

sqs_call with_body(const std::string& body) {
    return {"SendMessage", {{"QueueUrl", url}, {"MessageBody", body}}, {{"QueueUrl", url}, {"MessageBody", body}}};
}

sqs_call with_group(const std::string& group) {
    sqs_call call = with_body("x");
    call.query.emplace_back("MessageGroupId", group);
    call.body["MessageGroupId"] = group;
    return call;
}

sqs_call receiving(const std::string& member, int value) {
    return {
        "ReceiveMessage", {{"QueueUrl", url}, {member, std::to_string(value)}}, {{"QueueUrl", url}, {member, value}}};
}

sqs_call creating(const std::string& attribute, const std::string& value) {
    return {"CreateQueue",
            {{"QueueName", "q"}, {"Attribute.1.Name", attribute}, {"Attribute.1.Value", value}},
            {{"QueueName", "q"}, {"Attributes", {{attribute, value}}}}};
}

sqs_call batch(const std::string& action, const std::vector<std::array<std::string, 3>>& entries) {
    sqs_call call{action, {{"QueueUrl", url}}, {{"QueueUrl", url}, {"Entries", json::array()}}};
    std::size_t index = 0;
    for (const auto& [id, member, value] : entries) {
        const std::string prefix = action + "RequestEntry." + std::to_string(++index) + ".";
        call.query.emplace_back(prefix + "Id", id);
        call.query.emplace_back(prefix + member, value);
        call.body["Entries"].push_back({{"Id", id}, {member, value}});
    }
    return call;
}

std::vector<std::array<std::string, 3>> many_entries(std::size_t count) {
    std::vector<std::array<std::string, 3>> entries;
    for (std::size_t i = 0; i < count; ++i) entries.push_back({std::to_string(i), "ReceiptHandle", "h"});
    return entries;
}

sqs_call with_empty_attribute() {
    sqs_call call = with_body("x");
    call.query.insert(call.query.end(), {{"MessageAttribute.1.Name", "ErrorDetails"},
                                         {"MessageAttribute.1.Value.DataType", "String"},
                                         {"MessageAttribute.1.Value.StringValue", ""}});
    call.body["MessageAttributes"] = {{"ErrorDetails", {{"DataType", "String"}, {"StringValue", ""}}}};
    return call;
}

const std::string fifo_url = "http://localhost:1/000000000000/f.fifo";

sqs_call to_fifo(const std::map<std::string, std::string>& more) {
    sqs_call call{
        "SendMessage", {{"QueueUrl", fifo_url}, {"MessageBody", "x"}}, {{"QueueUrl", fifo_url}, {"MessageBody", "x"}}};
    for (const auto& [name, value] : more) {
        call.query.emplace_back(name, value);
        if (name == "DelaySeconds") call.body[name] = std::stoi(value);
        else call.body[name] = value;
    }
    return call;
}

/// The same as the only entry of a batch.
sqs_call in_batch(const sqs_call& one) {
    sqs_call call{"SendMessageBatch", {{"QueueUrl", fifo_url}}, {{"QueueUrl", fifo_url}, {"Entries", json::array()}}};
    const std::string prefix = "SendMessageBatchRequestEntry.1.";
    call.query.emplace_back(prefix + "Id", "1");
    json entry{{"Id", "1"}};
    for (const auto& [name, value] : one.query) {
        if (name == "QueueUrl") continue;
        call.query.emplace_back(prefix + name, value);
        entry[name] = value;
    }
    call.body["Entries"].push_back(entry);
    return call;
}

sqs_call of_task(const std::string& action, const std::string& member, const std::string& value) {
    return {action, {{member, value}}, {{member, value}}};
}

sqs_call permitting(const std::string& label) {
    return {"AddPermission",
            {{"QueueUrl", url}, {"Label", label}, {"AWSAccountId.1", "123456789012"}, {"ActionName.1", "SendMessage"}},
            {{"QueueUrl", url}, {"Label", label}, {"AWSAccountIds", {"123456789012"}}, {"Actions", {"SendMessage"}}}};
}

/// How each text comes about, by text; where one text comes with several codes, by text and code. The queues q and
/// f.fifo are there.
std::map<std::string, sqs_call> sqs_calls() {
    const std::string invalid_group = " for parameter MessageGroupId is invalid. Reason: MessageGroupId can only "
                                      "include alphanumeric and punctuation "
                                      "characters. 1 to 128 in length.";
    const std::string half(524'288, 'x');
    const std::string invalid_deduplication = " for parameter MessageDeduplicationId is invalid. Reason: "
                                              "MessageDeduplicationId can only include alphanumeric "
                                              "and punctuation characters. 1 to 128 in length.";
    const std::string no_group = "The request must contain the parameter MessageGroupId.";
    const std::string no_source = R"({"taskId":"1","sourceArn":"arn:aws:sqs:us-east-1:000000000000:none"})";
    const std::string no_task = R"({"taskId":"1","sourceArn":"arn:aws:sqs:us-east-1:000000000000:q"})";
    const std::string arn_of_q = "arn:aws:sqs:us-east-1:000000000000:q";
    return {
        {"Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
         batch("SendMessageBatch", {{"1", "MessageBody", half}, {"2", "MessageBody", half + "x"}})},
        {"A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
         "letters long.",
         batch("DeleteMessageBatch", {{"", "ReceiptHandle", "h"}})},
        {"The specified queue does not exist.", {"GetQueueUrl", {}, {{"QueueName", "none"}}}},
        {"The specified queue does not exist for this wsdl version.", {"GetQueueUrl", {{"QueueName", "none"}}, {}}},
        {"Maximum number of entries per request are 10. You have sent 20.",
         batch("ChangeMessageVisibilityBatch", many_entries(20))},
        {"Unknown Attribute ContentBasedDeduplication.", creating("ContentBasedDeduplication", "true")},
        {"Unknown Attribute FifoQueue.", creating("FifoQueue", "false")},
        {no_group + "|MissingParameter", to_fifo({})},
        {no_group + "|InvalidParameterValue", in_batch(to_fifo({}))},
        {"The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
         to_fifo({{"MessageGroupId", "g"}})},
        {"Value" + (" " + invalid_deduplication), to_fifo({{"MessageGroupId", "g"}, {"MessageDeduplicationId", ""}})},
        {"Value group 123" + invalid_deduplication,
         to_fifo({{"MessageGroupId", "g"}, {"MessageDeduplicationId", "group 123"}})},
        {"Value " + std::string(129, 'a') + invalid_deduplication,
         to_fifo({{"MessageGroupId", "g"}, {"MessageDeduplicationId", std::string(129, 'a')}})},
        {"Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for "
         "this queue type.",
         to_fifo({{"MessageGroupId", "g"}, {"MessageDeduplicationId", "d"}, {"DelaySeconds", "2"}})},
        {"Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
         {"SetQueueAttributes",
          {{"QueueUrl", fifo_url}, {"Attribute.1.Name", "FifoQueue"}, {"Attribute.1.Value", "false"}},
          {{"QueueUrl", fifo_url}, {"Attributes", {{"FifoQueue", "false"}}}}}},
        {"A queue already exists with the same name and a different value for attribute ContentBasedDeduplication",
         {"CreateQueue",
          {{"QueueName", "f.fifo"},
           {"Attribute.1.Name", "FifoQueue"},
           {"Attribute.1.Value", "true"},
           {"Attribute.2.Name", "ContentBasedDeduplication"},
           {"Attribute.2.Value", "true"}},
          {{"QueueName", "f.fifo"}, {"Attributes", {{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}}}}}},
        {"Value for parameter TaskHandle is invalid.", of_task("CancelMessageMoveTask", "TaskHandle", "nonsense")},
        {"Task does not exist.", of_task("CancelMessageMoveTask", "TaskHandle", sluice::local::encode_base64(no_task))},
        {"The resource that you specified for the SourceArn parameter doesn't exist.",
         of_task("CancelMessageMoveTask", "TaskHandle", sluice::local::encode_base64(no_source))},
        {"The resource that you specified for the DestinationArn parameter doesn't exist.",
         {"StartMessageMoveTask",
          {},
          {{"SourceArn", arn_of_q}, {"DestinationArn", "arn:aws:sqs:us-east-1:000000000000:none"}}}},
        {"Source queue must be configured as a Dead Letter Queue.",
         of_task("StartMessageMoveTask", "SourceArn", arn_of_q)},
        {"Value crossaccountpermission for parameter Label is invalid. Reason: Already exists.",
         permitting("crossaccountpermission")},
        {"Value crossaccountpermission2 for parameter Label is invalid. Reason: can't find label.",
         {"RemovePermission",
          {{"QueueUrl", url}, {"Label", "crossaccountpermission2"}},
          {{"QueueUrl", url}, {"Label", "crossaccountpermission2"}}}},
        {"You can specify the DeduplicationScope only when FifoQueue is set to true.",
         creating("DeduplicationScope", "queue")},
        {"You can specify the FifoThroughputLimit only when FifoQueue is set to true.",
         creating("FifoThroughputLimit", "perQueue")},
        {"Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.",
         with_empty_attribute()},
        {"One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
         with_body(half + half + "x")},
        {"One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
         {"SendMessage",
          {{"QueueUrl", url + "-small"}, {"MessageBody", std::string(1025, 'x')}},
          {{"QueueUrl", url + "-small"}, {"MessageBody", std::string(1025, 'x')}}}},
        {"Value " + invalid_group, with_group("")},
        {"Value " + std::string(129, 'a') + invalid_group, with_group(std::string(129, 'a'))},
        {"Value group 123" + invalid_group, with_group("group 123")},
        {"Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
         receiving("WaitTimeSeconds", -1)},
        {"Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
         receiving("WaitTimeSeconds", 21)},
        {"Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
         receiving("MaxNumberOfMessages", 11)},
        {"The request must contain the parameter MessageBody.",
         {"SendMessage", {{"QueueUrl", url}}, {{"QueueUrl", url}, {"MessageBody", ""}}}},
        {"A queue already exists with the same name and a different value for attribute DelaySeconds",
         creating("DelaySeconds", "2")},
        {"Only one PurgeQueue operation on <queue-name> is allowed every 60 seconds.",
         {"PurgeQueue", {{"QueueUrl", url}}, {{"QueueUrl", url}}}},
    };
}

const std::string topic = "arn:aws:sns:us-east-1:000000000000:t";

form publication(const std::vector<std::pair<std::string, std::string>>& more, const std::string& message = "x") {
    form made{{"Action", "Publish"}, {"TopicArn", topic}, {"Message", message}};
    made.insert(made.end(), more.begin(), more.end());
    return made;
}

form attribute(const std::string& name, const std::string& type, const std::string& member, const std::string& value) {
    form made{{"MessageAttributes.entry.1.Name", name}};
    if (!type.empty()) made.emplace_back("MessageAttributes.entry.1.Value.DataType", type);
    if (!member.empty()) made.emplace_back("MessageAttributes.entry.1.Value." + member, value);
    return publication(made);
}

form publish_batch(const std::vector<std::pair<std::string, std::string>>& entries, const form& more = {}) {
    form made{{"Action", "PublishBatch"}, {"TopicArn", topic}};
    std::size_t index = 0;
    for (const auto& [id, message] : entries) {
        const std::string prefix = "PublishBatchRequestEntries.member." + std::to_string(++index) + ".";
        made.emplace_back(prefix + "Id", id);
        made.emplace_back(prefix + "Message", message);
    }
    made.insert(made.end(), more.begin(), more.end());
    return made;
}

form with_arn(const std::string& action, const std::string& member, const std::string& arn) {
    return {{"Action", action}, {member, arn}, {"Message", "x"}};
}

form setting(const std::string& name, const std::string& value) {
    return {{"Action", "SetSubscriptionAttributes"},
            {"SubscriptionArn", "SUBSCRIPTION"},
            {"AttributeName", name},
            {"AttributeValue", value}};
}

form subscribing(const std::string& protocol, const std::string& endpoint, const form& more = {}) {
    form made{{"Action", "Subscribe"}, {"TopicArn", topic}, {"Protocol", protocol}, {"Endpoint", endpoint}};
    made.insert(made.end(), more.begin(), more.end());
    return made;
}

form one_attribute(const std::string& name, const std::string& value) {
    return {{"Attributes.entry.1.key", name}, {"Attributes.entry.1.value", value}};
}

/// How each text of SNS comes about. The topic t is there, with a subscription of the queue q.
std::map<std::string, form> sns_calls() {
    const std::string queue = "arn:aws:sqs:us-east-1:000000000000:q";
    const std::string other = "arn:aws:sqs:us-east-1:000000000000:other";
    const std::string long_id(81, 'a');
    const std::string id_too_long = "The Id of a batch entry in the batch request is too long: ";
    const std::string readable_long_id =
        "myreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallylongid";
    const std::string bad_character =
        "The Id of a batch entry in the batch request contains an impermissible character: ";
    const std::string half(131'072, 'x');
    const std::string elements = "An ARN must have at least 6 elements, not ";
    std::vector<std::pair<std::string, std::string>> eleven;
    for (int i = 0; i < 11; ++i) eleven.emplace_back(std::to_string(i), "x");
    return {
        {"Two or more batch entries in the request have the same Id.", publish_batch({{"1", "a"}, {"1", "b"}})},
        {"The length of all the messages put together is more than the limit.",
         publish_batch({{"1", half}, {"2", half + "x"}})},
        {bad_character + "message.id", publish_batch({{"message.id", "x"}})},
        {bad_character + "msg@123#test", publish_batch({{"msg@123#test", "x"}})},
        {id_too_long + long_id, publish_batch({{long_id, "x"}})},
        {id_too_long + readable_long_id, publish_batch({{readable_long_id, "x"}})},
        {"The batch request contains more entries than permissible.", publish_batch(eleven)},
        {"Invalid parameter: Amazon SNS does not support this protocol string: test-protocol",
         subscribing("test-protocol", "x")},
        {"Invalid parameter: AttributeName", setting("Nonsense", "x")},
        {"Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false.",
         subscribing("sqs", other, one_attribute("RawMessageDelivery", "wrongvalue"))},
        {"Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
         subscribing("sqs", queue, one_attribute("RawMessageDelivery", "true"))},
        {"Invalid parameter: Attributes Reason: Topic already exists with different attributes",
         {{"Action", "CreateTopic"},
          {"Name", "t"},
          {"Attributes.entry.1.key", "DisplayName"},
          {"Attributes.entry.1.value", "x"}}},
        {"Invalid parameter: Empty message", publication({}, "")},
        {"Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy",
         setting("FilterPolicy", R"({"k":{"nested":["v"]}})")},
        {"Invalid parameter: FilterPolicy: Filter policy can not have more than 5 keys",
         setting("FilterPolicy", R"({"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]})")},
        {"Invalid parameter: FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or "
         "MessageAttributes",
         setting("FilterPolicyScope", "RandomValue")},
        {"Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS "
         "topics",
         subscribing("sqs", other + ".fifo")},
        {"Invalid parameter: Message Structure - JSON message body failed to parse",
         publication({{"MessageStructure", "json"}}, "no json")},
        {"Invalid parameter: Message Structure - No default entry in JSON message body",
         publication({{"MessageStructure", "json"}}, R"({"sqs":"x"})")},
        {"Invalid parameter: Message too long", publication({}, half + half + "x")},
        {"Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that "
         "is not valid for this topic type",
         publication({{"MessageDeduplicationId", "x"}})},
        {"Invalid parameter: RawMessageDelivery: Invalid value []. Must be true or false.",
         setting("RawMessageDelivery", "")},
        {"Invalid parameter: RawMessageDelivery: Invalid value [test-ValUe]. Must be true or false.",
         setting("RawMessageDelivery", "test-ValUe")},
        {"Invalid parameter: SQS endpoint ARN", subscribing("sqs", url)},
        {"Invalid parameter: Subject", publication({{"Subject", ""}})},
        {"Invalid parameter: SubscriptionArn Reason: " + elements + "1",
         with_arn("Unsubscribe", "SubscriptionArn", "randomstring")},
        {"Invalid parameter: SubscriptionArn Reason: " + elements + "5",
         with_arn("Unsubscribe", "SubscriptionArn", "arn:aws:sns:us-east-1:random")},
        {"Invalid parameter: SubscriptionArn Reason: no value for required parameter",
         with_arn("Unsubscribe", "SubscriptionArn", "")},
        {"Invalid parameter: SubscriptionId", with_arn("Unsubscribe", "SubscriptionArn", topic)},
        {"Invalid parameter: Topic Name", {{"Action", "CreateTopic"}, {"Name", "a b"}}},
        {"Invalid parameter: TopicArn", with_arn("Publish", "TopicArn", "arn:aws:sns:eu-west-1:000000000000:t")},
        {"Invalid parameter: TopicArn Reason: " + elements + "1", with_arn("Publish", "TopicArn", "x")},
        {"Invalid parameter: TopicArn Reason: " + elements + "2", with_arn("Publish", "TopicArn", "x:y")},
        {"Invalid parameter: TopicArn Reason: " + elements + "5",
         with_arn("Publish", "TopicArn", "arn:aws:sns:us-east-1:t")},
        {"Invalid message attribute name ending with character '.' was found.",
         attribute("a.", "String", "StringValue", "v")},
        {"Invalid message attribute name starting with character '.' was found.",
         attribute(".a", "String", "StringValue", "v")},
        {"Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include "
         "alphanumeric characters, hyphens, underscores, or dots.",
         attribute("a^b", "String", "StringValue", "v")},
        {"Length of message attribute name must be less than 256 bytes.",
         attribute(std::string(257, 'a'), "String", "StringValue", "v")},
        {"Message attribute name can not have successive '.' character.",
         attribute("a..b", "String", "StringValue", "v")},
        {"The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is "
         "Binary, Number, and String.",
         attribute("attr1", "Text", "StringValue", "v")},
        {"The message attribute 'attr1' must contain non-empty message attribute value for message attribute type "
         "'Binary'.",
         attribute("attr1", "Binary", "BinaryValue", "")},
        {"The message attribute 'attr1' must contain non-empty message attribute value for message attribute type "
         "'String'.",
         attribute("attr1", "String", "StringValue", "")},
        {"The message attribute 'attr1' with type 'Binary' must use field 'Binary'.",
         attribute("attr1", "Binary", "StringValue", "v")},
        {"The message attribute 'attr1' with type 'Number' must use field 'String'.",
         attribute("attr1", "Number", "BinaryValue", "AA==")},
        {"The message attribute 'attr1' with type 'String' must use field 'String'.",
         attribute("attr1", "String", "BinaryValue", "AA==")},
        {"1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy "
         "constraint: Member must not be null",
         attribute("attr1", "", "StringValue", "v")},
        {"1 validation error detected: Value null at "
         "'publishBatchRequestEntries.1.member.messageAttributes.attr1.member.dataType' failed to satisfy constraint: "
         "Member must not be null",
         publish_batch({{"1", "x"}},
                       {{"PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Name", "attr1"},
                        {"PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Value.StringValue", "v"}})},
        {"Subscription does not exist",
         with_arn("GetSubscriptionAttributes", "SubscriptionArn", topic + ":00000000-0000-0000-0000-000000000000")},
        {"Topic does not exist", with_arn("Publish", "TopicArn", topic + "x")},
    };
}

/// Calls of STS, by message.
std::map<std::string, form> sts_calls() {
    const std::string good_role = "arn:aws:iam::111111111111:role/r";
    const auto assuming = [](const std::string& role, const std::string& session, form more = {}) {
        form all{{"Action", "AssumeRole"}, {"RoleArn", role}, {"RoleSessionName", session}};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    std::map<std::string, form> calls{
        {"Duplicate tag keys found. Please note that Tag keys are case insensitive.",
         assuming(good_role, "session", {{"Tags.member.1.Key", "team"}, {"Tags.member.2.Key", "Team"}})},
        {"The specified transitive tag key must be included in the requested tags.",
         assuming(good_role, "session", {{"Tags.member.1.Key", "team"}, {"TransitiveTagKeys.member.1", "cost"}})},
        {"1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member "
         "must "
         "satisfy regular expression pattern: [\\w+=,.@-]*",
         assuming(good_role, "Session1:2")},
    };
    for (const char* role : {"arn::b:::something/test-role", "arn:a::::something/test-role",
                             "arn:a:::something/test-role", "arn:a:a::aaaaaaaaaa:", "nothing-valid-in-here"}) {
        calls.emplace(std::string(role) + " is invalid", assuming(role, "session"));
    }
    return calls;
}

/// Why a recorded row cannot come from this broker; empty when it should.
std::string reason_to_leave_out(const json& row) {
    const std::string message = row.at("message").get<std::string>();
    const std::string test = row.at("tests").at(0).get<std::string>();
    const auto has = [](const std::string& text, std::initializer_list<const char*> words) {
        return std::ranges::any_of(words, [&text](const char* word) { return text.find(word) != std::string::npos; });
    };
    if (!row.at("httpStatus").is_number()) return "recorded without a status";
    if (has(message, {"receipt handle has expired"})) return "in fifo_test.cpp: it takes time";
    if (has(message, {"already a task running"})) return "in redrive_test.cpp: it takes two calls";
    if (row.at("service") == "sns" &&
        has(message, {"RedrivePolicy", "The topic should either", "MessageGroupId parameter is", "Duplicated keys",
                      "different tags", "Policy statement", "Statement already exists"}))
        return "in sns_fifo_test.cpp: they take other topics";
    if (has(message, {"SMS", "PhoneNumber", "Platform", "platform_application", "Endpoint does not exist",
                      "EndpointArn", "TargetArn Reason", "CustomUserData", "DefaultSendID", "InvalidAttribute is",
                      "Invalid attribute name: Invalid"}))
        return "SMS and mobile push";
    if (has(test, {"platform", "sms"})) return "SMS and mobile push";
    if (has(message, {"Token", "token"})) return "confirmation of subscriptions over HTTP";
    if (has(message, {"FilterPolicy: "}) &&
        has(message, {"at [Source", "CIDR", "Nonstandard IP", "Attributes Reason", "too complex"}))
        return "in filter_policy_rules_test.cpp";
    if (has(message, {"calling session"})) return "keys of a session with tags: the broker keeps no session tags";
    return {};
}

void check_row(const json& row, const answer& reply, std::string message) {
    CAPTURE(reply.body.substr(0, 2000));
    CHECK(reply.status == row.at("httpStatus").get<int>());
    CHECK(reply.code() == row.at("code").get<std::string>());
    CHECK(reply.message() == message);
    if (!reply.query_error.empty() && row.at("modeledType").is_string()) {
        CHECK(reply.json().at("__type") == "com.amazonaws.sqs#" + row.at("modeledType").get<std::string>());
    }
}

} // namespace

TEST_CASE("the error replies recorded from AWS") {
    const auto folder = test_support::conformance_dir();
    if (!folder) return test_support::skip("no conformance data: aws-recorded/error-messages.json");
    const auto data = json::parse(test_support::read_file(*folder / "aws-recorded" / "error-messages.json"));
    const auto of_sqs = sqs_calls();
    const auto of_sns = sns_calls();
    const auto of_sts = sts_calls();
    std::map<std::string, std::size_t> left_out;
    std::size_t checked = 0;
    for (const json& row : data.at("errors")) {
        const std::string message = row.at("message").get<std::string>();
        CAPTURE(message);
        core_client client;
        if (const std::string reason = reason_to_leave_out(row); !reason.empty()) {
            ++left_out[reason];
            continue;
        }
        if (row.at("service") == "sqs") {
            client.create_queue("q");
            client.create_queue("q-small", {{"MaximumMessageSize", "1024"}});
            client.create_queue("f.fifo", {{"FifoQueue", "true"}});
            client.json("AddPermission", permitting("crossaccountpermission").body);
            auto call = of_sqs.find(message);
            if (call == of_sqs.end()) call = of_sqs.find(message + "|" + row.at("code").get<std::string>());
            REQUIRE(call != of_sqs.end());
            // One row was recorded with a JSON client over the Query protocol.
            const bool over_json = row.at("protocol") == "json" && message.find("wsdl") == std::string::npos;
            if (call->first.find("PurgeQueue") != std::string::npos) run(client, call->second, over_json);
            if (message.find("Unknown Attribute") == 0 || message.find("You can specify") == 0) {
                client.json("DeleteQueue", {{"QueueUrl", url}});
            }
            std::string expected = message;
            if (const auto mark = expected.find("<queue-name>"); mark != std::string::npos)
                expected.replace(mark, 12, "q");
            check_row(row, run(client, call->second, over_json), expected);
        } else if (row.at("service") == "sts") {
            const auto call = of_sts.find(message);
            REQUIRE(call != of_sts.end());
            form parameters = call->second;
            const std::string action = parameters.front().second;
            parameters.erase(parameters.begin());
            check_row(row, client.query("2011-06-15", action, parameters), message);
        } else {
            const std::string subscription = client.subscribe(client.create_topic("t"), "q", {});
            const auto call = of_sns.find(message);
            REQUIRE(call != of_sns.end());
            form parameters = call->second;
            const std::string action = parameters.front().second;
            parameters.erase(parameters.begin());
            for (auto& [name, value] : parameters) {
                if (value == "SUBSCRIPTION") value = subscription;
            }
            check_row(row, client.sns(action, parameters), message);
        }
        ++checked;
    }
    for (const auto& [reason, rows] : left_out) MESSAGE("left out: " << rows << " rows, " << reason);
    MESSAGE("recorded error replies reproduced: " << checked);
    CHECK(checked >= 120);
}

} // namespace recorded_errors_test
