// Keys in the environment.
#pragma once

#include "credentials/provider_answer.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sluice {

/// `AWS_ACCESS_KEY_ID` and the variables beside it. `variable` gives an empty text for what is not set or blank.
provider_answer keys_of_environment(const std::function<std::string(const char*)>& variable);

std::shared_ptr<credentials_source> make_environment_source(std::function<std::string(const char*)> variable);

/// A variable of this process; empty where it is not set or blank.
std::string environment_variable(const char* name);

} // namespace sluice
