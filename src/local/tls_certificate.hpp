// A certificate that the broker makes for itself.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace sluice::local {

struct server_identity {
    std::string certificate_chain; ///< PEM
    std::string private_key;       ///< PEM
};

/// The names under which clients of a broker in `regions` that listens at `address` may look for it.
std::vector<std::string> names_of_broker(const std::string& address, const std::vector<std::string>& regions);

/// EC P-256, self-signed, good from an hour ago (clocks differ) for a year. Names that are IP addresses become such.
/// Throws std::invalid_argument for a name that is none, and std::runtime_error when OpenSSL cannot.
server_identity make_identity(const std::vector<std::string>& names, std::chrono::system_clock::time_point now);

} // namespace sluice::local
