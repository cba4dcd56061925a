#include <sigv4/signer.hpp>

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
    const std::string timestamp = format_timestamp(now);
    const std::string scope = credential_scope(timestamp, state_->region, state_->service);
    // The list of signed headers is itself signed as a parameter, so it is needed first.
    const std::string names = canonical_request(request, "", state_->options).signed_headers;
    std::string query(request.query);
    append_parameter(query, "X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    append_parameter(query, "X-Amz-Credential", keys.access_key_id + "/" + scope);
    append_parameter(query, "X-Amz-Date", timestamp);
    append_parameter(query, "X-Amz-Expires", std::to_string(expires.count()));
    const bool with_token = !keys.session_token.empty();
    if (with_token && !state_->options.omit_session_token) {
        append_parameter(query, "X-Amz-Security-Token", keys.session_token);
    }
    append_parameter(query, "X-Amz-SignedHeaders", names);

    request_view complete = request;
    complete.query = query;
    presigned_url_query signed_query;
    signed_query.canonical = canonical_request(complete, sha256_hex(request.payload), state_->options).text;
    signed_query.text_to_sign = string_to_sign(timestamp, scope, signed_query.canonical);
    append_parameter(query, "X-Amz-Signature", signature(keys, timestamp, signed_query.text_to_sign));
    if (with_token && state_->options.omit_session_token) {
        append_parameter(query, "X-Amz-Security-Token", keys.session_token);
    }
    signed_query.query = std::move(query);
    return signed_query;
}

} // namespace sigv4
