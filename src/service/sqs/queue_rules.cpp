#include "service/sqs/queue_rules.hpp"

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "protocol/message_rules.hpp"

#include <array>

namespace sluice::sqs {
namespace {

struct numeric_attribute {
    std::string_view name;
    std::int64_t min;
    std::int64_t max;
};

constexpr std::array numeric_attributes{
    numeric_attribute{"DelaySeconds", 0, limits::delay_seconds},
    numeric_attribute{"KmsDataKeyReusePeriodSeconds", limits::kms_key_reuse_seconds_min,
                      limits::kms_key_reuse_seconds_max},
    numeric_attribute{"MaximumMessageSize", limits::message_bytes_min, limits::sqs_message_bytes},
    numeric_attribute{"MessageRetentionPeriod", limits::retention_seconds_min, limits::retention_seconds_max},
    numeric_attribute{"ReceiveMessageWaitTimeSeconds", 0, limits::wait_seconds},
    numeric_attribute{"VisibilityTimeout", 0, limits::visibility_seconds},
};

} // namespace

void check_queue_attributes(service::request_rules& rules, const std::map<std::string, std::string>& attributes) {
    for (const auto& [name, value] : attributes) {
        rules.required("an attribute name", name).text(name, value);
        for (const auto& numeric : numeric_attributes) {
            if (numeric.name == name) rules.number(name, value, numeric.min, numeric.max);
        }
        if (name == "FifoQueue" || name == "ContentBasedDeduplication" || name == "SqsManagedSseEnabled") {
            rules.allowed(name, value, {"true", "false"});
        }
        if (name == "DeduplicationScope") rules.allowed(name, value, {"messageGroup", "queue"});
        if (name == "FifoThroughputLimit") rules.allowed(name, value, {"perQueue", "perMessageGroupId"});
    }
}

void check_fifo_attribute(service::request_rules& rules, const std::string& name,
                          const std::map<std::string, std::string>& attributes) {
    const auto found = attributes.find("FifoQueue");
    const bool wanted = found != attributes.end() && found->second == "true";
    rules.require(wanted == protocol::is_fifo(name),
                  wanted ? "FifoQueue is \"true\": the name \"" + name + "\" must end in .fifo then"
                         : "the name \"" + name + "\" ends in .fifo: the attribute FifoQueue must be \"true\" then");
}

std::optional<error_info> check_queue_message(const message& candidate, bool fifo) {
    protocol::message_rules rules;
    rules.kind = protocol::destination_kind::queue;
    rules.fifo = fifo;
    rules.max_message_bytes = limits::sqs_message_bytes;
    return protocol::check_message(candidate, rules);
}

} // namespace sluice::sqs
