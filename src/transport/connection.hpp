// One connection to one origin: opened, then one exchange of request and reply after the other.
#pragma once

#include <sluice/transport.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace sluice {

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

    /// Connects to the first address that answers and, for TLS, shakes hands and verifies the server.
    virtual boost::asio::awaitable<result<void>> open(std::vector<boost::asio::ip::tcp::endpoint> addresses) = 0;

    /// Writes the bytes of a whole request and reads a whole reply.
    virtual boost::asio::awaitable<exchange_outcome> exchange(std::string request, std::size_t max_reply_bytes) = 0;

    /// False when the peer has closed an idle connection.
    virtual bool still_open() = 0;

    /// Ends whatever runs on the connection. Any thread; takes effect on the strand.
    virtual void abort() = 0;

    /// When the running step must be done. `expire` is called from the transport's sweep.
    void set_deadline(time_point when) noexcept { deadline_.store(when.time_since_epoch().count()); }
    void expire(time_point now) {
        if (now.time_since_epoch().count() < deadline_.load() || timed_out_.exchange(true)) return;
        abort();
    }

  protected:
    [[nodiscard]] bool timed_out() const noexcept { return timed_out_.load(); }

  private:
    std::atomic<time_point::rep> deadline_{time_point::max().time_since_epoch().count()};
    std::atomic<bool> timed_out_{false};
};

/// `tls` may be null for plain HTTP origins.
std::shared_ptr<connection> make_connection(const boost::asio::any_io_executor& executor, http_origin origin,
                                            std::shared_ptr<boost::asio::ssl::context> tls);

/// The request as it goes out: head and body in one buffer.
std::string serialise(const http_request& request);

} // namespace sluice
