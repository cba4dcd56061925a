// The operations of SQS on messages: send, receive, delete, change the visibility.
#include "local/batch.hpp"
#include "local/fault.hpp"
#include "local/sqs_parameters.hpp"
#include "local/sqs_service.hpp"
#include "protocol/limits.hpp"

#include <algorithm>

namespace sluice::local {
namespace {

/// `All`, `.*`, `prefix.*` or the name itself.
bool is_wanted(const std::string& name, const std::vector<std::string>& wanted) {
    return std::ranges::any_of(wanted, [&name](const std::string& pattern) {
        if (pattern == "All" || pattern == ".*" || pattern == name) return true;
        return pattern.ends_with(".*") && name.starts_with(pattern.substr(0, pattern.size() - 2));
    });
}

outgoing read_outgoing(const input& from) {
    outgoing message;
    message.body = from.text("MessageBody").value_or("");
    message.attributes = from.attributes("MessageAttributes", "MessageAttribute");
    for (const attribute& system : from.attributes("MessageSystemAttributes", "MessageSystemAttribute")) {
        if (system.name != "AWSTraceHeader") {
            throw invalid_parameter_value("Message system attribute name '" + system.name +
                                          "' is invalid. The only one that can be sent is AWSTraceHeader.");
        }
        if (system.type != "String" || system.value.empty() || !has_only_allowed_characters(system.value)) {
            throw invalid_parameter_value(
                "Message system attribute 'AWSTraceHeader' must have the type String and a value.");
        }
        message.trace_header = system.value;
    }
    message.group = from.text("MessageGroupId");
    message.deduplication_id = from.text("MessageDeduplicationId");
    message.delay_seconds = from.integer("DelaySeconds");
    return message;
}

/// An entry of a batch, or why it fails alone.
struct read_entry {
    outgoing message;
    std::optional<fault> refusal;
};

read_entry read_batch_entry(const input& from) {
    read_entry entry;
    try {
        entry.message = read_outgoing(from);
    } catch (const fault& why) {
        entry.refusal = why;
    }
    return entry;
}

/// What fails the whole batch, as recorded from AWS: there it is a wrong value, in SendMessage a missing parameter.
void check_fifo_entry(const queue& to, const read_entry& entry) {
    if (!to.is_fifo() || entry.refusal) return;
    if (!entry.message.group) throw invalid_parameter_value("The request must contain the parameter MessageGroupId.");
    if (!entry.message.deduplication_id && !to.settings().deduplicates_by_content()) throw no_deduplication_id();
}

void write_sent(output& reply, const sent_message& sent) {
    reply.text("MessageId", sent.message_id);
    reply.text_if_any("MD5OfMessageBody", sent.md5_of_body);
    reply.text_if_any("MD5OfMessageAttributes", sent.md5_of_attributes);
    reply.text_if_any("MD5OfMessageSystemAttributes", sent.md5_of_system_attributes);
    reply.text_if_any("SequenceNumber", sent.sequence_number);
}

/// `entry_name` lives for ever.
batch_faults faults_for(std::string_view entry_name) {
    batch_faults faults;
    faults.empty = [entry_name] {
        return prefixed_fault("EmptyBatchRequest",
                              "There should be at least one " + std::string(entry_name) + " in the request.");
    };
    faults.too_many = [](std::size_t entries) {
        return prefixed_fault("TooManyEntriesInBatchRequest",
                              "Maximum number of entries per request are 10. You have sent " + std::to_string(entries) +
                                  ".");
    };
    faults.illegal_id = [](const std::string&) {
        return prefixed_fault("InvalidBatchEntryId",
                              "A batch entry id can only contain alphanumeric characters, hyphens and "
                              "underscores. It can be at most 80 letters long.");
    };
    faults.repeated_id = [](const std::string& id) {
        return prefixed_fault("BatchEntryIdsNotDistinct", "Id " + id + " repeated.");
    };
    return faults;
}

void change_visibility_of(queue& in, const input& parameters, time_point now) {
    const std::string handle = parameters.required("ReceiptHandle");
    const auto seconds = parameters.integer("VisibilityTimeout");
    if (!seconds) throw missing_parameter("VisibilityTimeout");
    in.change_visibility(handle, *seconds, now);
}

} // namespace

void sqs_service::send_message(members parameters, output& reply, const request_context& context) {
    queue& to = queue_of(parameters, context, {"sqs:sendmessage"});
    write_sent(reply, to.send(read_outgoing(parameters), context.sender, context.now));
}

void sqs_service::send_message_batch(members parameters, output& reply, const request_context& context) {
    queue& to = queue_of(parameters, context, {"sqs:sendmessage"});
    const auto entries = parameters.list("Entries", "SendMessageBatchRequestEntry");
    const auto ids = check_batch(entries, faults_for("SendMessageBatchRequestEntry"));
    std::vector<read_entry> read;
    read.reserve(entries.size());
    std::size_t total = 0;
    for (const auto& entry : entries) {
        read.push_back(read_batch_entry(*entry));
        total += size_of(read.back().message.body, read.back().message.attributes);
    }
    if (total > limits::sqs_batch_bytes) {
        throw prefixed_fault("BatchRequestTooLong",
                             "Batch requests cannot be longer than 1048576 bytes. You have sent " +
                                 std::to_string(total) + " bytes.");
    }
    for (const read_entry& entry : read) check_fifo_entry(to, entry);
    const batch_result_names names{"SendMessageBatchResultEntry", "BatchResultErrorEntry"};
    std::vector<sent_message> sent(entries.size());
    batch_steps steps;
    steps.carry_out = [&](std::size_t index) {
        read_entry& entry = read[index];
        if (entry.refusal) throw *entry.refusal;
        sent[index] = to.send(std::move(entry.message), context.sender, context.now);
    };
    steps.write = [&sent](std::size_t index, output& out) { write_sent(out, sent[index]); };
    run_batch(ids, reply, names, steps);
}

std::optional<receive_request> sqs_service::receive_message(members parameters, output& reply,
                                                            const request_context& context) {
    queue& from = queue_of(parameters, context, {"sqs:receivemessage"});
    receive_request request;
    request.queue_name = from.name();
    request.max_messages =
        static_cast<std::size_t>(in_range(parameters.integer("MaxNumberOfMessages"), 1, "MaxNumberOfMessages", 1,
                                          limits::max_messages, "Must be between 1 and 10, if provided."));
    request.wait_seconds = in_range(parameters.integer("WaitTimeSeconds"), from.settings().receive_wait().count(),
                                    "WaitTimeSeconds", 0, limits::wait_seconds, "Must be >= 0 and <= 20, if provided.");
    request.visibility_seconds = parameters.integer("VisibilityTimeout");
    in_range(request.visibility_seconds, 0, "VisibilityTimeout", 0, limits::visibility_seconds,
             "Must be between 0 and 43200, if provided.");
    request.attribute_names = parameters.text_list("MessageAttributeNames", "MessageAttributeName");
    request.system_attribute_names = parameters.text_list("MessageSystemAttributeNames", "MessageSystemAttributeName");
    for (std::string& name : parameters.text_list("AttributeNames", "AttributeName")) {
        request.system_attribute_names.push_back(std::move(name));
    }
    request.attempt_id = parameters.text("ReceiveRequestAttemptId").value_or("");
    if (!request.attempt_id.empty() && !(from.is_fifo() && is_group_id(request.attempt_id))) {
        throw invalid_value(request.attempt_id, "ReceiveRequestAttemptId",
                            from.is_fifo() ? "ReceiveRequestAttemptId can only include alphanumeric and punctuation "
                                             "characters. 1 to 128 in length."
                                           : "The request include parameter that is not valid for this queue type.");
    }
    auto messages = receive_from(from, request, context.now);
    if (messages.empty() && request.wait_seconds > 0) return request;
    write_received(reply, request, std::move(messages));
    return std::nullopt;
}

std::vector<received> sqs_service::receive(const receive_request& request, time_point now) {
    queue* const from = find_queue(request.queue_name);
    if (from == nullptr) throw queue_does_not_exist();
    return receive_from(*from, request, now);
}

std::vector<received> sqs_service::receive_from(queue& from, const receive_request& request, time_point now) {
    receive_options how;
    how.max = request.max_messages;
    how.visibility_seconds = request.visibility_seconds;
    how.long_poll = request.wait_seconds > 0;
    how.attempt_id = request.attempt_id;
    how.to_dead_letters = [this, &from, now](moved_message message) {
        queue* const to = find_queue_by_arn(from.settings().redrive()->target_arn);
        if (to == nullptr || to == &from) return false; // deleted meanwhile: better here again than lost
        to->take_over(std::move(message), now);
        touched_.push_back(to->name());
        return true;
    };
    return from.receive(how, now);
}

void sqs_service::write_received(output& reply, const receive_request& request, std::vector<received> messages) {
    if (messages.empty()) return;
    reply.begin_list("Messages", "Message");
    for (received& one : messages) {
        reply.begin_item();
        reply.text("MessageId", one.message_id);
        reply.text("ReceiptHandle", one.receipt_handle);
        reply.text_if_any("MD5OfBody", one.md5_of_body);
        reply.text("Body", one.body);
        std::erase_if(one.system_attributes,
                      [&](const auto& entry) { return !is_wanted(entry.first, request.system_attribute_names); });
        reply.text_map("Attributes", "Attribute", "Name", "Value", one.system_attributes);
        // The sum covers what is handed out, not what was sent.
        std::erase_if(one.attributes,
                      [&](const attribute& entry) { return !is_wanted(entry.name, request.attribute_names); });
        reply.text_if_any("MD5OfMessageAttributes", md5_of_attributes(one.attributes));
        reply.attributes(one.attributes);
        reply.end_item();
    }
    reply.end_list();
}

void sqs_service::delete_message(members parameters, output&, const request_context& context) {
    queue& from = queue_of(parameters, context, {"sqs:deletemessage"});
    from.remove(parameters.required("ReceiptHandle"), context.now);
}

void sqs_service::delete_message_batch(members parameters, output& reply, const request_context& context) {
    queue& from = queue_of(parameters, context, {"sqs:deletemessage"});
    const auto entries = parameters.list("Entries", "DeleteMessageBatchRequestEntry");
    const auto ids = check_batch(entries, faults_for("DeleteMessageBatchRequestEntry"));
    const batch_result_names names{"DeleteMessageBatchResultEntry", "BatchResultErrorEntry"};
    batch_steps steps;
    steps.carry_out = [&](std::size_t index) { from.remove(entries[index]->required("ReceiptHandle"), context.now); };
    run_batch(ids, reply, names, steps);
}

void sqs_service::change_message_visibility(members parameters, output&, const request_context& context) {
    change_visibility_of(queue_of(parameters, context, {"sqs:changemessagevisibility"}), parameters, context.now);
}

void sqs_service::change_message_visibility_batch(members parameters, output& reply, const request_context& context) {
    queue& from = queue_of(parameters, context, {"sqs:changemessagevisibility"});
    const auto entries = parameters.list("Entries", "ChangeMessageVisibilityBatchRequestEntry");
    const auto ids = check_batch(entries, faults_for("ChangeMessageVisibilityBatchRequestEntry"));
    const batch_result_names names{"ChangeMessageVisibilityBatchResultEntry", "BatchResultErrorEntry"};
    batch_steps steps;
    steps.carry_out = [&](std::size_t index) { change_visibility_of(from, *entries[index], context.now); };
    run_batch(ids, reply, names, steps);
}

} // namespace sluice::local
