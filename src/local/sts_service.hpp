// The operations of STS: who calls, and keys for a role. Pure, but for the key ring that other threads read.
#pragma once

#include "local/key_ring.hpp"
#include "local/wire.hpp"

#include <string_view>

namespace sluice::local {

/// No role is known and none needs to be made: every well-formed one may be assumed, in whatever account its ARN says.
class sts_service {
  public:
    explicit sts_service(key_ring& keys) : keys_(keys) {}

    /// Writes the reply. Throws `fault`.
    void handle(std::string_view action, const input& parameters, output& reply, const identity& caller,
                time_point now) const;

  private:
    void assume_role(const input& parameters, output& reply, time_point now) const;

    key_ring& keys_;
};

} // namespace sluice::local
