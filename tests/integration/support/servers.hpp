// The servers that the suite runs against: the embedded broker always, those that we did not write where they run.
#pragma once

#include <sluice/session.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace integration {

struct server {
    std::string name;
    std::string endpoint;
    std::shared_ptr<sluice::transport> transport; ///< null: over sockets
    bool has_topics = false;
    std::vector<sluice::wire_protocol> queue_protocols;

    /// Session options for it, over one of its protocols.
    [[nodiscard]] sluice::session_options options(sluice::wire_protocol protocol) const;
};

/// Calls `test` with each server, protocol by protocol. A server that does not run is skipped with one line, or fails
/// the test when `SLUICE_TEST_REQUIRE_SERVERS` names it.
void for_each_server(const std::function<void(const server&, sluice::wire_protocol)>& test);

/// One server by name, or nothing (then the test was marked as skipped).
std::unique_ptr<server> find_server(const std::string& name);

/// The embedded broker on a thread of its own, shared by all tests of the program.
const server& embedded_broker();

/// A name that no other test uses.
std::string unique_name(const std::string& stem);

std::string name_of(sluice::wire_protocol protocol);

} // namespace integration
