#include "digest.hpp"

#include "wiped.hpp"

#include <cstddef>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

namespace sigv4::detail {
namespace {

void require(int result, const char* call) {
    if (result != 1) throw std::runtime_error(std::string("OpenSSL failed in ") + call);
}

const EVP_MD* fetch_algorithm() {
    const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (fetched == nullptr) throw std::runtime_error("OpenSSL offers no SHA256: no provider that has it is loaded");
    return fetched;
}

// Never freed: it must outlive every static object of the program. An implicit
// fetch costs more than a short hash.
const EVP_MD* algorithm() {
    static const EVP_MD* const fetched = fetch_algorithm();
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

void begin(EVP_MD_CTX* context) { require(EVP_DigestInit_ex2(context, algorithm(), nullptr), "EVP_DigestInit_ex2"); }

void update(EVP_MD_CTX* context, const void* bytes, std::size_t size) {
    require(EVP_DigestUpdate(context, bytes, size), "EVP_DigestUpdate");
}

void finish(EVP_MD_CTX* context, digest& out) {
    require(EVP_DigestFinal_ex(context, out.data(), nullptr), "EVP_DigestFinal_ex");
}

void copy(EVP_MD_CTX* to, const EVP_MD_CTX* from) { require(EVP_MD_CTX_copy_ex(to, from), "EVP_MD_CTX_copy_ex"); }

} // namespace

void require_sha256() { static_cast<void>(algorithm()); }

digest sha256(std::string_view bytes) {
    digest out{};
    EVP_MD_CTX* context = scratch();
    begin(context);
    update(context, bytes.data(), bytes.size());
    finish(context, out);
    return out;
}

hex_digest::hex_digest(const digest& bytes) noexcept {
    constexpr std::string_view hex = "0123456789abcdef";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text_[2 * i] = hex[bytes[i] >> 4U];
        text_[2 * i + 1] = hex[bytes[i] & 15U];
    }
}

hmac_key::hmac_key(std::string_view key) : inner_(make_context()), outer_(make_context()) {
    // RFC 2104: a key longer than a block is hashed first.
    constexpr std::size_t block = 64;
    wiped<std::array<unsigned char, block>> padded;
    if (key.size() > block) {
        wiped<digest> hashed(sha256(key));
        std::memcpy(padded->data(), hashed->data(), hashed->size());
    } else if (!key.empty()) {
        std::memcpy(padded->data(), key.data(), key.size());
    }
    wiped<std::array<unsigned char, block>> pad;
    const auto absorb = [&](EVP_MD_CTX* context, unsigned char mask) {
        for (std::size_t i = 0; i < block; ++i) (*pad)[i] = static_cast<unsigned char>((*padded)[i] ^ mask);
        begin(context);
        update(context, pad->data(), block);
    };
    absorb(inner_.get(), 0x36);
    absorb(outer_.get(), 0x5C);
}

digest hmac_key::sign(std::string_view bytes) const {
    digest out{};
    sign(bytes, out);
    return out;
}

void hmac_key::sign(std::string_view bytes, digest& out) const {
    EVP_MD_CTX* context = scratch();
    copy(context, inner_.get());
    update(context, bytes.data(), bytes.size());
    finish(context, out);
    copy(context, outer_.get());
    update(context, out.data(), out.size());
    finish(context, out);
    // The scratch context has seen the key's state: leave nothing of it behind.
    EVP_MD_CTX_reset(context);
}

} // namespace sigv4::detail
