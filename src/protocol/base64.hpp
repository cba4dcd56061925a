#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::protocol {

std::string base64_encode(std::string_view bytes);

/// Empty result for anything that is not padded standard base64 (RFC 4648 section 4).
std::optional<std::string> base64_decode(std::string_view text);

} // namespace sluice::protocol
