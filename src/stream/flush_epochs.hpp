// Which flush waits for which entries: an entry belongs to the epoch in which it came, a flush ends the epoch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace sluice::stream {

/// `Waiter` is whatever is to be woken. Costs nothing for an entry but two counter steps. No I/O.
template<class Waiter>
class flush_epochs {
  public:
    flush_epochs() { epochs_.emplace_back(); }

    /// An entry came; keep the number and give it to `leave`.
    std::uint64_t enter() {
        ++epochs_.back().outstanding;
        return first_ + epochs_.size() - 1;
    }

    /// The entry has its final result. Returns the waiters whose flush is complete now.
    std::vector<Waiter> leave(std::uint64_t number) {
        --epochs_[number - first_].outstanding;
        return complete();
    }

    /// Wakes `waiter` when every entry that came before has left. False when there is nothing to wait for.
    bool flush(Waiter waiter) {
        epochs_.back().waiters.push_back(std::move(waiter));
        epochs_.emplace_back();
        return complete().empty();
    }

    /// Somebody waits.
    [[nodiscard]] bool flushing() const noexcept { return epochs_.size() > 1; }

  private:
    struct epoch {
        std::size_t outstanding = 0;
        std::vector<Waiter> waiters;
    };

    std::vector<Waiter> complete() {
        std::vector<Waiter> woken;
        while (epochs_.size() > 1 && epochs_.front().outstanding == 0) {
            for (Waiter& waiter : epochs_.front().waiters) woken.push_back(std::move(waiter));
            epochs_.pop_front();
            ++first_;
        }
        return woken;
    }

    std::deque<epoch> epochs_;
    std::uint64_t first_ = 0;
};

} // namespace sluice::stream
