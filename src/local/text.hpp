// The server's own text codecs. None of the client's is used here: a mistake of one side must show at the other.
#pragma once

#include "protocol/short_text.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::local {

using time_point = std::chrono::system_clock::time_point;

using protocol::md5_text;
using protocol::short_text;
using uuid_text = short_text<36>;
using sequence_text = short_text<30>; ///< ten digits and a number of 64 bits

/// `%41+b` -> `A b`. False for a broken escape: what stood before it was appended.
bool append_form_component(std::string& out, std::string_view text);
/// The same as a string of its own; nothing for a broken escape.
std::optional<std::string> decode_form_component(std::string_view text);

/// Text content of an element. CR is escaped, as XML parsers would turn it into LF.
void append_xml_escaped(std::string& out, std::string_view text);

/// A JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);

md5_text md5_of(std::string_view bytes);

/// Characters drawn from an alphabet of 2 to 256, whose size is a power of two.
std::string random_text(std::size_t length, std::string_view alphabet);
/// A random UUID, version 4.
uuid_text make_uuid();

std::int64_t milliseconds_of(time_point time) noexcept;
/// `2026-11-23T07:00:00.000Z`
std::string iso_timestamp(time_point time);

/// `Mon, 23 Nov 2026 07:00:00 GMT`, for the header Date. Knows no locale.
std::string http_date(time_point time);

/// Whole text as a decimal integer.
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;
/// Whole text as a finite decimal number, with an optional sign and exponent. Knows no locale.
std::optional<double> parse_number(std::string_view text) noexcept;

/// ASCII only, as header names and policy keys are.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// `*` stands for any run of characters, `any_one` (if not 0) for one. Linear in the text for each `*`.
bool matches_pattern(std::string_view text, std::string_view pattern, char any_one = '\0') noexcept;

/// How deep the arrays and objects of a JSON text nest, found without parsing it: what is too deep would exhaust the
/// stack of whoever walks it.
std::size_t json_depth(std::string_view text) noexcept;

/// Characters that SQS takes: #x9 #xA #xD #x20-#xD7FF #xE000-#xFFFD #x10000-#x10FFFF, in valid UTF-8.
bool has_only_allowed_characters(std::string_view text) noexcept;

/// At most so many bytes of UTF-8, without the piece of a character at the end.
std::string_view beginning_of(std::string_view text, std::size_t bytes) noexcept;

/// The text with `?` for what a reply could not carry: error messages quote what they refuse.
std::string printable(std::string text);

} // namespace sluice::local
