// Signs requests for one region and one service.
#pragma once

#include <sigv4/canonical_request.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace sigv4 {

struct credentials {
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token; ///< empty for long-term keys
};

/// The headers to add to the request. Those that do not apply are empty.
struct signed_headers {
    std::string x_amz_date;
    std::string authorization;
    std::string x_amz_security_token;
    std::string x_amz_content_sha256;
};

/// A presigned query, with the two stages before the signature for whoever looks for a mistake.
struct presigned_url_query {
    std::string query;        ///< goes behind the `?`
    std::string canonical;    ///< the canonical request
    std::string text_to_sign; ///< the string to sign
};

/// Derives the day's signing key once and keeps its hash state. Usable from several threads. Movable.
/// Keys are wiped from memory when they change and when the signer goes.
class signer {
  public:
    signer(std::string region, std::string service, signing_options options = {});
    signer(signer&&) noexcept;
    signer& operator=(signer&&) noexcept;
    ~signer();

    /// The request must not have the headers that this adds.
    [[nodiscard]] signed_headers sign(const request_view& request, const credentials& keys,
                                      std::chrono::system_clock::time_point now) const;

    /// The query of a presigned URL: `request.query` with the signature and what it needs. Only `request.headers` are
    /// signed and must be sent. `expires`: 1 s to 7 days.
    [[nodiscard]] presigned_url_query presign(const request_view& request, const credentials& keys,
                                              std::chrono::system_clock::time_point now,
                                              std::chrono::seconds expires) const;

    /// The third stage alone: lower-case hex.
    [[nodiscard]] std::string signature(const credentials& keys, std::string_view timestamp,
                                        std::string_view text_to_sign) const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace sigv4
