// Effects in SQLite, each with the id of its command in one transaction: exactly once, however often a command comes.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace test_program {

class ledger_database {
  public:
    explicit ledger_database(const std::string& file) {
        sqlite3* opened = nullptr;
        const int outcome = sqlite3_open(file.c_str(), &opened);
        database_.reset(opened);
        if (outcome != SQLITE_OK) fail("open");
        sqlite3_busy_timeout(opened, 10'000);
        // A killed process loses nothing that was committed. Where a machine may lose its power, take FULL.
        run("PRAGMA journal_mode = WAL");
        run("PRAGMA synchronous = NORMAL");
        run("CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY) WITHOUT ROWID");
        run("CREATE TABLE IF NOT EXISTS effects (position INTEGER PRIMARY KEY, account TEXT, number INTEGER)");
        begin_ = prepare("BEGIN IMMEDIATE");
        commit_ = prepare("COMMIT");
        rollback_ = prepare("ROLLBACK");
        remember_ = prepare("INSERT OR IGNORE INTO done (id) VALUES (?)");
        add_ = prepare("INSERT INTO effects (account, number) VALUES (?, ?)");
    }

    // [once]
    /// False: this command had its effect before. Both or neither of id and effect are there afterwards.
    bool apply_once(const std::string& command_id, const std::string& account, int number) {
        step(begin_);
        try {
            bind(remember_, 1, command_id);
            step(remember_);
            const bool is_new = sqlite3_changes(database_.get()) == 1;
            if (is_new) {
                bind(add_, 1, account);
                sqlite3_bind_int(add_.get(), 2, number);
                step(add_);
            }
            step(commit_);
            return is_new;
        } catch (...) {
            sqlite3_step(rollback_.get());
            sqlite3_reset(rollback_.get());
            throw;
        }
    }
    // [/once]

  private:
    struct close_database {
        void operator()(sqlite3* one) const noexcept { sqlite3_close(one); }
    };
    struct finalize {
        void operator()(sqlite3_stmt* one) const noexcept { sqlite3_finalize(one); }
    };
    using statement = std::unique_ptr<sqlite3_stmt, finalize>;

    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error("SQLite: " + what + ": " + sqlite3_errmsg(database_.get()));
    }
    void run(const char* text) {
        if (sqlite3_exec(database_.get(), text, nullptr, nullptr, nullptr) != SQLITE_OK) fail(text);
    }
    statement prepare(const char* text) {
        sqlite3_stmt* made = nullptr;
        if (sqlite3_prepare_v2(database_.get(), text, -1, &made, nullptr) != SQLITE_OK) fail(text);
        return statement(made);
    }
    void bind(const statement& one, int position, const std::string& text) {
        // Copied by SQLite.
        sqlite3_bind_text(one.get(), position, text.data(), static_cast<int>(text.size()), sqlite3_destructor_type(-1));
    }
    void step(const statement& one) {
        const int outcome = sqlite3_step(one.get());
        sqlite3_reset(one.get());
        if (outcome != SQLITE_DONE) fail(sqlite3_sql(one.get()));
    }

    std::unique_ptr<sqlite3, close_database> database_;
    statement begin_, commit_, rollback_, remember_, add_;
};

} // namespace test_program
