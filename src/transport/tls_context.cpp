#include "transport/tls_context.hpp"

#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace sluice {
namespace {

namespace ssl = boost::asio::ssl;

constexpr std::size_t remembered_peers = 256;

/// Where a connection keeps its session_slot.
int slot_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

error_info cannot_use(const std::string& what, const boost::system::error_code& failure, const std::string& advice) {
    return {errc::configuration, "cannot read " + what + ": " + tls_error_text(failure) + " (" + advice + ")"};
}

} // namespace

tls_client::tls_client() : context_(ssl::context::tls_client) {
    SSL_CTX* const native = context_.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(native, &tls_client::on_new_session);
}

result<std::shared_ptr<tls_client>> tls_client::make(const tls_settings& settings) {
    auto made = std::make_shared<tls_client>();
    ssl::context& context = made->context_;
    boost::system::error_code failure;
    context.set_verify_mode(ssl::verify_peer, failure);
    if (settings.ca_bundle.empty()) context.set_default_verify_paths(failure);
    else context.load_verify_file(settings.ca_bundle, failure);
    if (failure) {
        const std::string from =
            settings.ca_bundle.empty() ? "the system's CA store" : "the CA bundle " + settings.ca_bundle;
        return cannot_use(from, failure,
                          "AWS_CA_BUNDLE or session_options::ca_bundle names a PEM file of CA certificates");
    }
    if (settings.client_certificate.empty()) return made;
    context.use_certificate_chain_file(settings.client_certificate, failure);
    if (failure) {
        return cannot_use("the client certificate " + settings.client_certificate, failure,
                          "session_options::client_certificate names a PEM file with the whole chain");
    }
    const std::string& key = settings.client_key.empty() ? settings.client_certificate : settings.client_key;
    context.use_private_key_file(key, ssl::context::pem, failure);
    if (failure) {
        return cannot_use("the client key " + key, failure,
                          "session_options::client_key names a PEM file with the key of the client certificate");
    }
    return made;
}

void tls_client::prepare(SSL* connection, session_slot& slot) {
    slot.owner = this;
    SSL_set_ex_data(connection, slot_index(), &slot);
    const std::lock_guard lock(mutex_);
    const auto known = sessions_.find(slot.peer);
    if (known == sessions_.end()) return;
    SSL_set_session(connection, known->second.get());
    sessions_.erase(known); // a ticket of TLS 1.3 is good for one connection
}

int tls_client::on_new_session(SSL* connection, SSL_SESSION* session) {
    const auto* slot = static_cast<const session_slot*>(SSL_get_ex_data(connection, slot_index()));
    if (slot == nullptr || slot->owner == nullptr) return 0;
    const std::lock_guard lock(slot->owner->mutex_);
    auto& sessions = slot->owner->sessions_;
    if (sessions.size() >= remembered_peers) sessions.clear();
    sessions[slot->peer] = session_ptr(session);
    return 1; // it is ours now
}

std::string tls_error_text(const boost::system::error_code& code) {
    if (code.category() == boost::asio::error::get_ssl_category()) {
        if (const char* reason = ERR_reason_error_string(static_cast<unsigned long>(code.value()))) return reason;
    }
    return code.message();
}

} // namespace sluice
