// The service's limits as data, shared by the client's checks and the embedded broker.
// Sources: the SQS and SNS API references (SendMessage, SendMessageBatch, CreateQueue, ReceiveMessage, Publish).
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::limits {

inline constexpr std::size_t batch_entries = 10;
inline constexpr std::size_t batch_entry_id_length = 80;

inline constexpr std::size_t sqs_message_bytes = 1'048'576;
inline constexpr std::size_t sqs_batch_bytes = 1'048'576;
inline constexpr std::size_t sns_message_bytes = 262'144; ///< default of a topic; its attribute can raise it
inline constexpr std::size_t sns_message_bytes_max = 1'048'576;
inline constexpr std::size_t message_bytes_min = 1'024; ///< lowest value of the attribute MaximumMessageSize

inline constexpr std::size_t message_attributes = 10;
inline constexpr std::size_t attribute_name_length = 256;
inline constexpr std::size_t attribute_type_length = 256;
inline constexpr std::size_t group_id_length = 128; ///< also deduplication id and receive attempt id
inline constexpr std::size_t subject_length = 100;

inline constexpr std::size_t queue_name_length = 80;
inline constexpr std::size_t topic_name_length = 256;

inline constexpr std::size_t tags = 50;
inline constexpr std::size_t tag_key_length = 128;
inline constexpr std::size_t tag_value_length = 256;
inline constexpr std::size_t queue_policy_bytes = 8'192;
inline constexpr std::size_t queue_policy_statements = 20;
inline constexpr std::size_t large_message_subscriptions = 100; ///< of a topic that takes more than 256 KiB
inline constexpr std::size_t permission_label_length = 80;
inline constexpr std::size_t permission_actions = 7; ///< of one statement, SQS

inline constexpr std::int64_t delay_seconds = 900;
inline constexpr std::int64_t visibility_seconds = 43'200;
inline constexpr std::int64_t visibility_seconds_default = 30;
inline constexpr std::int64_t wait_seconds = 20;
inline constexpr std::int64_t retention_seconds_min = 60;
inline constexpr std::int64_t retention_seconds_max = 1'209'600;
inline constexpr std::int64_t retention_seconds_default = 345'600;
inline constexpr std::int64_t deduplication_seconds = 300;
inline constexpr std::size_t in_flight_messages = 120'000;
inline constexpr std::int64_t max_receive_count = 1'000; ///< of a redrive policy
inline constexpr std::int64_t max_messages = 10;
inline constexpr std::int64_t listed_queues = 1'000;           ///< of one page
inline constexpr std::int64_t listed_move_tasks = 10;          ///< in one reply
inline constexpr std::int64_t moved_messages_per_second = 500; ///< of a move task
inline constexpr std::int64_t role_seconds_min = 900;          ///< of a session that AssumeRole gives
inline constexpr std::int64_t role_seconds_max = 43'200;
inline constexpr std::int64_t role_seconds_default = 3'600;
inline constexpr std::int64_t kms_key_reuse_seconds_min = 60;
inline constexpr std::int64_t kms_key_reuse_seconds_max = 86'400;
inline constexpr std::size_t data_protection_policy_length = 30'720;
inline constexpr std::size_t sms_characters = 1'600;
inline constexpr std::size_t phone_number_digits = 15; ///< E.164
inline constexpr std::size_t sns_resource_arn_length = 1'011;

} // namespace sluice::limits
