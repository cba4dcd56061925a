#include "canonical_target.hpp"

#include "encoding.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sigv4::detail {
namespace {

/// The part before the first separator, which is taken off `rest` together with
/// it.
std::string_view take_until(std::string_view& rest, char separator) noexcept {
    const auto at = rest.find(separator);
    const std::string_view part = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return part;
}

/// RFC 3986 section 5.2.4, and no empty segments.
std::string normalized(std::string_view path) {
    std::vector<std::string_view> segments;
    for (std::string_view rest = path; !rest.empty();) {
        const std::string_view segment = take_until(rest, '/');
        if (segment == "..") {
            if (!segments.empty()) segments.pop_back();
        } else if (!segment.empty() && segment != ".") {
            segments.push_back(segment);
        }
    }
    std::string out;
    out.reserve(path.size() + 1);
    for (const std::string_view segment : segments) {
        out += '/';
        out += segment;
    }
    const bool ends_in_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if (out.empty() || ends_in_folder) out += '/';
    return out;
}

} // namespace

void append_canonical_path(std::string& out, std::string_view path, const signing_options& options) {
    if (path == "/" || path.empty()) { // nearly always
        out += '/';
        return;
    }
    std::string clean;
    if (options.normalize_path) {
        clean = normalized(path);
        path = clean;
    }
    if (options.double_encode_path) {
        append_encoded(out, path, '/');
    } else {
        append_encoded_once(out, path, '/');
    }
}

void append_canonical_query(std::string& out, std::string_view query) {
    if (query.empty()) return;
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!query.empty()) {
        std::string_view value = take_until(query, '&');
        if (value.empty()) continue;
        const std::string_view name = take_until(value, '=');
        auto& pair = pairs.emplace_back();
        append_encoded_once(pair.first, name);
        append_encoded_once(pair.second, value);
    }
    std::ranges::sort(pairs);
    bool first = true;
    for (const auto& [name, value] : pairs) {
        if (!first) out += '&';
        first = false;
        out += name;
        out += '=';
        out += value;
    }
}

} // namespace sigv4::detail
