// What the signer refuses before it signs: no service would accept it, and the
// service's answer would say less.
#pragma once

#include <sigv4/signer.hpp>

#include <chrono>
#include <string_view>

namespace sigv4::detail {

// Each throws std::invalid_argument that names the value and the rule; never a
// secret.

/// Part of the credential scope: not empty, no slash, comma, space or control
/// character.
void check_scope_part(std::string_view what, std::string_view value);

/// No empty key, and nothing in them that would break a header. A line break at
/// the end is the usual accident.
void check_credentials(const credentials& keys);

/// A method, a path that starts with a slash and ends before the query, a Host
/// header.
void check_request(const request_view& request);

/// The request must not have the header that signing adds: two would be signed
/// as one with both values.
void check_absent(const request_view& request, std::string_view header_name);

/// 1 second to 7 days, and nothing of an earlier signature in the query.
void check_presigning(const request_view& request, std::chrono::seconds expires);

} // namespace sigv4::detail
