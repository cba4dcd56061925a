#include "local/sqs_service.hpp"

#include "local/batch.hpp"
#include "local/fault.hpp"
#include "protocol/limits.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::local {
namespace {

bool is_queue_name(std::string_view name) {
    return !name.empty() && name.size() <= limits::queue_name_length && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

/// Attributes that a queue may be without.
bool is_optional_attribute(std::string_view name) {
    constexpr std::array<std::string_view, 9> names{
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "FifoQueue",
        "FifoThroughputLimit",
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "Policy",
        "RedriveAllowPolicy",
        "RedrivePolicy",
    };
    return std::ranges::find(names, name) != names.end();
}

struct queue_address {
    std::string account; ///< empty when the URL is no more than a name
    std::string name;
};

/// The last two components, whatever host and path they are behind.
queue_address parse_queue_url(std::string_view url) {
    while (url.ends_with('/')) url.remove_suffix(1);
    queue_address address;
    const auto slash = url.rfind('/');
    address.name = slash == std::string_view::npos ? url : url.substr(slash + 1);
    if (slash == std::string_view::npos) return address;
    url = url.substr(0, slash);
    address.account = url.substr(url.rfind('/') + 1); // npos + 1 is 0
    return address;
}

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
    message.delay_seconds = from.integer("DelaySeconds");
    if (const auto deduplication = from.text("MessageDeduplicationId")) {
        throw invalid_value(*deduplication, "MessageDeduplicationId",
                            "The request include parameter that is not valid for this queue type.");
    }
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

void write_sent(output& reply, const sent_message& sent) {
    reply.text("MessageId", sent.message_id);
    reply.text_if_any("MD5OfMessageBody", sent.md5_of_body);
    reply.text_if_any("MD5OfMessageAttributes", sent.md5_of_attributes);
    reply.text_if_any("MD5OfMessageSystemAttributes", sent.md5_of_system_attributes);
}

batch_faults faults_for(std::string_view entry_name) {
    batch_faults faults;
    faults.empty = prefixed_fault("EmptyBatchRequest",
                                  "There should be at least one " + std::string(entry_name) + " in the request.");
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

std::string read_page_token(const input& parameters) {
    const auto token = parameters.text("NextToken");
    if (!token || token->empty()) return {};
    auto name = decode_base64(*token);
    if (!name || name->empty()) throw invalid_parameter_value("Invalid or expired next token.");
    return std::move(*name);
}

std::int64_t in_range(std::optional<std::int64_t> given, std::int64_t otherwise, std::string_view name,
                      std::int64_t lowest, std::int64_t highest, std::string_view reason) {
    const std::int64_t value = given.value_or(otherwise);
    if (value < lowest || value > highest) throw invalid_value(std::to_string(value), name, reason);
    return value;
}

} // namespace

std::string request_context::endpoint() const {
    const bool usable = !host.empty() && has_only_allowed_characters(host);
    return "http://" + (usable ? host : "localhost");
}

std::optional<receive_request> sqs_service::handle(std::string_view action, members parameters, output& reply,
                                                   const request_context& context) {
    if (action == "ReceiveMessage") return receive_message(parameters, reply, context);
    using operation = void (sqs_service::*)(members, output&, const request_context&);
    static const std::map<std::string_view, operation> operations{
        {"ChangeMessageVisibility", &sqs_service::change_message_visibility},
        {"ChangeMessageVisibilityBatch", &sqs_service::change_message_visibility_batch},
        {"CreateQueue", &sqs_service::create_queue},
        {"DeleteMessage", &sqs_service::delete_message},
        {"DeleteMessageBatch", &sqs_service::delete_message_batch},
        {"DeleteQueue", &sqs_service::delete_queue},
        {"GetQueueAttributes", &sqs_service::get_queue_attributes},
        {"GetQueueUrl", &sqs_service::get_queue_url},
        {"ListQueues", &sqs_service::list_queues},
        {"PurgeQueue", &sqs_service::purge_queue},
        {"SendMessage", &sqs_service::send_message},
        {"SendMessageBatch", &sqs_service::send_message_batch},
        {"SetQueueAttributes", &sqs_service::set_queue_attributes},
    };
    const auto found = operations.find(action);
    if (found == operations.end()) throw invalid_action(action);
    (this->*found->second)(parameters, reply, context);
    return std::nullopt;
}

queue* sqs_service::find_queue(std::string_view name) {
    const auto found = queues_.find(name);
    return found == queues_.end() ? nullptr : &found->second;
}

queue* sqs_service::find_queue_by_arn(std::string_view arn) {
    const auto colon = arn.rfind(':');
    if (colon == std::string_view::npos) return nullptr;
    const std::string_view name = arn.substr(colon + 1);
    return arn_of(name) == arn ? find_queue(name) : nullptr;
}

std::string sqs_service::arn_of(std::string_view name) const {
    return "arn:aws:sqs:" + region_ + ":" + account_id_ + ":" + std::string(name);
}

std::string sqs_service::url_of(const std::string& name, const request_context& context) const {
    return context.endpoint() + "/" + account_id_ + "/" + name;
}

queue& sqs_service::queue_of(members parameters, const request_context& context) {
    // The parameter wins over the path, as on AWS.
    const auto url = parameters.text("QueueUrl");
    if (!url && context.path.size() <= 1) throw missing_parameter("QueueUrl");
    const queue_address address = parse_queue_url(url ? *url : context.path);
    queue* const found = find_queue(address.name);
    const bool foreign = !address.account.empty() && address.account != account_id_;
    if (found == nullptr || foreign) throw queue_does_not_exist();
    touched_.push_back(found->name());
    return *found;
}

void sqs_service::deliver(queue& to, outgoing message, const std::string& sender, time_point now) {
    to.send(std::move(message), sender, now);
    touched_.push_back(to.name());
}

std::vector<std::string> sqs_service::take_touched() { return std::exchange(touched_, {}); }

std::map<std::string, queue_ledger> sqs_service::ledger(time_point now) {
    std::map<std::string, queue_ledger> all;
    for (auto& [name, one] : queues_) all.emplace(name, one.ledger(now));
    return all;
}

void sqs_service::create_queue(members parameters, output& reply, const request_context& context) {
    const std::string name = parameters.required("QueueName");
    const auto attributes = parameters.text_map("Attributes", "Attribute", "Name", "Value");
    if (name.ends_with(".fifo")) {
        throw unsupported_operation("The embedded broker has no FIFO queues yet: " + name + " cannot be created.");
    }
    if (!is_queue_name(name)) {
        throw invalid_parameter_value(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
    }
    if (const queue* const existing = find_queue(name)) {
        if (const auto differs = existing->settings().difference(attributes)) {
            throw make_fault("QueueAlreadyExists", "QueueNameExists",
                             "A queue already exists with the same name and a different value for attribute " +
                                 *differs);
        }
    } else {
        queues_.emplace(name, queue(name, arn_of(name), attributes, context.now));
    }
    reply.text("QueueUrl", url_of(name, context));
}

void sqs_service::delete_queue(members parameters, output&, const request_context& context) {
    const std::string name = queue_of(parameters, context).name();
    queues_.erase(name);
}

void sqs_service::purge_queue(members parameters, output&, const request_context& context) {
    queue_of(parameters, context).purge(context.now);
}

void sqs_service::set_queue_attributes(members parameters, output&, const request_context& context) {
    queue& of = queue_of(parameters, context);
    of.set_attributes(parameters.text_map("Attributes", "Attribute", "Name", "Value"), context.now);
}

void sqs_service::get_queue_url(members parameters, output& reply, const request_context& context) {
    const std::string name = parameters.required("QueueName");
    const std::string owner = parameters.text("QueueOwnerAWSAccountId").value_or(account_id_);
    if (owner != account_id_ || find_queue(name) == nullptr) throw queue_does_not_exist();
    reply.text("QueueUrl", url_of(name, context));
}

void sqs_service::list_queues(members parameters, output& reply, const request_context& context) {
    const std::string prefix = parameters.text("QueueNamePrefix").value_or("");
    const auto asked = parameters.integer("MaxResults");
    const auto most = static_cast<std::size_t>(
        in_range(asked, 1000, "MaxResults", 1, 1000, "Must be an integer from 1 to 1000, if provided."));
    const std::string after = read_page_token(parameters);
    std::vector<std::string> urls;
    std::string last;
    bool more = false;
    for (const auto& [name, one] : queues_) {
        if (!name.starts_with(prefix) || (!after.empty() && name <= after)) continue;
        more = urls.size() == most;
        if (more) break;
        urls.push_back(url_of(name, context));
        last = name;
    }
    if (!urls.empty()) reply.text_list("QueueUrls", "QueueUrl", urls);
    // A token comes back only to those who asked for pages.
    if (more && asked) reply.text("NextToken", encode_base64(last));
}

void sqs_service::get_queue_attributes(members parameters, output& reply, const request_context& context) {
    queue& from = queue_of(parameters, context);
    const auto names = parameters.text_list("AttributeNames", "AttributeName");
    const auto all = from.attributes(context.now);
    std::map<std::string, std::string> wanted;
    for (const std::string& name : names) {
        if (name == "All") {
            wanted = all;
            break;
        }
        const auto found = all.find(name);
        if (found != all.end()) wanted.insert(*found);
        else if (!is_optional_attribute(name)) throw invalid_attribute_name(name);
    }
    reply.text_map("Attributes", "Attribute", "Name", "Value", wanted);
}

void sqs_service::send_message(members parameters, output& reply, const request_context& context) {
    queue& to = queue_of(parameters, context);
    write_sent(reply, to.send(read_outgoing(parameters), context.sender, context.now));
}

void sqs_service::send_message_batch(members parameters, output& reply, const request_context& context) {
    queue& to = queue_of(parameters, context);
    const auto entries = parameters.list("Entries", "SendMessageBatchRequestEntry");
    const auto ids = check_batch(entries, faults_for("SendMessageBatchRequestEntry"));
    std::vector<read_entry> read;
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
    const batch_result_names names{"SendMessageBatchResultEntry", "BatchResultErrorEntry"};
    run_batch(ids, reply, names, [&](std::size_t index) {
        read_entry& entry = read[index];
        if (entry.refusal) throw *entry.refusal;
        const sent_message sent = to.send(std::move(entry.message), context.sender, context.now);
        return success_writer([sent](output& out) { write_sent(out, sent); });
    });
}

std::optional<receive_request> sqs_service::receive_message(members parameters, output& reply,
                                                            const request_context& context) {
    queue& from = queue_of(parameters, context);
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
    auto messages =
        from.receive(request.max_messages, request.visibility_seconds, request.wait_seconds > 0, context.now);
    if (messages.empty() && request.wait_seconds > 0) return request;
    write_received(reply, request, std::move(messages));
    return std::nullopt;
}

std::vector<received> sqs_service::receive(const receive_request& request, time_point now) {
    queue* const from = find_queue(request.queue_name);
    if (from == nullptr) throw queue_does_not_exist();
    return from->receive(request.max_messages, request.visibility_seconds, true, now);
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
    queue& from = queue_of(parameters, context);
    from.remove(parameters.required("ReceiptHandle"), context.now);
}

void sqs_service::delete_message_batch(members parameters, output& reply, const request_context& context) {
    queue& from = queue_of(parameters, context);
    const auto entries = parameters.list("Entries", "DeleteMessageBatchRequestEntry");
    const auto ids = check_batch(entries, faults_for("DeleteMessageBatchRequestEntry"));
    const batch_result_names names{"DeleteMessageBatchResultEntry", "BatchResultErrorEntry"};
    run_batch(ids, reply, names, [&](std::size_t index) {
        from.remove(entries[index]->required("ReceiptHandle"), context.now);
        return success_writer();
    });
}

void sqs_service::change_message_visibility(members parameters, output&, const request_context& context) {
    change_visibility_of(queue_of(parameters, context), parameters, context.now);
}

void sqs_service::change_message_visibility_batch(members parameters, output& reply, const request_context& context) {
    queue& from = queue_of(parameters, context);
    const auto entries = parameters.list("Entries", "ChangeMessageVisibilityBatchRequestEntry");
    const auto ids = check_batch(entries, faults_for("ChangeMessageVisibilityBatchRequestEntry"));
    const batch_result_names names{"ChangeMessageVisibilityBatchResultEntry", "BatchResultErrorEntry"};
    run_batch(ids, reply, names, [&](std::size_t index) {
        change_visibility_of(from, *entries[index], context.now);
        return success_writer();
    });
}

} // namespace sluice::local
