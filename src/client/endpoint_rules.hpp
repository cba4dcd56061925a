// Where AWS has the endpoint of a service: region, partition, FIPS, dual stack, or the URL that the user gives.
#pragma once

#include "client/endpoint.hpp"
#include "client/operation_info.hpp"

#include <sluice/error.hpp>

#include <string>
#include <string_view>

namespace sluice::calls {

struct endpoint_request {
    service_id service = service_id::sqs;
    std::string region;
    std::string custom_url; ///< empty: AWS itself
    bool use_fips = false;
    bool use_dual_stack = false;
    bool use_global_sts = false; ///< STS of the older regions at sts.amazonaws.com, as it was before 2022
};

/// The rules of the endpoint rule sets that AWS publishes for SQS, SNS and STS.
/// Fails with `errc::configuration`: no region; FIPS or dual stack asked of a custom URL; a URL that is none.
result<endpoint> resolve_endpoint(const endpoint_request& wanted);

/// The host of a service in its region, such as `portal.sso` of SSO. For services whose rules have no exceptions.
std::string regional_host(std::string_view name, std::string_view region, bool use_fips, bool use_dual_stack);

} // namespace sluice::calls
