#include "transport/http_url.hpp"

#include "protocol/ascii.hpp"
#include "protocol/masked_url.hpp"

#include <algorithm>
#include <charconv>

namespace sluice {

result<http_url> parse_http_url(std::string_view url) {
    const auto wrong = [url](std::string_view why) {
        return error_info(errc::configuration, "\"" + protocol::masked_url(url) +
                                                   "\" is not an endpoint URL: " + std::string(why) +
                                                   " (it looks like https://host or http://host:port/path)");
    };
    http_url to;
    std::string_view rest = url;
    if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
        to.origin.port = 443;
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
        to.origin.tls = false;
        to.origin.port = 80;
    } else {
        return wrong("it must start with http:// or https://");
    }
    const bool odd =
        std::ranges::any_of(rest, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
    if (odd) return wrong("it has a space or a control character");
    if (rest.find('#') != std::string_view::npos) return wrong("a fragment has no meaning here");
    std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    rest.remove_prefix(authority.size());
    to.target = (rest.starts_with('/') ? "" : "/") + std::string(rest);
    if (authority.find('@') != std::string_view::npos) return wrong("user names do not belong into it");

    std::string_view port;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return wrong("the bracket of the IPv6 address is not closed");
        to.origin.host = authority.substr(1, end - 1);
        port = authority.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) return wrong("only a port may follow the address");
    } else {
        const auto colon = authority.find(':');
        to.origin.host = authority.substr(0, colon);
        if (colon != std::string_view::npos) port = authority.substr(colon);
    }
    if (to.origin.host.empty()) return wrong("the host is missing");
    to.origin.host = protocol::lower_case(to.origin.host);
    if (port.size() > 1) {
        port.remove_prefix(1);
        const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), to.origin.port);
        if (failure != std::errc{} || end != port.data() + port.size() || to.origin.port == 0) {
            return wrong("the port must be 1 to 65535");
        }
    }
    return to;
}

} // namespace sluice
