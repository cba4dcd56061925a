#include "protocol/timestamp.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace sluice::protocol {
namespace {

/// Takes exactly `digits` digits from the front.
bool take_digits(std::string_view& text, std::size_t digits, int& value) noexcept {
    if (text.size() < digits) return false;
    value = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return true;
}

bool take(std::string_view& text, char wanted) noexcept {
    if (!text.starts_with(wanted)) return false;
    text.remove_prefix(1);
    return true;
}

bool take_fraction(std::string_view& text, int& milliseconds) noexcept {
    milliseconds = 0;
    if (!take(text, '.')) return true;
    const auto digits =
        static_cast<std::size_t>(std::ranges::find_if(text, [](char c) { return c < '0' || c > '9'; }) - text.begin());
    if (digits == 0) return false;
    for (std::size_t i = 0; i < 3; ++i) milliseconds = milliseconds * 10 + (i < digits ? text[i] - '0' : 0);
    text.remove_prefix(digits);
    return true;
}

bool take_offset(std::string_view& text, std::chrono::minutes& offset) noexcept {
    offset = std::chrono::minutes(0);
    if (take(text, 'Z') || take(text, 'z')) return true;
    const bool west = text.starts_with('-');
    int hours = 0;
    int minutes = 0;
    if (!(take(text, '+') || take(text, '-')) || !take_digits(text, 2, hours) || !take(text, ':') ||
        !take_digits(text, 2, minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    offset = std::chrono::minutes(west ? -(hours * 60 + minutes) : hours * 60 + minutes);
    return true;
}

} // namespace

std::optional<std::chrono::sys_time<std::chrono::milliseconds>> parse_date_time(std::string_view text) noexcept {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int milliseconds = 0;
    std::chrono::minutes offset{0};
    const bool whole = take_digits(text, 4, year) && take(text, '-') && take_digits(text, 2, month) &&
                       take(text, '-') && take_digits(text, 2, day) && (take(text, 'T') || take(text, 't')) &&
                       take_digits(text, 2, hour) && take(text, ':') && take_digits(text, 2, minute) &&
                       take(text, ':') && take_digits(text, 2, second) && take_fraction(text, milliseconds) &&
                       take_offset(text, offset) && text.empty();
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    // 60 is a leap second, which the system clock does not know: it is the next minute's first.
    if (!whole || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return within_clock(std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                        std::chrono::seconds(second) + std::chrono::milliseconds(milliseconds) - offset);
}

std::chrono::sys_time<std::chrono::milliseconds>
within_clock(std::chrono::sys_time<std::chrono::milliseconds> when) noexcept {
    using std::chrono::sys_days;
    using std::chrono::year;
    const std::chrono::sys_time<std::chrono::milliseconds> first = sys_days(year(1700) / 1 / 1);
    const std::chrono::sys_time<std::chrono::milliseconds> last = sys_days(year(2200) / 1 / 1);
    return std::clamp(when, first, last);
}

std::string date_time_text(std::chrono::system_clock::time_point when) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), size};
}

std::string date_time_text_in_milliseconds(std::chrono::system_clock::time_point when) {
    using std::chrono::milliseconds;
    const auto time = within_clock(std::chrono::floor<milliseconds>(when));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const std::string fraction = std::to_string(1000 + (time - seconds).count());
    return date_time_text(seconds).replace(19, 1, "." + fraction.substr(1) + "Z");
}

} // namespace sluice::protocol
