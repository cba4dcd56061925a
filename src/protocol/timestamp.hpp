// Times as the services write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::protocol {

/// RFC 3339 date-time with `Z` or an offset: `2014-04-29T18:30:38Z`, `2019-12-16T22:48:18.523-01:00`. Fractions are cut
/// to milliseconds. Empty for anything else, also for dates that do not exist. In the range of `within_clock`.
/// Source: Smithy specification, timestamp format `date-time`, the one of Query replies.
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> parse_date_time(std::string_view text) noexcept;

/// The nearest time from 1700 to 2200: `system_clock` counts nanoseconds, from 1677 to 2262, and what is computed from
/// a time must not overflow.
std::chrono::sys_time<std::chrono::milliseconds>
within_clock(std::chrono::sys_time<std::chrono::milliseconds> when) noexcept;

/// A number of milliseconds since 1970, as the services write some times.
inline std::chrono::system_clock::time_point time_of_milliseconds(std::int64_t count) noexcept {
    return within_clock(std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(count)));
}

/// RFC 3339 in whole seconds: `2014-04-29T18:30:38Z`.
std::string date_time_text(std::chrono::system_clock::time_point when);

/// The same with milliseconds, in the range of `within_clock`: `2014-04-29T18:30:38.120Z`.
std::string date_time_text_in_milliseconds(std::chrono::system_clock::time_point when);

} // namespace sluice::protocol
