// Config and credentials files. What is accepted holds only names that may be, in lower case where they are properties;
// what is refused says in which line.
#include "credentials/profile_file.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void check(const sluice::profile_sections& sections) {
    for (const auto& [name, properties] : sections) {
        if (name.empty() || name.find_first_of(" \t\n[]") != std::string::npos) std::abort();
        for (const auto& [key, value] : properties) {
            const bool upper = std::ranges::any_of(key, [](char c) { return c >= 'A' && c <= 'Z'; });
            if (key.empty() || upper || key.find_first_of(" \t\n=") != std::string::npos) std::abort();
            for (const auto& [sub_key, sub_value] : sluice::sub_properties(value)) {
                if (sub_value.find('\n') != std::string::npos || sub_key.find('=') != std::string::npos) std::abort();
            }
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto half = text.find("\n---\n");
    const std::string_view credentials = half == std::string_view::npos ? std::string_view() : text.substr(half + 5);
    const auto files = sluice::parse_profile_files(text.substr(0, half), "config", credentials, "credentials");
    if (!files) {
        if (files.error().message.find(", line ") == std::string::npos) std::abort();
        return 0;
    }
    check(files->profiles);
    check(files->sso_sessions);
    check(files->services);
    return 0;
}
