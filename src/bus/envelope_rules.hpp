// What every envelope keeps to, whatever its format; and times as texts.
#pragma once

#include <sluice/bus/envelope.hpp>
#include <sluice/error.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::bus {

// Of single members, in bytes: they come from outside, and go into logs and further messages.
inline constexpr std::size_t longest_id = 128; ///< also a deduplication id
inline constexpr std::size_t longest_name = 256;
inline constexpr std::size_t longest_address = 1'024; ///< of queues

/// Empty when all members but the payload are as they must be; else `errc::invalid_argument`.
std::optional<error_info> check_envelope(const bus_envelope& envelope);

/// Names of types: 1 to 256 printable ASCII characters without space.
bool is_type_name(std::string_view name) noexcept;

/// True for what a body may be as it is: allowed characters, and at least one.
bool is_body_text(std::string_view payload) noexcept;

/// "… is \"value\": rule", with a value that is cut and fit for a log.
error_info bad_envelope(std::string_view member, std::string_view value, std::string_view rule);

/// Milliseconds since 1970.
std::string milliseconds_text(std::chrono::system_clock::time_point when);
/// The same back, or RFC 3339; nothing for other texts.
std::optional<std::chrono::system_clock::time_point> time_of_text(std::string_view text) noexcept;

/// `application/json` of `Application/JSON; charset=utf-8`.
std::string media_type(std::string_view content_type);

} // namespace sluice::bus
