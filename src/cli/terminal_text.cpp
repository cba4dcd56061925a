#include "cli/terminal_text.hpp"

#include "protocol/characters.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sluice::cli {
namespace {

using protocol::character;
using protocol::first_character;

struct range {
    std::uint32_t first, last;
};

template<std::size_t N>
bool is_in(const std::array<range, N>& ranges, std::uint32_t code) noexcept {
    return std::ranges::any_of(ranges, [code](const range& one) { return code >= one.first && code <= one.last; });
}

/// Source: Unicode East Asian Width W and F, and the blocks of emoji; coarse, as terminals are.
bool is_wide(std::uint32_t code) noexcept {
    constexpr std::array<range, 10> ranges{{{0x1100, 0x115F},
                                            {0x2E80, 0x303E},
                                            {0x3041, 0xA4CF},
                                            {0xA960, 0xA97C},
                                            {0xAC00, 0xD7A3},
                                            {0xF900, 0xFAFF},
                                            {0xFE30, 0xFE6F},
                                            {0xFF00, 0xFF60},
                                            {0x1F300, 0x1FAFF},
                                            {0x20000, 0x3FFFD}}};
    return is_in(ranges, code);
}

bool is_combining(std::uint32_t code) noexcept {
    constexpr std::array<range, 6> ranges{
        {{0x300, 0x36F}, {0x483, 0x489}, {0x200C, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}}};
    return is_in(ranges, code);
}

std::size_t width_of(const character& one) noexcept {
    if (!one.valid) return 1;
    if (is_combining(one.code)) return 0;
    return is_wide(one.code) ? 2 : 1;
}

std::string in_hexadecimal(std::uint32_t number, std::size_t digits) {
    std::string text;
    for (; number != 0 || text.size() < digits; number >>= 4U) text.insert(0, 1, "0123456789abcdef"[number & 0xFU]);
    return text;
}

std::string escape_of(const character& one, std::string_view bytes) {
    if (!one.valid || one.code < 0x80) {
        switch (bytes.front()) {
        case '\n': return "\\n";
        case '\r': return "\\r";
        case '\t': return "\\t";
        default: return "\\x" + in_hexadecimal(static_cast<unsigned char>(bytes.front()), 2);
        }
    }
    return "\\u{" + in_hexadecimal(one.code, 4) + "}";
}

std::string escape(std::string_view text, std::string_view kept) {
    std::string safe;
    safe.reserve(text.size());
    while (!text.empty()) {
        const character one = first_character(text);
        const std::string_view bytes = text.substr(0, one.bytes);
        const bool harmless = one.valid && !protocol::is_obeyed(one.code);
        if (harmless || kept.find(bytes.front()) != std::string_view::npos) safe += bytes;
        else safe += escape_of(one, bytes);
        text.remove_prefix(one.bytes);
    }
    return safe;
}

/// The longest beginning that takes at most `columns`.
std::string_view beginning(std::string_view text, std::size_t columns) noexcept {
    std::size_t end = 0;
    std::size_t used = 0;
    while (end < text.size()) {
        const character one = first_character(text.substr(end));
        used += width_of(one);
        if (used > columns) break;
        end += one.bytes;
    }
    return text.substr(0, end);
}

/// The longest end that takes at most `columns`.
std::string_view ending(std::string_view text, std::size_t columns) noexcept {
    std::size_t width = display_width(text);
    while (width > columns) {
        const character one = first_character(text);
        width -= width_of(one);
        text.remove_prefix(one.bytes);
    }
    return text;
}

} // namespace

std::string escaped(std::string_view text) { return escape(text, {}); }

std::string escaped_lines(std::string_view text) { return escape(text, "\n\t"); }

std::size_t display_width(std::string_view text) noexcept {
    std::size_t width = 0;
    while (!text.empty()) {
        const character one = first_character(text);
        width += width_of(one);
        text.remove_prefix(one.bytes);
    }
    return width;
}

std::string shortened(const std::string& text, std::size_t columns) {
    if (display_width(text) <= columns) return text;
    const std::size_t rest = columns - 1; // the ellipsis takes one
    const std::size_t front = (rest + 1) / 2;
    return std::string(beginning(text, front)) + "…" + std::string(ending(text, rest - front));
}

} // namespace sluice::cli
