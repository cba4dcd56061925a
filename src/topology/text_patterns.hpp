// How filter policies and IAM policies compare texts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::topology {

/// ASCII only: other letters stay.
inline std::string in_lower_case(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

/// `*` stands for any run of characters, and `any_one` for one; 0: there is no such character.
inline bool matches_wildcard(std::string_view text, std::string_view pattern, char any_one = '\0') noexcept {
    std::size_t at = 0;
    std::size_t in_pattern = 0;
    std::size_t star = std::string_view::npos; // the last one, and where what it stands for ends
    std::size_t resume = 0;
    while (at < text.size()) {
        const bool more = in_pattern < pattern.size();
        if (more && pattern[in_pattern] == '*') {
            star = in_pattern++;
            resume = at;
        } else if (more && (pattern[in_pattern] == text[at] || (any_one != '\0' && pattern[in_pattern] == any_one))) {
            ++in_pattern;
            ++at;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            at = ++resume;
        } else {
            return false;
        }
    }
    while (in_pattern < pattern.size() && pattern[in_pattern] == '*') ++in_pattern;
    return in_pattern == pattern.size();
}

} // namespace sluice::topology
