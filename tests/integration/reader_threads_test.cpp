// Readers, handlers and a stop on four threads, with a service that fails now and then. What is asserted is half of the
// point; the other half is ThreadSanitizer.
#include "support/local_service.hpp"
#include "support/resources.hpp"
#include "support/test_size.hpp"

#include <doctest/doctest.h>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>

namespace reader_threads_test {

using boost::asio::awaitable;
using sluice::sqs::delivery;
using namespace std::chrono_literals;

namespace {

constexpr int messages = integration::is_sanitized ? 2'000 : 20'000;

struct tally {
    std::mutex mutex;
    std::set<std::string> handled;
    std::atomic<int> calls{0};
};

awaitable<void> handle(tally& all, delivery& one) {
    const int call = ++all.calls;
    if (call % 97 == 0) { // longer than the lease, so that renewals run
        const auto executor = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer timer(executor, 1200ms);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
    if (call % 50 == 0) throw std::runtime_error("now and then");
    if (one.lease_remaining() <= 0ms) throw std::runtime_error("it is not ours any more");
    if (call % 11 == 0) one.ack_in_background();
    const std::lock_guard lock(all.mutex);
    all.handled.insert(one.body());
}

awaitable<void> fill(sluice::session session, std::string url) {
    sluice::sqs::writer writer(session, url);
    std::vector<sluice::message> some;
    const bool grouped = url.ends_with(".fifo");
    for (int i = 0; i < messages; ++i) {
        sluice::message one(std::to_string(i));
        if (grouped) one.group("g" + std::to_string(i % 100)).deduplication_id(std::to_string(i));
        some.push_back(std::move(one));
    }
    const auto results = co_await writer.write(std::move(some));
    for (const auto& one : results) {
        if (!one) throw sluice::error(one.error());
    }
}

} // namespace

TEST_CASE("threads: two readers of a queue on four threads, a hundred handlers, paused, resumed and stopped") {
    for (const std::string name : {"q", "q.fifo"}) {
        boost::asio::thread_pool pool(4);
        integration::local_service service(pool.get_executor());
        const sluice::session session = service.session();
        auto making = integration::make_queue(session, name);
        const std::string url = boost::asio::co_spawn(pool, std::move(making), boost::asio::use_future).get();
        boost::asio::co_spawn(pool, fill(session, url), boost::asio::use_future).get();
        service.fail_now_and_then("ReceiveMessage");
        service.fail_now_and_then("DeleteMessageBatch");
        service.fail_now_and_then("ChangeMessageVisibilityBatch");
        tally all;
        sluice::sqs::reader_options options;
        options.visibility_timeout = 2s;
        options.buffered_messages = 100;
        sluice::sqs::reader first(session, url, options);
        sluice::sqs::reader second(session, url, options);
        auto handler = [&all](delivery& one) -> awaitable<void> { return handle(all, one); };
        sluice::sqs::run_options handlers;
        handlers.handlers = 50;
        auto first_ran = boost::asio::co_spawn(pool, first.run(handler, handlers), boost::asio::use_future);
        auto second_ran = boost::asio::co_spawn(pool, second.run(handler, handlers), boost::asio::use_future);
        const auto deadline = std::chrono::steady_clock::now() + 120s;
        while (service.server->ledger().at(name).deleted < messages && std::chrono::steady_clock::now() < deadline) {
            second.pause();
            const auto now = first.statistics();
            CHECK(now.in_flight <= options.messages_in_flight);
            second.resume();
            std::this_thread::yield();
        }
        service.server->clear_faults(); // a fast stop does not wait for what is tried again
        auto stopped = boost::asio::co_spawn(pool, first.stop(sluice::sqs::stop_policy::fast), boost::asio::use_future);
        const auto drained = boost::asio::co_spawn(pool, second.stop(), boost::asio::use_future).get();
        const auto cut = stopped.get();
        CHECK(cut.complete);
        CHECK(drained.complete);
        first_ran.get();
        second_ran.get();
        CHECK(all.handled.size() == messages);
        const auto ledger = service.server->ledger().at(name);
        CHECK(ledger.deleted == messages);
        CHECK(ledger.in_flight + ledger.visible == 0);
        CHECK(first.statistics().in_flight == 0);
        CHECK(second.statistics().in_flight == 0);
        service.server->stop();
        pool.join();
    }
}

} // namespace reader_threads_test
