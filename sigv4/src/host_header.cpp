#include <sigv4/canonical_request.hpp>

#include "ascii.hpp"

namespace sigv4 {

std::string host_header(std::string_view host, std::uint16_t port, bool tls) {
    const bool bare_ipv6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
    std::string text;
    text.reserve(host.size() + 8);
    if (bare_ipv6) text += '[';
    for (const char c : host) text += detail::lower(c);
    if (bare_ipv6) text += ']';
    if (port != 0 && port != (tls ? 443 : 80)) {
        text += ':';
        text += std::to_string(port);
    }
    return text;
}

} // namespace sigv4
