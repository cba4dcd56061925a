// Where a broker keeps its state, for those who want it to survive the process: records in, records out. The program
// has one of SQLite (`sluice local --data`); a test may have one of its own.
#pragma once

#include <sluice/export.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::local {

/// What becomes of one record. Keys are printable ASCII, at most 1 KB; values are opaque bytes, little more than a
/// message has at most.
struct storage_change {
    std::string key;
    std::optional<std::string> value; ///< nothing: the record is erased, which it may have been already
};

/// Keeps the records of one broker. Which ones there are is the broker's own affair: a storage looks at nothing in
/// them.
///
/// Threads: a broker calls it from one thread at a time, while it holds its mutex: what takes long here holds up all of
/// its clients. It must not call the broker.
class SLUICE_API storage {
  public:
    using visitor = std::function<void(std::string_view key, std::string_view value)>;

    storage() = default;
    storage(const storage&) = delete;
    storage& operator=(const storage&) = delete;
    virtual ~storage() = default;

    /// Shows every record once, keys in ascending order of their bytes. Called once, before anything else. Throws what
    /// derives from std::exception when the records cannot be read, and lets through what `visit` throws.
    virtual void load(const visitor& visit) = 0;

    /// All or nothing, in this order; each key occurs once. When it returns, the changes are there for whoever opens
    /// the storage next, also when this process is killed. Throws what derives from std::exception when they are not,
    /// with a text that can be shown to clients; the broker then comes again with the same changes and more.
    virtual void commit(std::span<const storage_change> changes) = 0;
};

} // namespace sluice::local
