// Text that leaves nothing behind in memory.
#pragma once

#include <openssl/crypto.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

/// Overwrites the text and what is left of longer ones in its buffer, and makes it empty.
inline void wipe(std::string& text) noexcept {
    text.resize(text.capacity()); // no allocation: the bytes behind the end become ours
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

/// Overwrites what it gives back, also when a container grows.
template<class T>
struct wiping_allocator {
    using value_type = T;

    wiping_allocator() = default;
    template<class U>
    wiping_allocator(const wiping_allocator<U>&) noexcept {} // NOLINT(google-explicit-constructor): allocators convert

    [[nodiscard]] T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
    void deallocate(T* memory, std::size_t count) noexcept {
        OPENSSL_cleanse(static_cast<void*>(memory), count * sizeof(T));
        std::allocator<T>().deallocate(memory, count);
    }
    friend bool operator==(const wiping_allocator&, const wiping_allocator&) noexcept { return true; }
};

/// A secret longer than 15 characters leaves no copy. Shorter ones live in the object itself.
using secret_text = std::basic_string<char, std::char_traits<char>, wiping_allocator<char>>;

inline std::string_view view_of(const secret_text& text) noexcept { return {text.data(), text.size()}; }

} // namespace sluice
