// Whether a queue that was not found is gone. No clock of its own.
#pragma once

#include <chrono>
#include <optional>

namespace sluice::bus {

/// A queue may be unknown to some for a second after it was made (AWS API, CreateQueue). So a young one is gone only
/// when it has not been found for longer than that.
class absence_rule {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit absence_rule(time_point made) : made_(made) {}

    /// Whether it is gone: it was not found once more.
    bool not_found(time_point now) {
        constexpr std::chrono::seconds young(10), patience(3);
        if (!since_) since_ = now;
        return now - made_ >= young || now - *since_ >= patience;
    }
    void found() { since_.reset(); }

  private:
    time_point made_;
    std::optional<time_point> since_; ///< it is not found
};

} // namespace sluice::bus
