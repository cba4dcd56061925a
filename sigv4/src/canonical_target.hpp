// The path and the query of a request in canonical form.
#pragma once

#include <sigv4/canonical_request.hpp>

#include <string>
#include <string_view>

namespace sigv4::detail {

void append_canonical_path(std::string& out, std::string_view path, const signing_options& options);

/// Encoded once, sorted by encoded name and then by encoded value, each with
/// its `=`.
void append_canonical_query(std::string& out, std::string_view query);

} // namespace sigv4::detail
