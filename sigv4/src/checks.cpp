#include "checks.hpp"

#include "ascii.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace sigv4::detail {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw std::invalid_argument("sigv4: " + why); }

std::string quoted(std::string_view value) { return '"' + std::string(value) + '"'; }

bool has_control(std::string_view text) noexcept { return std::ranges::any_of(text, is_control); }

bool separates(char c) noexcept { return is_control(c) || c == ' ' || c == ','; }

} // namespace

void check_scope_part(std::string_view what, std::string_view value) {
    if (value.empty()) refuse("the " + std::string(what) + " is empty");
    if (std::ranges::any_of(value, [](char c) { return separates(c) || c == '/'; })) {
        refuse("the " + std::string(what) + " " + quoted(value) +
               " has a slash, comma, space or control character in it");
    }
}

void check_credentials(const credentials& keys) {
    if (keys.access_key_id.empty()) refuse("the access key id is empty");
    if (keys.secret_access_key.empty()) refuse("the secret access key is empty");
    if (std::ranges::any_of(keys.access_key_id, separates)) {
        refuse("the access key id has a comma, a space, a line break or another "
               "control character in it");
    }
    if (has_control(keys.secret_access_key)) {
        refuse("the secret access key has a line break or another control "
               "character in it");
    }
    if (has_control(keys.session_token)) {
        refuse("the session token has a line break or another control character in "
               "it");
    }
}

void check_request(const request_view& request) {
    if (request.method.empty()) refuse("the request has no method");
    if (!request.path.empty() && request.path.front() != '/') {
        refuse("the path " + quoted(request.path) + " does not start with a slash");
    }
    if (request.path.find('?') != std::string_view::npos) {
        refuse("the path " + quoted(request.path) + " has a query in it: it goes into request_view::query");
    }
    const auto is_host = [](const header& one) { return equal_ignoring_case(one.name, "host"); };
    if (std::ranges::none_of(request.headers, is_host)) refuse("the request has no Host header, which must be signed");
}

void check_absent(const request_view& request, std::string_view header_name) {
    for (const header& one : request.headers) {
        if (one.name.size() == header_name.size() && equal_ignoring_case(one.name, header_name)) {
            refuse("the request has the header " + quoted(one.name) + " already, which signing adds");
        }
    }
}

void check_presigning(const request_view& request, std::chrono::seconds expires) {
    constexpr std::chrono::seconds longest = std::chrono::days(7);
    if (expires < std::chrono::seconds(1) || expires > longest) {
        refuse("a URL cannot be valid for " + std::to_string(expires.count()) + " s: 1 to " +
               std::to_string(longest.count()) + " s (7 days) are allowed");
    }
    for (std::size_t at = 0; at < request.query.size();) {
        const std::string_view rest = request.query.substr(at);
        constexpr std::string_view own = "x-amz-signature=";
        if (equal_ignoring_case(rest.substr(0, own.size()), own)) refuse("the query has a signature in it already");
        const auto next = rest.find('&');
        at = next == std::string_view::npos ? request.query.size() : at + next + 1;
    }
}

} // namespace sigv4::detail
