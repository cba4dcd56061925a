// What SNS wraps around a message that it delivers without RawMessageDelivery.
// Source: SNS developer guide, "Amazon SNS message and JSON formats".
#pragma once

#include <sluice/message.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::stream {

struct sns_envelope {
    std::string message;
    std::string message_id; ///< that the topic gave
    std::string topic_arn;
    std::string subject; ///< empty: none
    std::vector<named_attribute> attributes;
};

/// Nothing for what is not a notification: not a JSON object with Type "Notification" and the members that each has.
std::optional<sns_envelope> parse_sns_envelope(std::string_view body);

} // namespace sluice::stream
