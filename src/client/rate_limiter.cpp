#include "client/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::calls {
namespace {

constexpr double slow_down = 0.7;
constexpr double scale = 0.4;
constexpr double smoothing = 0.8;
constexpr double lowest_rate = 0.5;
constexpr double smallest_capacity = 1.0;

rate_limiter::seconds half_second_of(rate_limiter::seconds now) noexcept {
    return rate_limiter::seconds(std::floor(now.count() * 2) / 2);
}

} // namespace

double cubic_rate::after_success(seconds now) const noexcept {
    const double back_at_max = std::cbrt(last_max_rate_ * (1 - slow_down) / scale);
    const double elapsed = (now - last_throttle_time_).count() - back_at_max;
    return scale * elapsed * elapsed * elapsed + last_max_rate_;
}

double cubic_rate::after_throttling(double rate, seconds now) noexcept {
    last_max_rate_ = rate;
    last_throttle_time_ = now;
    return rate * slow_down;
}

rate_limiter::rate_limiter(seconds now) : curve_(0, now), measured_until_(half_second_of(now)) {}

rate_limiter::seconds rate_limiter::acquire(seconds now) {
    const std::lock_guard lock(mutex_);
    if (!enabled_) return seconds(0);
    refill(now);
    tokens_ -= 1;
    return seconds(tokens_ < 0 ? -tokens_ / rate_ : 0);
}

void rate_limiter::refill(seconds now) {
    if (refilled_) tokens_ = std::min(capacity_, tokens_ + (now - *refilled_).count() * rate_);
    refilled_ = now;
}

void rate_limiter::measure(seconds now) {
    const seconds bucket = half_second_of(now);
    ++answers_;
    if (bucket <= measured_until_) return;
    const double rate = answers_ / (bucket - measured_until_).count();
    measured_rate_ = rate * smoothing + measured_rate_ * (1 - smoothing);
    answers_ = 0;
    measured_until_ = bucket;
}

void rate_limiter::answered(bool throttled, seconds now) {
    const std::lock_guard lock(mutex_);
    measure(now);
    double wanted = 0;
    if (throttled) {
        wanted = curve_.after_throttling(enabled_ ? std::min(measured_rate_, rate_) : measured_rate_, now);
        enabled_ = true;
    } else {
        wanted = curve_.after_success(now);
    }
    refill(now);
    rate_ = std::max(std::min(wanted, 2 * measured_rate_), lowest_rate);
    capacity_ = std::max(rate_, smallest_capacity);
    tokens_ = std::min(tokens_, capacity_);
}

double rate_limiter::measured_rate() const {
    const std::lock_guard lock(mutex_);
    return measured_rate_;
}

double rate_limiter::rate() const {
    const std::lock_guard lock(mutex_);
    return rate_;
}

bool rate_limiter::limits() const {
    const std::lock_guard lock(mutex_);
    return enabled_;
}

} // namespace sluice::calls
