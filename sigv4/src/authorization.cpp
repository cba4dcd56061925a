#include <sigv4/authorization.hpp>

#include "signer_state.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace sigv4 {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const auto at = text.find(separator);
        parts.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, [&lower](char x, char y) { return lower(x) == lower(y); });
}

} // namespace

std::optional<authorization> parse_authorization(std::string_view value) {
    constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
    if (!value.starts_with(algorithm)) return std::nullopt;
    value.remove_prefix(algorithm.size());
    authorization parsed;
    std::string credential;
    for (const std::string& part : split(value, ',')) {
        const auto first = part.find_first_not_of(' ');
        const auto equals = part.find('=');
        if (first == std::string::npos || equals == std::string::npos || equals < first) return std::nullopt;
        const std::string name = part.substr(first, equals - first);
        const std::string content = part.substr(equals + 1, part.find_last_not_of(' ') - equals);
        if (name == "Credential") credential = content;
        else if (name == "SignedHeaders") parsed.signed_headers = split(content, ';');
        else if (name == "Signature") parsed.signature = content;
    }
    // The access key id comes first and may hold slashes; the scope behind it has four parts.
    std::vector<std::string> scope = split(credential, '/');
    if (scope.size() < 5 || scope.back() != "aws4_request" || parsed.signature.empty() || parsed.signed_headers.empty()) {
        return std::nullopt;
    }
    const std::size_t id_parts = scope.size() - 4;
    for (std::size_t i = 0; i < id_parts; ++i) parsed.access_key_id += (i == 0 ? "" : "/") + scope[i];
    parsed.date = scope[id_parts];
    parsed.region = scope[id_parts + 1];
    parsed.service = scope[id_parts + 2];
    return parsed;
}

std::string expected_signature(const authorization& claimed, const request_view& request, std::string_view timestamp,
                               std::string_view secret_access_key) {
    std::vector<header> named;
    for (const header& given : request.headers) {
        const bool is_named = std::ranges::any_of(claimed.signed_headers, [&given](const std::string& name) {
            return equal_ignoring_case(name, given.name);
        });
        if (is_named) named.push_back(given);
    }
    request_view restricted = request;
    restricted.headers = named;
    const canonical_form form = canonical_request(restricted, sha256_hex(request.payload));
    const std::string scope = claimed.date + "/" + claimed.region + "/" + claimed.service + "/aws4_request";
    const auto key = detail::derive_signing_key(secret_access_key, claimed.date, claimed.region, claimed.service);
    return detail::to_hex(key->sign(string_to_sign(timestamp, scope, form.text)));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace sigv4
