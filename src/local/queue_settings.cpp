#include "local/queue_settings.hpp"

#include "local/fault.hpp"
#include "local/text.hpp"
#include "protocol/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice::local {
namespace {

struct range {
    std::string_view name;
    std::int64_t lowest;
    std::int64_t highest;
};

constexpr std::array<range, 6> ranges{{
    {"DelaySeconds", 0, limits::delay_seconds},
    {"KmsDataKeyReusePeriodSeconds", limits::kms_key_reuse_seconds_min, limits::kms_key_reuse_seconds_max},
    {"MaximumMessageSize", limits::message_bytes_min, limits::sqs_message_bytes},
    {"MessageRetentionPeriod", limits::retention_seconds_min, limits::retention_seconds_max},
    {"ReceiveMessageWaitTimeSeconds", 0, limits::wait_seconds},
    {"VisibilityTimeout", 0, limits::visibility_seconds},
}};

constexpr std::size_t deepest_document = 16;

void check_document(const std::string& name, const std::string& value) {
    if (value.empty()) return; // takes it away
    const bool good = json_depth(value) <= deepest_document && nlohmann::json::parse(value, nullptr, false).is_object();
    if (!good) throw invalid_attribute_value(name);
}

/// Source: SQS developer guide, "Amazon SQS policy quotas".
void check_policy(const std::string& value) {
    check_document("Policy", value);
    if (value.empty()) return;
    if (value.size() > limits::queue_policy_bytes) throw invalid_attribute_value("Policy");
    const auto document = nlohmann::json::parse(value, nullptr, false);
    const auto statements = document.find("Statement");
    if (statements != document.end() && statements->is_array() &&
        statements->size() > limits::queue_policy_statements) {
        throw invalid_attribute_value("Policy");
    }
}

std::int64_t receive_count_of(const nlohmann::json& value) {
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (value.is_string()) return parse_integer(value.get_ref<const std::string&>()).value_or(0);
    return 0;
}

/// Throws `fault`. Source: SQS API reference, SetQueueAttributes.
redrive_policy read_redrive_policy(const std::string& text) {
    const auto wrong = [&text](std::string_view reason) { return invalid_value(text, "RedrivePolicy", reason); };
    const auto document =
        json_depth(text) > deepest_document ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
    if (!document.is_object()) throw wrong("Redrive policy is not a valid JSON map.");
    for (const char* needed : {"deadLetterTargetArn", "maxReceiveCount"}) {
        if (!document.contains(needed)) {
            throw wrong("Redrive policy does not contain mandatory attribute: " + std::string(needed) + ".");
        }
    }
    const auto& target = document.at("deadLetterTargetArn");
    if (!target.is_string() || !target.get_ref<const std::string&>().starts_with("arn:")) {
        throw wrong("Invalid value for deadLetterTargetArn.");
    }
    const auto& count = document.at("maxReceiveCount");
    const std::int64_t times = receive_count_of(count);
    if (times < 1 || times > limits::max_receive_count) {
        throw wrong("Invalid value for maxReceiveCount: " + count.dump() +
                    ", valid values are from 1 to 1000 both inclusive.");
    }
    return {target.get<std::string>(), static_cast<std::uint64_t>(times)};
}

redrive_allow_policy read_redrive_allow_policy(const std::string& text) {
    constexpr std::size_t most_sources = 10;
    const auto wrong = [&text](std::string_view reason) { return invalid_value(text, "RedriveAllowPolicy", reason); };
    const auto document =
        json_depth(text) > deepest_document ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
    if (!document.is_object()) throw wrong("Redrive allow policy is not a valid JSON map.");
    const auto permission = document.find("redrivePermission");
    const std::string kind =
        permission != document.end() && permission->is_string() ? permission->get<std::string>() : "";
    if (kind != "allowAll" && kind != "denyAll" && kind != "byQueue") {
        throw wrong("redrivePermission must be one of allowAll, denyAll, byQueue.");
    }
    redrive_allow_policy read;
    read.all = kind == "allowAll";
    const auto sources = document.find("sourceQueueArns");
    if ((sources != document.end()) != (kind == "byQueue")) {
        throw wrong("sourceQueueArns must be given with the permission byQueue, and only with it.");
    }
    if (kind != "byQueue") return read;
    if (!sources->is_array() || sources->empty() || sources->size() > most_sources) {
        throw wrong("sourceQueueArns must list 1 to 10 ARNs.");
    }
    for (const auto& arn : *sources) {
        if (!arn.is_string()) throw wrong("sourceQueueArns must list ARNs.");
        read.source_arns.push_back(arn.get<std::string>());
    }
    return read;
}

bool is_fifo_attribute(const std::string& name) {
    return name == "FifoQueue" || name == "ContentBasedDeduplication" || name == "DeduplicationScope" ||
           name == "FifoThroughputLimit";
}

void check_one(const std::string& name, const std::string& value) {
    const auto found = std::ranges::find(ranges, name, &range::name);
    if (found != ranges.end()) {
        const auto number = parse_integer(value);
        if (!number || *number < found->lowest || *number > found->highest) throw invalid_attribute_value(name);
    } else if (name == "Policy") {
        check_policy(value);
    } else if (name == "SqsManagedSseEnabled") {
        if (value != "true" && value != "false") throw invalid_attribute_value(name);
    } else if (name == "RedrivePolicy") {
        if (!value.empty()) read_redrive_policy(value);
    } else if (name == "RedriveAllowPolicy") {
        if (!value.empty()) read_redrive_allow_policy(value);
    } else if (name == "KmsMasterKeyId") {
        if (!has_only_allowed_characters(value)) throw invalid_attribute_value(name);
    } else {
        throw invalid_attribute_name(name);
    }
}

} // namespace

bool redrive_allow_policy::allows(std::string_view source_arn) const {
    return all || std::ranges::find(source_arns, source_arn) != source_arns.end();
}

void queue_settings::check_fifo(const std::string& name, const std::string& value) const {
    if (!fifo_) { // in AWS's words
        if (name == "FifoQueue" || name == "ContentBasedDeduplication") throw invalid_attribute_name(name);
        throw make_fault("InvalidAttributeName", "InvalidAttributeName",
                         "You can specify the " + name + " only when FifoQueue is set to true.");
    }
    if (name == "FifoQueue" && value != "true") {
        throw make_fault("InvalidAttributeValue", "InvalidAttributeValue",
                         "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.");
    }
    const auto one_of = [&](std::string_view first, std::string_view second) {
        if (value != first && value != second) throw invalid_attribute_value(name);
    };
    if (name == "ContentBasedDeduplication") one_of("true", "false");
    if (name == "DeduplicationScope") one_of("queue", "messageGroup");
    if (name == "FifoThroughputLimit") one_of("perQueue", "perMessageGroupId");
}

void queue_settings::check(const std::map<std::string, std::string>& attributes) const {
    for (const auto& [name, value] : attributes) {
        if (is_fifo_attribute(name)) check_fifo(name, value);
        else check_one(name, value);
    }
    if (!fifo_) return;
    const auto value_of = [&](const char* name) {
        const auto given = attributes.find(name);
        return given == attributes.end() ? texts_.at(name) : given->second;
    };
    if (value_of("FifoThroughputLimit") == "perMessageGroupId" && value_of("DeduplicationScope") != "messageGroup") {
        throw make_fault(
            "InvalidAttributeValue", "InvalidAttributeValue",
            "Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed only "
            "when DeduplicationScope is messageGroup.");
    }
}

queue_settings::queue_settings(bool fifo)
    : fifo_(fifo), texts_{
                       {"DelaySeconds", "0"},
                       {"MaximumMessageSize", std::to_string(limits::sqs_message_bytes)},
                       {"MessageRetentionPeriod", std::to_string(limits::retention_seconds_default)},
                       {"ReceiveMessageWaitTimeSeconds", "0"},
                       {"SqsManagedSseEnabled", "true"},
                       {"VisibilityTimeout", std::to_string(limits::visibility_seconds_default)},
                   } {
    if (fifo_) {
        texts_["FifoQueue"] = "true";
        texts_["ContentBasedDeduplication"] = "false";
        texts_["DeduplicationScope"] = "queue";
        texts_["FifoThroughputLimit"] = "perQueue";
    }
    read();
}

void queue_settings::apply(const std::map<std::string, std::string>& attributes) {
    check(attributes);
    for (const auto& [name, value] : attributes) {
        if (value.empty()) texts_.erase(name);
        else texts_[name] = value;
    }
    read();
}

std::optional<std::string> queue_settings::difference(const std::map<std::string, std::string>& attributes) const {
    for (const auto& [name, value] : attributes) {
        const auto found = texts_.find(name);
        if (found == texts_.end() ? !value.empty() : found->second != value) return name;
    }
    return std::nullopt;
}

void queue_settings::read() {
    const auto number = [this](const char* name) { return parse_integer(texts_.at(name)).value_or(0); };
    delay_ = std::chrono::seconds(number("DelaySeconds"));
    retention_ = std::chrono::seconds(number("MessageRetentionPeriod"));
    receive_wait_ = std::chrono::seconds(number("ReceiveMessageWaitTimeSeconds"));
    visibility_ = std::chrono::seconds(number("VisibilityTimeout"));
    max_message_bytes_ = static_cast<std::size_t>(number("MaximumMessageSize"));
    deduplicates_by_content_ = fifo_ && texts_.at("ContentBasedDeduplication") == "true";
    deduplicates_by_group_ = fifo_ && texts_.at("DeduplicationScope") == "messageGroup";
    redrive_.reset();
    if (const auto found = texts_.find("RedrivePolicy"); found != texts_.end()) {
        redrive_ = read_redrive_policy(found->second);
    }
    redrive_allow_ = redrive_allow_policy();
    if (const auto found = texts_.find("RedriveAllowPolicy"); found != texts_.end()) {
        redrive_allow_ = read_redrive_allow_policy(found->second);
    }
    const auto policy = texts_.find("Policy");
    policy_ = policy == texts_.end() ? access_policy() : access_policy(policy->second);
}

} // namespace sluice::local
