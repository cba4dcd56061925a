// The adaptive retry mode's second half: a limit on how fast a session sends, learnt from throttling.
// Source: AWS SDKs and Tools reference guide, "Retry behavior" (adaptive); the curve is that of TCP CUBIC (RFC 9438).
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

namespace sluice::calls {

/// How fast to send after throttling: down by 30 %, then slowly up to the old rate, then fast beyond it.
class cubic_rate {
  public:
    using seconds = std::chrono::duration<double>;

    cubic_rate() = default;
    cubic_rate(double last_max_rate, seconds last_throttle_time)
        : last_max_rate_(last_max_rate), last_throttle_time_(last_throttle_time) {}

    [[nodiscard]] double after_success(seconds now) const noexcept;
    [[nodiscard]] double after_throttling(double rate, seconds now) noexcept;

  private:
    double last_max_rate_ = 0;
    seconds last_throttle_time_{0};
};

/// A token bucket whose rate follows `cubic_rate`. It rests until the first throttling. `now` counts from any fixed
/// moment. Any thread.
class rate_limiter {
  public:
    using seconds = std::chrono::duration<double>;

    explicit rate_limiter(seconds now);

    /// Takes a token, also one that is not there yet: how long to wait before sending.
    [[nodiscard]] seconds acquire(seconds now);
    /// What became of an attempt.
    void answered(bool throttled, seconds now);

    [[nodiscard]] double measured_rate() const;
    [[nodiscard]] double rate() const;
    [[nodiscard]] bool limits() const;

  private:
    void refill(seconds now);
    void measure(seconds now);

    mutable std::mutex mutex_;
    cubic_rate curve_;
    bool enabled_ = false;
    double rate_ = 0;     // tokens per second
    double capacity_ = 0; // of the bucket
    double tokens_ = 0;   // negative: promised to those who wait
    std::optional<seconds> refilled_;
    double measured_rate_ = 0;
    seconds measured_until_; // start of the running half second
    int answers_ = 0;        // in it
};

} // namespace sluice::calls
