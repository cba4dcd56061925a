// The words of a credential_process. No I/O.
#pragma once

#include <sluice/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// As a POSIX shell splits a line, and nothing else that it does: 'text' is taken as it is, "text" knows \" and \\,
/// elsewhere a backslash takes the next character as it is. Fails with `errc::configuration`: a quote that is not
/// closed, a backslash at the end, no word at all.
/// Source: Python's shlex.split, which the AWS CLI uses for this.
result<std::vector<std::string>> split_command(std::string_view command);

} // namespace sluice
