#include <sluice/http_transport.hpp>

#include "transport/http_transport.hpp"

#include <utility>

namespace sluice {

std::shared_ptr<transport> make_http_transport(boost::asio::any_io_executor executor,
                                               http_transport_settings settings) {
    http_transport_options sockets;
    sockets.timeouts.resolve = settings.resolve_timeout;
    sockets.timeouts.connect = settings.connect_timeout;
    sockets.timeouts.tls_handshake = settings.tls_handshake_timeout;
    sockets.timeouts.write = settings.write_timeout;
    sockets.max_connections = settings.max_connections;
    sockets.max_connections_total = settings.max_connections_total;
    sockets.tls.ca_bundle = std::move(settings.ca_bundle);
    // A file is read at once, so that a wrong one is found here; the system's store when it is needed.
    if (!sockets.tls.ca_bundle.empty()) tls_client::make(sockets.tls).value();
    return std::make_shared<http_transport>(std::move(executor), std::move(sockets));
}

} // namespace sluice
