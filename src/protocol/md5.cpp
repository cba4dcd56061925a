#include "protocol/md5.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace sluice::protocol {
namespace {

// Fetched once: a fetch costs as much as the sum of a short body. Immutable afterwards.
const EVP_MD* md5() noexcept {
    static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> fetched(EVP_MD_fetch(nullptr, "MD5", nullptr),
                                                                         &EVP_MD_free);
    return fetched.get();
}

/// The context of this thread, made once: it costs as much as the sum of a short body. Null when the thread's objects
/// are gone already, as they are for what statics do in their destructors.
EVP_MD_CTX* scratch_context() {
    thread_local bool gone = false; // without a destructor: good to the very end
    struct owner {
        ~owner() {
            EVP_MD_CTX_free(context);
            gone = true;
        }
        EVP_MD_CTX* context = EVP_MD_CTX_new();
    };
    if (gone) return nullptr;
    thread_local const owner mine;
    return mine.context;
}

void append_sized(std::string& out, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((size >> shift) & 0xFFU);
    out += text;
}

} // namespace

bool md5_available() noexcept { return md5() != nullptr; }

md5_text md5_sum(std::string_view bytes) {
    if (!md5_available()) return {};
    std::array<unsigned char, 16> digest{};
    EVP_MD_CTX* const context = scratch_context();
    const bool good = context == nullptr
                          ? EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, md5(), nullptr) == 1
                          : EVP_DigestInit_ex2(context, md5(), nullptr) == 1 &&
                                EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1 &&
                                EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1;
    if (!good) return {};
    constexpr std::string_view hex = "0123456789abcdef";
    std::array<char, 2 * digest.size()> text;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        text[2 * i] = hex[digest[i] >> 4U];
        text[2 * i + 1] = hex[digest[i] & 15U];
    }
    return std::string_view(text.data(), text.size());
}

std::string md5_hex(std::string_view bytes) { return md5_sum(bytes).str(); }

std::string md5_of_attributes(std::span<const named_attribute> attributes) {
    if (attributes.empty()) return {};
    std::vector<const named_attribute*> sorted;
    for (const auto& attribute : attributes) sorted.push_back(&attribute);
    std::ranges::sort(sorted, {},
                      [](const named_attribute* attribute) -> const std::string& { return attribute->name; });
    std::string bytes;
    for (const named_attribute* attribute : sorted) {
        append_sized(bytes, attribute->name);
        append_sized(bytes, attribute->value.data_type());
        bytes += attribute->value.is_binary() ? '\x02' : '\x01';
        append_sized(bytes, attribute->value.value());
    }
    return md5_hex(bytes);
}

bool md5_matches(std::string_view stated, std::string_view bytes) {
    return stated.empty() || !md5_available() || stated == md5_sum(bytes).view();
}

bool md5_matches(std::string_view stated, std::span<const named_attribute> attributes) {
    return stated.empty() || !md5_available() || stated == md5_of_attributes(attributes);
}

} // namespace sluice::protocol
