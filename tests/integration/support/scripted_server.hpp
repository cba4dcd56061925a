// A server on a loopback port that does exactly what a test tells it: TCP or TLS with a certificate made on the spot.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace integration {

/// Serves connections on threads of its own.
class scripted_server {
  public:
    enum class order { one_by_one, at_once };

    /// What to do with the n-th connection (from 0): it may read and write as it likes and returns to close it.
    using script = std::function<void(boost::asio::ip::tcp::socket&, int connection)>;

    explicit scripted_server(script play, order how = order::one_by_one);
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
    order how_;
    std::vector<std::thread> players_;
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
/// Valid from an hour before `from_now` is up until an hour after.
certificate make_self_signed(const std::string& host, std::chrono::hours from_now = std::chrono::hours(0));

/// A file that is removed at the end.
class temporary_file {
  public:
    explicit temporary_file(const std::string& content);
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() { std::filesystem::remove(path_); }

    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

/// Shakes hands as a TLS server with that certificate, then serves HTTP requests with `reply` until the peer closes.
void serve_tls(boost::asio::ip::tcp::socket& socket, const certificate& identity, const std::string& reply);

/// The same over a prepared context. True when the handshake went on with an earlier session.
bool serve_tls(boost::asio::ip::tcp::socket& socket, boost::asio::ssl::context& context, const std::string& reply);
boost::asio::ssl::context server_context(const certificate& identity);

} // namespace integration
