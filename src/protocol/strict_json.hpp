// JSON from outside, read without surprises: bounded, and each member once.
#pragma once

#include <sluice/error.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string_view>

namespace sluice::protocol {

struct json_bounds {
    std::size_t bytes = std::size_t(1) << 20;
    std::size_t depth = 64; ///< of arrays and objects in each other
};

/// How deep the arrays and objects of a JSON text nest, at most. Counts without parsing.
std::size_t json_nesting(std::string_view text) noexcept;

/// Fails with `errc::invalid_argument` that begins with `what` (such as "the chain"): for more bytes or depth than
/// `bounds`, what is not JSON, and a member that is there twice: readers would disagree about its value.
result<nlohmann::json> parse_strict_json(std::string_view text, std::string_view what, json_bounds bounds = {});

/// The value of a member of an object, as it stands in the text: numbers keep their digits, objects their order. Empty
/// when it has no such member. `object` is a text that `parse_strict_json` has read, and found to be an object.
std::string_view json_member_text(std::string_view object, std::string_view name);

} // namespace sluice::protocol
