#include "protocol/message_rules.hpp"

#include "protocol/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>

namespace sluice::protocol {
namespace {

error_info wrong(std::string text) { return {errc::invalid_argument, std::move(text)}; }

std::string shown(std::string_view text) {
    constexpr std::size_t longest = 60;
    std::string out = "\"";
    for (const char c : text.substr(0, longest)) out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    return out + (text.size() > longest ? "…\"" : "\"");
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) noexcept {
    return text.size() >= prefix.size() &&
           std::ranges::equal(text.substr(0, prefix.size()), prefix, [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
           });
}

std::optional<error_info> check_text(std::string_view what, std::string_view text) {
    std::size_t offset = 0;
    if (is_allowed_text(text, offset)) return std::nullopt;
    constexpr std::string_view hex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(text[offset]);
    return wrong(std::string(what) + " has a character that is not allowed at byte " + std::to_string(offset) + " (0x" +
                 hex[byte >> 4U] + hex[byte & 15U] +
                 "): allowed is UTF-8 of tab, line feed, carriage return, U+0020 to U+D7FF, U+E000 to U+FFFD and "
                 "U+10000 to U+10FFFF; send other bytes as a Binary attribute or in base64");
}

std::optional<error_info> check_attribute_name(std::string_view name) {
    const bool charset = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
    if (name.empty() || name.size() > limits::attribute_name_length || !charset || name.starts_with('.') ||
        name.ends_with('.') || name.find("..") != std::string_view::npos) {
        return wrong("attribute name " + shown(name) +
                     " is not allowed: 1 to 256 of A-Z a-z 0-9 _ - . without a dot at either end or two in a row");
    }
    if (starts_with_ignoring_case(name, "aws.") || starts_with_ignoring_case(name, "amazon.")) {
        return wrong("attribute name " + shown(name) + " is not allowed: names must not start with AWS. or Amazon.");
    }
    return std::nullopt;
}

bool is_number(std::string_view text) noexcept {
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure == std::errc::invalid_argument || end != text.data() + text.size()) return false;
    return !text.empty() && (text.front() == '.' || (text.front() >= '0' && text.front() <= '9'));
}

std::optional<error_info> check_array(std::string_view name, std::string_view text) {
    const auto array = nlohmann::json::parse(text, nullptr, false);
    const bool flat =
        array.is_array() && std::ranges::none_of(array, [](const auto& one) { return one.is_structured(); });
    if (flat) return check_text("attribute " + shown(name), text);
    return wrong("attribute " + shown(name) + " is a String.Array with the value " + shown(text) +
                 ", which is not a JSON array of strings, numbers, true, false and null");
}

std::optional<error_info> check_attribute(const named_attribute& attribute, destination_kind kind) {
    const auto& [name, value] = attribute;
    if (auto failure = check_attribute_name(name)) return failure;
    const std::string_view type = value.data_type();
    const std::string_view base = type.substr(0, type.find('.'));
    const bool array = kind == destination_kind::topic && type == "String.Array";
    if ((base != "String" && base != "Number" && base != "Binary") || type.size() > limits::attribute_type_length ||
        type.ends_with('.')) {
        return wrong("attribute " + shown(name) + " has the type " + shown(type) +
                     ": it must start with String, Number or Binary, with an optional suffix after a dot");
    }
    // One odd byte would have the whole batch refused.
    if (auto failure = check_text("the type of attribute " + shown(name), type)) return failure;
    if (value.value().empty()) return wrong("attribute " + shown(name) + " is empty: a value is required");
    if (base == "Number" && !is_number(value.value())) {
        return wrong("attribute " + shown(name) + " is a Number with the value " + shown(value.value()) +
                     ", which is not a decimal number");
    }
    if (array) return check_array(name, value.value());
    if (base == "Binary") return std::nullopt;
    return check_text("attribute " + shown(name), value.value());
}

std::optional<error_info> check_ids(const message& candidate, const message_rules& rules) {
    constexpr std::string_view rule = " is not allowed: 1 to 128 printable ASCII characters without spaces";
    if (candidate.group() && !is_allowed_id(*candidate.group())) {
        return wrong("message group id " + shown(*candidate.group()) + std::string(rule));
    }
    if (candidate.deduplication_id() && !is_allowed_id(*candidate.deduplication_id())) {
        return wrong("deduplication id " + shown(*candidate.deduplication_id()) + std::string(rule));
    }
    if (rules.fifo && !candidate.group()) return wrong("a FIFO destination needs a message group: set group(...)");
    if (!rules.fifo && candidate.deduplication_id()) {
        return wrong("a deduplication id is for FIFO destinations only (their name ends in .fifo)");
    }
    return std::nullopt;
}

std::optional<error_info> check_delay(const message& candidate, const message_rules& rules) {
    if (!candidate.delay()) return std::nullopt;
    const auto seconds = candidate.delay()->count();
    if (rules.kind == destination_kind::topic) return wrong("a delay is for queues only; this is a topic");
    if (seconds < 0 || seconds > limits::delay_seconds) {
        return wrong("the delay of " + std::to_string(seconds) + " s is not allowed: 0 to 900 s");
    }
    if (rules.fifo && seconds != 0) {
        return wrong("a FIFO queue takes no delay per message: set DelaySeconds on the queue");
    }
    return std::nullopt;
}

std::optional<error_info> check_subject(const message& candidate, const message_rules& rules) {
    if (!candidate.subject()) return std::nullopt;
    const std::string_view subject = *candidate.subject();
    if (rules.kind == destination_kind::queue) return wrong("a subject is for topics only; this is a queue");
    const bool control =
        std::ranges::any_of(subject, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    const auto characters =
        std::ranges::count_if(subject, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    if (subject.empty() || characters >= static_cast<std::ptrdiff_t>(limits::subject_length) || control) {
        return wrong("the subject " + shown(subject) +
                     " is not allowed: 1 to 99 characters without line breaks and control characters");
    }
    return check_text("the subject", subject);
}

std::optional<error_info> check_structure(const message& candidate, const message_rules& rules) {
    if (!candidate.structure()) return std::nullopt;
    if (rules.kind == destination_kind::queue) return wrong("a message structure is for topics only; this is a queue");
    if (*candidate.structure() != "json") {
        return wrong("the message structure " + shown(*candidate.structure()) + " is not allowed: it must be json");
    }
    const auto body = nlohmann::json::parse(candidate.body(), nullptr, false);
    const bool has_default = body.is_object() && body.contains("default") && body.at("default").is_string();
    if (has_default) return std::nullopt;
    return wrong("the body of a message with structure json must be a JSON object with a text under \"default\"");
}

std::optional<error_info> check_trace_header(const message& candidate, const message_rules& rules) {
    if (!candidate.trace_header()) return std::nullopt;
    if (rules.kind == destination_kind::topic) return wrong("a trace header is for queues only; this is a topic");
    if (candidate.trace_header()->empty()) return wrong("the trace header is empty: a value is required");
    return check_text("the trace header", *candidate.trace_header());
}

} // namespace

namespace {

/// Whether eight bytes are all in #x20-#x7F, looked at as one number: below #x20 the subtraction borrows into a byte's
/// highest bit. Borrowing goes upwards only, so that nothing below the first such byte can hide it.
bool are_plain(const char* eight) noexcept {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, eight, sizeof bytes);
    constexpr std::uint64_t every_byte = 0x0101'0101'0101'0101;
    return ((bytes | (bytes - 0x20 * every_byte)) & (0x80 * every_byte)) == 0;
}

} // namespace

bool is_allowed_text(std::string_view text, std::size_t& offset) noexcept {
    const auto byte = [&text](std::size_t at) -> unsigned {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const auto continues = [&byte](std::size_t at) { return (byte(at) & 0xC0U) == 0x80U; };
    std::size_t i = 0;
    while (i < text.size()) {
        if (text.size() - i >= 8 && are_plain(text.data() + i)) {
            i += 8;
            continue;
        }
        const unsigned lead = byte(i);
        std::size_t length = 1;
        bool good = lead >= 0x20 || lead == '\t' || lead == '\n' || lead == '\r';
        if (lead >= 0x80) {
            std::uint32_t point = 0;
            if (lead >= 0xC2 && lead <= 0xDF && continues(i + 1)) {
                length = 2;
                point = ((lead & 0x1FU) << 6U) | (byte(i + 1) & 0x3FU);
            } else if (lead >= 0xE0 && lead <= 0xEF && continues(i + 1) && continues(i + 2)) {
                length = 3;
                point = ((lead & 0x0FU) << 12U) | ((byte(i + 1) & 0x3FU) << 6U) | (byte(i + 2) & 0x3FU);
            } else if (lead >= 0xF0 && lead <= 0xF4 && continues(i + 1) && continues(i + 2) && continues(i + 3)) {
                length = 4;
                point = ((lead & 0x07U) << 18U) | ((byte(i + 1) & 0x3FU) << 12U) | ((byte(i + 2) & 0x3FU) << 6U) |
                        (byte(i + 3) & 0x3FU);
            }
            // Overlong forms, surrogates, U+FFFE and U+FFFF are not characters here.
            good = (length == 2 && point >= 0x80) ||
                   (length == 3 && point >= 0x800 && (point < 0xD800 || point > 0xDFFF) && point <= 0xFFFD) ||
                   (length == 4 && point >= 0x10000 && point <= 0x10FFFF);
        }
        if (!good) {
            offset = i;
            return false;
        }
        i += length;
    }
    return true;
}

bool is_allowed_id(std::string_view id) noexcept {
    return !id.empty() && id.size() <= limits::group_id_length &&
           std::ranges::all_of(id, [](char c) { return c > 0x20 && c < 0x7F; });
}

std::optional<error_info> check_message(const message& candidate, const message_rules& rules) {
    if (candidate.body().empty()) return wrong("the message body is empty: at least one character is required");
    if (const std::size_t size = candidate.size_in_bytes(); size > rules.max_message_bytes) {
        return error_info(errc::message_too_long, "the message has " + std::to_string(size) +
                                                      " bytes (body and attributes); its destination takes " +
                                                      std::to_string(rules.max_message_bytes));
    }
    if (auto failure = check_text("the message body", candidate.body())) return failure;
    const auto& attributes = candidate.attributes();
    // SNS itself takes more, but raw delivery to a queue then drops the message without a word.
    if (attributes.size() > limits::message_attributes) {
        return wrong("the message has " + std::to_string(attributes.size()) + " attributes; at most 10 are allowed");
    }
    for (const auto& attribute : attributes) {
        if (auto failure = check_attribute(attribute, rules.kind)) return failure;
        const auto same = std::ranges::count(attributes, attribute.name, &named_attribute::name);
        if (same > 1) return wrong("attribute " + shown(attribute.name) + " is set more than once");
    }
    if (auto failure = check_ids(candidate, rules)) return failure;
    if (auto failure = check_delay(candidate, rules)) return failure;
    if (auto failure = check_subject(candidate, rules)) return failure;
    if (auto failure = check_structure(candidate, rules)) return failure;
    return check_trace_header(candidate, rules);
}

} // namespace sluice::protocol
