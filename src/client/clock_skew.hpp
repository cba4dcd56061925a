// How far this machine's clock is from the services': a signature is refused when it is five minutes off.
// Source: the AWS SDKs' clock skew correction.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string_view>

namespace sluice::calls {

/// The `Date` header (RFC 9110, 5.6.7, IMF-fixdate); nothing when it is not one.
std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text) noexcept;

/// Any thread.
class clock_skew {
  public:
    using time_point = std::chrono::system_clock::time_point;

    /// What to sign with at `now`.
    [[nodiscard]] time_point service_time(time_point now) const noexcept {
        return now + std::chrono::seconds(offset_seconds_.load(std::memory_order_relaxed));
    }

    /// Learns from a reply to a request of `sent`, read at `received`. A reply out of a cache (`has_age`) or after more
    /// than 15 minutes tells nothing. True when the clocks are 4 minutes or more apart and that was not known: a
    /// refusal may have been for the signature's date.
    bool sample(std::string_view date_header, bool has_age, time_point sent, time_point received) noexcept;

  private:
    std::atomic<std::chrono::seconds::rep> offset_seconds_{0};
};

} // namespace sluice::calls
