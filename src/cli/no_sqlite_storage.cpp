// In place of sqlite_storage.cpp where there was no SQLite.
#include "cli/sqlite_storage.hpp"

#include <stdexcept>

namespace sluice::cli {

std::shared_ptr<local::storage> open_sqlite_storage(const std::filesystem::path& directory, survival /*level*/) {
    throw std::runtime_error(directory.string() +
                             ": this sluice was built without SQLite; install libsqlite3-dev and build it again");
}

} // namespace sluice::cli
