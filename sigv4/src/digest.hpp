// SHA-256 and HMAC on OpenSSL's EVP interface, with everything fetched once.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string_view>

namespace sigv4::detail {

using digest = std::array<unsigned char, 32>;

inline std::string_view bytes_of(const digest& value) noexcept {
    return {reinterpret_cast<const char*>(value.data()), value.size()};
}

/// A digest as 64 lower-case characters, on the stack.
class hex_digest {
  public:
    explicit hex_digest(const digest& bytes) noexcept;
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

  private:
    std::array<char, 64> text_;
};

struct context_free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using digest_context = std::unique_ptr<EVP_MD_CTX, context_free>;

/// Throws std::runtime_error when OpenSSL offers no SHA-256. A static object
/// that calls this while it is made is destroyed before OpenSSL shuts down, and
/// may hold contexts.
void require_sha256();

digest sha256(std::string_view bytes);

/// The state of HMAC-SHA-256 after the key was taken in: a signature then costs
/// two copies and no key schedule. The copies do not change it, so several
/// threads may use one. OpenSSL wipes the states when they are freed.
class hmac_key {
  public:
    explicit hmac_key(std::string_view key);
    [[nodiscard]] digest sign(std::string_view bytes) const;
    /// For a result that is a key itself: it is written to `out` and nowhere
    /// else.
    void sign(std::string_view bytes, digest& out) const;

  private:
    digest_context inner_;
    digest_context outer_;
};

} // namespace sigv4::detail
