// One connection to one origin: opened, then one exchange of request and reply after the other.
#pragma once

#include "transport/proxy.hpp"

#include <sluice/transport.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

class tls_client;

/// How long each step may take; the deadline of the whole attempt holds besides.
struct phase_timeouts {
    std::chrono::steady_clock::duration resolve = std::chrono::seconds(5);
    std::chrono::steady_clock::duration connect = std::chrono::seconds(5); ///< a proxy's tunnel included
    std::chrono::steady_clock::duration tls_handshake = std::chrono::seconds(5);
    std::chrono::steady_clock::duration write = std::chrono::seconds(10);
};

/// How to get to the origin.
struct route {
    route() = default;

    std::vector<boost::asio::ip::tcp::endpoint> addresses; ///< of the origin, or of the proxy
    std::string proxy;                                     ///< host and port, for error texts; empty: none
    std::string tunnel; ///< the request that opens a tunnel through the proxy; empty: none
};

/// What became of a request on a connection.
struct exchange_outcome {
    exchange_outcome() = default;

    result<http_reply> reply{error_info()};
    bool silent = false;     ///< the connection ended before a single byte of the reply
    bool keep_alive = false; ///< the connection can take another request
};

/// All coroutines of a connection run on its own strand, so that a deadline can end them from any thread.
class connection {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    connection() = default;
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    virtual ~connection() = default;

    /// The strand.
    virtual boost::asio::any_io_executor executor() const = 0;

    /// Connects to the first address that answers, opens the tunnel and, for TLS, shakes hands and verifies the server.
    virtual boost::asio::awaitable<result<void>> open(route way, time_point latest) = 0;

    /// Writes the bytes of a whole request and reads a whole reply.
    virtual boost::asio::awaitable<exchange_outcome> exchange(std::string request, std::size_t max_reply_bytes,
                                                              time_point latest) = 0;

    /// False when the peer has closed an idle connection.
    virtual bool still_open() = 0;

    /// Ends whatever runs on the connection. Any thread; takes effect on the strand.
    virtual void abort() = 0;

    /// Called from the transport's sweep.
    void expire(time_point now) {
        if (now.time_since_epoch().count() < deadline_.load() || timed_out_.exchange(true)) return;
        abort();
    }

  protected:
    /// When the running step must be done.
    void set_deadline(time_point when) noexcept { deadline_.store(when.time_since_epoch().count()); }
    [[nodiscard]] bool timed_out() const noexcept { return timed_out_.load(); }

  private:
    std::atomic<time_point::rep> deadline_{time_point::max().time_since_epoch().count()};
    std::atomic<bool> timed_out_{false};
};

/// `tls` may be null for plain HTTP origins.
std::shared_ptr<connection> make_connection(const boost::asio::any_io_executor& executor, http_origin origin,
                                            std::shared_ptr<tls_client> tls, phase_timeouts timeouts);

/// The request as it goes out: head and body in one buffer. A plain HTTP request through a proxy names the whole URL
/// and carries the proxy's authorization.
std::string serialise(const http_request& request, const http_proxy* proxy = nullptr);

} // namespace sluice
