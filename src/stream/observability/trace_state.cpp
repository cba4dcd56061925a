#include "stream/observability/trace_state.hpp"

#include <algorithm>
#include <vector>

namespace sluice::stream {
namespace {

constexpr std::size_t most_members = 32;
constexpr std::size_t most_characters = 512;
constexpr std::size_t large_member = 128;
constexpr std::size_t longest_part = 256; // of a key, and of a value

bool is_letter_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_key(std::string_view key) noexcept {
    return !key.empty() && key.size() <= longest_part && is_letter_or_digit(key.front()) &&
           std::ranges::all_of(key, [](char c) {
               return is_letter_or_digit(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
           });
}

bool is_value(std::string_view value) noexcept {
    return !value.empty() && value.size() <= longest_part && value.back() != ' ' &&
           std::ranges::all_of(value, [](char c) { return c >= 0x20 && c <= 0x7E && c != ',' && c != '='; });
}

std::string_view without_blanks(std::string_view member) noexcept {
    const auto first = member.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return member.substr(first, member.find_last_not_of(" \t") - first + 1);
}

std::string_view key_of(std::string_view member) noexcept { return member.substr(0, member.find('=')); }

std::size_t length_of(const std::vector<std::string_view>& members) noexcept {
    std::size_t length = members.empty() ? 0 : members.size() - 1; // commas
    for (const auto member : members) length += member.size();
    return length;
}

void shorten(std::vector<std::string_view>& members) {
    for (std::size_t i = members.size(); i > 0 && length_of(members) > most_characters; --i) {
        const auto at = members.begin() + static_cast<std::ptrdiff_t>(i - 1);
        if (at->size() > large_member) members.erase(at);
    }
    while (length_of(members) > most_characters) members.pop_back();
}

} // namespace

std::optional<std::string> canonical_trace_state(std::string_view list) {
    std::vector<std::string_view> members;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        const std::string_view member = without_blanks(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
        if (member.empty()) continue;
        const auto equals = member.find('=');
        if (equals == std::string_view::npos || !is_key(member.substr(0, equals)) ||
            !is_value(member.substr(equals + 1))) {
            return std::nullopt;
        }
        if (std::ranges::find(members, key_of(member), key_of) != members.end()) return std::nullopt;
        members.push_back(member);
        if (members.size() > most_members) return std::nullopt;
    }
    shorten(members);
    std::string canonical;
    for (const auto member : members) {
        if (!canonical.empty()) canonical += ',';
        canonical += member;
    }
    return canonical;
}

} // namespace sluice::stream
