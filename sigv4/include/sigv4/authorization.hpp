// The server's side: what an Authorization header says, and whether it is true.
#pragma once

#include <sigv4/signer.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sigv4 {

struct authorization {
    std::string access_key_id;
    std::string date; ///< `20150830`
    std::string region;
    std::string service;
    std::vector<std::string> signed_headers; ///< lower case, as given
    std::string signature;
};

/// Empty when the value is not a complete `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
std::optional<authorization> parse_authorization(std::string_view value);

/// The signature that `request` should have, made of just the headers that `claimed` names. `timestamp` is the value of
/// x-amz-date.
std::string expected_signature(const authorization& claimed, const request_view& request, std::string_view timestamp,
                               std::string_view secret_access_key);

/// Takes the same time wherever the first difference is.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

} // namespace sigv4
