// Files that are read in one go: configuration and tokens.
#pragma once

#include "credentials/secret.hpp"

#include <sluice/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// The whole file. Fails with `errc::configuration` that names the file and the reason: not there, a directory, no
/// permission, more than `most_bytes`. Devices and pipes are never waited for.
result<secret_text> read_small_file(const std::string& path, std::size_t most_bytes);

/// Puts `text` in the place of the file at once: readers see the old one or the new one. Only the user may read it.
result<void> replace_small_file(const std::string& path, std::string_view text);

} // namespace sluice
