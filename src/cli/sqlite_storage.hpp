// The state of a broker in a directory: one file of SQLite, for one process at a time.
#pragma once

#include <sluice/local/storage.hpp>

#include <filesystem>
#include <memory>

namespace sluice::cli {

/// What an acknowledged message survives.
enum class survival {
    process_end, ///< also kill -9; when the machine stops, the last seconds may be missing
    power_loss   ///< each commit waits for the disk
};

/// Makes the directory if it is not there, for its owner only. Throws std::runtime_error, with the path and the reason,
/// when it cannot be used or another process uses it.
std::shared_ptr<local::storage> open_sqlite_storage(const std::filesystem::path& directory, survival level);

} // namespace sluice::cli
