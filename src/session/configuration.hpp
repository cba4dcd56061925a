// What a session needs to know, from its options, the environment and the profile files. No I/O and no global state:
// the environment and the files are arguments.
#pragma once

#include "client/endpoint.hpp"
#include "credentials/profile_file.hpp"

#include <sluice/error.hpp>
#include <sluice/retry_mode.hpp>
#include <sluice/session.hpp>

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace sluice {

/// A setting as `sluice config` shows it.
struct found_setting {
    std::string name;  ///< of the option in `session_options`
    std::string value; ///< empty: not set, and there is no default
    std::string origin;
};

struct configuration {
    std::string profile;
    std::string region;
    std::array<calls::endpoint, 3> endpoints; ///< by calls::service_id; of no use without a region
    std::string ca_bundle;
    std::string app_id;
    sluice::retry_mode retry_mode = sluice::retry_mode::standard;
    int max_attempts = 3;
    bool use_fips = false;
    bool use_dual_stack = false;
    std::string sso_url;      ///< of the portal, as the user set it; empty: AWS
    std::string sso_oidc_url; ///< the same for tokens
    std::vector<found_setting> settings;

    /// Providers of keys need a region only when they call STS.
    enum class region_rule { required, optional };

    /// Options win over variables, variables over the profile. Fails with `errc::configuration`.
    static result<configuration> find(const session_options& options,
                                      const std::function<std::string(const char*)>& variable,
                                      const profile_files& files, region_rule rule = region_rule::required);
};

} // namespace sluice
