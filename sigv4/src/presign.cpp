#include <sigv4/signer.hpp>

#include "canonical_target.hpp"
#include "checks.hpp"
#include "encoding.hpp"
#include "signer_state.hpp"

namespace sigv4 {
namespace {

void append_parameter(std::string& query, std::string_view name, std::string_view value) {
    if (!query.empty()) query += '&';
    query += name;
    query += '=';
    detail::append_encoded(query, value);
}

} // namespace

presigned_url_query signer::presign(const request_view& request, const credentials& keys,
                                    std::chrono::system_clock::time_point now, std::chrono::seconds expires) const {
    detail::check_credentials(keys);
    detail::check_request(request);
    detail::check_presigning(request, expires);
    const signing_options& options = state_->options;
    const std::string timestamp = format_timestamp(now);
    const std::string scope = credential_scope(timestamp, state_->keys.region(), state_->keys.service());
    // The list of signed headers is itself signed as a parameter, so it is needed
    // first.
    const std::string names = canonical_request(request, "", options).signed_headers;

    std::string given(request.query);
    append_parameter(given, "X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    append_parameter(given, "X-Amz-Credential", keys.access_key_id + "/" + scope);
    append_parameter(given, "X-Amz-Date", timestamp);
    append_parameter(given, "X-Amz-Expires", std::to_string(expires.count()));
    const bool with_token = !keys.session_token.empty();
    if (with_token && !options.omit_session_token) append_parameter(given, "X-Amz-Security-Token", keys.session_token);
    append_parameter(given, "X-Amz-SignedHeaders", names);

    // In canonical form it is encoded throughout, whatever the caller left raw:
    // no server can read it another way.
    presigned_url_query out;
    detail::append_canonical_query(out.query, given);
    request_view complete = request;
    complete.query = out.query;
    out.canonical = canonical_request(complete, detail::payload_hash(request).view(), options).text;
    out.text_to_sign = string_to_sign(timestamp, scope, out.canonical);
    append_parameter(out.query, "X-Amz-Signature", state_->signature(keys, timestamp, out.text_to_sign).view());
    if (with_token && options.omit_session_token)
        append_parameter(out.query, "X-Amz-Security-Token", keys.session_token);
    return out;
}

} // namespace sigv4
