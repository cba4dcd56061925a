#include "bus/envelope_rules.hpp"

#include "protocol/ascii.hpp"
#include "protocol/message_rules.hpp"
#include "protocol/timestamp.hpp"
#include "stream/middleware/plain_text.hpp"

#include <charconv>
#include <cstdint>
#include <initializer_list>

namespace sluice::bus {
namespace {

bool is_text(std::string_view value, std::size_t most_bytes) noexcept {
    std::size_t bad = 0;
    return value.size() <= most_bytes && protocol::is_allowed_text(value, bad);
}

} // namespace

error_info bad_envelope(std::string_view member, std::string_view value, std::string_view rule) {
    constexpr std::size_t shown = 100;
    std::string text(member);
    text += value.empty() ? " is missing or empty" : " is \"" + stream::one_line(value, shown) + "\"";
    if (value.size() > shown) text += " (cut, it has " + std::to_string(value.size()) + " bytes)";
    return error_info(errc::invalid_argument, text + ": " + std::string(rule));
}

std::optional<error_info> check_envelope(const bus_envelope& envelope) {
    struct member {
        std::string_view name;
        std::string_view value;
        std::size_t most;
    };
    if (!protocol::is_allowed_id(envelope.id)) {
        return bad_envelope("the id", envelope.id, "it must be 1 to 128 printable ASCII characters without space");
    }
    if (!is_type_name(envelope.type)) {
        return bad_envelope("the type", envelope.type, "it must be 1 to 256 printable ASCII characters without space");
    }
    for (const member& one : std::initializer_list<member>{
             {"the source", envelope.source, longest_name},
             {"the subject", envelope.subject, longest_name},
             {"the correlation id", envelope.correlation_id, longest_name},
             {"the causation id", envelope.causation_id, longest_name},
             {"the content type", envelope.content_type, longest_name},
             {"the address for replies", envelope.reply_to, longest_address},
         }) {
        if (!is_text(one.value, one.most)) {
            return bad_envelope(one.name, one.value,
                                "it must be UTF-8 of at most " + std::to_string(one.most) +
                                    " bytes, of characters that message attributes take");
        }
    }
    return std::nullopt;
}

bool is_type_name(std::string_view name) noexcept {
    const auto printable = [](char c) { return c > ' ' && c <= '~'; };
    return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, printable);
}

bool is_body_text(std::string_view payload) noexcept {
    std::size_t bad = 0;
    return !payload.empty() && protocol::is_allowed_text(payload, bad);
}

std::string milliseconds_text(std::chrono::system_clock::time_point when) {
    return std::to_string(std::chrono::floor<std::chrono::milliseconds>(when.time_since_epoch()).count());
}

std::optional<std::chrono::system_clock::time_point> time_of_text(std::string_view text) noexcept {
    std::int64_t count = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (failure == std::errc() && end == text.data() + text.size()) return protocol::time_of_milliseconds(count);
    const auto date_time = protocol::parse_date_time(text);
    if (!date_time) return std::nullopt;
    return *date_time;
}

std::string media_type(std::string_view content_type) {
    return protocol::lower_case(protocol::trimmed(content_type.substr(0, content_type.find(';'))));
}

} // namespace sluice::bus
