// One writer under 10,000 coroutines on four threads, with a service that fails now and then. What is asserted is half
// of the point; the other half is ThreadSanitizer.
#include "support/local_service.hpp"
#include "support/resources.hpp"

#include <doctest/doctest.h>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <string>
#include <vector>

namespace writer_threads_test {

using boost::asio::awaitable;
using sluice::message;

namespace {

constexpr int coroutines = 10'000;
constexpr std::size_t queues = 50;
constexpr int groups = 1'000;

struct tally {
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> doubled{0}; ///< possibly
};

awaitable<void> write_two(sluice::sqs::writer& writer, const std::vector<std::string>& urls, int number, tally& seen) {
    for (int i = 0; i < 2; ++i) {
        const std::string& to = urls[static_cast<std::size_t>(number) % urls.size()];
        message one(std::to_string(number) + "-" + std::to_string(i));
        one.to(to);
        if (to.ends_with(".fifo")) one.group("g" + std::to_string(number % groups));
        auto writing = writer.write(std::move(one));
        const auto sent = co_await sluice::as_result(std::move(writing));
        ++(sent ? seen.accepted : seen.failed);
        if (sent && sent->possible_duplicate) ++seen.doubled;
        if (number % 100 == 0) {
            const auto now = writer.statistics();
            if (now.pending > 2 * coroutines) ++seen.failed;
            co_await writer.flush();
        }
    }
}

} // namespace

TEST_CASE("threads: 10,000 coroutines write to 50 queues through one writer on four threads") {
    boost::asio::thread_pool pool(4);
    integration::local_service service(pool.get_executor());
    const sluice::session session = service.session();
    std::vector<std::string> urls;
    for (std::size_t i = 0; i < queues; ++i) {
        std::string name = "queue-" + std::to_string(i) + (i % 2 == 0 ? ".fifo" : "");
        auto making = integration::make_queue(session, std::move(name));
        urls.push_back(boost::asio::co_spawn(pool, std::move(making), boost::asio::use_future).get());
    }
    service.fail_now_and_then("SendMessageBatch");
    sluice::sqs::writer writer(session);
    tally seen;
    std::vector<std::future<void>> all;
    for (int i = 0; i < coroutines; ++i) {
        all.push_back(boost::asio::co_spawn(pool, write_two(writer, urls, i, seen), boost::asio::use_future));
    }
    for (auto& one : all) one.get();
    CHECK(seen.failed == 0);
    CHECK(seen.accepted == 2 * coroutines);
    const auto counts = writer.statistics();
    CHECK(counts.pending == 0);
    CHECK(counts.pending_bytes == 0);
    CHECK(counts.waiting == 0);
    CHECK(counts.possible_duplicates == seen.doubled);
    std::uint64_t there = 0;
    for (const auto& [name, ledger] : service.server->ledger()) {
        there += ledger.visible;
        if (name.ends_with(".fifo")) CHECK(ledger.visible == 2 * coroutines / queues);
    }
    CHECK(there >= seen.accepted);
    CHECK(there - seen.accepted <= seen.doubled);
    boost::asio::co_spawn(pool, writer.close(), boost::asio::use_future).get();
    service.server->stop();
    pool.join();
}

} // namespace writer_threads_test
