#include "local/text.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace sluice::local {
namespace {

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// 64 for what is not in the alphabet.
constexpr std::array<std::uint8_t, 256> base64_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(64);
    for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(base64_alphabet[i])] = i;
    return values;
}();

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr std::string_view hex_digits = "0123456789abcdef";

/// Two digits for each byte.
char* write_hex(char* out, const unsigned char* bytes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        *out++ = hex_digits[bytes[i] >> 4U];
        *out++ = hex_digits[bytes[i] & 15U];
    }
    return out;
}

/// The context of this thread, made once: OpenSSL takes as long for one as for the sum of a short text. Null when the
/// thread's objects are gone already, as they are for what statics do in their destructors.
EVP_MD_CTX* scratch_context() {
    thread_local bool gone = false; // without a destructor: good to the very end
    struct owner {
        ~owner() {
            EVP_MD_CTX_free(context);
            gone = true;
        }
        EVP_MD_CTX* context = EVP_MD_CTX_new();
    };
    if (gone) return nullptr;
    thread_local const owner mine;
    return mine.context;
}

// Eight bytes of text are looked at as one number. Where a byte is below `least`, subtracting that borrows into its
// highest bit; a borrow into the next byte can only make that one look small too, and then the bytes are looked at one
// by one.
constexpr std::uint64_t every_byte = 0x0101'0101'0101'0101;

std::uint64_t load_eight(const char* text) noexcept {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text, sizeof bytes);
    return bytes;
}

/// The highest bit of a byte that is below `least`, and of some behind it; none when there is none. Bytes from #x80 on
/// may count as small or not.
constexpr std::uint64_t below(std::uint64_t bytes, std::uint64_t least) noexcept {
    return (bytes - least * every_byte) & (0x80 * every_byte);
}

/// All in #x20-#x7F.
bool are_plain(const char* eight) noexcept {
    const std::uint64_t bytes = load_eight(eight);
    return (below(bytes, 0x20) | (bytes & (0x80 * every_byte))) == 0;
}

/// How many bytes from the beginning on stand for themselves in a JSON string.
std::size_t plain_in_json(std::string_view text) noexcept {
    std::size_t i = 0;
    while (i < text.size()) {
        if (text.size() - i >= 8) {
            const std::uint64_t bytes = load_eight(text.data() + i);
            const std::uint64_t quotes = below(bytes ^ ('"' * every_byte), 1);
            const std::uint64_t backslashes = below(bytes ^ ('\\' * every_byte), 1);
            if ((below(bytes, 0x20) | (bytes & (0x80 * every_byte)) | quotes | backslashes) == 0) {
                i += 8;
                continue;
            }
        }
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == '"' || byte == '\\') return i;
        ++i;
    }
    return i;
}

std::string padded(std::int64_t value, std::size_t width) {
    std::string digits = std::to_string(value);
    if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
    return digits;
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

} // namespace

bool append_form_component(std::string& out, std::string_view text) {
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && text[plain] != '+' && text[plain] != '%') ++plain;
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) return true;
        if (text.front() == '+') {
            out += ' ';
            text.remove_prefix(1);
            continue;
        }
        if (text.size() < 3) return false;
        const int high = hex_value(text[1]);
        const int low = hex_value(text[2]);
        if (high < 0 || low < 0) return false;
        out += static_cast<char>(high * 16 + low);
        text.remove_prefix(3);
    }
    return true;
}

std::optional<std::string> decode_form_component(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    if (!append_form_component(out, text)) return std::nullopt;
    return out;
}

void append_xml_escaped(std::string& out, std::string_view text) {
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string_view escape;
        switch (text[i]) {
        case '&': escape = "&amp;"; break;
        case '<': escape = "&lt;"; break;
        case '>': escape = "&gt;"; break;
        case '"': escape = "&quot;"; break;
        case '\r': escape = "&#13;"; break;
        default: continue;
        }
        out += text.substr(start, i - start);
        out += escape;
        start = i + 1;
    }
    out += text.substr(start);
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (true) {
        const std::size_t plain = plain_in_json(text);
        out += text.substr(0, plain);
        if (plain == text.size()) break;
        const auto byte = static_cast<unsigned char>(text[plain]);
        text.remove_prefix(plain + 1);
        switch (byte) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
            out += "\\u00";
            out += hex_digits[byte >> 4U];
            out += hex_digits[byte & 15U];
        }
    }
    out += '"';
}

std::string encode_base64(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const auto at = [&](std::size_t k) -> std::uint32_t {
            return k < left ? static_cast<unsigned char>(bytes[i + k]) : 0U;
        };
        const std::uint32_t group = at(0) << 16U | at(1) << 8U | at(2);
        out += base64_alphabet[group >> 18U];
        out += base64_alphabet[group >> 12U & 63U];
        out += left > 1 ? base64_alphabet[group >> 6U & 63U] : '=';
        out += left > 2 ? base64_alphabet[group & 63U] : '=';
    }
    return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    while (!text.empty()) {
        const std::string_view group = text.substr(0, 4);
        text.remove_prefix(4);
        std::size_t padding = 0;
        if (text.empty()) padding = group.ends_with("==") ? 2 : group.ends_with('=') ? 1 : 0;
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const std::uint32_t value = i < 4 - padding ? base64_values[static_cast<unsigned char>(group[i])] : 0U;
            if (value == 64) return std::nullopt;
            bits = bits << 6U | value;
        }
        out += static_cast<char>(bits >> 16U);
        if (padding < 2) out += static_cast<char>(bits >> 8U & 255U);
        if (padding < 1) out += static_cast<char>(bits & 255U);
    }
    return out;
}

md5_text md5_of(std::string_view bytes) {
    // The sum is part of the wire format, not of any protection: where FIPS forbids MD5 the member stays empty.
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", "-fips");
    if (algorithm == nullptr) return {};
    std::array<unsigned char, 16> digest{};
    EVP_MD_CTX* const context = scratch_context();
    const bool good = context == nullptr
                          ? EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm, nullptr) == 1
                          : EVP_DigestInit_ex2(context, algorithm, nullptr) == 1 &&
                                EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1 &&
                                EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1;
    if (!good) return {};
    std::array<char, 32> hex{};
    write_hex(hex.data(), digest.data(), digest.size());
    return std::string_view(hex.data(), hex.size());
}

namespace {

/// OpenSSL's generator costs a microsecond and a system call each time: as much for a thousand bytes as for sixteen.
class random_bytes {
  public:
    static constexpr std::size_t most = 1024;

    /// At most as many as the pool has.
    void fill(unsigned char* out, std::size_t count) {
        if (pool_.size() - used_ < count) refill();
        std::memcpy(out, pool_.data() + used_, count);
        used_ += count;
    }

  private:
    void refill() {
        if (RAND_bytes(pool_.data(), static_cast<int>(pool_.size())) != 1) {
            throw std::runtime_error("the system gives no random bytes");
        }
        used_ = 0;
    }

    std::array<unsigned char, most> pool_{};
    std::size_t used_ = pool_.size();
};

void fill_randomly(unsigned char* out, std::size_t count) {
    thread_local random_bytes source;
    for (; count > random_bytes::most; count -= random_bytes::most, out += random_bytes::most) {
        source.fill(out, random_bytes::most);
    }
    source.fill(out, count);
}

} // namespace

std::string random_text(std::size_t length, std::string_view alphabet) {
    std::string text(length, '\0');
    fill_randomly(reinterpret_cast<unsigned char*>(text.data()), length);
    for (char& c : text) c = alphabet[static_cast<unsigned char>(c) % alphabet.size()];
    return text;
}

uuid_text make_uuid() {
    std::array<unsigned char, 16> bytes{};
    fill_randomly(bytes.data(), bytes.size());
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
    std::array<char, 36> text{};
    char* at = text.data();
    std::size_t from = 0;
    for (const std::size_t count : {4U, 2U, 2U, 2U, 6U}) {
        if (from > 0) *at++ = '-';
        at = write_hex(at, bytes.data() + from, count);
        from += count;
    }
    return std::string_view(text.data(), text.size());
}

std::int64_t milliseconds_of(time_point time) noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::string iso_timestamp(time_point time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<milliseconds>(time - day));
    return padded(static_cast<int>(date.year()), 4) + "-" + padded(static_cast<unsigned>(date.month()), 2) + "-" +
           padded(static_cast<unsigned>(date.day()), 2) + "T" + padded(clock.hours().count(), 2) + ":" +
           padded(clock.minutes().count(), 2) + ":" + padded(clock.seconds().count(), 2) + "." +
           padded(clock.subseconds().count(), 3) + "Z";
}

std::string http_date(time_point time) {
    using namespace std::chrono;
    constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(time - day));
    std::string out = "Www, 00 Mmm 0000 00:00:00 GMT";
    out.replace(0, 3, weekdays[weekday(day).c_encoding()]);
    out.replace(8, 3, months[static_cast<unsigned>(date.month()) - 1]);
    const auto put = [&out](std::size_t at, std::size_t digits, std::int64_t value) {
        for (std::size_t i = digits; i > 0; --i, value /= 10) out[at + i - 1] = static_cast<char>('0' + value % 10);
    };
    put(5, 2, static_cast<unsigned>(date.day()));
    put(12, 4, static_cast<int>(date.year()));
    put(17, 2, clock.hours().count());
    put(20, 2, clock.minutes().count());
    put(23, 2, clock.seconds().count());
    return out;
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> parse_number(std::string_view text) noexcept {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool matches_pattern(std::string_view text, std::string_view pattern, char any_one) noexcept {
    std::size_t t = 0;
    std::size_t p = 0;
    std::size_t star = std::string_view::npos; // the last one seen, and how much of the text it stands for so far
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && (pattern[p] == text[t] || (any_one != '\0' && pattern[p] == any_one))) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::size_t json_depth(std::string_view text) noexcept {
    std::size_t deepest = 0;
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') ++i;
            else if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            deepest = std::max(deepest, ++depth);
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return deepest;
}

bool has_only_allowed_characters(std::string_view text) noexcept {
    std::size_t i = 0;
    while (i < text.size()) {
        if (text.size() - i >= 8 && are_plain(text.data() + i)) {
            i += 8;
            continue;
        }
        const auto lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            if (lead < 0x20 && lead != '\t' && lead != '\n' && lead != '\r') return false;
            ++i;
            continue;
        }
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || text.size() - i < length) return false;
        std::uint32_t point = lead & (0x7FU >> length);
        for (std::size_t k = 1; k < length; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            if ((next & 0xC0U) != 0x80U) return false;
            point = point << 6U | (next & 0x3FU);
        }
        constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
        const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        const bool unassigned = point == 0xFFFE || point == 0xFFFF || point > 0x10FFFF;
        if (point < smallest[length] || surrogate || unassigned) return false;
        i += length;
    }
    return true;
}

std::string_view beginning_of(std::string_view text, std::size_t bytes) noexcept {
    if (text.size() <= bytes) return text;
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    std::size_t end = bytes;
    while (end > 0 && bytes - end < 3 && continues(text[end])) --end;
    return text.substr(0, continues(text[end]) ? bytes : end); // four in a row are no UTF-8
}

std::string printable(std::string text) {
    if (has_only_allowed_characters(text)) return text;
    for (char& c : text) {
        const bool plain = (c >= 0x20 && c < 0x7F) || c == '\t' || c == '\n' || c == '\r';
        if (!plain) c = '?';
    }
    return text;
}

} // namespace sluice::local
