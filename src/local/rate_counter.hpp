// How often something happened in the last seconds. Pure: `now` is an argument.
#pragma once

#include "local/text.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::local {

/// Counts by whole seconds and keeps the last minute of them: 256 bytes, and none before the first event.
class rate_counter {
  public:
    static constexpr std::int64_t longest_window = 60;

    void add(time_point now, std::uint32_t events = 1) {
        // A clock that was set back counts in the second that it came from.
        const std::int64_t second = std::max(second_of(now), last_);
        if (counts_.empty()) counts_.resize(slots);
        const auto skipped = std::min<std::int64_t>(second - last_, slots);
        for (std::int64_t i = 0; i < skipped; ++i) counts_[slot_of(second - i)] = 0;
        last_ = second;
        counts_[slot_of(second)] += events;
    }

    /// Over the last `window` seconds that are complete, 1 to 60: the one that is running does not count yet.
    [[nodiscard]] double per_second(time_point now, std::chrono::seconds window) const {
        if (counts_.empty()) return 0;
        const std::int64_t seconds = std::clamp<std::int64_t>(window.count(), 1, longest_window);
        const std::int64_t end = std::max(second_of(now), last_);
        std::uint64_t events = 0;
        for (std::int64_t second = std::max(end - seconds, last_ - longest_window); second < end; ++second) {
            if (second <= last_) events += counts_[slot_of(second)];
        }
        return static_cast<double>(events) / static_cast<double>(seconds);
    }

  private:
    static constexpr std::int64_t slots = longest_window + 1; ///< with the second that is running

    static std::int64_t second_of(time_point time) {
        return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
    }
    static std::size_t slot_of(std::int64_t second) { return static_cast<std::size_t>(second % slots); }

    std::vector<std::uint32_t> counts_; ///< by second, the slots going round
    std::int64_t last_ = 0;             ///< the second of the latest event; times before 1970 count as this one
};

} // namespace sluice::local
