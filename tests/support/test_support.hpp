// What every test program of the project shares.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace test_support {

/// Marks the running test case as skipped, with one line that names the reason. Return from the test after it.
void skip(std::string_view reason);

/// The folder with conformance data made by others: `SLUICE_CONFORMANCE_DIR`, else `../shared/conformance` beside
/// the repository. Empty where there is none; then the test calls `skip`.
std::optional<std::filesystem::path> conformance_dir();

/// A whole file as bytes. Throws std::runtime_error that names the file.
std::string read_file(const std::filesystem::path& file);

} // namespace test_support
