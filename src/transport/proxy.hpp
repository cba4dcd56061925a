// Which HTTP proxy, if any, a request goes through.
#pragma once

#include <sluice/transport.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct http_proxy {
    http_proxy() = default;

    http_origin origin;        ///< always plain HTTP: what is secret goes through it in TLS of its own
    std::string authorization; ///< of Proxy-Authorization; empty: none
};

/// Reads `http://[user:password@]host[:port][/]`; also without the scheme. Fails with `errc::configuration`, without
/// repeating the password.
result<http_proxy> parse_proxy_url(std::string_view url, std::string_view where_from);

/// No I/O: the environment is an argument.
class proxy_settings {
  public:
    proxy_settings() = default;

    /// `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` and their lower-case forms, which win. `HTTP_PROXY` is ignored where
    /// `REQUEST_METHOD` is set: there it may come from a stranger's `Proxy` header (CVE-2016-5385).
    static result<proxy_settings> find(const std::function<std::string(const char*)>& variable);

    /// The proxy for `target`; none for localhost, for loopback addresses and for what `NO_PROXY` names.
    [[nodiscard]] const http_proxy* proxy_for(const http_origin& target) const;

  private:
    [[nodiscard]] bool bypassed(const http_origin& target) const;

    std::optional<http_proxy> for_https_;
    std::optional<http_proxy> for_http_;
    std::vector<std::string> direct_; ///< the entries of NO_PROXY, in lower case
};

/// What opens a tunnel to `target` through `proxy`.
std::string tunnel_request(const http_proxy& proxy, const http_origin& target);

} // namespace sluice
