// Makes a broker have what its configuration file says, before anybody else can reach it.
#pragma once

#include "cli/broker_config.hpp"

#include <sluice/local/broker.hpp>

#include <string>
#include <vector>

namespace sluice::cli {

/// Reads the file. Throws `error`.
std::vector<configured_place> read_broker_config(const std::string& file);

/// Regions that the file names and the options do not are played as well. Throws `error` for an account that no key
/// belongs to: nobody could use what is made there.
void admit(const std::vector<configured_place>& places, local::broker_options& options);

struct setup_result {
    std::size_t changed = 0;
    std::size_t left = 0; ///< as it was: of a broker that keeps its state
};

/// Does it, while nothing runs the broker's own executor: who connects meanwhile waits. Throws `error` that names the
/// place in the file.
setup_result set_up(local::broker& broker, const std::vector<configured_place>& places,
                    const local::broker_options& options);

} // namespace sluice::cli
