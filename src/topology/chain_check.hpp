// Why messages do not arrive: from what is wanted, what was found and a sample to findings. No I/O.
#pragma once

#include "topology/chain_state.hpp"

#include <sluice/chain.hpp>
#include <sluice/message.hpp>

#include <optional>
#include <vector>

namespace sluice::topology {

/// `wanted` may have types that do not fit together: these are findings, too.
std::vector<chain_finding> diagnose(const wanted_chain& wanted, const found_chain& found,
                                    const std::optional<message>& sample);

} // namespace sluice::topology
