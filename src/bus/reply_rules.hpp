// Reply queues: their names, who may be answered, whose time is over, and what the replies are. No I/O, no clock.
#pragma once

#include "bus/failures.hpp"

#include <sluice/bus/envelope.hpp>
#include <sluice/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::bus {

// Types of the envelopes that answer. The causation id is the command's id.
inline constexpr std::string_view own_types = "sluice.";
inline constexpr std::string_view reply_type = "sluice.reply";     ///< with what the handler returned
inline constexpr std::string_view done_type = "sluice.done";       ///< the handler returned nothing
inline constexpr std::string_view error_types = "sluice.error.";   ///< and the kind; the payload is the text
inline constexpr std::string_view unsendable = "reply-unsendable"; ///< handled, but what came of it does not fit
inline constexpr std::string_view duplicate = "duplicate";         ///< handled before; what came of it is not kept

/// Empty when it may begin the names of reply queues.
std::optional<error_info> check_reply_prefix(std::string_view prefix);

/// Where the answer to a command goes: the queue that `reply_to` names by its URL, in the place of `own_url`, the queue
/// that the command came from. So nothing but the name comes from the command, and account, region and host are our
/// own. Fails when its name does not begin with `prefix`, or its URL is of another account.
result<std::string> reply_queue_of(std::string_view reply_to, std::string_view own_url, std::string_view prefix);

/// `envelope` answers `command`: its id is new, correlation passed on.
bus_envelope make_reply(const bus_envelope& command, std::string_view type, std::string_view source);

/// The failure that an error reply tells of; nothing for other replies.
std::optional<error_info> failure_in_reply(const bus_envelope& reply);

} // namespace sluice::bus
