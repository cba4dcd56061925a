#include "stream/cloud_event_rules.hpp"

#include "protocol/ascii.hpp"
#include "protocol/message_rules.hpp"
#include "protocol/strict_json.hpp"
#include "protocol/timestamp.hpp"
#include "stream/middleware/plain_text.hpp"

#include <algorithm>
#include <array>

namespace sluice::stream {
namespace {

std::string of_event(std::string_view name) { return "the CloudEvent's " + std::string(name); }

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

constexpr std::string_view string_rule =
    ": it must be UTF-8 without control characters (U+0000 to U+001F, U+007F to U+009F) and noncharacters";
constexpr std::string_view time_rule = " is not a date-time of RFC 3339, such as 2018-04-05T17:31:00Z";
constexpr std::string_view uri_reference_rule = " is not a URI-reference of RFC 3986";

std::optional<error_info> check_string(std::string_view name, std::string_view text) {
    if (text.empty()) return wrong_cloud_event(of_event(name) + " is empty: a value is required");
    if (is_cloud_event_string(text)) return std::nullopt;
    return wrong_cloud_event(of_event(name) + " is " + in_quotes(text) + std::string(string_rule));
}

std::optional<error_info> check_optional_string(std::string_view name, const std::optional<std::string>& text) {
    return text ? check_string(name, *text) : std::nullopt;
}

std::optional<error_info> check_value(std::string_view name, const cloud_event_value& value) {
    using type = cloud_event_value::type;
    const std::string& text = value.text();
    bool good = true;
    std::string_view rule;
    switch (value.kind()) {
    case type::boolean:
    case type::binary: break; // made here
    case type::string:
        good = is_cloud_event_string(text);
        rule = string_rule;
        break;
    case type::integer:
        good = value.as_integer().has_value();
        rule = ": an Integer is -2147483648 to 2147483647";
        break;
    case type::uri:
        good = is_uri(text);
        rule = " is not a URI of RFC 3986 with a scheme";
        break;
    case type::uri_reference:
        good = is_uri_reference(text);
        rule = uri_reference_rule;
        break;
    case type::timestamp:
        good = protocol::parse_date_time(text).has_value();
        rule = time_rule;
        break;
    }
    if (good) return std::nullopt;
    return wrong_cloud_event(of_event("extension " + std::string(name)) + " is " + in_quotes(text) + std::string(rule));
}

std::optional<error_info> check_extensions(const cloud_event& event) {
    constexpr std::array<std::string_view, 8> core{"id",   "source",          "type",      "specversion", "subject",
                                                   "time", "datacontenttype", "dataschema"};
    if (event.extensions().size() > most_extensions) {
        return wrong_cloud_event("the CloudEvent has more than " + std::to_string(most_extensions) + " extensions");
    }
    for (const auto& [name, value] : event.extensions()) {
        if (auto failure = check_cloud_event_name(name)) return failure;
        if (std::ranges::find(core, name) != core.end()) {
            return wrong_cloud_event("the CloudEvent has an extension with the name " + in_quotes(name) +
                                     ", which is an attribute of CloudEvents itself");
        }
        if (std::ranges::count(event.extensions(), name, &cloud_event_extension::name) > 1) {
            return wrong_cloud_event("the CloudEvent has the extension " + in_quotes(name) + " more than once");
        }
        if (auto failure = check_value(name, value)) return failure;
    }
    return std::nullopt;
}

std::optional<error_info> check_json(const cloud_event& event) {
    const auto& type = event.data_content_type();
    const bool is_json = event.kind_of_data() == cloud_event::data_kind::text && (!type || declares_json(*type));
    if (!is_json) return std::nullopt;
    const std::string what = type
                                 ? "the CloudEvent's data, which is " + in_quotes(*type) + ","
                                 : std::string("the CloudEvent's data, which is JSON, as there is no datacontenttype,");
    // One level less than what is read: the event is around it.
    const auto parsed = protocol::parse_strict_json(event.data(), what, {longest_cloud_event, 63});
    return parsed ? std::nullopt : std::optional(parsed.error());
}

/// The part of a URI up to the first of `ends`, which stays.
std::string_view take_until(std::string_view& rest, std::string_view ends) noexcept {
    const auto length = std::min(rest.find_first_of(ends), rest.size());
    const std::string_view taken = rest.substr(0, length);
    rest.remove_prefix(length);
    return taken;
}

/// Of unreserved characters, sub-delims, `more`, and whole percent-encodings.
bool is_made_of(std::string_view text, std::string_view more) noexcept {
    constexpr std::string_view others = "-._~!$&'()*+,;=";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
            i += 2;
        } else if (!is_letter(c) && !is_digit(c) && others.find(c) == std::string_view::npos &&
                   more.find(c) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

bool is_authority(std::string_view text) noexcept {
    if (const auto at = text.find('@'); at != std::string_view::npos) {
        if (!is_made_of(text.substr(0, at), ":")) return false;
        text.remove_prefix(at + 1);
    }
    std::string_view port;
    if (text.starts_with('[')) { // an IP literal: its own grammar is not looked at
        const auto end = text.find(']');
        if (end == std::string_view::npos || !is_made_of(text.substr(1, end - 1), ":") || end == 1) return false;
        port = text.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) return false;
    } else {
        port = text.substr(std::min(text.find(':'), text.size()));
        if (!is_made_of(text.substr(0, text.size() - port.size()), "")) return false;
    }
    if (!port.empty()) port.remove_prefix(1);
    return std::ranges::all_of(port, is_digit);
}

bool is_scheme(std::string_view text) noexcept {
    return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
}

bool is_token_character(char c) noexcept {
    return c > ' ' && c < 0x7F && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

std::string_view take_token(std::string_view& rest) noexcept {
    const auto end = std::ranges::find_if_not(rest, is_token_character);
    const std::string_view taken = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(taken.size());
    return taken;
}

void skip_blanks(std::string_view& rest) noexcept {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
}

bool take_quoted(std::string_view& rest) noexcept {
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '\\') {
            ++i;
        } else if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

} // namespace

bool is_cloud_event_string(std::string_view text) noexcept {
    std::size_t offset = 0;
    if (!protocol::is_allowed_text(text, offset)) return false;
    const auto byte = [&text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    for (std::size_t i = 0; i < text.size(); ++i) { // of whole characters
        if (byte(i) < 0x20 || byte(i) == 0x7F) return false;
        if (byte(i) == 0xC2 && byte(i + 1) < 0xA0) return false; // U+0080 to U+009F
        if (byte(i) == 0xEF && byte(i + 1) == 0xB7 && byte(i + 2) >= 0x90 && byte(i + 2) <= 0xAF) return false;
        // The last two of each plane; those of the first are refused above.
        if (byte(i) >= 0xF0 && (byte(i + 1) & 0x0FU) == 0x0F && byte(i + 2) == 0xBF && byte(i + 3) >= 0xBE)
            return false;
    }
    return true;
}

bool is_uri_reference(std::string_view text) noexcept {
    std::string_view rest = text;
    std::string_view before = take_until(rest, ":/?#");
    if (rest.starts_with(':')) { // else the first segment of a path would have a colon
        if (!is_scheme(before)) return false;
        rest.remove_prefix(1);
    } else {
        rest = text;
    }
    if (rest.starts_with("//")) {
        rest.remove_prefix(2);
        if (!is_authority(take_until(rest, "/?#"))) return false;
    }
    if (!is_made_of(take_until(rest, "?#"), ":@/")) return false;
    if (rest.starts_with('?')) {
        rest.remove_prefix(1);
        if (!is_made_of(take_until(rest, "#"), ":@/?")) return false;
    }
    if (!rest.empty()) rest.remove_prefix(1);
    return is_made_of(rest, ":@/?");
}

bool is_uri(std::string_view text) noexcept {
    const auto colon = text.find(':');
    return colon != std::string_view::npos && is_scheme(text.substr(0, colon)) && is_uri_reference(text);
}

bool is_media_type(std::string_view text) noexcept {
    if (take_token(text).empty() || !text.starts_with('/')) return false;
    text.remove_prefix(1);
    if (take_token(text).empty()) return false;
    skip_blanks(text);
    while (text.starts_with(';')) {
        text.remove_prefix(1);
        skip_blanks(text);
        if (take_token(text).empty() || !text.starts_with('=')) return false;
        text.remove_prefix(1);
        const bool good = text.starts_with('"') ? take_quoted(text) : !take_token(text).empty();
        if (!good) return false;
        skip_blanks(text);
    }
    return text.empty();
}

std::string media_type_name(std::string_view text) {
    return protocol::lower_case(protocol::trimmed(text.substr(0, text.find(';'))));
}

bool declares_json(std::string_view media_type) {
    const std::string name = media_type_name(media_type);
    return name.ends_with("/json") || (name.ends_with("+json") && name.find('/') != std::string::npos);
}

std::optional<error_info> check_cloud_event_name(std::string_view name) {
    const bool charset =
        std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
    if (name.empty() || !charset || name == "data") {
        return wrong_cloud_event(
            "the name " + in_quotes(name) +
            " is not allowed for an attribute of a CloudEvent: a-z and 0-9 only, and not \"data\"");
    }
    return std::nullopt;
}

std::optional<error_info> check_cloud_event(const cloud_event& event, bool and_json) {
    if (auto failure = check_string("id", event.id())) return failure;
    if (auto failure = check_string("source", event.source())) return failure;
    if (!is_uri_reference(event.source())) {
        return wrong_cloud_event(of_event("source") + " " + in_quotes(event.source()) +
                                 std::string(uri_reference_rule));
    }
    if (auto failure = check_string("type", event.type())) return failure;
    if (auto failure = check_optional_string("subject", event.subject())) return failure;
    if (event.time_text() && !protocol::parse_date_time(*event.time_text())) {
        return wrong_cloud_event(of_event("time") + " " + in_quotes(*event.time_text()) + std::string(time_rule));
    }
    if (auto failure = check_optional_string("datacontenttype", event.data_content_type())) return failure;
    if (event.data_content_type() && !is_media_type(*event.data_content_type())) {
        return wrong_cloud_event(of_event("datacontenttype") + " " + in_quotes(*event.data_content_type()) +
                                 " is not a media type of RFC 2046, such as application/json");
    }
    if (auto failure = check_optional_string("dataschema", event.data_schema())) return failure;
    if (event.data_schema() && !is_uri(*event.data_schema())) {
        return wrong_cloud_event(of_event("dataschema") + " " + in_quotes(*event.data_schema()) +
                                 " is not a URI of RFC 3986 with a scheme");
    }
    if (auto failure = check_extensions(event)) return failure;
    if (event.data().size() > longest_cloud_event) {
        return error_info(errc::message_too_long, of_event("data") + " has " + std::to_string(event.data().size()) +
                                                      " bytes; at most " + std::to_string(longest_cloud_event) +
                                                      " are taken");
    }
    return and_json ? check_json(event) : std::nullopt;
}

} // namespace sluice::stream
