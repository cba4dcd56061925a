// How the operations of SNS read what they need, and write their pages.
#pragma once

#include "local/fault.hpp"
#include "local/text.hpp"
#include "local/wire.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::local {

inline std::string needed(const input& from, std::string_view name) {
    auto value = from.text(name);
    if (!value || value->empty()) {
        throw sns_invalid_parameter(std::string(name) + " Reason: no value for required parameter");
    }
    return std::move(*value);
}

/// Texts as recorded from AWS.
inline void check_arn(std::string_view arn, std::string_view member) {
    const auto elements = std::ranges::count(arn, ':') + 1;
    if (elements < 6) {
        throw sns_invalid_parameter(std::string(member) + " Reason: An ARN must have at least 6 elements, not " +
                                    std::to_string(elements));
    }
}

/// How long a token confirms. Source: SNS API model, ConfirmSubscription.
inline constexpr auto subscription_token_life = std::chrono::hours(48);

inline std::string make_subscription_token() {
    constexpr std::size_t length = 192;
    return random_text(length, "0123456789abcdef");
}

inline constexpr std::size_t page_size = 100;

/// A page of what `map` has behind the token of the request, and the token for the next one.
template<class Map, class Write>
void write_page(const Map& map, const input& parameters, output& reply, std::string_view list, Write write) {
    const auto token = parameters.text("NextToken");
    const auto after = token && !token->empty() ? decode_base64(*token) : std::optional<std::string>("");
    if (!after) throw sns_invalid_parameter("NextToken");
    std::size_t written = 0;
    std::string last;
    bool more = false;
    reply.begin_list("", list);
    for (auto at = after->empty() ? map.begin() : map.upper_bound(*after); at != map.end(); ++at) {
        if (written == page_size) {
            more = true;
            break;
        }
        if (write(at->second)) ++written;
        last = at->first;
    }
    reply.end_list();
    if (more) reply.text("NextToken", encode_base64(last));
}

} // namespace sluice::local
