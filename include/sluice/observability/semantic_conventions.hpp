// OpenTelemetry's names for what happens to messages.
//
// Followed is version 1.41.0 of the semantic conventions, whose messaging part is still in development: later versions
// rename some of this (`messaging.system` is to become `messaging.system.name`, `aws_sqs` `aws.sqs`). Source:
// https://opentelemetry.io/docs/specs/semconv/messaging/ and its pages on AWS SQS and AWS SNS.
#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>

#include <string_view>

namespace sluice::semantic_conventions {

inline constexpr std::string_view version = "1.41.0";

// Attributes of spans, and fields of log lines.
inline constexpr std::string_view messaging_system = "messaging.system";
inline constexpr std::string_view messaging_destination_name = "messaging.destination.name";
inline constexpr std::string_view messaging_operation_name = "messaging.operation.name";
inline constexpr std::string_view messaging_operation_type = "messaging.operation.type";
inline constexpr std::string_view messaging_batch_message_count = "messaging.batch.message_count";
inline constexpr std::string_view messaging_message_id = "messaging.message.id";
inline constexpr std::string_view messaging_message_body_size = "messaging.message.body.size";
inline constexpr std::string_view error_type = "error.type";
inline constexpr std::string_view error_message = "error.message";
inline constexpr std::string_view aws_request_id = "aws.request_id";
inline constexpr std::string_view aws_sqs_queue_url = "aws.sqs.queue.url";
inline constexpr std::string_view aws_sns_topic_arn = "aws.sns.topic.arn";
inline constexpr std::string_view http_response_status_code = "http.response.status_code";

// Values of `messaging.system`. The dot and the underscore are as the conventions have them.
inline constexpr std::string_view system_aws_sqs = "aws_sqs";
inline constexpr std::string_view system_aws_sns = "aws.sns";

// Values of `messaging.operation.type`.
inline constexpr std::string_view operation_create = "create";
inline constexpr std::string_view operation_send = "send";
inline constexpr std::string_view operation_receive = "receive";
inline constexpr std::string_view operation_process = "process";
inline constexpr std::string_view operation_settle = "settle";

// Metrics, for whoever hands the figures of sluice to an OpenTelemetry meter.
inline constexpr std::string_view metric_operation_duration = "messaging.client.operation.duration"; ///< histogram, s
inline constexpr std::string_view metric_sent_messages = "messaging.client.sent.messages";           ///< counter
inline constexpr std::string_view metric_consumed_messages = "messaging.client.consumed.messages";   ///< counter
inline constexpr std::string_view metric_process_duration = "messaging.process.duration";            ///< histogram, s

/// The value of `error.type` for failures of sluice: the name of the enumerator, such as `throttled`. Few and fixed, so
/// that it may be a label. `_OTHER` for a code that is none of them.
[[nodiscard]] SLUICE_API std::string_view error_type_of(errc code) noexcept;
/// The `messaging.system` of a destination as observers are told it: `aws.sns` for the ARN of a topic, else `aws_sqs`.
[[nodiscard]] SLUICE_API std::string_view system_of(std::string_view destination) noexcept;

} // namespace sluice::semantic_conventions
