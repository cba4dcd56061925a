// A member of a reply without which the reply is of no use.
#pragma once

#include <sluice/error.hpp>

#include <string>
#include <string_view>

namespace sluice::service {

/// Fails with `errc::bad_reply` where the member is missing or empty: an empty URL or ARN would be remembered and sent.
template<class Cursor>
result<std::string> required_text(std::string_view operation, const Cursor& from, std::string_view name) {
    std::string text = from.text(name);
    if (!text.empty()) return text;
    error_info info(errc::bad_reply, "the reply names no " + std::string(name));
    info.operation = operation;
    info.http_status = 200;
    info.attempts = 1;
    info.may_have_been_applied = true;
    return info;
}

} // namespace sluice::service
