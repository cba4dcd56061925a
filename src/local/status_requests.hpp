// The part of the admin path that only looks: the status page, the pages of queues, and their JSON.
#pragma once

#include "local/admin.hpp"

#include <optional>

namespace sluice::local {

/// Nothing when the request is not for them. Throws std::invalid_argument that names parameter, value and rule.
std::optional<http_answer> answer_status(const http_call& call, broker_controls& controls);

} // namespace sluice::local
