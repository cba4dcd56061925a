// When keys are renewed. No I/O and no clock: time and chance are arguments.
#pragma once

#include <chrono>
#include <optional>

namespace sluice {

/// Expirations are of the wall clock, pauses of the steady one.
struct moment {
    std::chrono::system_clock::time_point wall;
    std::chrono::steady_clock::time_point steady;

    static moment now() { return {std::chrono::system_clock::now(), std::chrono::steady_clock::now()}; }
};

enum class refresh_step {
    use,            ///< the keys are good
    refresh_behind, ///< the keys are good; renew them meanwhile
    wait,           ///< renew them first. If that fails and they are still valid: use them
    fail,           ///< no valid keys, and too early to ask again after a failure
};

class refresh_schedule {
  public:
    using wall_time = std::chrono::system_clock::time_point;

    // Source: botocore's advisory and mandatory windows. Keys that live for less than 45 minutes have shorter ones,
    // else they would be renewed all the time.
    static constexpr std::chrono::minutes advisory_window{15};
    static constexpr std::chrono::minutes mandatory_window{10};
    static constexpr std::chrono::seconds first_pause{1};
    static constexpr std::chrono::minutes longest_pause{5};
    /// For how long keys are used that come expired: it may be this machine's clock that is wrong.
    static constexpr std::chrono::minutes benefit_of_doubt{1};

    /// New keys. `random` is in [0, 1): the advisory window is up to a fifth longer.
    void loaded(std::optional<wall_time> expiration, moment now, double random) noexcept;
    /// The refresh brought none. `random` is in [0, 1): the pause is half to all of its length.
    void failed(moment now, double random) noexcept;
    /// A service refused the keys.
    void refused() noexcept { valid_ = false; }

    [[nodiscard]] refresh_step next(moment now) const noexcept;
    /// There are keys that have not expired.
    [[nodiscard]] bool usable(wall_time now) const noexcept;

  private:
    bool valid_ = false;
    std::optional<wall_time> expiration_;
    std::chrono::system_clock::duration advisory_{};
    std::chrono::system_clock::duration mandatory_{};
    int failures_ = 0; ///< in a row
    std::optional<std::chrono::steady_clock::time_point> earliest_try_;
};

} // namespace sluice
