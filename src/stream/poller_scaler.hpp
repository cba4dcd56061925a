// How many polls run at once, and how long each waits: one long poll while the queue is quiet, more and short ones
// while messages come.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sluice::stream {

struct poller_limits {
    std::size_t most = 1;
    std::chrono::seconds shortest_wait{1};
    std::chrono::seconds longest_wait{20};
};

class poller_scaler {
  public:
    explicit poller_scaler(const poller_limits& limits)
        : most_(std::max<std::size_t>(limits.most, 1)), longest_(limits.longest_wait),
          shortest_(std::min(limits.shortest_wait, limits.longest_wait)), wait_(shortest_) {}

    /// A poll that asked for `asked` messages was answered. Full: there is more than this, twice as many polls. Empty:
    /// one poll is enough to wait, and it may wait twice as long.
    void answered(std::size_t messages, std::size_t asked) noexcept {
        if (messages == 0) {
            wanted_ = 1;
            wait_ = std::min(longest_, std::max(2 * wait_, std::chrono::seconds(1)));
            return;
        }
        wait_ = shortest_;
        if (messages >= asked) wanted_ = std::min(most_, 2 * wanted_);
    }
    void failed() noexcept { wanted_ = 1; }

    [[nodiscard]] std::size_t wanted() const noexcept { return wanted_; }
    [[nodiscard]] std::chrono::seconds wait() const noexcept { return wait_; }

  private:
    std::size_t most_;
    std::chrono::seconds longest_;
    std::chrono::seconds shortest_;
    std::chrono::seconds wait_;
    std::size_t wanted_ = 1;
};

} // namespace sluice::stream
