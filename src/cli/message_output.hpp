// A message as the commands show it: as JSON for programs, as text for people. No I/O.
#pragma once

#include "cli/styles.hpp"

#include <sluice/sqs/delivery.hpp>
#include <sluice/sqs/message_requests.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace sluice::cli {

/// When a message was sent: `SentTimestamp` of its system attributes. Nothing when the service does not say.
std::optional<std::chrono::system_clock::time_point> sent_time(const std::map<std::string, std::string>& system);

/// `body`, `message_id`, `attributes` (by name: `type`, and `value` or for binary ones `bytes`, a list of numbers),
/// `system_attributes` (by name), and of a message that came in an SNS envelope `topic_arn` and `subject`.
nlohmann::json message_json(const sqs::delivery& message);
nlohmann::json message_json(const sqs::received_message& message);

/// A line about the message (id, when it was sent, how often received, group), one with its attributes if it has any,
/// and its body, indented. Control characters are escaped, line feeds and tabs of the body stay.
std::string message_text(const sqs::delivery& message, const styles& look);
std::string message_text(const sqs::received_message& message, const styles& look);

} // namespace sluice::cli
