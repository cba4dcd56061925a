// Where a service is reached.
#pragma once

#include "client/operation_info.hpp"

#include <sluice/error.hpp>
#include <sluice/transport.hpp>

#include <string>
#include <string_view>

namespace sluice::calls {

struct endpoint {
    http_origin origin;
    std::string path = "/"; ///< of the custom endpoint's URL; requests go there
};

/// `http://host:port/path` or `https://…`. Fails with `errc::configuration` that quotes the URL.
result<endpoint> parse_endpoint_url(std::string_view url);

/// The service's regional endpoint.
endpoint regional_endpoint(service_id service, std::string_view region);

} // namespace sluice::calls
