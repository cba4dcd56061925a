// The TLS settings of a transport, and the sessions that its connections may go on with.
#pragma once

#include <sluice/error.hpp>

#include <boost/asio/ssl/context.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sluice {

struct tls_settings {
    std::string ca_bundle;          ///< PEM file of the CAs to trust; empty: the system's store
    std::string client_certificate; ///< PEM file, the chain included; empty: none
    std::string client_key;         ///< PEM file; empty: in the same file as the certificate
};

/// TLS 1.2 or newer, the server's certificate and name verified. Any thread.
class tls_client {
  public:
    /// Fails with `errc::configuration` when a file cannot be used.
    static result<std::shared_ptr<tls_client>> make(const tls_settings& settings);

    tls_client();
    tls_client(const tls_client&) = delete;
    tls_client& operator=(const tls_client&) = delete;
    ~tls_client() = default;

    [[nodiscard]] boost::asio::ssl::context& context() noexcept { return context_; }

    /// Where the sessions of one connection are kept. It must live as long as the connection.
    struct session_slot {
        session_slot() = default;

        tls_client* owner = nullptr;
        std::string peer; ///< host and port
    };
    /// Prepares a handshake with the peer of `slot`: an earlier session is offered, and new ones are kept.
    void prepare(SSL* connection, session_slot& slot);

  private:
    struct session_deleter {
        void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
    };
    using session_ptr = std::unique_ptr<SSL_SESSION, session_deleter>;

    static int on_new_session(SSL* connection, SSL_SESSION* session);

    boost::asio::ssl::context context_;
    std::mutex mutex_;
    std::map<std::string, session_ptr> sessions_;
};

/// The reason that OpenSSL gives for `code`, in one line.
std::string tls_error_text(const boost::system::error_code& code);

} // namespace sluice
