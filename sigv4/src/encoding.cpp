#include "encoding.hpp"

namespace sigv4::detail {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_unreserved(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           c == '~';
}

char upper_hex(char c) noexcept { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; }

bool is_hex(char c) noexcept { return hex_digits.find(upper_hex(c)) != std::string_view::npos; }

void append_escape(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += hex_digits[byte >> 4U];
    out += hex_digits[byte & 15U];
}

} // namespace

void append_encoded(std::string& out, std::string_view text, std::string_view kept) {
    for (const char c : text) {
        if (is_unreserved(c) || kept.find(c) != std::string_view::npos) out += c;
        else append_escape(out, c);
    }
}

std::string encoded_once(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
            out += '%';
            out += upper_hex(text[i + 1]);
            out += upper_hex(text[i + 2]);
            i += 2;
        } else if (is_unreserved(text[i])) {
            out += text[i];
        } else {
            append_escape(out, text[i]);
        }
    }
    return out;
}

} // namespace sigv4::detail
