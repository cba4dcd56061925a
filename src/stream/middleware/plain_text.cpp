#include "stream/middleware/plain_text.hpp"

#include "protocol/characters.hpp"
#include "protocol/message_rules.hpp"

namespace sluice::stream {
namespace {

std::string_view cut(std::string_view text, std::size_t most_bytes) {
    if (text.size() <= most_bytes) return text;
    constexpr std::size_t longest_character = 4;
    std::size_t end = most_bytes;
    const auto continues = [&text](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; };
    while (end > 0 && most_bytes - end < longest_character && continues(end)) --end;
    return text.substr(0, continues(end) ? most_bytes : end); // no UTF-8: anywhere
}

} // namespace

std::string allowed_text(std::string_view text, std::size_t most_bytes) {
    std::string_view rest = cut(text, most_bytes);
    std::string out;
    std::size_t bad = 0;
    while (!protocol::is_allowed_text(rest, bad)) {
        out += rest.substr(0, bad);
        out += '?';
        rest.remove_prefix(bad + 1);
    }
    return out.append(rest);
}

std::string one_line(std::string_view text, std::size_t most_bytes) {
    const std::string allowed = allowed_text(text, most_bytes);
    std::string line;
    line.reserve(allowed.size());
    for (std::string_view rest = allowed; !rest.empty();) {
        const protocol::character next = protocol::first_character(rest);
        const bool space = next.code == '\t' || next.code == '\n' || next.code == '\r' || next.code == 0x7F;
        if (space) line += ' ';
        else if (protocol::is_obeyed(next.code)) line += '?';
        else line += rest.substr(0, next.bytes);
        rest.remove_prefix(next.bytes);
    }
    return line;
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 60;
    return '"' + one_line(text, longest) + (text.size() > longest ? "…\"" : "\"");
}

} // namespace sluice::stream
