// The transport that sessions have when they are given none: HTTP/1.1 and HTTPS over sockets.
#pragma once

#include <sluice/export.hpp>
#include <sluice/transport.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace sluice {

struct http_transport_settings {
    /// PEM file of the CAs to trust, instead of the system's. Empty: the system's store.
    std::string ca_bundle;
    /// For the steps of one attempt; the request's own deadline holds besides.
    std::chrono::milliseconds resolve_timeout{5'000};
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds tls_handshake_timeout{5'000};
    std::chrono::milliseconds write_timeout{10'000};
    std::size_t max_connections = 32;        ///< for each origin and lane
    std::size_t max_connections_total = 256; ///< of all of them, idle connections included
};

/// For a transport of your own that does something before or after, and for programs that have no session. Connections
/// are kept and used again; redirects are replies like others, and not followed; no proxy is used, and no variable of
/// the environment is read.
///
/// Runs on `executor` and starts no thread. Throws `error` with `errc::configuration` when `ca_bundle` cannot be used.
[[nodiscard]] SLUICE_API std::shared_ptr<transport> make_http_transport(boost::asio::any_io_executor executor,
                                                                        http_transport_settings settings = {});

} // namespace sluice
