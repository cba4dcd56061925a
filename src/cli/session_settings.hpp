// The options that every command with a session has.
#pragma once

#include <sluice/session.hpp>

#include <string>

namespace CLI {
class App;
}

namespace sluice::cli {

struct session_settings {
    std::string endpoint_url;
    std::string profile;
    std::string region;
    std::string protocol = "query";
    std::string ca_bundle;

    void add_to(CLI::App& command);
    [[nodiscard]] session_options options() const;
};

} // namespace sluice::cli
