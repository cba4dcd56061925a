#include "client/clock_skew.hpp"

#include <charconv>
#include <system_error>

namespace sluice::calls {
namespace {

constexpr std::chrono::seconds worth_correcting{240};
constexpr std::chrono::minutes too_long_ago{15};

} // namespace

std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text) noexcept {
    using namespace std::chrono;
    // By place, as it comes with every reply: "Sun, 06 Nov 1994 08:49:37 GMT".
    if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::size_t name = months.find(text.substr(8, 3));
    const auto number = [text](std::size_t at, std::size_t digits) {
        int value = -1;
        const char* const end = text.data() + at + digits;
        const auto [stopped, failure] = std::from_chars(text.data() + at, end, value);
        return failure == std::errc() && stopped == end ? value : -1;
    };
    const int year_number = number(12, 4);
    const int day_number = number(5, 2);
    const int hour = number(17, 2);
    const int minute = number(20, 2);
    const int second = number(23, 2);
    if (name == std::string_view::npos || name % 3 != 0 || year_number < 0 || day_number < 0) return std::nullopt;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
    const year_month_day date(year(year_number), month(static_cast<unsigned>(name / 3 + 1)),
                              day(static_cast<unsigned>(day_number)));
    if (!date.ok()) return std::nullopt;
    return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

bool clock_skew::sample(std::string_view date_header, bool has_age, time_point sent, time_point received) noexcept {
    if (date_header.empty() || has_age || received - sent > too_long_ago) return false;
    const auto theirs = parse_http_date(date_header);
    if (!theirs) return false;
    const auto offset = std::chrono::duration_cast<std::chrono::seconds>(*theirs - received);
    const bool far = offset >= worth_correcting || offset <= -worth_correcting;
    const auto wanted = far ? offset : std::chrono::seconds(0); // small differences are the network's
    const auto before = std::chrono::seconds(offset_seconds_.exchange(wanted.count(), std::memory_order_relaxed));
    const auto change = wanted - before;
    return far && (change >= worth_correcting || change <= -worth_correcting);
}

} // namespace sluice::calls
