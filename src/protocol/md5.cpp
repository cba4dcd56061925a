#include "protocol/md5.hpp"

#include <openssl/evp.h>

#include <algorithm>
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

void append_sized(std::string& out, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((size >> shift) & 0xFFU);
    out += text;
}

} // namespace

bool md5_available() noexcept { return md5() != nullptr; }

std::string md5_hex(std::string_view bytes) {
    if (!md5_available()) return {};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, md5(), nullptr) != 1) return {};
    constexpr std::string_view hex = "0123456789abcdef";
    std::string text;
    text.reserve(std::size_t(2) * length);
    for (unsigned i = 0; i < length; ++i) {
        text += hex[digest[i] >> 4U];
        text += hex[digest[i] & 15U];
    }
    return text;
}

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
    return stated.empty() || !md5_available() || stated == md5_hex(bytes);
}

bool md5_matches(std::string_view stated, std::span<const named_attribute> attributes) {
    return stated.empty() || !md5_available() || stated == md5_of_attributes(attributes);
}

} // namespace sluice::protocol
