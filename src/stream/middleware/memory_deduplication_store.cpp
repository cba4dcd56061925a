#include <sluice/middleware/memory_deduplication_store.hpp>

#include "stream/middleware/deduplication_table.hpp"

#include <mutex>
#include <utility>

namespace sluice {

using std::chrono::steady_clock;

struct memory_deduplication_store::shared {
    explicit shared(const memory_deduplication_options& options) : table(options) {}

    std::mutex mutex;
    stream::deduplication_table table;

    // Coroutines, so that nothing happens before they are awaited.
    static boost::asio::awaitable<deduplication_claim> begin(std::shared_ptr<shared> self, std::string key) {
        auto claim = self->begin_now(key);
        co_return std::move(claim).value();
    }
    static boost::asio::awaitable<void> commit(std::shared_ptr<shared> self, deduplication_claim claim) {
        const std::lock_guard lock(self->mutex);
        self->table.commit(claim, steady_clock::now());
        co_return;
    }
    static boost::asio::awaitable<void> forget(std::shared_ptr<shared> self, deduplication_claim claim) {
        const std::lock_guard lock(self->mutex);
        self->table.forget(claim, steady_clock::now());
        co_return;
    }

  private:
    result<deduplication_claim> begin_now(const std::string& key) {
        const std::lock_guard lock(mutex);
        return table.begin(key, steady_clock::now());
    }
};

memory_deduplication_store::memory_deduplication_store() : memory_deduplication_store(memory_deduplication_options()) {}

memory_deduplication_store::memory_deduplication_store(const memory_deduplication_options& options) {
    const auto require = [](bool holds, const std::string& text) {
        if (!holds) throw error(error_info(errc::invalid_argument, text));
    };
    // The clock counts in nanoseconds: what is longer would overflow.
    constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365 * 10);
    const auto check_time = [&require, longest](const char* name, std::chrono::milliseconds time) {
        require(time.count() > 0 && time <= longest, std::string(name) + " is " + std::to_string(time.count()) +
                                                         " ms: it must be more than 0 and at most ten years");
    };
    require(options.most_keys >= 1, "most_keys is 0: it must be 1 or more");
    check_time("time_to_live", options.time_to_live);
    check_time("claim_time", options.claim_time);
    shared_ = std::make_shared<shared>(options);
}

boost::asio::awaitable<deduplication_claim> memory_deduplication_store::begin(std::string key) {
    return shared::begin(shared_, std::move(key));
}

boost::asio::awaitable<void> memory_deduplication_store::commit(deduplication_claim claim) {
    return shared::commit(shared_, std::move(claim));
}

boost::asio::awaitable<void> memory_deduplication_store::forget(deduplication_claim claim) {
    return shared::forget(shared_, std::move(claim));
}

memory_deduplication_statistics memory_deduplication_store::statistics() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->table.statistics(steady_clock::now());
}

} // namespace sluice
