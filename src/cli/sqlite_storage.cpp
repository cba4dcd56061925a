#include "cli/sqlite_storage.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace {

namespace fs = std::filesystem;

/// `slce`, where `file` and others look for whose database it is.
constexpr int application_id = 0x736C6365;

std::string text_of(int error) { return std::strerror(error); }

/// Held as long as the process lives, however it ends.
class directory_lock {
  public:
    explicit directory_lock(const fs::path& directory) {
        const fs::path file = directory / "sluice.lock";
        descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (descriptor_ < 0) throw std::runtime_error(file.string() + ": " + text_of(errno));
        if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
            const int why = errno;
            const std::string holder = why == EWOULDBLOCK ? read_holder() : std::string();
            close(descriptor_);
            if (why != EWOULDBLOCK) throw std::runtime_error(file.string() + ": " + text_of(why));
            throw std::runtime_error(directory.string() + " is in use by another sluice local" +
                                     (holder.empty() ? "" : ", process " + holder));
        }
        const std::string own = std::to_string(getpid()) + "\n";
        // Only for whoever reads the refusal: that it cannot be written is no reason to end.
        if (ftruncate(descriptor_, 0) == 0) {
            [[maybe_unused]] const auto written = pwrite(descriptor_, own.data(), own.size(), 0);
        }
    }
    directory_lock(const directory_lock&) = delete;
    directory_lock& operator=(const directory_lock&) = delete;
    ~directory_lock() { close(descriptor_); }

  private:
    [[nodiscard]] std::string read_holder() const {
        std::array<char, 24> text{};
        const auto bytes = pread(descriptor_, text.data(), text.size(), 0);
        const std::string_view read(text.data(), bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
        return std::string(read.substr(0, read.find_first_not_of("0123456789")));
    }

    int descriptor_ = -1;
};

fs::path prepare(const fs::path& directory) {
    std::error_code failure;
    if (!fs::exists(directory, failure)) {
        if (directory.has_parent_path()) fs::create_directories(directory.parent_path(), failure);
        // Messages may be anybody's secrets.
        if (mkdir(directory.c_str(), 0700) != 0) throw std::runtime_error(directory.string() + ": " + text_of(errno));
    }
    if (!fs::is_directory(directory, failure)) throw std::runtime_error(directory.string() + " is not a directory");
    return directory;
}

class sqlite_storage final : public local::storage {
  public:
    sqlite_storage(const fs::path& directory, survival level)
        : lock_(prepare(directory)), file_((directory / "sluice.db").string()) {
        // For its owner only, also in a directory that was there; its log gets the same rights.
        if (const int made = open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); made >= 0) close(made);
        sqlite3* opened = nullptr;
        const int outcome =
            sqlite3_open_v2(file_.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
        database_.reset(opened);
        if (outcome != SQLITE_OK) fail();
        sqlite3_extended_result_codes(opened, 1);
        // Nobody else comes here: no shared memory file, and no look at the file's lock for each commit.
        run("PRAGMA locking_mode = EXCLUSIVE");
        run("PRAGMA journal_mode = WAL");
        run(level == survival::power_loss ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        run("PRAGMA wal_autocheckpoint = 4000");     // pages of 4 KB
        run("PRAGMA journal_size_limit = 67108864"); // bytes: after a burst the log shrinks to that
        check_owner();
        run("CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID");
        begin_ = prepare_statement("BEGIN IMMEDIATE");
        commit_ = prepare_statement("COMMIT");
        rollback_ = prepare_statement("ROLLBACK");
        put_ = prepare_statement("INSERT OR REPLACE INTO records (key, value) VALUES (?, ?)");
        erase_ = prepare_statement("DELETE FROM records WHERE key = ?");
    }

    void load(const visitor& visit) override {
        const statement all = prepare_statement("SELECT key, value FROM records ORDER BY key");
        int outcome = SQLITE_ROW;
        while ((outcome = sqlite3_step(all.get())) == SQLITE_ROW) {
            visit(column(all, 0), column(all, 1));
        }
        if (outcome != SQLITE_DONE) fail();
    }

    void commit(std::span<const local::storage_change> changes) override {
        step(begin_);
        try {
            for (const local::storage_change& one : changes) {
                const statement& what = one.value ? put_ : erase_;
                // SQLite reads what is bound only until the step is done.
                sqlite3_bind_text(what.get(), 1, one.key.data(), static_cast<int>(one.key.size()), SQLITE_STATIC);
                if (one.value) {
                    sqlite3_bind_blob(what.get(), 2, one.value->data(), static_cast<int>(one.value->size()),
                                      SQLITE_STATIC);
                }
                step(what);
            }
            step(commit_);
        } catch (...) {
            // Some failures have rolled back already.
            if (sqlite3_get_autocommit(database_.get()) == 0) {
                sqlite3_step(rollback_.get());
                sqlite3_reset(rollback_.get());
            }
            throw;
        }
    }

  private:
    struct close_database {
        void operator()(sqlite3* one) const noexcept { sqlite3_close(one); }
    };
    struct finalize {
        void operator()(sqlite3_stmt* one) const noexcept { sqlite3_finalize(one); }
    };
    using statement = std::unique_ptr<sqlite3_stmt, finalize>;

    [[noreturn]] void fail() const {
        std::string why = file_ + ": ";
        if (!database_) throw std::runtime_error(why + "out of memory");
        why += sqlite3_errmsg(database_.get());
        if (const int error = system_error(); error != 0) why += " (" + text_of(error) + ")";
        throw std::runtime_error(why);
    }
    /// What the system said to SQLite, where its own words do not tell; 0: nothing.
    [[nodiscard]] int system_error() const {
        const int kind = sqlite3_errcode(database_.get()) & 0xFF;
        if (kind == SQLITE_CANTOPEN) return sqlite3_system_errno(database_.get());
        if (kind != SQLITE_IOERR) return 0;
        int error = 0;
        sqlite3_file* log = nullptr;
        sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log));
        if (log != nullptr && log->pMethods != nullptr) {
            log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
        }
        if (error == 0) sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_LAST_ERRNO, &error);
        return error;
    }
    void run(const char* text) {
        if (sqlite3_exec(database_.get(), text, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
    }
    statement prepare_statement(const char* text) {
        sqlite3_stmt* made = nullptr;
        if (sqlite3_prepare_v3(database_.get(), text, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) != SQLITE_OK) {
            fail();
        }
        return statement(made);
    }
    void step(const statement& one) {
        const int outcome = sqlite3_step(one.get());
        if (outcome != SQLITE_DONE) {
            try {
                fail(); // before the reset: that may change what was said
            } catch (...) {
                sqlite3_reset(one.get());
                throw;
            }
        }
        sqlite3_reset(one.get());
    }
    static std::string_view column(const statement& of, int position) {
        const void* const bytes = sqlite3_column_blob(of.get(), position);
        const int size = sqlite3_column_bytes(of.get(), position);
        return bytes == nullptr ? std::string_view()
                                : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    int number(const char* question) {
        const statement asked = prepare_statement(question);
        if (sqlite3_step(asked.get()) != SQLITE_ROW) fail();
        return sqlite3_column_int(asked.get(), 0);
    }

    /// Somebody else's database must not get tables of ours.
    void check_owner() {
        if (number("PRAGMA application_id") == application_id) return;
        if (number("SELECT count(*) FROM sqlite_schema") > 0) {
            throw std::runtime_error(file_ + " is a database of another program");
        }
        run(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
    }

    directory_lock lock_;
    std::string file_;
    std::unique_ptr<sqlite3, close_database> database_;
    statement begin_, commit_, rollback_, put_, erase_;
};

} // namespace

std::shared_ptr<local::storage> open_sqlite_storage(const fs::path& directory, survival level) {
    return std::make_shared<sqlite_storage>(directory, level);
}

} // namespace sluice::cli
