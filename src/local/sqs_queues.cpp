// The operations of SQS on queues: create, find, list, set, delete.
#include "local/fault.hpp"
#include "local/sqs_parameters.hpp"
#include "local/sqs_service.hpp"
#include "protocol/limits.hpp"

#include <algorithm>
#include <array>

namespace sluice::local {
namespace {

bool is_queue_name(std::string_view name) {
    return !name.empty() && name.size() <= limits::queue_name_length && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

/// A queue is FIFO by its name and by its attribute, or by neither.
void check_queue_name(const std::string& name, const std::map<std::string, std::string>& attributes) {
    constexpr std::string_view suffix = ".fifo";
    const auto fifo = attributes.find("FifoQueue");
    if (fifo != attributes.end() && fifo->second == "true") {
        const bool good = name.ends_with(suffix) && name.size() <= limits::queue_name_length &&
                          is_queue_name(std::string_view(name).substr(0, name.size() - suffix.size()));
        if (!good) {
            throw invalid_parameter_value("The name of a FIFO queue can only include alphanumeric characters, hyphens, "
                                          "or underscores, must end with .fifo suffix and be 1 to 80 in length");
        }
    } else if (!is_queue_name(name)) {
        throw invalid_parameter_value(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
    }
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

} // namespace

void sqs_service::create_queue(members parameters, output& reply, const request_context& context) {
    const std::string name = parameters.required("QueueName");
    const auto attributes = parameters.text_map("Attributes", "Attribute", "Name", "Value");
    const auto tags = parameters.text_map("tags", "Tag", "Key", "Value");
    check_queue_name(name, attributes);
    if (const queue* const existing = find_queue(name)) {
        if (const auto differs = existing->settings().difference(attributes)) {
            throw make_fault("QueueAlreadyExists", "QueueNameExists",
                             "A queue already exists with the same name and a different value for attribute " +
                                 *differs);
        }
    } else {
        check_redrive(arn_of(name), attributes);
        check_tags(tags);
        queue& made = queues_.emplace(name, queue(name, arn_of(name), attributes, context.now)).first->second;
        made.keep_in(place_of(name));
        if (!tags.empty()) tags_[name] = tags;
        record_tags(name);
    }
    reply.text("QueueUrl", url_of(name, context));
}

void sqs_service::delete_queue(members parameters, output&, const request_context& context) {
    const queue& going = queue_of(parameters, context, {"sqs:deletequeue", true});
    const std::string name = going.name();
    going.erase_records();
    queues_.erase(name);
    tags_.erase(name);
    record_tags(name);
}

void sqs_service::purge_queue(members parameters, output&, const request_context& context) {
    queue_of(parameters, context, {"sqs:purgequeue"}).purge(context.now);
}

void sqs_service::set_queue_attributes(members parameters, output&, const request_context& context) {
    queue& of = queue_of(parameters, context, {"sqs:setqueueattributes", true});
    const auto attributes = parameters.text_map("Attributes", "Attribute", "Name", "Value");
    check_redrive(of.arn(), attributes);
    of.set_attributes(attributes, context.now);
}

void sqs_service::get_queue_url(members parameters, output& reply, const request_context& context) {
    const std::string name = parameters.required("QueueName");
    const std::string owner = parameters.text("QueueOwnerAWSAccountId").value_or(context.account_id);
    const queue* const found = owner == account_id_ ? find_queue(name) : nullptr;
    constexpr std::string_view action = "sqs:getqueueurl";
    const auto verdict = found == nullptr ? access_verdict::unmentioned : verdict_on(*found, context, action);
    if (owner != context.account_id) {
        if (verdict != access_verdict::allowed) throw no_access_to_queue();
    } else if (found == nullptr) {
        throw queue_does_not_exist();
    } else if (verdict == access_verdict::denied) {
        throw access_denied(context.caller_arn, action, found->arn(), true);
    }
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
    queue& from = queue_of(parameters, context, {"sqs:getqueueattributes"});
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

} // namespace sluice::local
