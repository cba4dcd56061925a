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

namespace sluice {

/// A variable of the process; empty where it is not set or blank.
std::string environment_variable(const char* name);

struct configuration {
    std::string region;
    std::array<calls::endpoint, 3> endpoints; ///< by calls::service_id
    std::string ca_bundle;
    sluice::retry_mode retry_mode = sluice::retry_mode::standard;
    int max_attempts = 3;

    /// Options win over variables, variables over the profile. Fails with `errc::configuration`.
    static result<configuration> find(const session_options& options,
                                      const std::function<std::string(const char*)>& variable,
                                      const profile_files& files);
};

} // namespace sluice
