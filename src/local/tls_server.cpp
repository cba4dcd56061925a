#include "local/tls_server.hpp"

#include "local/tls_certificate.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace sluice::local {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using x509_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

void require_usable(bool condition, const char* rule) {
    if (condition) return;
    const error_code why(static_cast<int>(ERR_peek_last_error()), asio::error::get_ssl_category());
    ERR_clear_error();
    throw std::invalid_argument(std::string("embedded broker: tls: ") + rule +
                                (why ? " (" + why.message() + ")" : std::string()));
}

bio_ptr reader_of(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

/// OpenSSL's own would ask on the terminal.
int no_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*unused*/) { return 0; }

std::string pem_text(X509* certificate) {
    const bio_ptr memory(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(memory.get(), certificate);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

/// The last certificate as PEM.
std::string use_chain(SSL_CTX* context, const std::string& pem) {
    const bio_ptr source = reader_of(pem);
    x509_ptr one(PEM_read_bio_X509(source.get(), nullptr, &no_passphrase, nullptr), &X509_free);
    require_usable(one != nullptr, "the certificate chain must be PEM that begins with the certificate of the broker");
    require_usable(SSL_CTX_use_certificate(context, one.get()) == 1, "the certificate cannot be used");
    std::string last = pem_text(one.get());
    while (true) {
        one.reset(PEM_read_bio_X509(source.get(), nullptr, &no_passphrase, nullptr));
        if (!one) break;
        last = pem_text(one.get());
        require_usable(SSL_CTX_add0_chain_cert(context, one.get()) == 1, "the certificate chain cannot be used");
        (void)one.release(); // the context's now
    }
    // Only the end of the text may have ended it.
    require_usable(ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE, "the certificate chain is damaged");
    ERR_clear_error();
    return last;
}

void use_key(SSL_CTX* context, const std::string& pem) {
    const bio_ptr source = reader_of(pem);
    const key_ptr key(PEM_read_bio_PrivateKey(source.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free);
    require_usable(key != nullptr, "the private key must be PEM without a passphrase");
    require_usable(SSL_CTX_use_PrivateKey(context, key.get()) == 1,
                   "the private key does not belong to the certificate");
    require_usable(SSL_CTX_check_private_key(context) == 1, "the private key does not belong to the certificate");
}

/// Clients that would rather speak HTTP/2 are told that it is HTTP/1.1; those that can do nothing else learn it there.
int choose_protocol(SSL* /*connection*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void* /*unused*/) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, chosen_size, ours, sizeof ours - 1, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

} // namespace

tls_server::tls_server(const tls_options& options, std::vector<std::string> names)
    : context_(SSL_CTX_new(TLS_server_method())) {
    if (!context_) throw std::bad_alloc();
    ERR_clear_error();
    SSL_CTX* const context = context_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION);
    // Buffers come and go with each record; a write may be tried again from where the string has moved to.
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Sessions go on by tickets, which the clients keep.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
    require_usable(options.certificate_chain.empty() == options.private_key.empty(),
                   "certificate_chain and private_key must both be given, or none of them");
    if (options.certificate_chain.empty()) {
        names.insert(names.end(), options.names.begin(), options.names.end());
        const server_identity made = make_identity(names, std::chrono::system_clock::now());
        trusted_pem_ = use_chain(context, made.certificate_chain);
        use_key(context, made.private_key);
    } else {
        require_usable(options.names.empty(),
                       "names are for a certificate that the broker makes, not for one that is given");
        trusted_pem_ = use_chain(context, options.certificate_chain);
        use_key(context, options.private_key);
    }
}

/// OpenSSL's own socket BIO would raise SIGPIPE.
struct tls_session::wire {
    explicit wire(client_socket& client) : socket(client) {}

    client_socket& socket;
    error_code failure; ///< of the last read or write that failed for good

    static wire& of(BIO* bio) { return *static_cast<wire*>(BIO_get_data(bio)); }

    /// What OpenSSL wants to hear.
    int conclude(BIO* bio, const error_code& outcome, std::size_t bytes, int retry) {
        BIO_clear_retry_flags(bio);
        if (!outcome) return static_cast<int>(bytes);
        if (outcome == asio::error::would_block || outcome == asio::error::try_again)
            BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
        else failure = outcome;
        return outcome == asio::error::eof ? 0 : -1;
    }
    static int read(BIO* bio, char* into, int size) {
        error_code outcome;
        const std::size_t bytes =
            of(bio).socket.receive(asio::buffer(into, static_cast<std::size_t>(size)), 0, outcome);
        return of(bio).conclude(bio, outcome, bytes, BIO_FLAGS_READ);
    }
    static int write(BIO* bio, const char* from, int size) {
        error_code outcome;
        const std::size_t bytes = of(bio).socket.send(asio::buffer(from, static_cast<std::size_t>(size)), 0, outcome);
        return of(bio).conclude(bio, outcome, bytes, BIO_FLAGS_WRITE);
    }
    static long control(BIO* bio, int command, long /*number*/, void* /*unused*/) {
        if (command == BIO_CTRL_FLUSH) return 1;
        if (command == BIO_CTRL_EOF) return of(bio).failure == asio::error::eof ? 1 : 0;
        return 0;
    }
    static const BIO_METHOD* method() {
        struct deleter {
            void operator()(BIO_METHOD* one) const noexcept { BIO_meth_free(one); }
        };
        static const std::unique_ptr<BIO_METHOD, deleter> made = [] {
            std::unique_ptr<BIO_METHOD, deleter> one(
                BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "client of the embedded broker"));
            if (!one) throw std::bad_alloc();
            BIO_meth_set_read(one.get(), &wire::read);
            BIO_meth_set_write(one.get(), &wire::write);
            BIO_meth_set_ctrl(one.get(), &wire::control);
            return one;
        }();
        return made.get();
    }
};

tls_session::tls_session(const tls_server& server, client_socket& socket)
    : wire_(std::make_unique<wire>(socket)), ssl_(SSL_new(server.native())) {
    BIO* const bio = ssl_ ? BIO_new(wire::method()) : nullptr;
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, wire_.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
    error_code ignored; // its reads and writes would tell
    socket.non_blocking(true, ignored);
}

tls_session::~tls_session() = default;

tls_session::step tls_session::conclude(int outcome, std::size_t bytes) {
    step made;
    if (outcome > 0) {
        made.bytes = bytes;
        return made;
    }
    switch (SSL_get_error(ssl_.get(), outcome)) {
    case SSL_ERROR_WANT_READ: made.next = needs::readable; return made;
    case SSL_ERROR_WANT_WRITE: made.next = needs::writable; return made;
    case SSL_ERROR_ZERO_RETURN: made.failure = asio::error::eof; return made;
    case SSL_ERROR_SSL:
        made.failure = error_code(static_cast<int>(ERR_peek_last_error()), asio::error::get_ssl_category());
        break;
    default: made.failure = wire_->failure ? wire_->failure : error_code(asio::error::eof); break;
    }
    broken_ = true; // OpenSSL must not be asked again
    ERR_clear_error();
    return made;
}

tls_session::step tls_session::handshake() {
    ERR_clear_error();
    const step made = conclude(SSL_do_handshake(ssl_.get()), 0);
    established_ = made.next == needs::nothing && !made.failure;
    return made;
}

tls_session::step tls_session::read(asio::mutable_buffer into) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int outcome = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
    return conclude(outcome, bytes);
}

tls_session::step tls_session::peek(asio::mutable_buffer into) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int outcome = SSL_peek_ex(ssl_.get(), into.data(), into.size(), &bytes);
    return conclude(outcome, bytes);
}

tls_session::step tls_session::write(asio::const_buffer from) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int outcome = SSL_write_ex(ssl_.get(), from.data(), from.size(), &bytes);
    return conclude(outcome, bytes);
}

void tls_session::close_notify() {
    if (!established_ || broken_) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

} // namespace sluice::local
