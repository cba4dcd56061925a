// Text that others wrote, made safe and measured for a terminal. No I/O.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Control characters, which a terminal would obey, become `\n`, `\t`, `\r`, `\xNN` (bytes that are no UTF-8 too) or
/// `\u{NNNN}`: C0, DEL, C1, line and paragraph separators, and what changes the direction of text or hides.
/// All else stays, a backslash too.
std::string escaped(std::string_view text);

/// The same, but line feeds and tabs stay: for what has lines of its own.
std::string escaped_lines(std::string_view text);

/// Columns that UTF-8 takes on a terminal: 2 for East Asian wide characters and emoji, 0 for combining marks. Escape
/// sequences do not belong in it.
std::size_t display_width(std::string_view text) noexcept;

/// At most `columns` (1 or more): the middle of what is longer becomes `…`, as the ends of names tell them apart.
std::string shortened(const std::string& text, std::size_t columns);

} // namespace sluice::cli
