// The server's side of the AWS Query protocol.
#pragma once

#include "local/wire.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::local {

/// Throws `fault` for a body that is not a form.
std::map<std::string, std::string> parse_form(std::string_view body);

/// Takes service, action and version from the form; `signed_service` is the one of the credential scope, or empty.
/// Throws `fault` for an action that no service has.
exchange make_query_exchange(std::map<std::string, std::string> form, std::string_view signed_service);

std::string query_error_body(const fault& failure, std::string_view service, std::string_view request_id);

} // namespace sluice::local
