// Characters of UTF-8, and which of them a terminal or a log obeys. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::protocol {

struct character {
    std::uint32_t code = 0;
    std::size_t bytes = 1;
    bool valid = false;
};

/// The UTF-8 character at the start of `text`, which is not empty. Overlong forms, surrogates and what is beyond
/// U+10FFFF are not valid: one byte of them.
character first_character(std::string_view text) noexcept;

/// Controls (C0, DEL, C1), separators of lines and paragraphs; the marks and overrides of text direction; invisible
/// characters that hide what is there.
bool is_obeyed(std::uint32_t code) noexcept;

} // namespace sluice::protocol
