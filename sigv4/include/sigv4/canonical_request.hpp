// The first two of the three stages of AWS Signature Version 4, each visible for itself.
// Source: AWS IAM user guide, "Create a signed AWS API request".
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sigv4 {

/// Names in any case, values with any spaces; a value may be folded over several lines.
struct header {
    std::string_view name;
    std::string_view value;
};

/// What is signed. Views: they must live until the call returns.
struct request_view {
    std::string_view method = "POST";
    std::string_view path = "/";     ///< of the request line, without the query
    std::string_view query;          ///< behind the `?`, percent-encoded or not
    std::span<const header> headers; ///< with `Host`
    std::string_view payload;
};

struct signing_options {
    bool normalize_path = true;      ///< take out `.`, `..` and empty segments; S3 wants false
    bool double_encode_path = true;  ///< encode the path once more; S3 wants false
    bool sign_body = false;          ///< add the header `x-amz-content-sha256`; S3 wants it
    bool omit_session_token = false; ///< the token goes along but is not signed
};

/// Headers that proxies change or that are about the connection: they are never signed.
bool is_signed_header(std::string_view lower_case_name) noexcept;

struct canonical_form {
    std::string text;           ///< the canonical request
    std::string signed_headers; ///< `host;x-amz-date`
};

/// `payload_hash`: lower-case hex of SHA-256, or a constant such as `UNSIGNED-PAYLOAD`.
canonical_form canonical_request(const request_view& request, std::string_view payload_hash,
                                 const signing_options& options = {});

/// `20150830T123600Z`
std::string format_timestamp(std::chrono::system_clock::time_point time);

/// `20150830/us-east-1/sqs/aws4_request`
std::string credential_scope(std::string_view timestamp, std::string_view region, std::string_view service);

std::string string_to_sign(std::string_view timestamp, std::string_view scope, std::string_view canonical_request);

/// Lower-case hex of SHA-256.
std::string sha256_hex(std::string_view bytes);

} // namespace sigv4
