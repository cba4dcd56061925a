// SHA-256 and HMAC on OpenSSL's EVP interface, with everything fetched once.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace sigv4::detail {

using digest = std::array<unsigned char, 32>;

struct context_free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using digest_context = std::unique_ptr<EVP_MD_CTX, context_free>;

digest sha256(std::string_view bytes);
std::string to_hex(const digest& bytes);

/// The state of HMAC-SHA-256 after the key was taken in: a signature then costs two copies and no key schedule.
/// The copies do not change it, so several threads may use one.
class hmac_key {
  public:
    explicit hmac_key(std::string_view key);
    [[nodiscard]] digest sign(std::string_view bytes) const;

  private:
    digest_context inner_;
    digest_context outer_;
};

} // namespace sigv4::detail
