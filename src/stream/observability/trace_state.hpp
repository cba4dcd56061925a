// The list of vendors' entries beside a `traceparent`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::stream {

/// In canonical form: without blanks and empty members, and with at most 512 characters, for which whole members go:
/// those with more than 128 characters first, from the right, then the last ones. Empty for a list of nothing.
///
/// Nothing for what breaks the rules: a key that is not 1 to 256 of a-z 0-9 _ - * / @ and begins with a letter or
/// digit, a value that is not 1 to 256 printable ASCII characters without comma and equals sign, a key that comes
/// twice, more than 32 members. Source: https://www.w3.org/TR/trace-context-2/#tracestate-header
std::optional<std::string> canonical_trace_state(std::string_view list);

} // namespace sluice::stream
