// The TLS settings of a transport.
#pragma once

#include <sluice/error.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace sluice {

/// TLS 1.2 or newer, the server verified against `ca_bundle` (a PEM file), or against the system's store when empty.
/// Fails with `errc::configuration` when the file cannot be used.
result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const std::string& ca_bundle);

/// The reason that OpenSSL gives for `code`, in one line.
std::string tls_error_text(const boost::system::error_code& code);

} // namespace sluice
