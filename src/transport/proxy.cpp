#include "transport/proxy.hpp"

#include "protocol/base64.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <charconv>

namespace sluice {
namespace {

namespace ip = boost::asio::ip;

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// User names and passwords are percent-encoded in a URL.
std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [stopped, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure != std::errc() || stopped != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

template<class Network, class Address>
bool in_network(std::string_view entry, const Address& address,
                Network (*parse)(const std::string&, boost::system::error_code&)) {
    boost::system::error_code failure;
    const Network network = parse(std::string(entry), failure);
    return !failure && Network(address, network.prefix_length()).canonical() == network.canonical();
}

bool address_matches(std::string_view entry, const ip::address& address) {
    if (entry.find('/') != std::string_view::npos) {
        return address.is_v4() ? in_network<ip::network_v4>(entry, address.to_v4(), &ip::make_network_v4)
                               : in_network<ip::network_v6>(entry, address.to_v6(), &ip::make_network_v6);
    }
    boost::system::error_code failure;
    return ip::make_address(std::string(entry), failure) == address && !failure;
}

} // namespace

result<http_proxy> parse_proxy_url(std::string_view url, std::string_view where_from) {
    const auto wrong = [where_from](std::string_view why) {
        return error_info(errc::configuration, std::string(where_from) + " is not usable: " + std::string(why) +
                                                   " (it looks like http://user:password@host:port)");
    };
    std::string_view rest = url;
    if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
        if (lower(rest.substr(0, scheme)) != "http") {
            return wrong("only http:// proxies are spoken to, not " + std::string(rest.substr(0, scheme)) + "://");
        }
        rest.remove_prefix(scheme + 3);
    }
    const bool odd =
        std::ranges::any_of(rest, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
    if (odd) return wrong("it has a space or a control character");
    std::string_view authority = rest.substr(0, rest.find('/'));
    if (rest.substr(authority.size()).size() > 1) return wrong("a path has no meaning here");
    http_proxy found;
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = authority.substr(0, at);
        const auto colon = user.find(':');
        std::string pair = percent_decoded(user.substr(0, colon)) + ":";
        if (colon != std::string_view::npos) pair += percent_decoded(user.substr(colon + 1));
        found.authorization = "Basic " + protocol::base64_encode(pair);
        authority.remove_prefix(at + 1);
    }
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return wrong("the bracket of the IPv6 address is not closed");
        found.origin.host = lower(authority.substr(1, end - 1));
        port = authority.substr(end + 1);
    } else {
        found.origin.host = lower(authority.substr(0, authority.find(':')));
        port = authority.substr(found.origin.host.size());
    }
    if (found.origin.host.empty()) return wrong("the host is missing");
    found.origin.tls = false;
    found.origin.port = 80;
    if (port.size() > 1) {
        const auto number = port.starts_with(':') ? parse_port(port.substr(1)) : std::nullopt;
        if (!number) return wrong("the port must be 1 to 65535");
        found.origin.port = *number;
    }
    return found;
}

result<proxy_settings> proxy_settings::find(const std::function<std::string(const char*)>& variable) {
    proxy_settings found;
    const auto read = [&variable](const char* small, const char* large, std::optional<http_proxy>& into) {
        std::string url = variable(small);
        const char* name = url.empty() ? large : small;
        if (url.empty() && large != nullptr) url = variable(large);
        if (url.empty()) return result<void>();
        auto parsed = parse_proxy_url(url, name);
        if (!parsed) return result<void>(parsed.error());
        into = std::move(*parsed);
        return result<void>();
    };
    const bool answers_strangers = !variable("REQUEST_METHOD").empty();
    if (auto https = read("https_proxy", "HTTPS_PROXY", found.for_https_); !https) return https.error();
    if (auto http = read("http_proxy", answers_strangers ? nullptr : "HTTP_PROXY", found.for_http_); !http) {
        return http.error();
    }
    std::string direct = variable("no_proxy");
    if (direct.empty()) direct = variable("NO_PROXY");
    std::string_view rest = direct;
    while (!rest.empty()) {
        std::string_view entry = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
        while (!entry.empty() && entry.front() == ' ') entry.remove_prefix(1);
        while (!entry.empty() && entry.back() == ' ') entry.remove_suffix(1);
        if (!entry.empty()) found.direct_.push_back(lower(entry));
    }
    return found;
}

const http_proxy* proxy_settings::proxy_for(const http_origin& target) const {
    const std::optional<http_proxy>& proxy = target.tls ? for_https_ : for_http_;
    return proxy && !bypassed(target) ? &*proxy : nullptr;
}

bool proxy_settings::bypassed(const http_origin& target) const {
    const std::string host = lower(target.host);
    boost::system::error_code not_an_address;
    const ip::address address = ip::make_address(host, not_an_address);
    const bool is_address = !not_an_address;
    if (host == "localhost" || host.ends_with(".localhost") || (is_address && address.is_loopback())) return true;
    return std::ranges::any_of(direct_, [&](std::string_view entry) {
        if (entry == "*") return true;
        if (is_address) return address_matches(entry, address);
        if (const auto colon = entry.rfind(':'); colon != std::string_view::npos) {
            if (parse_port(entry.substr(colon + 1)) != target.port) return false;
            entry = entry.substr(0, colon);
        }
        if (entry.starts_with('*')) entry.remove_prefix(1);
        if (entry.starts_with('.')) entry.remove_prefix(1);
        // The name itself and everything below it, but not what only ends alike.
        return host == entry ||
               (host.size() > entry.size() && host.ends_with(entry) && host[host.size() - entry.size() - 1] == '.');
    });
}

std::string tunnel_request(const http_proxy& proxy, const http_origin& target) {
    const std::string host = target.host.find(':') != std::string::npos ? "[" + target.host + "]" : target.host;
    const std::string authority = host + ":" + std::to_string(target.port);
    std::string text = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!proxy.authorization.empty()) text += "Proxy-Authorization: " + proxy.authorization + "\r\n";
    return text + "\r\n";
}

} // namespace sluice
