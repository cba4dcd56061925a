// What STS asks of requests for temporary keys.
// Source: the constraints in the service model of STS, 2011-06-15.
#pragma once

#include "service/request_rules.hpp"

#include <sluice/sts/operations.hpp>

namespace sluice::sts {

void check_assume_role(service::request_rules& rules, const assume_role_request& request);
void check_web_identity(service::request_rules& rules, const assume_role_with_web_identity_request& request);
void check_session_token(service::request_rules& rules, const get_session_token_request& request);

} // namespace sluice::sts
