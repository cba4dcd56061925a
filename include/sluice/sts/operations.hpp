// The requests and replies of STS.
#pragma once

#include <string>

namespace sluice::sts {

struct get_caller_identity_request {
    get_caller_identity_request() = default;
};

struct caller_identity {
    caller_identity() = default;

    std::string account;
    std::string arn;
    std::string user_id;
};

} // namespace sluice::sts
