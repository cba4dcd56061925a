#include "credentials/sso_token.hpp"

#include "credentials/credentials_document.hpp"
#include "credentials/secret.hpp"
#include "protocol/timestamp.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace sluice {
namespace {

constexpr std::chrono::minutes renewal_window{5};

/// Names the file; nothing is protected by it.
std::string sha1_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1) return {};
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out;
    for (unsigned i = 0; i < length; ++i) {
        out += hex[digest.at(i) >> 4U];
        out += hex[digest.at(i) & 15U];
    }
    return out;
}

/// `2020-06-17T10:02:08UTC` is what old versions of the AWS CLI wrote.
std::optional<sso_token::time_point> parse_time(std::string text) {
    if (text.ends_with("UTC")) text.replace(text.size() - 3, 3, "Z");
    return protocol::parse_date_time(text);
}

error_info wrong(std::string text) { return error_info(errc::credentials, std::move(text)); }

} // namespace

std::string sso_settings::token_file(const std::string& home) const {
    return home + "/.aws/sso/cache/" + sha1_hex(session.empty() ? start_url : session) + ".json";
}

sso_token& sso_token::operator=(sso_token other) noexcept {
    access_token.swap(other.access_token);
    refresh_token.swap(other.refresh_token);
    client_id.swap(other.client_id);
    client_secret.swap(other.client_secret);
    region.swap(other.region);
    start_url.swap(other.start_url);
    std::swap(expires_at, other.expires_at);
    std::swap(registration_expires_at, other.registration_expires_at);
    return *this;
}

sso_token::~sso_token() {
    wipe(access_token);
    wipe(refresh_token);
    wipe(client_secret);
}

result<sso_token> sso_token::parse(std::string_view json) {
    const auto document = credentials_document::parse(json);
    if (!document) return wrong("it is not a JSON object");
    sso_token token;
    token.access_token = document->text("accesstoken");
    token.refresh_token = document->text("refreshtoken");
    token.client_id = document->text("clientid");
    token.client_secret = document->text("clientsecret");
    token.region = document->text("region");
    token.start_url = document->text("starturl");
    if (token.access_token.empty()) return wrong("it has no accessToken");
    const auto expires = parse_time(document->text("expiresat"));
    if (!expires) return wrong("its expiresAt is not a time");
    token.expires_at = *expires;
    token.registration_expires_at = parse_time(document->text("registrationexpiresat"));
    return token;
}

std::string sso_token::to_json() const {
    nlohmann::ordered_json document;
    document["startUrl"] = start_url;
    document["region"] = region;
    document["accessToken"] = access_token;
    document["expiresAt"] = protocol::date_time_text(expires_at);
    document["clientId"] = client_id;
    document["clientSecret"] = client_secret;
    if (registration_expires_at) document["registrationExpiresAt"] = protocol::date_time_text(*registration_expires_at);
    document["refreshToken"] = refresh_token;
    return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

sso_token::step sso_token::next(time_point now) const {
    const bool expired = expires_at <= now;
    if (expires_at - renewal_window > now) return step::use;
    const bool known = !registration_expires_at || *registration_expires_at > now;
    const bool renewable = !refresh_token.empty() && !client_id.empty() && !client_secret.empty() && known;
    if (renewable) return step::refresh;
    return expired ? step::log_in : step::use;
}

std::string sso_token::refresh_request() const {
    const nlohmann::json document{{"clientId", client_id},
                                  {"clientSecret", client_secret},
                                  {"grantType", "refresh_token"},
                                  {"refreshToken", refresh_token}};
    return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

result<sso_token> sso_token::renewed(std::string_view reply, time_point now) const {
    const auto document = credentials_document::parse(reply);
    if (!document) return document.error();
    const auto seconds = document->number("expiresin");
    sso_token token = *this;
    token.access_token = document->text("accesstoken");
    if (token.access_token.empty() || !seconds) return wrong("the answer has no accessToken or no expiresIn");
    constexpr std::int64_t year = std::int64_t(365) * 24 * 3600; // more would be a mistake, and could overflow
    token.expires_at = now + std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, year));
    const std::string& next_refresh = document->text("refreshtoken");
    if (!next_refresh.empty()) token.refresh_token = next_refresh;
    return token;
}

} // namespace sluice
