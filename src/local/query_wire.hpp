// The server's side of the AWS Query protocol.
#pragma once

#include "local/form.hpp"
#include "local/wire.hpp"

#include <string>
#include <string_view>

namespace sluice::local {

/// Takes service, action and version from the form; `signed_service` is the one of the credential scope, or empty.
/// Throws `fault` for an action that no service has.
exchange make_query_exchange(form values, std::string_view signed_service);

std::string query_error_body(const fault& failure, std::string_view service, std::string_view request_id);

} // namespace sluice::local
