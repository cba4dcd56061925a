#include <sigv4/signer.hpp>

#include "signer_state.hpp"

#include <openssl/crypto.h>

#include <utility>
#include <vector>

namespace sigv4 {
namespace {

std::string_view bytes_of(const detail::digest& value) {
    return {reinterpret_cast<const char*>(value.data()), value.size()};
}

} // namespace

std::shared_ptr<const detail::hmac_key> detail::derive_signing_key(std::string_view secret, std::string_view date,
                                                                   std::string_view region, std::string_view service) {
    std::string start;
    start.reserve(4 + secret.size()); // no copy of the secret is left behind by growing
    start += "AWS4";
    start += secret;
    digest key = hmac_key(start).sign(date);
    OPENSSL_cleanse(start.data(), start.size());
    key = hmac_key(bytes_of(key)).sign(region);
    key = hmac_key(bytes_of(key)).sign(service);
    key = hmac_key(bytes_of(key)).sign("aws4_request");
    auto derived = std::make_shared<const hmac_key>(bytes_of(key));
    OPENSSL_cleanse(key.data(), key.size());
    return derived;
}

signer::state::~state() { OPENSSL_cleanse(secret.data(), secret.size()); }

std::shared_ptr<const detail::hmac_key> signer::state::key_for(std::string_view wanted_date,
                                                               const std::string& wanted_secret) {
    const std::lock_guard lock(mutex);
    if (key == nullptr || date != wanted_date || secret != wanted_secret) {
        key = detail::derive_signing_key(wanted_secret, wanted_date, region, service);
        date = wanted_date;
        OPENSSL_cleanse(secret.data(), secret.size());
        secret = wanted_secret;
    }
    return key;
}

signer::signer(std::string region, std::string service, signing_options options) : state_(std::make_unique<state>()) {
    state_->region = std::move(region);
    state_->service = std::move(service);
    state_->options = options;
}

signer::signer(signer&&) noexcept = default;
signer& signer::operator=(signer&&) noexcept = default;
signer::~signer() = default;

std::string signer::signature(const credentials& keys, std::string_view timestamp, std::string_view text_to_sign) const {
    const auto key = state_->key_for(timestamp.substr(0, 8), keys.secret_access_key);
    return detail::to_hex(key->sign(text_to_sign));
}

signed_headers signer::sign(const request_view& request, const credentials& keys,
                            std::chrono::system_clock::time_point now) const {
    signed_headers added;
    added.x_amz_date = format_timestamp(now);
    const std::string payload_hash = sha256_hex(request.payload);
    std::vector<header> headers(request.headers.begin(), request.headers.end());
    headers.push_back({"x-amz-date", added.x_amz_date});
    if (state_->options.sign_body) {
        added.x_amz_content_sha256 = payload_hash;
        headers.push_back({"x-amz-content-sha256", added.x_amz_content_sha256});
    }
    if (!keys.session_token.empty()) {
        added.x_amz_security_token = keys.session_token;
        if (!state_->options.omit_session_token) headers.push_back({"x-amz-security-token", added.x_amz_security_token});
    }
    request_view complete = request;
    complete.headers = headers;
    const canonical_form form = canonical_request(complete, payload_hash, state_->options);
    const std::string scope = credential_scope(added.x_amz_date, state_->region, state_->service);

    added.authorization.reserve(256);
    added.authorization += "AWS4-HMAC-SHA256 Credential=";
    added.authorization += keys.access_key_id;
    added.authorization += '/';
    added.authorization += scope;
    added.authorization += ", SignedHeaders=";
    added.authorization += form.signed_headers;
    added.authorization += ", Signature=";
    added.authorization += signature(keys, added.x_amz_date, string_to_sign(added.x_amz_date, scope, form.text));
    return added;
}

} // namespace sigv4
