// TLS on the broker's side: what it shows to clients, and the session of one connection.
#pragma once

#include "local/client_socket.hpp"

#include <sluice/local/broker.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sluice::local {

/// Any thread may use it.
class tls_server {
  public:
    /// `names`: for the certificate that is made when `options` have none. Throws std::invalid_argument for a chain or
    /// key that cannot be used.
    tls_server(const tls_options& options, std::vector<std::string> names);

    [[nodiscard]] const std::string& trusted_pem() const noexcept { return trusted_pem_; }
    [[nodiscard]] SSL_CTX* native() const noexcept { return context_.get(); }

  private:
    struct deleter {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };
    std::unique_ptr<SSL_CTX, deleter> context_;
    std::string trusted_pem_;
};

/// The session of one connection, straight on its socket and without buffers of its own: OpenSSL's are given back while
/// nothing is under way, so that ten thousand idle clients cost little. It waits for nothing; who calls it does, for
/// what a step needs.
class tls_session {
  public:
    /// The socket must outlive the session; it becomes non-blocking. Throws std::bad_alloc.
    tls_session(const tls_server& server, client_socket& socket);
    tls_session(const tls_session&) = delete;
    tls_session& operator=(const tls_session&) = delete;
    ~tls_session();

    enum class needs {
        nothing,  ///< done, or failed
        readable, ///< again when the socket can be read
        writable,
    };
    struct step {
        needs next = needs::nothing;
        std::size_t bytes = 0;
        boost::system::error_code failure; ///< `asio::error::eof` for the orderly end
    };
    step handshake();
    step read(boost::asio::mutable_buffer into);
    /// As `read`, but the bytes are there for the next read.
    step peek(boost::asio::mutable_buffer into);
    /// `bytes` may be fewer than given.
    step write(boost::asio::const_buffer from);
    /// Tells the client that nothing follows, as far as that can be done at once.
    void close_notify();

  private:
    struct wire; ///< what OpenSSL reads from and writes to
    struct deleter {
        void operator()(SSL* one) const noexcept { SSL_free(one); }
    };

    step conclude(int outcome, std::size_t bytes);

    std::unique_ptr<wire> wire_;
    std::unique_ptr<SSL, deleter> ssl_;
    bool established_ = false;
    bool broken_ = false;
};

} // namespace sluice::local
