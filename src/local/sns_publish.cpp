// Publish and PublishBatch.
#include "local/batch.hpp"
#include "local/fault.hpp"
#include "local/sns_service.hpp"
#include "protocol/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sluice::local {
namespace {

constexpr std::size_t deepest_structure = 8;

void check_subject(std::string_view subject) {
    const bool control =
        std::ranges::any_of(subject, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    const auto characters =
        std::ranges::count_if(subject, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    const bool too_long = characters >= static_cast<std::ptrdiff_t>(limits::subject_length);
    if (control || subject.empty() || too_long || !has_only_allowed_characters(subject))
        throw sns_invalid_parameter("Subject");
}

/// Texts as recorded from AWS.
void check_attribute_name(std::string_view name) {
    if (name.empty() || name.size() > limits::attribute_name_length) {
        throw sns_invalid_attribute("Length of message attribute name must be less than 256 bytes.");
    }
    if (name.front() == '.') {
        throw sns_invalid_attribute("Invalid message attribute name starting with character '.' was found.");
    }
    if (name.back() == '.') {
        throw sns_invalid_attribute("Invalid message attribute name ending with character '.' was found.");
    }
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if (c == '.' && name[i - 1] == '.') {
            throw sns_invalid_attribute("Message attribute name can not have successive '.' character.");
        }
        const bool legal = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                           c == '-' || c == '.';
        if (legal) continue;
        constexpr std::string_view digits = "0123456789ABCDEF";
        const auto byte = static_cast<unsigned char>(c);
        throw sns_invalid_attribute(
            std::string("Invalid non-alphanumeric character '#x") + digits[byte >> 4U] + digits[byte & 15U] +
            "' was found in the message attribute name. Can only include alphanumeric characters, "
            "hyphens, underscores, or dots.");
    }
}

void check_attribute(const attribute& one) {
    check_attribute_name(one.name);
    const std::string base(base_type(one.type));
    const std::string lead = "The message attribute '" + one.name + "' ";
    if (base.empty() || one.type.size() > limits::attribute_type_length || !has_only_allowed_characters(one.type)) {
        throw sns_invalid_attribute(lead +
                                    "has an invalid message attribute type, the set of supported type prefixes is "
                                    "Binary, Number, and String.");
    }
    if (one.value.empty()) {
        throw sns_invalid_attribute(
            lead + "must contain non-empty message attribute value for message attribute type '" + one.type + "'.");
    }
    if (one.sent_as_binary != (base == "Binary")) {
        throw sns_invalid_attribute(lead + "with type '" + one.type + "' must use field '" +
                                    (base == "Binary" ? "Binary" : "String") + "'.");
    }
    if (base != "Binary" && !has_only_allowed_characters(one.value)) {
        throw sns_invalid_attribute(lead + "contains an invalid character.");
    }
    if (base == "Number" && !parse_number(one.value)) {
        throw sns_invalid_attribute("Could not cast message attribute '" + one.name + "' value to number.");
    }
}

/// `position` names the entry of a batch. What is null fails the whole call, as recorded.
void check_types_are_there(const std::vector<attribute>& attributes, const std::string& position) {
    for (const attribute& one : attributes) {
        if (!one.type.empty()) continue;
        throw make_fault("ValidationError", "ValidationErrorException",
                         "1 validation error detected: Value null at '" + position + "messageAttributes." + one.name +
                             ".member.dataType' failed to satisfy constraint: Member must not be null");
    }
}

/// MessageStructure=json: one text for each protocol, and a default.
struct texts {
    std::string fallback;
    std::map<std::string, std::string, std::less<>> own;
};
texts read_texts(const std::string& message) {
    const auto document = json_depth(message) > deepest_structure ? nlohmann::json(nlohmann::json::value_t::discarded)
                                                                  : nlohmann::json::parse(message, nullptr, false);
    if (!document.is_object()) throw sns_invalid_parameter("Message Structure - JSON message body failed to parse");
    const auto fallback = document.find("default");
    if (fallback == document.end() || !fallback->is_string()) {
        throw sns_invalid_parameter("Message Structure - No default entry in JSON message body");
    }
    texts all;
    all.fallback = fallback->get<std::string>();
    for (const char* protocol : {"sqs", "http", "https"}) {
        const auto own = document.find(protocol);
        if (own != document.end() && own->is_string()) all.own.emplace(protocol, own->get<std::string>());
    }
    return all;
}

batch_faults faults_for_publish() {
    const auto make = [](const std::string& code, std::string message) {
        return make_fault(code, code + "Exception", std::move(message));
    };
    batch_faults faults;
    faults.empty = [make] { return make("EmptyBatchRequest", "The batch request doesn't contain any entries."); };
    faults.too_many = [make](std::size_t) {
        return make("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.");
    };
    faults.illegal_id = [make](const std::string& id) {
        const bool too_long = id.size() > limits::batch_entry_id_length;
        return make("InvalidBatchEntryId", (too_long ? "The Id of a batch entry in the batch request is too long: "
                                                     : "The Id of a batch entry in the batch request contains an "
                                                       "impermissible character: ") +
                                               id);
    };
    faults.repeated_id = [make](const std::string&) {
        return make("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.");
    };
    return faults;
}

} // namespace

std::size_t sns_service::max_message_bytes(const topic& of) {
    const auto found = of.attributes.find("MaximumMessageSize");
    if (found == of.attributes.end()) return limits::sns_message_bytes;
    return static_cast<std::size_t>(parse_integer(found->second).value_or(limits::sns_message_bytes));
}

sns_service::publication sns_service::read_publication(members from, const topic& to) {
    publication what;
    what.body = from.text("Message").value_or("");
    if (what.body.empty()) throw sns_invalid_parameter("Empty message");
    if (!has_only_allowed_characters(what.body)) throw sns_invalid_parameter("Message Reason: invalid characters");
    what.attributes = from.attributes("", "MessageAttributes.entry");
    for (const attribute& one : what.attributes) check_attribute(one);
    if (size_of(what.body, what.attributes) > max_message_bytes(to)) throw sns_invalid_parameter("Message too long");
    if (auto subject = from.text("Subject")) {
        check_subject(*subject);
        what.subject = std::move(*subject);
    }
    if (const auto structure = from.text("MessageStructure"); structure && !structure->empty()) {
        if (*structure != "json") throw sns_invalid_parameter("MessageStructure");
        texts all = read_texts(what.body);
        what.body = std::move(all.fallback);
        what.bodies = std::move(all.own);
    }
    what.group = from.text("MessageGroupId");
    what.deduplication_id = from.text("MessageDeduplicationId");
    if (to.is_fifo()) {
        if (!what.group) throw sns_invalid_parameter("The MessageGroupId parameter is required for FIFO topics");
        if (!what.deduplication_id && !to.is_set("ContentBasedDeduplication")) {
            throw sns_invalid_parameter("The topic should either have ContentBasedDeduplication enabled or "
                                        "MessageDeduplicationId provided explicitly");
        }
        if (!what.deduplication_id) what.deduplication_id = content_deduplication_id(what.body_for("sqs"));
        if (!is_group_id(*what.deduplication_id)) throw sns_invalid_parameter("MessageDeduplicationId");
    } else if (what.deduplication_id) {
        throw sns_invalid_parameter(
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter "
            "that is not valid for this topic type");
    }
    if (what.group && !is_group_id(*what.group)) throw sns_invalid_parameter("MessageGroupId");
    what.message_id = make_uuid();
    return what;
}

bool sns_service::admit(topic& to, publication& what, time_point now) {
    to.publications.add(now);
    if (!to.is_fifo()) return true;
    const auto scope = to.attributes.find("FifoThroughputScope");
    const bool by_group = scope != to.attributes.end() && scope->second == "MessageGroup";
    const std::string key = by_group ? *what.group + " " + *what.deduplication_id : *what.deduplication_id;
    if (const auto first = to.recent.find(key, now)) {
        what.message_id = first->message_id;
        what.sequence_number = first->sequence_number;
        return false;
    }
    what.sequence_number = sequence_number(++to.published);
    record_published(to);
    sent_message first;
    first.message_id = what.message_id;
    first.sequence_number = what.sequence_number;
    to.recent.remember(key, first, now);
    return true;
}

void sns_service::publish(members parameters, output& reply, const request_context& context) {
    const auto target = parameters.text("TargetArn");
    const auto arn = parameters.text("TopicArn");
    if ((!arn || arn->empty()) && (!target || target->empty())) {
        throw sns_invalid_parameter("TopicArn or TargetArn Reason: no value for required parameter");
    }
    const bool by_topic = arn && !arn->empty();
    topic& to = by_topic ? find_topic(*arn, "TopicArn") : find_topic(*target, "TargetArn");
    check_types_are_there(parameters.attributes("", "MessageAttributes.entry"), "");
    publication what = read_publication(parameters, to);
    if (admit(to, what, context.now)) deliver(to, what, context);
    reply.text("MessageId", what.message_id);
    reply.text_if_any("SequenceNumber", what.sequence_number);
}

void sns_service::publish_batch(members parameters, output& reply, const request_context& context) {
    topic& to = topic_of(parameters);
    const auto entries = parameters.list("", "PublishBatchRequestEntries.member");
    const auto ids = check_batch(entries, faults_for_publish());
    const std::size_t max_bytes = max_message_bytes(to);
    std::size_t total = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto attributes = entries[i]->attributes("", "MessageAttributes.entry");
        check_types_are_there(attributes, "publishBatchRequestEntries." + std::to_string(i + 1) + ".member.");
        total += size_of(entries[i]->text("Message").value_or(""), attributes);
    }
    if (total > max_bytes) {
        throw make_fault("BatchRequestTooLong", "BatchRequestTooLongException",
                         "The length of all the messages put together is more than the limit.");
    }
    const batch_result_names names{"Successful/member", "Failed/member", true};
    std::vector<publication> published(entries.size());
    batch_steps steps;
    steps.carry_out = [&](std::size_t index) {
        publication& what = published[index];
        what = read_publication(*entries[index], to);
        if (admit(to, what, context.now)) deliver(to, what, context);
    };
    steps.write = [&published](std::size_t index, output& out) {
        out.text("MessageId", published[index].message_id);
        out.text_if_any("SequenceNumber", published[index].sequence_number);
    };
    run_batch(ids, reply, names, steps);
}

} // namespace sluice::local
