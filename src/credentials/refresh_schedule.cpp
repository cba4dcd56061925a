#include "credentials/refresh_schedule.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {

void refresh_schedule::loaded(std::optional<wall_time> expiration, moment now, double random) noexcept {
    using duration = std::chrono::system_clock::duration;
    valid_ = true;
    failures_ = 0;
    earliest_try_.reset();
    if (expiration && *expiration <= now.wall) expiration = now.wall + benefit_of_doubt;
    expiration_ = expiration;
    if (!expiration_) return;
    const duration life = *expiration_ - now.wall;
    const std::chrono::duration<double, duration::period> advisory = std::min<duration>(advisory_window, life / 3);
    advisory_ = std::chrono::duration_cast<duration>(advisory * (1 + random / 5));
    mandatory_ = std::min<duration>(mandatory_window, life / 6);
}

void refresh_schedule::failed(moment now, double random) noexcept {
    using seconds = std::chrono::duration<double>;
    const seconds whole = std::min<seconds>(longest_pause, seconds(first_pause) * std::exp2(std::min(failures_, 30)));
    ++failures_;
    earliest_try_ =
        now.steady + std::chrono::duration_cast<std::chrono::steady_clock::duration>(whole * (1 + random) / 2);
}

bool refresh_schedule::usable(wall_time now) const noexcept { return valid_ && (!expiration_ || now < *expiration_); }

refresh_step refresh_schedule::next(moment now) const noexcept {
    const bool pausing = earliest_try_ && now.steady < *earliest_try_;
    if (!usable(now.wall)) return pausing ? refresh_step::fail : refresh_step::wait;
    if (!expiration_ || pausing) return refresh_step::use;
    if (now.wall >= *expiration_ - mandatory_) return refresh_step::wait;
    return now.wall >= *expiration_ - advisory_ ? refresh_step::refresh_behind : refresh_step::use;
}

} // namespace sluice
