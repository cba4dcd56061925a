// How many messages a poll may ask for. A message holds its permit from the poll until it is settled.
#pragma once

#include <algorithm>
#include <cstddef>

namespace sluice::stream {

struct permit_limits {
    std::size_t buffered = 20; ///< messages that nobody has taken yet
    std::size_t messages = 1000;
    std::size_t bytes = 0;
};

/// By count exactly. How large messages will be is not known before: they are reckoned as the average of those before,
/// so that the bound in bytes is passed by one receive at most.
class receive_permits {
  public:
    explicit receive_permits(const permit_limits& limits) : limits_(limits) {}

    /// How many messages the next poll may ask for, 0 to 10; they are reserved. With `buffered` messages to be taken
    /// there is no hurry: a poll then waits until it can ask for ten.
    std::size_t reserve(std::size_t buffered) {
        const std::size_t by_buffer = left(limits_.buffered, buffered + reserved_);
        const std::size_t by_count = left(limits_.messages, held_ + reserved_);
        std::size_t free = std::min({by_buffer, by_count, std::size_t(10)});
        if (held_ + reserved_ > 0)
            free = std::min(free, left(limits_.bytes, held_bytes_ + reserved_ * average_) /
                                      std::max<std::size_t>(average_, 1));
        const std::size_t worth_it = std::min({std::size_t(10), limits_.buffered, limits_.messages});
        if (free < worth_it && buffered + reserved_ > 0) return 0;
        reserved_ += free;
        return free;
    }
    /// The poll for which `asked` were reserved has ended.
    void answered(std::size_t asked) noexcept { reserved_ -= asked; }
    void took(std::size_t bytes) noexcept {
        ++held_;
        held_bytes_ += bytes;
        average_ = average_ == 0 ? bytes : (7 * average_ + bytes) / 8;
    }
    void gave_back(std::size_t bytes) noexcept {
        --held_;
        held_bytes_ -= bytes;
    }

    [[nodiscard]] std::size_t held() const noexcept { return held_; }
    [[nodiscard]] std::size_t held_bytes() const noexcept { return held_bytes_; }

  private:
    static std::size_t left(std::size_t limit, std::size_t used) noexcept { return limit > used ? limit - used : 0; }

    permit_limits limits_;
    std::size_t reserved_ = 0;
    std::size_t held_ = 0;
    std::size_t held_bytes_ = 0;
    std::size_t average_ = 0;
};

} // namespace sluice::stream
