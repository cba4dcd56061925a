// How a profile leads to keys: where the first ones come from, and which roles are taken on with them. No I/O.
// Source: AWS SDKs and Tools Reference Guide, "Assume role credential provider"; the cases that the AWS SDKs share.
#pragma once

#include "credentials/profile_file.hpp"
#include "credentials/provider_world.hpp"
#include "credentials/sso_token.hpp"

#include <sluice/credentials.hpp>
#include <sluice/error.hpp>

#include <string>
#include <variant>
#include <vector>

namespace sluice {

/// `credential_source`.
enum class named_source { environment, container, instance };

/// `credential_process`.
struct process_settings {
    std::string command;
};

struct profile_plan {
    /// Keys of the profile, or where they come from; a role here is one that a token is proof enough for.
    std::variant<credentials, process_settings, named_source, role_settings, sso_settings> base;
    std::vector<role_settings> roles; ///< in the order in which they are taken on
    std::string base_profile;         ///< which profile has the base

    /// What became of planning.
    enum class verdict {
        planned,
        no_profile, ///< neither the default profile nor another one is there
        no_keys,    ///< the profile sets other things only
        wrong,      ///< it should lead to keys and cannot
    };
};

struct profile_finding {
    profile_plan::verdict verdict = profile_plan::verdict::wrong;
    profile_plan plan;
    std::string why; ///< not planned
};

/// A profile that is its own `source_profile` has the first keys itself; one later in the chain that has keys needs
/// none of the roles before it. A chain that comes back to a profile is an error.
profile_finding plan_profile(const profile_files& files, const std::string& name);

} // namespace sluice
