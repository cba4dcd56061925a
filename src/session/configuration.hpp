// What a session needs to know, from its options and the environment. No global state: the environment is an argument.
#pragma once

#include "client/endpoint.hpp"

#include <sluice/error.hpp>
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

    /// Options win over variables, a service's own endpoint over the one for all. Fails with `errc::configuration`.
    static result<configuration> find(const session_options& options,
                                      const std::function<std::string(const char*)>& variable);
};

} // namespace sluice
