// URLs for error texts.
#pragma once

#include <string>
#include <string_view>

namespace sluice::protocol {

/// Without the user name and password, which are not for logs: whatever stands before an `@`, also where the URL is
/// none.
inline std::string masked_url(std::string_view url) {
    const auto at = url.rfind('@');
    if (at == std::string_view::npos) return std::string(url);
    const auto scheme = url.substr(0, at).find("://");
    const std::string_view kept = scheme == std::string_view::npos ? std::string_view() : url.substr(0, scheme + 3);
    return std::string(kept) + "***" + std::string(url.substr(at));
}

} // namespace sluice::protocol
