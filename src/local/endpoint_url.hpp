// Where an HTTP(S) subscription is delivered to. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::local {

struct endpoint_url {
    bool tls = false;
    std::string host; ///< in lower case; IPv6 without brackets
    std::uint16_t port = 0;
    std::string target; ///< path and query, as given
};

/// `http://host[:port][/path][?query]` or `https://…`. Empty for anything else, also for one with a user name, a
/// fragment, or a character that does not belong into a URL.
std::optional<endpoint_url> parse_endpoint_url(std::string_view url);

} // namespace sluice::local
