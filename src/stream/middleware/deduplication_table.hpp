// Keys with a time to live, and claims on those that are being handled. No I/O; the time is an argument.
#pragma once

#include <sluice/error.hpp>
#include <sluice/middleware/memory_deduplication_store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

namespace sluice::stream {

/// One thread at a time; each `now` is not before the one before it.
class deduplication_table {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::size_t longest_key = 1'024;

    explicit deduplication_table(const memory_deduplication_options& options) : options_(options) {}

    result<deduplication_claim> begin(const std::string& key, time_point now);
    void commit(const deduplication_claim& claim, time_point now);
    void forget(const deduplication_claim& claim, time_point now);

    [[nodiscard]] memory_deduplication_statistics statistics(time_point now);

  private:
    struct entry;
    using table = std::unordered_map<std::string, entry>;
    using order = std::list<table::value_type*>; // nodes of the table stay where they are

    struct entry {
        bool committed = false;
        std::uint64_t token = 0;
        time_point until;
        order::iterator by_time; ///< in `claims_` or `committed_`, which are in the order of `until`
        order::iterator by_use;  ///< in `uses_`; committed keys only
    };

    void drop_expired(time_point now);
    void erase(table::value_type& gone);
    /// Makes room for one more key. False: all are under way.
    bool make_room();
    void mark_committed(table::value_type& one, time_point now);

    memory_deduplication_options options_;
    table entries_;
    order claims_;
    order committed_;
    order uses_; ///< of committed keys, the one that was asked for longest ago first
    std::uint64_t last_token_ = 0;
    memory_deduplication_statistics seen_;
};

} // namespace sluice::stream
