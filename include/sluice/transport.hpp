// One HTTP request, one reply. Public so that a program can put its own transport, or a scripted one, under a session.
#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct http_header {
    http_header() = default;
    http_header(std::string header_name, std::string header_value)
        : name(std::move(header_name)), value(std::move(header_value)) {}

    std::string name;
    std::string value;
};

/// Scheme, host and port: what a connection is opened to.
struct SLUICE_API http_origin {
    http_origin() = default;

    bool tls = true;
    std::string host; ///< a name or an address; IPv6 without brackets
    std::uint16_t port = 0;

    /// The Host header: IPv6 in brackets, the scheme's default port left out.
    [[nodiscard]] std::string host_header() const;

    friend bool operator==(const http_origin&, const http_origin&) = default;
    friend auto operator<=>(const http_origin&, const http_origin&) = default;
};

/// Long polls hold a connection for up to 20 s. They have connections of their own, so that they never starve sends.
enum class http_lane { control, long_poll };

struct http_request {
    http_request() = default;

    http_origin origin;
    std::string method = "POST";
    std::string target = "/";
    std::vector<http_header> headers; ///< without Host and Content-Length, which the transport writes
    std::string body;
    http_lane lane = http_lane::control;
    /// From the free connection to the whole reply.
    std::chrono::steady_clock::duration timeout = std::chrono::seconds(30);
    /// Of the whole operation: waiting for a free connection counts against it alone.
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    std::size_t max_reply_bytes = std::size_t(64) << 20;
};

struct SLUICE_API http_reply {
    http_reply() = default;

    int status = 0;
    std::vector<http_header> headers;
    std::string body;
    /// It is the answer to the second time that the request was written: the first connection ended without one.
    bool written_twice = false;

    /// The value of the first header with that name (compared without case), or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// The one-method interface under every call.
///
/// Errors come as values: `errc::resolve`, `connection`, `tls`, `timeout`, `cancelled`, `bad_reply`. A failure whose
/// request may have reached the server has `may_have_been_applied` set. Any HTTP status is a success here.
/// An implementation must be usable from several coroutines, and from several threads if its executor has them.
class SLUICE_API transport {
  public:
    transport() = default;
    transport(const transport&) = delete;
    transport& operator=(const transport&) = delete;
    virtual ~transport() = default;

    virtual boost::asio::awaitable<result<http_reply>> send(http_request request) = 0;
};

} // namespace sluice
