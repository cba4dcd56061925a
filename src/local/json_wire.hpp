// The server's side of AWS JSON 1.0.
#pragma once

#include "local/wire.hpp"

#include <string>
#include <string_view>

namespace sluice::local {

/// `target`: the header X-Amz-Target. Throws `fault` for a body that is not a JSON object.
exchange make_json_exchange(std::string_view target, std::string_view body);

std::string json_error_body(const fault& failure);

} // namespace sluice::local
