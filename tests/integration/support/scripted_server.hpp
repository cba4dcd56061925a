// A server on a loopback port that does exactly what a test tells it: TCP or TLS with a certificate made on the spot.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace integration {

/// Serves connections one after the other on a thread of its own.
class scripted_server {
  public:
    /// What to do with the n-th connection (from 0): it may read and write as it likes and returns to close it.
    using script = std::function<void(boost::asio::ip::tcp::socket&, int connection)>;

    explicit scripted_server(script play);
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;
    ~scripted_server();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] int connections() const { return connections_.load(); }

  private:
    void serve();

    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_;
    script play_;
    std::atomic<int> connections_{0};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

/// Reads one HTTP request with a Content-Length. False when the peer closed before it was whole.
bool read_request(boost::asio::ip::tcp::socket& socket, std::string& request);

/// A 200 reply that keeps the connection.
std::string ok_reply(const std::string& body);

/// A self-signed certificate for `host` with its key, both PEM.
struct certificate {
    std::string certificate_pem;
    std::string key_pem;
};
certificate make_self_signed(const std::string& host);

/// Shakes hands as a TLS server with that certificate, then serves HTTP requests with `reply` until the peer closes.
void serve_tls(boost::asio::ip::tcp::socket& socket, const certificate& identity, const std::string& reply);

} // namespace integration
