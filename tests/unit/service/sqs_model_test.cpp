// The 23 operations of SQS against its models: the last one for the Query protocol, and today's for JSON.
#include "model_table.hpp"

#include "support/conformance.hpp"

#include "protocol/md5.hpp"
#include "service/sqs/acknowledge_operations.hpp"
#include "service/sqs/list_operations.hpp"
#include "service/sqs/message_operations.hpp"
#include "service/sqs/move_task_operations.hpp"
#include "service/sqs/permission_operations.hpp"
#include "service/sqs/queue_operations.hpp"
#include "service/sqs/tag_operations.hpp"

#include <doctest/doctest.h>

namespace sqs_model_test {

using namespace unit_tests;
using namespace sluice::sqs;
using sluice::attribute_value;
using sluice::message;
namespace ops = sluice::sqs::operations;

namespace {

using texts = std::map<std::string, std::string>;

int small_number(const std::string& path) { return static_cast<int>(number_of(path)); }
std::chrono::seconds seconds(const std::string& path) { return std::chrono::seconds(number_of(path)); }

/// A message whose parts are the paths of the members that carry them, under `prefix`.
message sample_message(const std::string& prefix) {
    const std::string attributes = prefix + "MessageAttributes.";
    message sample(prefix + "MessageBody");
    sample.attribute(attributes + "key", attribute_value(attributes + "value.StringValue"));
    sample.attribute("bytes", attribute_value::binary(attributes + "value.BinaryValue"));
    sample.delay(seconds(prefix + "DelaySeconds")).group(prefix + "MessageGroupId");
    sample.deduplication_id(prefix + "MessageDeduplicationId");
    sample.trace_header(prefix + "MessageSystemAttributes.value.StringValue");
    return sample;
}

exact_values exact_message(const std::string& prefix) {
    return {{prefix + "MessageAttributes.value.DataType", "String"},
            {prefix + "MessageSystemAttributes.value.DataType", "String"},
            {prefix + "MessageSystemAttributes.key", "AWSTraceHeader"},
            {prefix + "Id", "0"}};
}

/// The sums that SQS would state for that message.
exact_values sums_of(const message& sent, const std::string& prefix) {
    return {{prefix + "MD5OfMessageBody", sluice::protocol::md5_hex(sent.body())},
            {prefix + "MD5OfMessageAttributes", sluice::protocol::md5_of_attributes(sent.attributes())},
            {prefix + "MD5OfMessageSystemAttributes",
             sluice::protocol::md5_of_attributes(ops::system_attributes_of(sent))}};
}

std::set<std::string> paths_of(const exact_values& values) {
    std::set<std::string> paths;
    for (const auto& [path, value] : values) paths.insert(path);
    return paths;
}

/// The first entry of the sample replies is good, the second refused.
template<class Entries>
flat_reply flat_batch(const Entries& entries) {
    flat_reply flat;
    if (entries.at(0)) flat["Successful.Id"] = "0";
    else flat["[first]"] = entries.at(0).error().message;
    if (entries.at(1)) return flat;
    const sluice::error_info& refused = entries.at(1).error();
    flat["Failed.Id"] = "1";
    flat["Failed.Code"] = refused.service_code;
    flat["Failed.Message"] = refused.message;
    flat["Failed.SenderFault"] = refused.sender_fault ? "true" : "false";
    return flat;
}

const exact_values batch_ids{{"Successful.Id", "0"}, {"Failed.Id", "1"}};

const auto flat_url = [](const queue_url_reply& reply) { return flat_reply{{"QueueUrl", reply.queue_url}}; };

void check_queues(model_table& table) {
    create_queue_request create("QueueName");
    create.attributes = texts{{"Attributes.key", "Attributes.value"}};
    create.tags = texts{{"tags.key", "tags.value"}};
    table.requests<ops::create_queue>({create});
    table.replies<ops::create_queue>(create, flat_url);
    get_queue_url_request look_up("QueueName");
    look_up.owner_account_id = "QueueOwnerAWSAccountId";
    table.requests<ops::get_queue_url>({look_up});
    table.replies<ops::get_queue_url>(look_up, flat_url);
    get_queue_attributes_request ask("QueueUrl");
    ask.names = {"AttributeNames"};
    table.requests<ops::get_queue_attributes>({ask});
    table.replies<ops::get_queue_attributes>(ask, [](const queue_attributes_reply& reply) {
        return flat_reply{{"Attributes.key", reply.attributes.begin()->first},
                          {"Attributes.value", reply.attributes.begin()->second}};
    });
    set_queue_attributes_request set("QueueUrl");
    set.attributes = texts{{"Attributes.key", "Attributes.value"}};
    table.requests<ops::set_queue_attributes>({set});
    table.replies<ops::set_queue_attributes>(set, nothing);
    table.requests<ops::delete_queue>({delete_queue_request("QueueUrl")});
    table.replies<ops::delete_queue>(delete_queue_request(), nothing);
    table.requests<ops::purge_queue>({purge_queue_request("QueueUrl")});
    table.replies<ops::purge_queue>(purge_queue_request(), nothing);
}

void check_lists(model_table& table) {
    list_queues_request list("QueueNamePrefix");
    list.next_token = "NextToken";
    list.max_results = small_number("MaxResults");
    table.requests<ops::list_queues>({list});
    table.replies<ops::list_queues>(list, [](const queue_page& reply) {
        return flat_reply{{"QueueUrls", reply.queue_urls.at(0)}, {"NextToken", reply.next_token}};
    });
    list_dead_letter_source_queues_request sources("QueueUrl");
    sources.next_token = "NextToken";
    sources.max_results = small_number("MaxResults");
    table.requests<ops::list_dead_letter_source_queues>({sources});
    table.replies<ops::list_dead_letter_source_queues>(sources, [](const queue_page& reply) {
        return flat_reply{{"queueUrls", reply.queue_urls.at(0)}, {"NextToken", reply.next_token}};
    });
}

void check_sends(model_table& table) {
    const send_message_request one("QueueUrl", sample_message(""));
    table.requests<ops::send_message>({one}, exact_message(""));
    const exact_values sums = sums_of(one.entry, "");
    table.replies<ops::send_message>(
        one,
        [](const sluice::receipt& reply) {
            return flat_reply{{"MessageId", reply.message_id}, {"SequenceNumber", reply.sequence_number}};
        },
        sums, paths_of(sums));
    const send_message_batch_request two("QueueUrl", std::vector<message>(2, sample_message("Entries.")));
    table.requests<ops::send_message_batch>({two}, exact_message("Entries."));
    const exact_values batch_sums = sums_of(two.entries[0], "Successful.");
    exact_values exact = batch_sums;
    exact.insert(batch_ids.begin(), batch_ids.end());
    table.replies<ops::send_message_batch>(
        two,
        [](const batch_reply<sluice::receipt>& reply) {
            flat_reply flat = flat_batch(reply.entries);
            if (!reply.entries.at(0)) return flat;
            flat["Successful.MessageId"] = reply.entries[0]->message_id;
            flat["Successful.SequenceNumber"] = reply.entries[0]->sequence_number;
            return flat;
        },
        exact, paths_of(batch_sums));
}

void check_receive(model_table& table) {
    receive_message_request receive("QueueUrl");
    receive.max_messages = small_number("MaxNumberOfMessages");
    receive.wait_time = seconds("WaitTimeSeconds");
    receive.visibility_timeout = seconds("VisibilityTimeout");
    receive.attribute_names = {"MessageAttributeNames"};
    receive.system_attribute_names = {"AttributeNames"};
    receive.receive_attempt_id = "ReceiveRequestAttemptId";
    table.requests<ops::receive_message>({receive});
    const std::string value = "Messages.MessageAttributes.value.";
    for (const std::string type : {"String", "Binary"}) {
        const attribute_value attribute = attribute_value::typed(type, value + type + "Value");
        const sluice::named_attribute named("Messages.MessageAttributes.key", attribute);
        const exact_values sums{{"Messages.MD5OfBody", sluice::protocol::md5_hex("Messages.Body")},
                                {"Messages.MD5OfMessageAttributes", sluice::protocol::md5_of_attributes({&named, 1})}};
        exact_values exact = sums;
        exact[value + "DataType"] = type;
        const auto flatten = [&](const receive_message_reply& reply) {
            const received_message& got = reply.messages.at(0);
            const std::string& content = got.attributes.at(0).value.value();
            flat_reply flat{{"Messages.MessageId", got.message_id},
                            {"Messages.ReceiptHandle", got.receipt_handle},
                            {"Messages.Body", got.body},
                            {"Messages.Attributes.key", got.system_attributes.begin()->first},
                            {"Messages.Attributes.value", got.system_attributes.begin()->second},
                            {"Messages.MessageAttributes.key", got.attributes[0].name},
                            {value + "DataType", got.attributes[0].value.data_type()},
                            {"[intact]", got.intact ? "yes" : "no"}};
            // A value has one of the two; the other pass of the loop sees the other.
            flat[value + "StringValue"] = type == "String" ? content : value + "StringValue";
            flat[value + "BinaryValue"] =
                sluice::protocol::base64_encode(type == "Binary" ? content : value + "BinaryValue");
            return flat;
        };
        table.replies<ops::receive_message>(receive, flatten, exact, paths_of(sums));
    }
}

void check_acknowledgements(model_table& table) {
    table.requests<ops::delete_message>({delete_message_request("QueueUrl", "ReceiptHandle")});
    table.replies<ops::delete_message>(delete_message_request(), nothing);
    const delete_message_batch_request removed("QueueUrl", std::vector<std::string>(2, "Entries.ReceiptHandle"));
    table.requests<ops::delete_message_batch>({removed}, {{"Entries.Id", "1"}});
    const auto flat_ids = [](const batch_reply<void>& reply) { return flat_batch(reply.entries); };
    table.replies<ops::delete_message_batch>(removed, flat_ids, batch_ids);
    const visibility_change change("ReceiptHandle", seconds("VisibilityTimeout"));
    table.requests<ops::change_message_visibility>({change_message_visibility_request("QueueUrl", change)});
    table.replies<ops::change_message_visibility>(change_message_visibility_request(), nothing);
    const visibility_change entry("Entries.ReceiptHandle", seconds("Entries.VisibilityTimeout"));
    const change_message_visibility_batch_request changed("QueueUrl", std::vector<visibility_change>(2, entry));
    table.requests<ops::change_message_visibility_batch>({changed}, {{"Entries.Id", "1"}});
    table.replies<ops::change_message_visibility_batch>(changed, flat_ids, batch_ids);
}

void check_management(model_table& table) {
    add_permission_request add("QueueUrl", "Label");
    add.account_ids = {"AWSAccountIds"};
    add.actions = {"Actions"};
    table.requests<ops::add_permission>({add});
    table.replies<ops::add_permission>(add, nothing);
    table.requests<ops::remove_permission>({remove_permission_request("QueueUrl", "Label")});
    table.replies<ops::remove_permission>(remove_permission_request(), nothing);
    table.requests<ops::tag_queue>({tag_queue_request("QueueUrl", texts{{"Tags.key", "Tags.value"}})});
    table.replies<ops::tag_queue>(tag_queue_request(), nothing);
    table.requests<ops::untag_queue>({untag_queue_request("QueueUrl", {"TagKeys"})});
    table.replies<ops::untag_queue>(untag_queue_request(), nothing);
    table.requests<ops::list_queue_tags>({list_queue_tags_request("QueueUrl")});
    table.replies<ops::list_queue_tags>(list_queue_tags_request(), [](const queue_tags_reply& reply) {
        return flat_reply{{"Tags.key", reply.tags.begin()->first}, {"Tags.value", reply.tags.begin()->second}};
    });
}

void check_move_tasks(model_table& table) {
    start_message_move_task_request start("SourceArn");
    start.destination_arn = "DestinationArn";
    start.max_messages_per_second = small_number("MaxNumberOfMessagesPerSecond");
    table.requests<ops::start_message_move_task>({start});
    table.replies<ops::start_message_move_task>(start, [](const start_message_move_task_reply& reply) {
        return flat_reply{{"TaskHandle", reply.task_handle}};
    });
    table.requests<ops::cancel_message_move_task>({cancel_message_move_task_request("TaskHandle")});
    table.replies<ops::cancel_message_move_task>(
        cancel_message_move_task_request(), [](const cancel_message_move_task_reply& reply) {
            return flat_reply{{"ApproximateNumberOfMessagesMoved", std::to_string(reply.messages_moved)}};
        });
    list_message_move_tasks_request list("SourceArn");
    list.max_results = small_number("MaxResults");
    table.requests<ops::list_message_move_tasks>({list});
    table.replies<ops::list_message_move_tasks>(list, [](const list_message_move_tasks_reply& reply) {
        const message_move_task& task = reply.tasks.at(0);
        return flat_reply{
            {"Results.TaskHandle", task.task_handle},
            {"Results.Status", task.status},
            {"Results.SourceArn", task.source_arn},
            {"Results.DestinationArn", task.destination_arn},
            {"Results.MaxNumberOfMessagesPerSecond", std::to_string(task.max_messages_per_second.value_or(0))},
            {"Results.ApproximateNumberOfMessagesMoved", std::to_string(task.messages_moved)},
            {"Results.ApproximateNumberOfMessagesToMove", std::to_string(task.messages_to_move.value_or(0))},
            {"Results.FailureReason", task.failure_reason},
            {"Results.StartedTimestamp", milliseconds_of(task.started)}};
    });
}

} // namespace

TEST_CASE("models: every member of the operations of SQS, as form and as JSON") {
    const auto query = conformance_json("models/botocore-sqs-query-last/service-2.json");
    if (!query) return;
    if (!sluice::protocol::md5_available()) return test_support::skip("OpenSSL offers no MD5 here");
    const auto json = conformance_json("models/botocore/sqs/2012-11-05/service-2.json");
    std::vector<spoken_model> models;
    models.push_back({"query", service_model(*query), sluice::wire_protocol::query});
    models.push_back({"json", service_model(*json), sluice::wire_protocol::json});
    model_table table("models_sqs", std::move(models));
    check_queues(table);
    check_lists(table);
    check_sends(table);
    check_receive(table);
    check_acknowledgements(table);
    check_management(table);
    check_move_tasks(table);
    table.close();
}

} // namespace sqs_model_test
