// Messages with another body: what hooks do before a message is written.
#pragma once

#include <sluice/error.hpp>
#include <sluice/message.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::stream {

/// The message with this body and these attributes in place of its own.
message replace_content(const message& from, std::string body, std::vector<named_attribute> attributes);

/// Fails for a message with one of these attributes already. `what` begins the error's text, such as "the message
/// cannot be compressed".
std::optional<error_info> check_not_reserved(const message& content, std::span<const std::string_view> reserved,
                                             std::string_view what);
/// Fails for one without room for as many attributes as `added`, or with a structure: its body is not one text.
std::optional<error_info> check_replaceable(const message& content, std::size_t added, std::string_view what);

/// Without those of that name.
void remove_attribute(std::vector<named_attribute>& from, std::string_view name);

} // namespace sluice::stream
