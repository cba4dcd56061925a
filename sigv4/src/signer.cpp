#include <sigv4/signer.hpp>

#include "canonical_request.hpp"
#include "checks.hpp"
#include "signer_state.hpp"

#include <array>
#include <span>
#include <utility>

namespace sigv4 {

signer::signer(std::string region, std::string service, signing_options options) {
    detail::check_scope_part("region", region);
    detail::check_scope_part("service", service);
    detail::require_sha256();
    state_.reset(new state{{std::move(region), std::move(service)}, options});
}

signer::signer(signer&&) noexcept = default;
signer& signer::operator=(signer&&) noexcept = default;
signer::~signer() = default;

std::string signer::signature(const credentials& keys, std::string_view timestamp,
                              std::string_view text_to_sign) const {
    return std::string(state_->signature(keys, timestamp, text_to_sign).view());
}

signed_headers signer::sign(const request_view& request, const credentials& keys,
                            std::chrono::system_clock::time_point now) const {
    detail::check_credentials(keys);
    detail::check_request(request);
    detail::check_absent(request, "authorization");
    const signing_options& options = state_->options;
    const detail::payload_hash hash(request);

    std::array<header, 3> more{};
    std::size_t count = 0;
    const auto add = [&](std::string_view name, std::string_view value) {
        detail::check_absent(request, name);
        more[count++] = {name, value};
    };
    signed_headers added;
    added.x_amz_date = format_timestamp(now);
    add("x-amz-date", added.x_amz_date);
    if (options.sign_body) {
        added.x_amz_content_sha256 = hash.view();
        add("x-amz-content-sha256", added.x_amz_content_sha256);
    }
    if (!keys.session_token.empty()) {
        added.x_amz_security_token = keys.session_token;
        if (!options.omit_session_token) add("x-amz-security-token", added.x_amz_security_token);
    }

    std::string canonical;
    const auto names =
        detail::append_canonical_request(canonical, request, std::span(more).first(count), hash.view(), options);
    const std::string scope = credential_scope(added.x_amz_date, state_->keys.region(), state_->keys.service());
    const std::string text_to_sign = string_to_sign(added.x_amz_date, scope, canonical);

    std::string& out = added.authorization;
    out.reserve(keys.access_key_id.size() + scope.size() + names.size + 64 + 58);
    out += "AWS4-HMAC-SHA256 Credential=";
    out += keys.access_key_id;
    out += '/';
    out += scope;
    out += ", SignedHeaders=";
    out += names.of(canonical);
    out += ", Signature=";
    out += state_->signature(keys, added.x_amz_date, text_to_sign).view();
    return added;
}

} // namespace sigv4
