// How an error reads in the protocol of its request.
#pragma once

#include "local/fault.hpp"
#include "local/http_call.hpp"

#include <string_view>

namespace sluice::local {

std::string_view content_type_of(bool json);

/// `service`: whose XML namespace the Query form has.
http_answer refusal(const fault& why, bool json, std::string_view service);

} // namespace sluice::local
