#include "local/page_text.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace sluice::local {
namespace {

struct decoded {
    std::uint32_t point = 0;
    std::size_t length = 0; ///< 0: it is no character
};

decoded decode(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
    std::uint32_t point = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xC0U) != 0x80U) return {};
        point = point << 6U | (next & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < smallest[length] || surrogate || point > 0x10FFFF) return {};
    return {point, length};
}

/// Obeyed or not shown by browsers, or not allowed in XML.
bool is_hidden(std::uint32_t point) {
    return (point >= 0x80 && point <= 0x9F) || point == 0xAD || point == 0x61C ||
           (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF || point == 0xFFFE || point == 0xFFFF;
}

/// `format` takes one double.
std::string printed(const char* format, double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

std::string pair(std::int64_t large, const char* unit, std::int64_t small, const char* small_unit) {
    std::string text = std::to_string(large) + " " + unit;
    if (small > 0) text += " " + std::to_string(small) + " " + small_unit;
    return text;
}

} // namespace

std::string displayable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const decoded next = decode(text);
        const std::string_view bytes = text.substr(0, next.length == 0 ? 1 : next.length);
        text.remove_prefix(bytes.size());
        if (next.length == 0) {
            out += "\xEF\xBF\xBD";
        } else if ((next.point < 0x20 && next.point != '\t' && next.point != '\n') || next.point == 0x7F) {
            out += "\xE2\x90";
            out += static_cast<char>(0x80 + (next.point == 0x7F ? 0x21 : next.point)); // U+2421 for DEL
        } else if (is_hidden(next.point)) {
            std::array<char, 16> shown{};
            std::snprintf(shown.data(), shown.size(), "<U+%04X>", static_cast<unsigned>(next.point));
            out += shown.data();
        } else {
            out += bytes;
        }
    }
    return out;
}

std::string duration_text(std::chrono::milliseconds time) {
    using namespace std::chrono;
    if (time < seconds(1)) return std::to_string(time.count()) + " ms";
    const auto whole = floor<seconds>(time).count();
    if (whole < 60) return std::to_string(whole) + " s";
    if (whole < 3600) return pair(whole / 60, "min", whole % 60, "s");
    if (whole < 86'400) return pair(whole / 3600, "h", whole % 3600 / 60, "min");
    return pair(whole / 86'400, "d", whole % 86'400 / 3600, "h");
}

std::string bytes_text(std::size_t bytes) {
    constexpr double kibi = 1024;
    const auto value = static_cast<double>(bytes);
    if (value < kibi) return std::to_string(bytes) + " B";
    if (value < kibi * kibi) return printed("%.1f KiB", value / kibi);
    return printed("%.1f MiB", value / kibi / kibi);
}

std::string rate_text(double per_second) {
    if (per_second == 0) return "0";
    if (per_second < 1) return printed("%.2f", per_second);
    return printed(per_second < 100 ? "%.1f" : "%.0f", per_second);
}

std::string counted(std::size_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

} // namespace sluice::local
