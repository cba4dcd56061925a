#include <sigv4/authorization.hpp>

#include "ascii.hpp"
#include "canonical_request.hpp"
#include "signer_state.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <optional>

namespace sigv4 {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t longest_value = std::size_t(16) * 1024;

parsed_authorization refused(std::string why) { return parsed_authorization(std::move(why)); }

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    parts.reserve(8); // enough for what clients send
    while (true) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

/// A parameter of the header by name, once it was seen.
struct parameter {
    std::string_view name;
    std::optional<std::string_view> value;
};

/// Empty when all is well, else why it is not.
std::string read_credential(std::string_view credential, authorization& out) {
    constexpr std::string_view form = "it has the form KEY/DATE/REGION/SERVICE/aws4_request";
    const auto complain = [&](std::string_view what) {
        return std::string(what) + " in Credential \"" + std::string(credential) + "\": " + std::string(form);
    };
    // Read from its end: the access key id comes first and may have slashes in
    // it.
    const std::vector<std::string_view> parts = split(credential, '/');
    if (parts.size() < 5) return complain("too few parts");
    const auto scope = parts.end() - 4;
    const std::string_view date = scope[0];
    if (scope[3] != "aws4_request") return complain("no aws4_request at the end");
    if (date.size() != 8 || !std::ranges::all_of(date, [](char c) { return c >= '0' && c <= '9'; })) {
        return complain("no date of eight digits");
    }
    if (scope[1].empty() || scope[2].empty()) return complain("an empty region or service");
    out.access_key_id = credential.substr(0, static_cast<std::size_t>(date.data() - credential.data()) - 1);
    if (out.access_key_id.empty()) return complain("no access key id");
    out.date = date;
    out.region = scope[1];
    out.service = scope[2];
    return {};
}

std::string read_signed_headers(std::string_view list, authorization& out) {
    const auto names = split(list, ';');
    out.signed_headers.reserve(names.size());
    for (const std::string_view name : names) {
        if (name.empty()) return "SignedHeaders \"" + std::string(list) + "\" has an empty name in it";
        out.signed_headers.emplace_back(name);
    }
    return {};
}

/// Made of just the headers that `claimed` names.
std::string signature_with(const detail::hmac_key& key, const authorization& claimed, const request_view& request,
                           std::string_view timestamp, const signing_options& options) {
    std::vector<header> named;
    named.reserve(request.headers.size());
    for (const header& given : request.headers) {
        const bool is_named = std::ranges::any_of(claimed.signed_headers, [&given](const std::string& name) {
            return detail::equal_ignoring_case(name, given.name);
        });
        if (is_named) named.push_back(given);
    }
    request_view restricted = request;
    restricted.headers = named;
    std::string canonical;
    detail::append_canonical_request(canonical, restricted, {}, detail::payload_hash(request).view(), options,
                                     detail::header_choice::every_one);
    const std::string scope = credential_scope(claimed.date, claimed.region, claimed.service);
    return std::string(detail::hex_digest(key.sign(string_to_sign(timestamp, scope, canonical))).view());
}

} // namespace

parsed_authorization parse_authorization(std::string_view value) {
    if (value.size() > longest_value) {
        return refused("an Authorization of " + std::to_string(value.size()) + " bytes: at most " +
                       std::to_string(longest_value) + " are read");
    }
    value = detail::trimmed(value);
    const std::string_view stated = value.substr(0, value.find_first_of(" \t"));
    if (stated != algorithm) {
        return refused("Authorization starts with \"" + std::string(stated) + "\", not with " + std::string(algorithm));
    }
    std::array<parameter, 3> wanted{{{"Credential", {}}, {"SignedHeaders", {}}, {"Signature", {}}}};
    const std::string_view rest = detail::trimmed(value.substr(algorithm.size()));
    for (std::string_view part : split(rest, ',')) {
        part = detail::trimmed(part);
        const auto equals = part.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            return refused("\"" + std::string(part) + "\" in Authorization is not a NAME=VALUE");
        }
        const auto found = std::ranges::find(wanted, part.substr(0, equals), &parameter::name);
        if (found == wanted.end()) continue;
        if (found->value) return refused("Authorization has " + std::string(found->name) + " twice");
        found->value = part.substr(equals + 1);
    }
    for (const parameter& one : wanted) {
        if (!one.value || one.value->empty()) return refused("Authorization has no " + std::string(one.name));
    }
    authorization found;
    if (std::string why = read_credential(*wanted[0].value, found); !why.empty()) return refused(std::move(why));
    if (std::string why = read_signed_headers(*wanted[1].value, found); !why.empty()) return refused(std::move(why));
    found.signature = *wanted[2].value;
    return parsed_authorization(std::move(found));
}

std::string expected_signature(const authorization& claimed, const request_view& request, std::string_view timestamp,
                               std::string_view secret_access_key, const signing_options& options) {
    const auto key = detail::derive_signing_key(secret_access_key, claimed.date, claimed.region, claimed.service);
    return signature_with(*key, claimed, request, timestamp, options);
}

struct signature_checker::state {
    explicit state(signing_options with) : options(with) {}

    detail::key_shelf keys;
    signing_options options;
};

signature_checker::signature_checker(signing_options options) : state_(std::make_unique<state>(options)) {
    detail::require_sha256();
}

signature_checker::signature_checker(signature_checker&&) noexcept = default;
signature_checker& signature_checker::operator=(signature_checker&&) noexcept = default;
signature_checker::~signature_checker() = default;

std::string signature_checker::expected_signature(const authorization& claimed, const request_view& request,
                                                  std::string_view timestamp,
                                                  std::string_view secret_access_key) const {
    const auto key = state_->keys.key_for(secret_access_key, claimed.date, claimed.region, claimed.service);
    return signature_with(*key, claimed, request, timestamp, state_->options);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace sigv4
