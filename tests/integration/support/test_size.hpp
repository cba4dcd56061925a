// How many messages the long tests move.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace integration {

#if defined(__has_feature)
#define SLUICE_HAS_FEATURE(name) __has_feature(name)
#else
#define SLUICE_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || SLUICE_HAS_FEATURE(thread_sanitizer) || SLUICE_HAS_FEATURE(address_sanitizer)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

/// SLUICE_TEST_MESSAGES says how many; `./run test --long` a million.
inline std::size_t messages_of_test() {
    const char* wanted = std::getenv("SLUICE_TEST_MESSAGES");
    if (wanted != nullptr) return static_cast<std::size_t>(std::strtoull(wanted, nullptr, 10));
    return is_sanitized ? 10'000 : 100'000;
}

} // namespace integration
