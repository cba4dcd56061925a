#include "digest.hpp"

#include <openssl/crypto.h>

#include <cstring>
#include <new>

namespace sigv4::detail {
namespace {

// Never freed: it must outlive every static object of the program. An implicit fetch costs more than a short hash.
const EVP_MD* algorithm() {
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (fetched == nullptr) throw std::bad_alloc();
    return fetched;
}

digest_context make_context() {
    digest_context context(EVP_MD_CTX_new());
    if (!context) throw std::bad_alloc();
    return context;
}

EVP_MD_CTX* scratch() {
    thread_local const digest_context context = make_context();
    return context.get();
}

} // namespace

digest sha256(std::string_view bytes) {
    digest out{};
    EVP_MD_CTX* context = scratch();
    EVP_DigestInit_ex2(context, algorithm(), nullptr);
    EVP_DigestUpdate(context, bytes.data(), bytes.size());
    EVP_DigestFinal_ex(context, out.data(), nullptr);
    return out;
}

std::string to_hex(const digest& bytes) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string text(2 * bytes.size(), '0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text[2 * i] = hex[bytes[i] >> 4U];
        text[2 * i + 1] = hex[bytes[i] & 15U];
    }
    return text;
}

hmac_key::hmac_key(std::string_view key) : inner_(make_context()), outer_(make_context()) {
    // RFC 2104: a key longer than a block is hashed first.
    constexpr std::size_t block = 64;
    std::array<unsigned char, block> padded{};
    if (key.size() > block) {
        digest hashed = sha256(key);
        std::memcpy(padded.data(), hashed.data(), hashed.size());
        OPENSSL_cleanse(hashed.data(), hashed.size());
    } else if (!key.empty()) {
        std::memcpy(padded.data(), key.data(), key.size());
    }
    std::array<unsigned char, block> pad{};
    const auto absorb = [&](EVP_MD_CTX* context, unsigned char mask) {
        for (std::size_t i = 0; i < block; ++i) pad[i] = static_cast<unsigned char>(padded[i] ^ mask);
        EVP_DigestInit_ex2(context, algorithm(), nullptr);
        EVP_DigestUpdate(context, pad.data(), block);
    };
    absorb(inner_.get(), 0x36);
    absorb(outer_.get(), 0x5C);
    OPENSSL_cleanse(padded.data(), block);
    OPENSSL_cleanse(pad.data(), block);
}

digest hmac_key::sign(std::string_view bytes) const {
    digest out{};
    EVP_MD_CTX* context = scratch();
    EVP_MD_CTX_copy_ex(context, inner_.get());
    EVP_DigestUpdate(context, bytes.data(), bytes.size());
    EVP_DigestFinal_ex(context, out.data(), nullptr);
    EVP_MD_CTX_copy_ex(context, outer_.get());
    EVP_DigestUpdate(context, out.data(), out.size());
    EVP_DigestFinal_ex(context, out.data(), nullptr);
    // The scratch context has seen the key's state: leave nothing of it behind.
    EVP_MD_CTX_reset(context);
    return out;
}

} // namespace sigv4::detail
