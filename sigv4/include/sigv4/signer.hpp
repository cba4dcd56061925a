// Signs requests for one region and one service.
#pragma once

#include <sigv4/canonical_request.hpp>
#include <sigv4/export.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace sigv4 {

struct credentials {
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token; ///< empty for long-term keys; of any length
};

/// The headers to add to the request. Those that do not apply are empty.
struct signed_headers {
    std::string x_amz_date;
    std::string authorization;
    std::string x_amz_security_token;
    std::string x_amz_content_sha256;
};

/// A presigned query, with the two stages before the signature for whoever
/// looks for a mistake.
struct presigned_url_query {
    std::string query;        ///< goes behind the `?`, fully percent-encoded
    std::string canonical;    ///< the canonical request
    std::string text_to_sign; ///< the string to sign
};

/// Derives the signing key once for a day and a secret, and keeps the state of
/// its hash: a signature then costs no key schedule. One object may be used by
/// any number of threads. Secrets that it holds are wiped from memory when the
/// day or the secret changes and when the object goes. A moved-from signer may
/// only be assigned to or destroyed.
///
/// Errors: std::invalid_argument names the value and the rule for a request,
/// keys or options that no service would accept; std::runtime_error when
/// OpenSSL cannot compute SHA-256.
class SIGV4_API signer {
  public:
    /// `region` as in `eu-west-1`, `service` the signing name as in `sqs`.
    signer(std::string region, std::string service, signing_options options = {});
    signer(signer&&) noexcept;
    signer& operator=(signer&&) noexcept;
    ~signer();

    /// The headers that make `request` a signed one. It must have `Host`, and
    /// must not have the ones that are added.
    [[nodiscard]] signed_headers sign(const request_view& request, const credentials& keys,
                                      std::chrono::system_clock::time_point now) const;

    /// The query of a presigned URL: `request.query` in canonical form with the
    /// signature and what it needs. All of `request.headers` that can be signed
    /// are, and must then be sent. `expires`: 1 second to 7 days.
    [[nodiscard]] presigned_url_query presign(const request_view& request, const credentials& keys,
                                              std::chrono::system_clock::time_point now,
                                              std::chrono::seconds expires) const;

    /// Stage three alone: lower-case hex. `timestamp` begins with the day of the
    /// key.
    [[nodiscard]] std::string signature(const credentials& keys, std::string_view timestamp,
                                        std::string_view text_to_sign) const;

  private:
    struct SIGV4_LOCAL state;
    std::unique_ptr<state> state_;
};

} // namespace sigv4
