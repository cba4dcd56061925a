// One line for a failure: what happened, and what to do.
#pragma once

#include <sluice/error.hpp>

#include <exception>
#include <string>

namespace sluice::cli {

std::string advice_for(const error_info& failure);
std::string advice_for(const std::exception& failure);

} // namespace sluice::cli
