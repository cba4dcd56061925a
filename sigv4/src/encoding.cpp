#include "encoding.hpp"

namespace sigv4::detail {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_unreserved(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '~';
}

char upper_hex(char c) noexcept { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; }

bool is_hex(char c) noexcept { return hex_digits.find(upper_hex(c)) != std::string_view::npos; }

void append_escape(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    const char escape[]{'%', hex_digits[byte >> 4U], hex_digits[byte & 15U]};
    out.append(escape, sizeof escape);
}

} // namespace

void append_encoded(std::string& out, std::string_view text, char kept) {
    for (const char c : text) {
        if (is_unreserved(c) || c == kept) {
            out += c;
        } else {
            append_escape(out, c);
        }
    }
}

void append_encoded_once(std::string& out, std::string_view text, char kept) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
            const char escape[]{'%', upper_hex(text[i + 1]), upper_hex(text[i + 2])};
            out.append(escape, sizeof escape);
            i += 2;
        } else if (is_unreserved(text[i]) || text[i] == kept) {
            out += text[i];
        } else {
            append_escape(out, text[i]);
        }
    }
}

} // namespace sigv4::detail
