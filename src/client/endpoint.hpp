// Where a service is reached.
#pragma once

#include <sluice/error.hpp>
#include <sluice/transport.hpp>

#include <string>
#include <string_view>

namespace sluice::calls {

struct endpoint {
    http_origin origin;
    std::string path = "/"; ///< of the custom endpoint's URL; requests go there
    std::string signing_region;
};

/// `http://host:port/path` or `https://…`; the signing region stays open. Fails with `errc::configuration` that quotes
/// the URL.
result<endpoint> parse_endpoint_url(std::string_view url);

} // namespace sluice::calls
