// The batch channel on four threads. What is asserted here is half of the point; the other half is ThreadSanitizer.
#include "support/manual_service.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <list>

namespace channel_threads_test {

using namespace std::chrono_literals;
using sluice::errc;
using sluice::result;
using int_channel = unit_tests::number_channel;
using unit_tests::number_entry;

namespace {

struct tally {
    std::atomic<int> right{0};
    std::atomic<int> cancelled{0};
    std::atomic<int> unknown{0};
    std::atomic<int> wrong{0};
};

boost::asio::awaitable<void> push_one(std::shared_ptr<int_channel> to, int entry, tally& seen) {
    const result<int> outcome = co_await to->push(number_entry(entry, 10));
    if (outcome) ++(*outcome == 10 * entry ? seen.right : seen.wrong);
    else if (outcome.error().code == errc::cancelled) ++seen.cancelled;
    else if (outcome.error().code == errc::unknown_outcome) ++seen.unknown;
    else ++seen.wrong;
}

boost::asio::awaitable<std::vector<result<int>>> answer(const std::string&, std::vector<const int*> entries) {
    const auto executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::post(executor, boost::asio::use_awaitable); // on, perhaps, another thread
    std::vector<result<int>> outcomes;
    for (const int* entry : entries) outcomes.emplace_back(10 * *entry);
    co_return outcomes;
}

sluice::stream::channel_limits small_limits() {
    sluice::stream::channel_limits limits;
    limits.batch.linger = 1ms;
    limits.batch.requests_in_flight = 3;
    limits.flow.entries = 100;
    return limits;
}

} // namespace

TEST_CASE("threads: 10,000 pushes on four threads, each with its own result") {
    boost::asio::thread_pool pool(4);
    auto to = std::make_shared<int_channel>(pool.get_executor(), small_limits(), &answer);
    constexpr int total = 10'000;
    tally seen;
    for (int i = 0; i < total; ++i) {
        boost::asio::co_spawn(pool, push_one(to, i, seen), boost::asio::detached);
        if (i % 1000 == 0)
            boost::asio::co_spawn(pool, to->flush(int_channel::time_point::max()), boost::asio::detached);
    }
    pool.join();
    CHECK(seen.right == total);
    CHECK(seen.wrong == 0);
    CHECK(to->counts().accepted == total);
    CHECK(to->counts().pending == 0);
}

TEST_CASE("threads: pushes cancelled at any moment end once, and harm nobody") {
    boost::asio::thread_pool pool(4);
    auto to = std::make_shared<int_channel>(pool.get_executor(), small_limits(), &answer);
    constexpr int total = 4000;
    tally seen;
    struct caller {
        explicit caller(boost::asio::thread_pool& threads) : strand(boost::asio::make_strand(threads)) {}
        boost::asio::strand<boost::asio::thread_pool::executor_type> strand;
        boost::asio::cancellation_signal signal;
    };
    std::list<caller> callers;
    for (int i = 0; i < total; ++i) {
        caller& one = callers.emplace_back(pool);
        boost::asio::co_spawn(one.strand, push_one(to, i, seen),
                              boost::asio::bind_cancellation_slot(one.signal.slot(), boost::asio::detached));
        if (i % 2 == 0)
            boost::asio::post(one.strand, [&one] { one.signal.emit(boost::asio::cancellation_type::terminal); });
    }
    pool.join();
    CHECK(seen.wrong == 0);
    CHECK(seen.right >= total / 2);
    CHECK(seen.right + seen.cancelled + seen.unknown == total);
    CHECK(to->counts().accepted + to->counts().failed == total);
    CHECK(to->counts().pending == 0);
}

TEST_CASE("threads: a close in the middle leaves nobody without an end") {
    boost::asio::thread_pool pool(4);
    auto to = std::make_shared<int_channel>(pool.get_executor(), small_limits(), &answer);
    constexpr int total = 4000;
    std::atomic<int> right{0};
    std::atomic<int> refused{0};
    auto one = [&](std::shared_ptr<int_channel> target, int entry) -> boost::asio::awaitable<void> {
        const result<int> outcome = co_await target->push(number_entry(entry, 10));
        if (outcome) ++right;
        else if (outcome.error().code == errc::closed) ++refused;
    };
    for (int i = 0; i < total; ++i) {
        boost::asio::co_spawn(pool, one(to, i), boost::asio::detached);
        if (i == total / 2)
            boost::asio::co_spawn(pool, to->close(int_channel::time_point::max()), boost::asio::detached);
    }
    pool.join();
    CHECK(right + refused == total);
    CHECK(static_cast<std::size_t>(right) == to->counts().entries);
}

} // namespace channel_threads_test
