#include "session/configuration.hpp"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>

namespace sluice {
namespace {

std::string first_set(std::initializer_list<std::string> candidates) {
    const auto found = std::ranges::find_if(candidates, [](const std::string& value) { return !value.empty(); });
    return found == candidates.end() ? std::string() : *found;
}

bool is_region(std::string_view region) {
    return !region.empty() && region.size() <= 63 && std::ranges::all_of(region, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

} // namespace

std::string environment_variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) return {};
    const std::string text(value);
    return text.find_first_not_of(" \t") == std::string::npos ? std::string() : text;
}

result<configuration> configuration::find(const session_options& options,
                                          const std::function<std::string(const char*)>& variable) {
    configuration found;
    found.region = first_set({options.region, variable("AWS_REGION"), variable("AWS_DEFAULT_REGION")});
    if (found.region.empty()) {
        return error_info(errc::configuration, "no region is set: set AWS_REGION or session_options::region");
    }
    if (!is_region(found.region)) {
        return error_info(errc::configuration, "\"" + found.region + "\" is not a region: it looks like eu-west-1");
    }
    if (options.max_attempts < 1) {
        return error_info(errc::configuration,
                          "max_attempts is " + std::to_string(options.max_attempts) + ": it must be 1 or more");
    }
    if (options.max_connections < 1)
        return error_info(errc::configuration, "max_connections is 0: it must be 1 or more");
    found.ca_bundle = first_set({options.ca_bundle, variable("AWS_CA_BUNDLE")});

    const std::array<std::string, 3> urls{
        first_set({options.sqs_endpoint_url, options.endpoint_url, variable("AWS_ENDPOINT_URL_SQS"),
                   variable("AWS_ENDPOINT_URL")}),
        first_set({options.sns_endpoint_url, options.endpoint_url, variable("AWS_ENDPOINT_URL_SNS"),
                   variable("AWS_ENDPOINT_URL")}),
        first_set({options.sts_endpoint_url, options.endpoint_url, variable("AWS_ENDPOINT_URL_STS"),
                   variable("AWS_ENDPOINT_URL")}),
    };
    for (const auto service : {calls::service_id::sqs, calls::service_id::sns, calls::service_id::sts}) {
        const auto index = static_cast<std::size_t>(service);
        if (urls[index].empty()) {
            found.endpoints[index] = calls::regional_endpoint(service, found.region);
            continue;
        }
        auto given = calls::parse_endpoint_url(urls[index]);
        if (!given) return given.error();
        found.endpoints[index] = std::move(*given);
    }
    return found;
}

} // namespace sluice
