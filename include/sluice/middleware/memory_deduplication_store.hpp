// A deduplication store in the memory of this process.
#pragma once

#include <sluice/export.hpp>
#include <sluice/middleware/deduplication_store.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

struct memory_deduplication_options {
    /// Keys that it holds, committed or under way, 1 or more. When it is full, the committed key that was asked for
    /// longest ago is forgotten before its time; `evicted` counts that.
    std::size_t most_keys = 100'000;
    /// How long a committed key is remembered, more than 0. Being asked for it again does not prolong it.
    std::chrono::milliseconds time_to_live = std::chrono::hours(1);
    /// A claim that was neither committed nor forgotten lapses after this long, more than 0. The default is the longest
    /// time that SQS lets anybody have a message.
    std::chrono::milliseconds claim_time = std::chrono::hours(12);
};

struct memory_deduplication_statistics {
    std::size_t committed = 0; ///< keys that it remembers now, also those whose time is over but that nobody asked for
    std::size_t under_way = 0; ///< now
    std::uint64_t duplicates = 0; ///< times that it said `committed`
    std::uint64_t collisions = 0; ///< times that it said `under_way`
    std::uint64_t evicted = 0;    ///< committed keys that were forgotten before their time, for lack of space
    std::uint64_t lapsed = 0;     ///< claims
};

/// A `deduplication_store`: keys with a time to live, bounded by count, least recently used first out. Keys of 1 to
/// 1,024 bytes.
///
/// `begin` throws `error` with `errc::invalid_argument` for other keys, and `errc::buffer_full` when all the keys that
/// it may hold are under way: claims are never evicted.
/// Threads: any, all at once. Lifetime: copies share one memory; operations may outlive them.
class SLUICE_API memory_deduplication_store {
  public:
    memory_deduplication_store();
    /// Throws `error` with `errc::invalid_argument` for options out of range.
    explicit memory_deduplication_store(const memory_deduplication_options& options);

    boost::asio::awaitable<deduplication_claim> begin(std::string key);
    boost::asio::awaitable<void> commit(deduplication_claim claim);
    boost::asio::awaitable<void> forget(deduplication_claim claim);

    [[nodiscard]] memory_deduplication_statistics statistics() const;

  private:
    struct SLUICE_LOCAL shared;
    std::shared_ptr<shared> shared_;
};

} // namespace sluice
