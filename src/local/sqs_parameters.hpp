// How the operations of SQS read numbers and page tokens.
#pragma once

#include "local/fault.hpp"
#include "local/text.hpp"
#include "local/wire.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::local {

/// The name behind which the page begins; empty for the first one. Throws `fault` for a token that is none of ours.
inline std::string read_page_token(const input& parameters) {
    const auto token = parameters.text("NextToken");
    if (!token || token->empty()) return {};
    auto name = decode_base64(*token);
    if (!name || name->empty()) throw invalid_parameter_value("Invalid or expired next token.");
    return std::move(*name);
}

/// `otherwise` when nothing is given. Throws `fault` outside of the range.
inline std::int64_t in_range(std::optional<std::int64_t> given, std::int64_t otherwise, std::string_view name,
                             std::int64_t lowest, std::int64_t highest, std::string_view reason) {
    const std::int64_t value = given.value_or(otherwise);
    if (value < lowest || value > highest) throw invalid_value(std::to_string(value), name, reason);
    return value;
}

} // namespace sluice::local
