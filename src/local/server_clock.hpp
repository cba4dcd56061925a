// The two clocks of a broker: the one that its state lives by, and the one that its clients compare with theirs.
#pragma once

#include "local/text.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>

namespace sluice::local {

/// Any thread may use it.
class server_clock {
  public:
    using duration = time_point::duration;

    /// What visibility, retention and the end of session keys are counted by.
    [[nodiscard]] time_point now() const noexcept { return std::chrono::system_clock::now() + ahead_.load(); }
    /// What the header Date says and signatures are checked with: virtual time must not make them look old.
    [[nodiscard]] time_point shown() const noexcept { return std::chrono::system_clock::now() + skew_.load(); }

    /// How far `now` is ahead of the true time.
    [[nodiscard]] duration lead() const noexcept { return ahead_.load(); }

    /// Throws std::invalid_argument for a step back, and beyond what the clock can hold.
    void advance(std::chrono::milliseconds by) {
        require(by >= by.zero(), by, "the clock cannot go back");
        require(by <= farthest - std::chrono::duration_cast<std::chrono::milliseconds>(ahead_.load()), by,
                "the clock goes 100 years ahead at most");
        ahead_ = ahead_.load() + by;
    }
    /// Of the clock that clients see, against the true one; negative: it is slow. Throws std::invalid_argument.
    void skew(std::chrono::milliseconds by) {
        require(by <= farthest && by >= -farthest, by, "the clock can be wrong by 100 years at most");
        skew_ = by;
    }

  private:
    static constexpr std::chrono::milliseconds farthest = std::chrono::hours(24 * 365 * 100);

    static void require(bool condition, std::chrono::milliseconds by, const char* rule) {
        if (!condition) throw std::invalid_argument(std::to_string(by.count()) + " ms: " + rule);
    }

    std::atomic<duration> ahead_{duration::zero()};
    std::atomic<duration> skew_{duration::zero()};
};

} // namespace sluice::local
