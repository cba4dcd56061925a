// What a signer remembers.
#pragma once

#include <sigv4/signer.hpp>

#include "digest.hpp"
#include "key_cache.hpp"

namespace sigv4 {

struct signer::state {
    detail::key_cache keys;
    signing_options options;

    [[nodiscard]] detail::hex_digest signature(const credentials& with, std::string_view timestamp,
                                               std::string_view text_to_sign) {
        const auto key = keys.key_for(timestamp.substr(0, 8), with.secret_access_key);
        return detail::hex_digest(key->sign(text_to_sign));
    }
};

namespace detail {

/// The hash that was given with the request, or else the one of its payload.
class payload_hash {
  public:
    explicit payload_hash(const request_view& request)
        : given_(request.payload_hash), computed_(given_.empty() ? sha256(request.payload) : digest{}) {}
    [[nodiscard]] std::string_view view() const noexcept { return given_.empty() ? computed_.view() : given_; }

  private:
    std::string_view given_;
    hex_digest computed_;
};

} // namespace detail
} // namespace sigv4
