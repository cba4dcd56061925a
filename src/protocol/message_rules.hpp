// What SQS and SNS would refuse, found before anything is sent.
// Source: API references of SendMessage and Publish, and the developer guides' pages on message metadata.
#pragma once

#include <sluice/error.hpp>
#include <sluice/message.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace sluice::protocol {

enum class destination_kind { queue, topic };

struct message_rules {
    destination_kind kind = destination_kind::queue;
    bool fifo = false;
    std::size_t max_message_bytes = 0;
};

/// Empty when the message may be sent; else what is wrong, naming the value and the rule.
std::optional<error_info> check_message(const message& candidate, const message_rules& rules);

/// True for UTF-8 that holds only #x9 #xA #xD #x20-#xD7FF #xE000-#xFFFD #x10000-#x10FFFF. Else `offset` is the first
/// byte that breaks the rule.
bool is_allowed_text(std::string_view text, std::size_t& offset) noexcept;

/// 1 to 128 printable ASCII characters without space: message group and deduplication ids.
bool is_allowed_id(std::string_view id) noexcept;

} // namespace sluice::protocol
