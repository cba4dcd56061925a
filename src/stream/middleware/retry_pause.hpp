// Whether and when a handler that failed is called again. No clock and no randomness of its own.
#pragma once

#include <sluice/middleware/retry_in_place.hpp>

#include <chrono>
#include <optional>

namespace sluice::stream {

/// The pause after `failures` failed calls; nothing: do not call it again. `random` is uniform in [0, 1).
std::optional<std::chrono::milliseconds> retry_pause(const retry_in_place_options& options, int failures,
                                                     std::chrono::milliseconds lease_remaining, double random);

} // namespace sluice::stream
