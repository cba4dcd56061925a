#include "protocol/strict_json.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace sluice::protocol {

using nlohmann::json;

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
