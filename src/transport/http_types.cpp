#include <sluice/transport.hpp>

#include <algorithm>

namespace sluice {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

} // namespace

std::string http_origin::host_header() const {
    std::string text = host.find(':') != std::string::npos ? "[" + host + "]" : host;
    if (port != (tls ? 443 : 80)) text += ":" + std::to_string(port);
    return text;
}

std::string_view http_reply::header(std::string_view name) const noexcept {
    for (const auto& candidate : headers) {
        if (std::ranges::equal(candidate.name, name, [](char a, char b) { return lower(a) == lower(b); })) {
            return candidate.value;
        }
    }
    return {};
}

} // namespace sluice
