// What CloudEvents 1.0 asks of an event.
#pragma once

#include <sluice/cloud_event.hpp>
#include <sluice/error.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::stream {

[[nodiscard]] inline error_info wrong_cloud_event(std::string text) {
    return {errc::invalid_argument, std::move(text)};
}

/// CloudEvents has no such limit; nobody has so many, and each is compared with the others.
inline constexpr std::size_t most_extensions = 500;

/// Empty when all is well; else what is wrong, naming the value and the rule. JSON data is parsed when `and_json`.
std::optional<error_info> check_cloud_event(const cloud_event& event, bool and_json);

/// a-z and 0-9, and not `data`.
std::optional<error_info> check_cloud_event_name(std::string_view name);

/// UTF-8 without control characters and noncharacters. Source: CloudEvents 1.0.2, "Type System", String.
bool is_cloud_event_string(std::string_view text) noexcept;

/// Source: RFC 3986, sections 2 to 4.
bool is_uri_reference(std::string_view text) noexcept;
/// With a scheme. A fragment is allowed, as schemas have them; the specification says "absolute URI", which has none.
bool is_uri(std::string_view text) noexcept;

/// `type/subtype` with parameters. Source: RFC 2045, section 5.1, which RFC 2046 builds on.
bool is_media_type(std::string_view text) noexcept;
/// Without parameters, in lower case.
std::string media_type_name(std::string_view text);
/// Says that the data is JSON: `…/json` or `…+json`.
bool declares_json(std::string_view media_type);

} // namespace sluice::stream
