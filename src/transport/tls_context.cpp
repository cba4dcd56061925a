#include "transport/tls_context.hpp"

#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace sluice {

result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const std::string& ca_bundle) {
    namespace ssl = boost::asio::ssl;
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    boost::system::error_code failure;
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->set_verify_mode(ssl::verify_peer, failure);
    if (ca_bundle.empty()) context->set_default_verify_paths(failure);
    else context->load_verify_file(ca_bundle, failure);
    if (failure) {
        const std::string from = ca_bundle.empty() ? "the system's CA store" : "the CA bundle " + ca_bundle;
        return error_info(errc::configuration,
                          "cannot read " + from + ": " + tls_error_text(failure) +
                              " (AWS_CA_BUNDLE or session_options::ca_bundle names a PEM file of CA certificates)");
    }
    return context;
}

std::string tls_error_text(const boost::system::error_code& code) {
    if (code.category() == boost::asio::error::get_ssl_category()) {
        if (const char* reason = ERR_reason_error_string(static_cast<unsigned long>(code.value()))) return reason;
    }
    return code.message();
}

} // namespace sluice
