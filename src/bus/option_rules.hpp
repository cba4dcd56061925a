// Options of the bus and of its consumers that cannot be.
#pragma once

#include <sluice/error.hpp>

#include <string>

namespace sluice::bus {

/// Throws errc::invalid_argument with the text, which names the value and the rule, unless the rule holds.
inline void require_option(bool holds, const std::string& text) {
    if (!holds) throw error(error_info(errc::invalid_argument, text));
}

} // namespace sluice::bus
