// After how long a message that could not be handled may come again.
#pragma once

#include <algorithm>
#include <chrono>

namespace sluice::stream {

struct release_delays {
    std::chrono::seconds first{1};
    std::chrono::seconds longest{300};
};

/// Doubled with each receive after the first one. `receive_count` 0: not known.
inline std::chrono::seconds release_delay(const release_delays& limits, int receive_count) noexcept {
    const int doublings = std::clamp(receive_count - 1, 0, 20);
    return std::min<std::chrono::seconds>(limits.first * (1LL << doublings), limits.longest);
}

} // namespace sluice::stream
