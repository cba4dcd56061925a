#include "session/configuration.hpp"

#include "client/endpoint_rules.hpp"
#include "session/setting_source.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace sluice {
namespace {

bool is_region(std::string_view region) {
    return !region.empty() && region.size() <= 63 && std::ranges::all_of(region, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

error_info wrong(std::string message) { return error_info(errc::configuration, std::move(message)); }

/// The profile that was asked for by name must be there; `default` need not be.
result<std::string> find_profile(const session_options& options,
                                 const std::function<std::string(const char*)>& variable, const profile_files& files) {
    std::string name = options.profile.empty() ? variable("AWS_PROFILE") : options.profile;
    if (name.empty()) return std::string("default");
    if (!files.profiles.contains(name)) {
        const std::string where = options.profile.empty() ? "AWS_PROFILE" : "session_options::profile";
        return wrong(where + " names the profile \"" + name +
                     "\", which is neither in the config file nor in the credentials file (~/.aws, or where "
                     "AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say)");
    }
    return name;
}

result<retry_mode> find_retry_mode(const session_options& options, const setting_source& source) {
    if (options.retry_mode) return *options.retry_mode;
    const auto found = source.outside({"AWS_RETRY_MODE"}, "retry_mode");
    // `legacy` is what the AWS SDKs did before they agreed.
    if (found.value.empty() || found.value == "standard" || found.value == "legacy") return retry_mode::standard;
    if (found.value == "adaptive") return retry_mode::adaptive;
    return wrong(found.where + " is \"" + found.value + "\": it must be standard or adaptive");
}

result<int> find_max_attempts(const session_options& options, const setting_source& source) {
    constexpr int usual = 3;
    int attempts = options.max_attempts.value_or(usual);
    std::string where = "max_attempts";
    std::string given = std::to_string(attempts);
    bool understood = true;
    if (!options.max_attempts) {
        const auto found = source.outside({"AWS_MAX_ATTEMPTS"}, "max_attempts");
        if (found.value.empty()) return usual;
        where = found.where;
        given = found.value;
        const auto [end, failure] = std::from_chars(given.data(), given.data() + given.size(), attempts);
        understood = failure == std::errc() && end == given.data() + given.size();
    }
    if (!understood || attempts < 1) return wrong(where + " is " + given + ": it must be a number, 1 or more");
    return attempts;
}

/// STS at its one old place, for those who still ask for that.
result<bool> wants_global_sts(const setting_source& source) {
    const auto found = source.outside({"AWS_STS_REGIONAL_ENDPOINTS"}, "sts_regional_endpoints");
    if (found.value.empty() || found.value == "regional") return false;
    if (found.value == "legacy") return true;
    return wrong(found.where + " is \"" + found.value + "\": it must be regional or legacy");
}

result<std::array<calls::endpoint, 3>> find_endpoints(const session_options& options, const setting_source& source,
                                                      const std::string& region) {
    const auto fips = source.flag(options.use_fips, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    if (!fips) return fips.error();
    const auto dual_stack = source.flag(options.use_dual_stack, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    if (!dual_stack) return dual_stack.error();
    const auto ignored = source.flag(options.ignore_configured_endpoint_urls, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                     "ignore_configured_endpoint_urls");
    if (!ignored) return ignored.error();
    const auto global_sts = wants_global_sts(source);
    if (!global_sts) return global_sts.error();

    const std::array<const std::string*, 3> own{&options.sqs_endpoint_url, &options.sns_endpoint_url,
                                                &options.sts_endpoint_url};
    std::array<calls::endpoint, 3> endpoints;
    for (const auto service : {calls::service_id::sqs, calls::service_id::sns, calls::service_id::sts}) {
        const auto index = static_cast<std::size_t>(service);
        calls::endpoint_request wanted;
        wanted.service = service;
        wanted.region = region;
        wanted.use_fips = *fips;
        wanted.use_dual_stack = *dual_stack;
        wanted.use_global_sts = *global_sts;
        wanted.custom_url = own[index]->empty() ? options.endpoint_url : *own[index];
        if (wanted.custom_url.empty() && !*ignored) {
            wanted.custom_url = source.endpoint_url(calls::info_of(service).signing_name);
        }
        auto resolved = calls::resolve_endpoint(wanted);
        if (!resolved) return resolved.error();
        endpoints[index] = std::move(*resolved);
    }
    return endpoints;
}

} // namespace

std::string environment_variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) return {};
    const std::string text(value);
    return text.find_first_not_of(" \t") == std::string::npos ? std::string() : text;
}

result<configuration> configuration::find(const session_options& options,
                                          const std::function<std::string(const char*)>& variable,
                                          const profile_files& files) {
    auto profile = find_profile(options, variable, files);
    if (!profile) return profile.error();
    const setting_source source(variable, files, *profile);

    configuration found;
    found.region = source.text(options.region, {"AWS_REGION", "AWS_DEFAULT_REGION"}, "region");
    if (!found.region.empty() && !is_region(found.region)) {
        return wrong("\"" + found.region + "\" is not a region: it looks like eu-west-1");
    }
    // A custom endpoint needs no region to be found, but its requests are signed for one.
    if (found.region.empty()) return calls::resolve_endpoint(calls::endpoint_request()).error();
    if (options.max_connections < 1) return wrong("max_connections is 0: it must be 1 or more");
    found.ca_bundle = source.text(options.ca_bundle, {"AWS_CA_BUNDLE"}, "ca_bundle");

    const auto mode = find_retry_mode(options, source);
    if (!mode) return mode.error();
    found.retry_mode = *mode;
    const auto attempts = find_max_attempts(options, source);
    if (!attempts) return attempts.error();
    found.max_attempts = *attempts;

    auto endpoints = find_endpoints(options, source, found.region);
    if (!endpoints) return endpoints.error();
    found.endpoints = std::move(*endpoints);
    return found;
}

} // namespace sluice
