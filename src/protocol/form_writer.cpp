#include "protocol/form_writer.hpp"

#include "protocol/base64.hpp"

#include <array>
#include <charconv>
#include <cstring>

namespace sluice::protocol {
namespace {

struct encoded_byte {
    char text[3];
    std::uint8_t length;
};

// One store of a fixed size and one addition a byte: no branch to mispredict on mixed text.
constexpr std::array<encoded_byte, 256> encoded_bytes = [] {
    constexpr std::string_view hex = "0123456789ABCDEF";
    constexpr std::string_view kept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    std::array<encoded_byte, 256> table{};
    for (unsigned byte = 0; byte < 256; ++byte) {
        table[byte] = {{'%', hex[byte >> 4U], hex[byte & 15U]}, 3};
    }
    for (const char c : kept) {
        table[static_cast<unsigned char>(c)] = {{c, 0, 0}, 1};
    }
    return table;
}();

constexpr std::array<std::uint8_t, 256> encoded_lengths = [] {
    std::array<std::uint8_t, 256> table{};
    for (unsigned byte = 0; byte < 256; ++byte) table[byte] = encoded_bytes[byte].length;
    return table;
}();

std::size_t encoded_length(std::string_view text) noexcept {
    std::size_t bytes = 0;
#pragma GCC unroll 8
    for (const char c : text) bytes += encoded_lengths[static_cast<unsigned char>(c)];
    return bytes;
}

} // namespace

void append_form_encoded(std::string& out, std::string_view text) {
    const auto encoded = [](char c) -> const encoded_byte& { return encoded_bytes[static_cast<unsigned char>(c)]; };
    // Counted first: a message waits in this form, and must not hold three times its size.
    const std::size_t bytes = encoded_length(text);
    const std::size_t before = out.size();
    if (bytes == text.size()) {
        out += text;
        return;
    }
    out.resize(before + bytes + 2); // the last escape is copied with all of its three bytes
    char* to = out.data() + before;
    for (const char c : text) {
        std::memcpy(to, encoded(c).text, 3);
        to += encoded(c).length;
    }
    out.resize(before + bytes);
}

form_writer::form_writer(std::string_view action, std::string_view version) {
    body_.reserve(1024);
    body_ += "Action=";
    body_ += action;
    body_ += "&Version=";
    body_ += version;
}

void form_writer::key(std::string_view name) {
    body_ += '&';
    body_ += prefix_;
    body_ += name;
    body_ += '=';
}

void form_writer::text(std::string_view name, std::string_view value) {
    key(name);
    append_form_encoded(body_, value);
}

void form_writer::number(std::string_view name, std::int64_t value) {
    key(name);
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value);
    body_.append(digits, end.ptr);
}

void form_writer::boolean(std::string_view name, bool value) {
    key(name);
    body_ += value ? "true" : "false";
}

void form_writer::blob(std::string_view name, std::string_view bytes) { text(name, base64_encode(bytes)); }

void form_writer::open(std::string_view name, std::size_t index) {
    prefix_ += name;
    prefix_ += '.';
    prefix_ += std::to_string(index);
    prefix_ += '.';
}

// The list's own name, without the name of its members: `Tags=`, not `Tags.member=`.
void form_writer::empty_list(std::string_view name) { key(name.substr(0, name.rfind('.'))); }

void form_writer::numbered(std::string_view name, std::size_t index, std::string_view value) {
    key(name);
    body_.back() = '.';
    body_ += std::to_string(index);
    body_ += '=';
    append_form_encoded(body_, value);
}

} // namespace sluice::protocol
