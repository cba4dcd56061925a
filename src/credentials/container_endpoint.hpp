// The endpoint that a container gets its keys from: where it is, and whether it may be trusted. No I/O.
#pragma once

#include "credentials/provider_answer.hpp"
#include "transport/http_url.hpp"

#include <boost/asio/ip/address.hpp>

#include <functional>
#include <optional>
#include <string>

namespace sluice {

/// Plain HTTP goes to loopback addresses and to those of the agents of ECS and EKS only.
/// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
bool is_container_address(const boost::asio::ip::address& address);

struct container_endpoint {
    http_url url;
    std::string token_file; ///< wins over `token`
    std::string token;
};

struct container_finding {
    std::optional<container_endpoint> endpoint;
    provider_answer absent; ///< without an endpoint: why, and whether that is a failure
};

container_finding find_container_endpoint(const std::function<std::string(const char*)>& variable);

} // namespace sluice
