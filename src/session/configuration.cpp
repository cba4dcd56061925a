#include "session/configuration.hpp"

#include "client/endpoint_rules.hpp"
#include "session/setting_source.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

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

bool is_token(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

using service_id = calls::service_id;

/// Looks for one setting after the other, and notes where each was found.
class finder {
  public:
    finder(const session_options& options, const setting_source& source) : options_(options), source_(source) {}

    std::optional<error_info> region(configuration::region_rule rule) {
        const auto found = source_.text(options_.region, {"AWS_REGION", "AWS_DEFAULT_REGION"}, "region");
        if (!found.value.empty() && !is_region(found.value)) {
            return wrong("\"" + found.value + "\" is not a region: it looks like eu-west-1");
        }
        // A custom endpoint needs no region to be found, but its requests are signed for one.
        if (found.value.empty() && rule == configuration::region_rule::required) {
            return calls::resolve_endpoint(calls::endpoint_request()).error();
        }
        found_.region = found.value;
        note("region", found, "");
        return std::nullopt;
    }

    void ca_bundle() {
        const auto found = source_.text(options_.ca_bundle, {"AWS_CA_BUNDLE"}, "ca_bundle");
        found_.ca_bundle = found.value;
        note("ca_bundle", found, "the system's certificates");
    }

    std::optional<error_info> app_id() {
        constexpr std::size_t longest = 50;
        const auto found = source_.text(options_.app_id, {"AWS_SDK_UA_APP_ID"}, "sdk_ua_app_id");
        if (found.value.size() > longest || !is_token(found.value)) {
            return wrong((found.where == "option" ? "app_id" : found.where) + " is \"" + found.value +
                         "\": at most 50 of A-Za-z0-9!#$%&'*+-.^_`|~ are allowed");
        }
        found_.app_id = found.value;
        note("app_id", found, "none");
        return std::nullopt;
    }

    std::optional<error_info> retry_mode() {
        if (options_.retry_mode) {
            found_.retry_mode = *options_.retry_mode;
            const bool adaptive = found_.retry_mode == retry_mode::adaptive;
            note("retry_mode", {adaptive ? "adaptive" : "standard", "option"}, "");
            return std::nullopt;
        }
        const auto found = source_.outside({"AWS_RETRY_MODE"}, "retry_mode");
        // `legacy` is what the AWS SDKs did before they agreed.
        const bool known = found.value.empty() || found.value == "standard" || found.value == "legacy";
        if (!known && found.value != "adaptive") {
            return wrong(found.where + " is \"" + found.value + "\": it must be standard or adaptive");
        }
        found_.retry_mode = known ? retry_mode::standard : retry_mode::adaptive;
        note("retry_mode", found, "standard");
        return std::nullopt;
    }

    std::optional<error_info> max_attempts() {
        setting_source::found_text found("", "max_attempts");
        int attempts = found_.max_attempts;
        bool understood = true;
        if (options_.max_attempts) {
            attempts = *options_.max_attempts;
            found.value = std::to_string(attempts);
        } else {
            found = source_.outside({"AWS_MAX_ATTEMPTS"}, "max_attempts");
            const char* const end = found.value.data() + found.value.size();
            if (!found.value.empty()) {
                const auto [stopped, failure] = std::from_chars(found.value.data(), end, attempts);
                understood = failure == std::errc() && stopped == end;
            }
        }
        if (!understood || attempts < 1) {
            return wrong(found.where + " is " + found.value + ": it must be a number, 1 or more");
        }
        found_.max_attempts = attempts;
        if (options_.max_attempts) found.where = "option";
        note("max_attempts", found, std::to_string(attempts));
        return std::nullopt;
    }

    std::optional<error_info> endpoints() {
        auto failure =
            flag(options_.use_fips, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", "use_fips", found_.use_fips);
        if (failure) return failure;
        failure = flag(options_.use_dual_stack, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint",
                       "use_dual_stack", found_.use_dual_stack);
        if (failure) return failure;
        bool ignored = false;
        failure = flag(options_.ignore_configured_endpoint_urls, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                       "ignore_configured_endpoint_urls", "ignore_configured_endpoint_urls", ignored);
        if (failure) return failure;
        const auto sts = source_.outside({"AWS_STS_REGIONAL_ENDPOINTS"}, "sts_regional_endpoints");
        if (!sts.value.empty() && sts.value != "regional" && sts.value != "legacy") {
            return wrong(sts.where + " is \"" + sts.value + "\": it must be regional or legacy");
        }
        note("sts_regional_endpoints", sts, "regional");
        for (const service_id service : {service_id::sqs, service_id::sns, service_id::sts}) {
            failure = endpoint(service, ignored, sts.value == "legacy");
            if (failure) return failure;
        }
        if (ignored) return std::nullopt;
        found_.sso_url = source_.endpoint_url("sso").value;
        found_.sso_oidc_url = source_.endpoint_url("sso_oidc").value;
        return std::nullopt;
    }

    void profile(std::string name, std::string origin) {
        found_.profile = name;
        note("profile", {std::move(name), std::move(origin)}, "");
    }

    configuration take() { return std::move(found_); }

  private:
    std::optional<error_info> flag(std::optional<bool> option, const char* variable, const char* property,
                                   const char* name, bool& into) {
        const auto found = source_.flag(option, variable, property);
        if (!found) return found.error();
        into = *found;
        setting_source::found_text text("true", "option");
        if (!option) text = source_.outside({variable}, property);
        if (option && !*option) text.value = "false";
        note(name, text, "false");
        return std::nullopt;
    }

    std::optional<error_info> endpoint(service_id service, bool ignored, bool global_sts) {
        const std::array<const std::string*, 3> own{&options_.sqs_endpoint_url, &options_.sns_endpoint_url,
                                                    &options_.sts_endpoint_url};
        const auto index = static_cast<std::size_t>(service);
        const std::string name(calls::info_of(service).signing_name);
        setting_source::found_text url(own[index]->empty() ? options_.endpoint_url : *own[index], "option");
        if (url.value.empty() && !ignored) url = source_.endpoint_url(name);
        calls::endpoint_request wanted;
        wanted.service = service;
        wanted.region = found_.region;
        wanted.use_fips = found_.use_fips;
        wanted.use_dual_stack = found_.use_dual_stack;
        wanted.use_global_sts = global_sts;
        wanted.custom_url = url.value;
        if (wanted.region.empty() && url.value.empty()) return std::nullopt; // said when it is needed
        auto resolved = calls::resolve_endpoint(wanted);
        if (!resolved) return resolved.error();
        note(name + "_endpoint_url", url,
             (resolved->origin.tls ? "https://" : "http://") + resolved->origin.host_header());
        found_.endpoints[index] = std::move(*resolved);
        return std::nullopt;
    }

    void note(std::string name, const setting_source::found_text& found, std::string usual) {
        const bool is_set = !found.value.empty();
        std::string origin = is_set ? found.where : "default";
        if (is_set && !found.file.empty()) origin += ", " + found.file;
        found_.settings.push_back({std::move(name), is_set ? found.value : std::move(usual), std::move(origin)});
    }

    const session_options& options_;
    const setting_source& source_;
    configuration found_;
};

std::string profile_origin(const session_options& options, const std::function<std::string(const char*)>& variable) {
    if (!options.profile.empty()) return "option";
    return variable("AWS_PROFILE").empty() ? "default" : "AWS_PROFILE";
}

} // namespace

result<configuration> configuration::find(const session_options& options,
                                          const std::function<std::string(const char*)>& variable,
                                          const profile_files& files, region_rule rule) {
    auto profile = find_profile(options, variable, files);
    if (!profile) return profile.error();
    const setting_source source(variable, files, *profile);
    finder looking(options, source);
    looking.profile(*profile, profile_origin(options, variable));
    if (auto failure = looking.region(rule)) return *failure;
    if (options.max_connections < 1) return wrong("max_connections is 0: it must be 1 or more");
    looking.ca_bundle();
    if (auto failure = looking.app_id()) return *failure;
    if (auto failure = looking.retry_mode()) return *failure;
    if (auto failure = looking.max_attempts()) return *failure;
    if (auto failure = looking.endpoints()) return *failure;
    return looking.take();
}

} // namespace sluice
