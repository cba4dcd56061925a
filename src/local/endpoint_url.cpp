#include "local/endpoint_url.hpp"

#include "local/text.hpp"

#include <algorithm>

namespace sluice::local {
namespace {

/// What goes into a request line must end no line and begin no header.
bool is_url_character(char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '\\'; }

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto number = parse_integer(text);
    if (!number || *number < 1 || *number > 65'535) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

} // namespace

std::optional<endpoint_url> parse_endpoint_url(std::string_view url) {
    if (!std::ranges::all_of(url, is_url_character) || url.find_first_of("#") != std::string_view::npos) return {};
    endpoint_url to;
    to.tls = url.starts_with("https://");
    if (!to.tls && !url.starts_with("http://")) return {};
    to.port = to.tls ? 443 : 80;
    url.remove_prefix(to.tls ? 8 : 7);
    const std::string_view authority = url.substr(0, url.find_first_of("/?"));
    url.remove_prefix(authority.size());
    to.target = (url.starts_with('/') ? "" : "/") + std::string(url);
    if (authority.find('@') != std::string_view::npos) return {};
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return {};
        to.host = authority.substr(1, end - 1);
        port = authority.substr(end + 1);
    } else {
        const auto colon = std::min(authority.find(':'), authority.size());
        to.host = authority.substr(0, colon);
        port = authority.substr(colon);
    }
    if (to.host.empty()) return {};
    std::ranges::transform(to.host, to.host.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (port.empty()) return to;
    if (!port.starts_with(':')) return {};
    const auto number = parse_port(port.substr(1));
    if (!number) return {};
    to.port = *number;
    return to;
}

} // namespace sluice::local
