// Which sluice this is. The only place where the version stands: CMake, the program and the packages read it here.
#pragma once

#include <sluice/export.hpp>

#include <string_view>

#define SLUICE_VERSION_MAJOR 0
#define SLUICE_VERSION_MINOR 1
#define SLUICE_VERSION_PATCH 0

/// For comparisons: `#if SLUICE_VERSION >= 200` is 0.2.0 or later.
#define SLUICE_VERSION (SLUICE_VERSION_MAJOR * 10000 + SLUICE_VERSION_MINOR * 100 + SLUICE_VERSION_PATCH)

#define SLUICE_TEXT_OF_(number) #number
#define SLUICE_TEXT_OF(number) SLUICE_TEXT_OF_(number)
/// Such as "0.1.0".
#define SLUICE_VERSION_STRING                                                                                          \
    SLUICE_TEXT_OF(SLUICE_VERSION_MAJOR)                                                                               \
    "." SLUICE_TEXT_OF(SLUICE_VERSION_MINOR) "." SLUICE_TEXT_OF(SLUICE_VERSION_PATCH)

namespace sluice {

/// Of the headers that the program was compiled with.
inline constexpr std::string_view version = SLUICE_VERSION_STRING;

/// Of the library that the program runs with. Another than `version` where libsluice.so was replaced since.
SLUICE_API std::string_view library_version() noexcept;

} // namespace sluice
