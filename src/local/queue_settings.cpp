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
    {"KmsDataKeyReusePeriodSeconds", 60, 86'400},
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

/// What only FIFO queues have: on a standard queue it is an error, in AWS's words.
void refuse_fifo_attribute(const std::string& name) {
    if (name == "FifoQueue" || name == "ContentBasedDeduplication") throw invalid_attribute_name(name);
    if (name == "DeduplicationScope" || name == "FifoThroughputLimit") {
        throw make_fault("InvalidAttributeName", "InvalidAttributeName",
                         "You can specify the " + name + " only when FifoQueue is set to true.");
    }
}

void check(const std::string& name, const std::string& value) {
    const auto found = std::ranges::find(ranges, name, &range::name);
    if (found != ranges.end()) {
        const auto number = parse_integer(value);
        if (!number || *number < found->lowest || *number > found->highest) throw invalid_attribute_value(name);
    } else if (name == "Policy" || name == "RedriveAllowPolicy") {
        check_document(name, value);
    } else if (name == "SqsManagedSseEnabled") {
        if (value != "true" && value != "false") throw invalid_attribute_value(name);
    } else if (name == "RedrivePolicy") {
        // Taken silently, it would promise a dead-letter queue that is not there.
        if (!value.empty())
            throw unsupported_operation("The embedded broker does not move messages to dead-letter queues yet: "
                                        "RedrivePolicy cannot be set.");
    } else if (name == "KmsMasterKeyId") {
        if (!has_only_allowed_characters(value)) throw invalid_attribute_value(name);
    } else {
        refuse_fifo_attribute(name);
        throw invalid_attribute_name(name);
    }
}

} // namespace

queue_settings::queue_settings()
    : texts_{
          {"DelaySeconds", "0"},
          {"MaximumMessageSize", std::to_string(limits::sqs_message_bytes)},
          {"MessageRetentionPeriod", std::to_string(limits::retention_seconds_default)},
          {"ReceiveMessageWaitTimeSeconds", "0"},
          {"SqsManagedSseEnabled", "true"},
          {"VisibilityTimeout", std::to_string(limits::visibility_seconds_default)},
      } {
    read();
}

void queue_settings::apply(const std::map<std::string, std::string>& attributes) {
    for (const auto& [name, value] : attributes) check(name, value);
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
    const auto policy = texts_.find("Policy");
    policy_ = policy == texts_.end() ? access_policy() : access_policy(policy->second);
}

} // namespace sluice::local
