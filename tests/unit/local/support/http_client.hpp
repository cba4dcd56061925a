// A raw HTTP/1.1 client over a loopback socket, and a broker that runs on its own thread.
#pragma once

#include <sluice/local/broker.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace local_tests {

/// Runs a broker on a number of threads until it goes out of scope.
class running_broker {
  public:
    explicit running_broker(sluice::local::broker_options options, unsigned threads = 1);
    running_broker(const running_broker&) = delete;
    running_broker& operator=(const running_broker&) = delete;
    ~running_broker();

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] sluice::local::broker& broker() noexcept { return broker_; }

  private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    sluice::local::broker broker_;
    std::vector<std::thread> threads_;
};

/// Signatures off, as these tests are about HTTP.
sluice::local::broker_options open_options();

struct http_reply {
    int status = 0;
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;
};

/// Blocking.
class http_client {
  public:
    explicit http_client(std::uint16_t port);
    /// Through TLS, whose certificate must be good for 127.0.0.1 and trusted by `trusted_pem`. Throws
    /// boost::system::system_error.
    http_client(std::uint16_t port, const std::string& trusted_pem);

    void send(std::string_view bytes);
    /// Reads one reply by its Content-Length. Status 0 when the server closed instead.
    http_reply read();
    http_reply post(std::string_view body, std::string_view more_headers = {});
    http_reply sqs(const std::string& form) { return post("Version=2012-11-05&" + form); }
    http_reply call(std::string_view method, std::string_view target, std::string_view body = {},
                    std::string_view more_headers = {});
    /// Everything up to the end of the connection, and how it ended.
    struct last_words {
        std::string bytes;
        bool reset = false;
    };
    last_words read_to_end();
    /// True when the server closed the connection.
    bool is_closed();
    /// With a reset instead of an orderly end, if asked.
    void close(bool reset = false);

  private:
    template<class Use>
    auto with_stream(Use use);

    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_;
    std::optional<boost::asio::ssl::context> trust_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
    std::string buffer_;
};

} // namespace local_tests
