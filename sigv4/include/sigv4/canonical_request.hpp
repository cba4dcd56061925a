// The first two of the three stages of AWS Signature Version 4, each visible
// for itself. Source: AWS IAM user guide, "Create a signed AWS API request".
#pragma once

#include <sigv4/export.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sigv4 {

/// Names in any case, values with any spaces; a value may be folded over
/// several lines.
struct header {
    std::string_view name;
    std::string_view value;
};

/// What is signed. Views: they must live until the call returns.
struct request_view {
    std::string_view method = "POST";
    std::string_view path = "/";        ///< of the request line, as it is sent, without the query
    std::string_view query = {};        ///< behind the `?`; what is not percent-encoded
                                        ///< yet counts as if it were
    std::span<const header> headers{};  ///< with `Host`; a name may come again,
                                        ///< its values then keep their order
    std::string_view payload = {};      ///< the body; not looked at when `payload_hash` is given
    std::string_view payload_hash = {}; ///< SHA-256 in lower-case hex if known
                                        ///< already, or `UNSIGNED-PAYLOAD` for S3
};

struct signing_options {
    bool normalize_path = true;      ///< take out `.`, `..` and empty segments; S3 wants false
    bool double_encode_path = true;  ///< encode the path once more; S3 wants false
    bool sign_body = false;          ///< `sign` adds the header `x-amz-content-sha256`; S3 wants it
    bool omit_session_token = false; ///< the token goes along but is not signed
};

/// False for headers that proxies change or that are about the connection
/// (`user-agent`, `connection`, …): a signature over them would break on the
/// way. The name may be in any case.
SIGV4_API bool is_signed_header(std::string_view name) noexcept;

/// What belongs into the `Host` header: lower case, IPv6 addresses in brackets,
/// the port unless it is the scheme's own (443 with `tls`, 80 without). The
/// host may have its brackets already; port 0 stands for the scheme's own.
SIGV4_API std::string host_header(std::string_view host, std::uint16_t port, bool tls);

struct canonical_form {
    std::string text;           ///< the canonical request
    std::string signed_headers; ///< `host;x-amz-date`
};

/// Stage one. `payload_hash`: lower-case hex of SHA-256, or a constant such as
/// `UNSIGNED-PAYLOAD`. The members `payload` and `payload_hash` of `request`
/// are not looked at.
SIGV4_API canonical_form canonical_request(const request_view& request, std::string_view payload_hash,
                                           const signing_options& options = {});

/// `20150830T123600Z`. Parts of a second are cut off.
SIGV4_API std::string format_timestamp(std::chrono::system_clock::time_point time);

/// `20150830/us-east-1/sqs/aws4_request`
SIGV4_API std::string credential_scope(std::string_view timestamp, std::string_view region, std::string_view service);

/// Stage two.
SIGV4_API std::string string_to_sign(std::string_view timestamp, std::string_view scope,
                                     std::string_view canonical_request);

/// Lower-case hex of SHA-256.
SIGV4_API std::string sha256_hex(std::string_view bytes);

} // namespace sigv4
