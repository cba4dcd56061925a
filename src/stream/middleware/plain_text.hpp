// Texts of exceptions made fit for where they go.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::stream {

/// At most `most_bytes`, cut between two characters; each byte that SQS and SNS refuse in a text becomes `?`.
std::string allowed_text(std::string_view text, std::size_t most_bytes);

/// The same, with spaces for tabs, line ends and DEL, and `?` for what else a terminal or a log might obey (C1
/// controls, line separators, changes of text direction, what is invisible): one line of a log.
std::string one_line(std::string_view text, std::size_t most_bytes);

/// The first 60 bytes in quotes, as one line: for the text of an error.
std::string in_quotes(std::string_view text);

} // namespace sluice::stream
