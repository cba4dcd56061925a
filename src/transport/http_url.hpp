// The URLs that users give: of endpoints, of credential services.
#pragma once

#include <sluice/error.hpp>
#include <sluice/transport.hpp>

#include <string>
#include <string_view>

namespace sluice {

struct http_url {
    http_url() = default;

    http_origin origin;
    std::string target = "/"; ///< path and query
};

/// `http://host[:port][/path][?query]` or `https://…`. Fails with `errc::configuration` that quotes the URL.
result<http_url> parse_http_url(std::string_view url);

} // namespace sluice
