#include <sigv4/canonical_request.hpp>

#include "digest.hpp"

namespace sigv4 {

std::string format_timestamp(std::chrono::system_clock::time_point time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(time - day));
    std::string text = "00000000T000000Z";
    const auto put = [&text](std::size_t at, std::size_t digits, std::int64_t value) {
        for (std::size_t i = digits; i > 0; --i, value /= 10) text[at + i - 1] = static_cast<char>('0' + value % 10);
    };
    put(0, 4, static_cast<int>(date.year()));
    put(4, 2, static_cast<unsigned>(date.month()));
    put(6, 2, static_cast<unsigned>(date.day()));
    put(9, 2, clock.hours().count());
    put(11, 2, clock.minutes().count());
    put(13, 2, clock.seconds().count());
    return text;
}

std::string credential_scope(std::string_view timestamp, std::string_view region, std::string_view service) {
    std::string scope;
    scope.reserve(region.size() + service.size() + 23);
    scope += timestamp.substr(0, 8);
    scope += '/';
    scope += region;
    scope += '/';
    scope += service;
    scope += "/aws4_request";
    return scope;
}

std::string string_to_sign(std::string_view timestamp, std::string_view scope, std::string_view canonical_request) {
    const detail::hex_digest hash(detail::sha256(canonical_request));
    std::string text;
    text.reserve(timestamp.size() + scope.size() + hash.view().size() + 19);
    text += "AWS4-HMAC-SHA256\n";
    text += timestamp;
    text += '\n';
    text += scope;
    text += '\n';
    text += hash.view();
    return text;
}

std::string sha256_hex(std::string_view bytes) { return std::string(detail::hex_digest(detail::sha256(bytes)).view()); }

} // namespace sigv4
