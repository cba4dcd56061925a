#include "protocol/strict_json.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace sluice::protocol {

using nlohmann::json;

namespace {

/// The end of the string that begins at `from`, behind its quotes.
std::size_t end_of_string(std::string_view text, std::size_t from) noexcept {
    for (std::size_t i = from + 1; i < text.size(); ++i) {
        if (text[i] == '\\') ++i;
        else if (text[i] == '"') return i + 1;
    }
    return text.size();
}

std::size_t end_of_value(std::string_view text, std::size_t from) noexcept {
    std::size_t depth = 0;
    std::size_t i = from;
    while (i < text.size()) {
        switch (text[i]) {
        case '"': i = end_of_string(text, i); break;
        case '{':
        case '[':
            ++depth;
            ++i;
            break;
        case '}':
        case ']':
            if (depth == 0) return i; // of the object around it
            --depth;
            ++i;
            break;
        default:
            if (depth == 0) return std::min(text.find_first_of(",}] \t\r\n", i), text.size());
            ++i;
        }
        if (depth == 0) return i;
    }
    return i;
}

} // namespace

std::string_view json_member_text(std::string_view object, std::string_view name) {
    const auto skip = [object](std::size_t from, std::string_view what) {
        return std::min(object.find_first_not_of(what, from), object.size());
    };
    std::size_t at = skip(0, " \t\r\n{");
    while (at < object.size() && object[at] == '"') {
        const std::size_t end = end_of_string(object, at);
        const auto key = json::parse(object.substr(at, end - at), nullptr, false);
        const std::size_t from = skip(end, " \t\r\n:");
        const std::size_t to = end_of_value(object, from);
        if (key.is_string() && key.get_ref<const std::string&>() == name) return object.substr(from, to - from);
        at = skip(to, " \t\r\n,");
    }
    return {};
}

std::size_t json_nesting(std::string_view text) noexcept {
    std::size_t deepest = 0;
    std::size_t depth = 0;
    bool in_string = false;
    bool escaped = false;
    for (const char c : text) {
        if (in_string) {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        switch (c) {
        case '"': in_string = true; break;
        case '{':
        case '[': deepest = std::max(deepest, ++depth); break;
        case '}':
        case ']': depth -= depth > 0 ? 1 : 0; break;
        default: break;
        }
    }
    return deepest;
}

result<json> parse_strict_json(std::string_view text, std::string_view what, json_bounds bounds) {
    const auto wrong = [&what](const std::string& why) {
        return result<json>(error_info(errc::invalid_argument, std::string(what) + " " + why));
    };
    if (text.size() > bounds.bytes) {
        return wrong("has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(bounds.bytes) +
                     " are read");
    }
    // The parser takes one for the end of the text, whatever comes behind it.
    if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
        return wrong("is not JSON: byte " + std::to_string(nul + 1) + " is a NUL");
    }
    if (json_nesting(text) > bounds.depth) {
        return wrong("nests more than " + std::to_string(bounds.depth) + " arrays and objects in each other");
    }
    std::vector<std::set<std::string>> open; // the members of each object that is being read
    std::string twice;
    const auto watch = [&](int /*depth*/, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start) open.emplace_back();
        if (event == json::parse_event_t::object_end && !open.empty()) open.pop_back();
        if (event == json::parse_event_t::key && !open.empty() &&
            !open.back().insert(parsed.get_ref<const std::string&>()).second && twice.empty()) {
            twice = parsed.get<std::string>();
        }
        return true;
    };
    json document;
    try {
        document = json::parse(text, watch);
    } catch (const json::exception& failure) {
        // Its text begins with the name and number of the exception.
        const std::string_view full = failure.what();
        const auto end = full.find("] ");
        return wrong("is not JSON: " + std::string(end == std::string_view::npos ? full : full.substr(end + 2)));
    }
    if (!twice.empty()) return wrong("has the member \"" + twice + "\" twice in one object");
    return document;
}

} // namespace sluice::protocol
