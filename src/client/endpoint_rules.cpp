#include "client/endpoint_rules.hpp"

#include "client/partitions.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice::calls {
namespace {

constexpr std::string_view whole_partition = "aws-global";

// The regions that STS served from one place before it had regional endpoints.
constexpr std::array<std::string_view, 16> once_global{
    "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", whole_partition, "ca-central-1",
    "eu-central-1",   "eu-north-1", "eu-west-1",      "eu-west-2",      "eu-west-3",     "sa-east-1",
    "us-east-1",      "us-east-2",  "us-west-1",      "us-west-2",
};

result<endpoint> custom_endpoint(const endpoint_request& wanted) {
    const auto cannot = [&wanted](std::string_view what, std::string_view setting) {
        return error_info(errc::configuration,
                          std::string(what) + " and custom endpoint are not supported together: " + wanted.custom_url +
                              " is used as it is, so unset " + std::string(setting));
    };
    if (wanted.use_fips) return cannot("FIPS", "use_fips (AWS_USE_FIPS_ENDPOINT, use_fips_endpoint)");
    if (wanted.use_dual_stack)
        return cannot("Dualstack", "use_dual_stack (AWS_USE_DUALSTACK_ENDPOINT, use_dualstack_endpoint)");
    auto parsed = parse_endpoint_url(wanted.custom_url);
    if (!parsed) return parsed.error();
    parsed->signing_region = wanted.region;
    return parsed;
}

bool is_global_sts(const endpoint_request& wanted) {
    if (wanted.service != service_id::sts || wanted.use_fips || wanted.use_dual_stack) return false;
    if (wanted.region == whole_partition) return true;
    return wanted.use_global_sts && std::ranges::find(once_global, wanted.region) != once_global.end();
}

/// In GovCloud the plain hosts are those with FIPS.
bool has_fips_host(const endpoint_request& wanted, const partition& in) {
    if (in.id != "aws-us-gov" || wanted.use_dual_stack) return true;
    // The rules of SNS name these two regions only.
    if (wanted.service == service_id::sns) return wanted.region != "us-gov-east-1" && wanted.region != "us-gov-west-1";
    return false;
}

} // namespace

result<endpoint> resolve_endpoint(const endpoint_request& wanted) {
    if (!wanted.custom_url.empty()) return custom_endpoint(wanted);
    if (wanted.region.empty()) {
        return error_info(errc::configuration, "Missing Region: set AWS_REGION, the region of the profile or "
                                               "session_options::region");
    }
    endpoint to;
    to.origin.port = 443;
    to.signing_region = wanted.region;
    const std::string name(info_of(wanted.service).signing_name);
    if (is_global_sts(wanted)) {
        to.origin.host = name + ".amazonaws.com";
        to.signing_region = "us-east-1";
        return to;
    }
    const bool fips = wanted.use_fips && has_fips_host(wanted, partition_of(wanted.region));
    to.origin.host = regional_host(name, wanted.region, fips, wanted.use_dual_stack);
    return to;
}

std::string regional_host(std::string_view name, std::string_view region, bool use_fips, bool use_dual_stack) {
    const partition& in = partition_of(region);
    return std::string(name) + (use_fips ? "-fips." : ".") + std::string(region) + "." +
           std::string(use_dual_stack ? in.dual_stack_dns_suffix : in.dns_suffix);
}

} // namespace sluice::calls
