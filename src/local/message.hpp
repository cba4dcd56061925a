// Messages and their attributes, as the broker keeps them.
#pragma once

#include "local/text.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

struct attribute {
    std::string name;
    std::string type;  ///< `String`, `Number`, `Binary` with an optional `.suffix`, or `String.Array` from SNS
    std::string value; ///< raw bytes
    bool sent_as_binary = false; ///< in the member BinaryValue; it must agree with the type

    [[nodiscard]] bool is_binary() const noexcept { return type.starts_with("Binary"); }
};

/// The sum that SQS states over attributes; empty for none.
md5_text md5_of_attributes(std::vector<attribute> attributes);

/// What SQS and SNS count: body and every attribute's name, type and raw value.
std::size_t size_of(std::string_view body, const std::vector<attribute>& attributes) noexcept;

/// A message as it is sent to a queue.
struct outgoing {
    std::string body;
    std::vector<attribute> attributes;
    std::optional<std::string> trace_header; ///< AWSTraceHeader
    std::optional<std::string> group;
    std::optional<std::string> deduplication_id; ///< FIFO only
    std::optional<std::int64_t> delay_seconds;
};

struct sent_message {
    uuid_text message_id;
    md5_text md5_of_body;
    md5_text md5_of_attributes;
    md5_text md5_of_system_attributes;
    sequence_text sequence_number; ///< FIFO only
};

/// `String`, `Number` or `Binary`; empty for another type.
std::string_view base_type(std::string_view type) noexcept;

/// 1 to 128 letters, digits and punctuation characters: of group, deduplication and receive attempt ids.
bool is_group_id(std::string_view text) noexcept;

/// Throws `fault` for attributes that SQS refuses.
void check_attributes(const std::vector<attribute>& attributes);

/// Throws `fault` for a body or size that the queue refuses.
void check_outgoing(const outgoing& message, std::size_t max_bytes);

} // namespace sluice::local
