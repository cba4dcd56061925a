// A reader against a broker that fails in every way, in a process's worth of memory: nothing is lost, and what came
// twice is explained. The broker is on a thread and sockets of its own.
#include "support/resources.hpp"
#include "support/run_coroutine.hpp"
#include "support/test_size.hpp"

#include <doctest/doctest.h>
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

namespace reader_soak_test {

using boost::asio::awaitable;
using sluice::sqs::delivery;
using namespace std::chrono_literals;

namespace {

constexpr auto visibility = 3s;
constexpr std::size_t backlog = 20'000; ///< the most that waits in the queue

class broker_on_thread {
  public:
    broker_on_thread()
        : work_(context_.get_executor()), server(context_.get_executor()), thread_([this] { context_.run(); }) {}
    broker_on_thread(const broker_on_thread&) = delete;
    broker_on_thread& operator=(const broker_on_thread&) = delete;
    ~broker_on_thread() {
        server.stop();
        work_.reset();
        context_.stop();
        thread_.join();
    }

    /// Failed and slow deletes and renewals, lost replies, throttling, resets, and restarts that keep the memory.
    void fail_now_and_then() {
        using sluice::local::connection_end;
        std::uint64_t seed = 0;
        for (const char* operation : {"DeleteMessageBatch", "ReceiveMessage", "ChangeMessageVisibilityBatch"}) {
            server.on(operation).with_probability(0.004, ++seed).throttle();
            server.on(operation).with_probability(0.004, ++seed).fail(500);
            server.on(operation).with_probability(0.002, ++seed).drop_reply();
            server.on(operation).with_probability(0.002, ++seed).drop_reply(connection_end::reset);
            server.on(operation).with_probability(0.002, ++seed).cut_reply();
            server.on(operation).with_probability(0.002, ++seed).drop_request(connection_end::reset);
        }
        for (const char* operation : {"DeleteMessageBatch", "ChangeMessageVisibilityBatch"}) {
            server.on(operation).with_probability(0.002, ++seed).throttle_entry();
            server.on(operation).with_probability(0.002, ++seed).fail_entry(0, 500, "InternalError");
        }
        server.on("ChangeMessageVisibilityBatch").with_probability(0.1, ++seed).delay_reply(700ms);
        for (const std::uint64_t nth : {500U, 3'000U, 30'000U}) {
            server.on("DeleteMessageBatch").nth(nth).restart(sluice::local::restart_memory::kept);
        }
    }
    [[nodiscard]] std::uint64_t faults_played() const {
        std::uint64_t played = 0;
        for (const auto& rule : server.faults()) played += rule.applied;
        return played;
    }
    [[nodiscard]] sluice::session session(const boost::asio::any_io_executor& executor) const {
        sluice::session_options options;
        options.read_environment = false;
        options.region = "us-east-1";
        options.endpoint_url = server.endpoint();
        options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
        return sluice::session(executor, std::move(options));
    }

  private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;

  public:
    sluice::local::broker server;

  private:
    std::thread thread_;
};

std::size_t resident_mebibytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t pages = 0;
    std::size_t resident = 0;
    statm >> pages >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) >> 20;
}

awaitable<void> pause(std::chrono::milliseconds time) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, time);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

/// What the handlers of all messages did.
struct tally {
    explicit tally(std::size_t messages) : handled(messages, 0), received(messages, 1) {}

    std::vector<std::uint8_t> handled;  ///< how often well
    std::vector<std::uint8_t> received; ///< the receive count of its last call
    std::size_t at_least_once = 0;
    std::size_t more_than_once = 0;
    std::size_t calls = 0;
    std::size_t threw = 0;
    std::size_t slow = 0;
    std::size_t strange = 0;
    std::mt19937_64 random{20261126};

    bool chance(double of_each) { return std::uniform_real_distribution<double>(0.0, 1.0)(random) < of_each; }
};

awaitable<void> handle(tally& all, delivery& one) {
    ++all.calls;
    std::size_t number = all.handled.size();
    std::from_chars(one.body().data(), one.body().data() + one.body().size(), number);
    if (number >= all.handled.size()) {
        ++all.strange;
        co_return;
    }
    all.received[number] = static_cast<std::uint8_t>(one.receive_count());
    if (all.chance(0.001)) { // longer than the visibility timeout
        ++all.slow;
        co_await pause(2 * visibility);
    }
    if (all.chance(0.005)) {
        ++all.threw;
        throw std::runtime_error("this one fails now and then");
    }
    ++(all.handled[number]++ == 0 ? all.at_least_once : all.more_than_once);
}

awaitable<void> write_all(sluice::sqs::writer& writer, const tally& all, std::size_t& next, std::size_t& failed) {
    while (next < all.handled.size()) {
        if (next - all.at_least_once > backlog) {
            co_await pause(5ms);
            continue;
        }
        std::vector<sluice::message> some;
        for (int i = 0; i < 100 && next < all.handled.size(); ++i) some.emplace_back(std::to_string(next++));
        const auto results = co_await writer.write(std::move(some));
        for (const auto& one : results) failed += one ? 0 : 1;
    }
}

} // namespace

TEST_CASE("reader under faults: every message is handled and deleted, none is lost, and the memory stays flat") {
    broker_on_thread broker;
    boost::asio::io_context context;
    const sluice::session session = broker.session(context.get_executor());
    std::string url;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        url = co_await integration::make_queue(session, "soak");
        sluice::sqs::set_queue_attributes_request set(url);
        set.attributes["VisibilityTimeout"] = std::to_string(visibility.count());
        co_await session.sqs().set_queue_attributes(std::move(set));
    });
    broker.fail_now_and_then();
    tally all(integration::messages_of_test());
    sluice::sqs::writer writer(session, url);
    std::size_t next = 0;
    std::size_t not_written = 0;
    for (int i = 0; i < 20; ++i) {
        boost::asio::co_spawn(context, write_all(writer, all, next, not_written), boost::asio::detached);
    }
    sluice::sqs::reader_options options;
    options.buffered_messages = 200;
    sluice::sqs::reader reader(session, url, options);
    auto handler = [&all](delivery& one) -> awaitable<void> { return handle(all, one); };
    sluice::sqs::run_options handlers;
    handlers.handlers = 200;
    bool ended = false;
    std::string failure;
    boost::asio::co_spawn(context, reader.run(handler, handlers), [&](const std::exception_ptr& thrown) {
        ended = true;
        if (thrown) failure = sluice::describe_failure(thrown);
    });
    // Until all are deleted; as long as it goes on.
    std::size_t quarter = 0;
    std::uint64_t deleted = 0;
    auto last_progress = std::chrono::steady_clock::now();
    context.restart();
    bool complete = false;
    while (!complete && !ended && std::chrono::steady_clock::now() - last_progress < 60s) {
        context.run_for(100ms);
        const auto now = broker.server.ledger().at("soak");
        if (now.deleted != deleted) last_progress = std::chrono::steady_clock::now();
        deleted = now.deleted;
        complete = next == all.handled.size() && writer.statistics().pending == 0 && deleted == now.entered;
        if (quarter == 0 && deleted >= all.handled.size() / 4) quarter = resident_mebibytes();
    }
    const std::size_t at_the_end = resident_mebibytes();
    const std::uint64_t played = broker.faults_played();
    broker.server.clear_faults();
    sluice::sqs::stop_report report;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        co_await writer.close();
        report = co_await reader.stop();
    });
    context.restart();
    context.run_for(100ms);
    CHECK(ended);
    CHECK(failure.empty());
    CHECK(report.complete);
    CHECK(report.still_out == 0);
    const auto ledger = broker.server.ledger().at("soak");
    CHECK(not_written == 0);
    CHECK(ledger.entered >= all.handled.size());
    CHECK(ledger.deleted + ledger.visible + ledger.in_flight == ledger.entered);
    CHECK(ledger.in_flight == 0);
    CHECK(all.strange == 0);
    const std::size_t lost = all.handled.size() - all.at_least_once;
    CHECK(lost == 0);
    CHECK(played > 0);
    const auto seen = reader.statistics();
    CHECK(seen.in_flight == 0);
    CHECK(seen.in_flight_bytes == 0);
    if (!integration::is_sanitized) CHECK(at_the_end < quarter + 48); // a sanitizer keeps what was freed
    // A message comes again after its handler threw, after its lease was lost, and when the reply that brought it, or
    // that said that it was deleted, was lost.
    std::size_t again = 0;
    for (const std::uint8_t count : all.received) again += count - 1U;
    const std::size_t explained = all.threw + seen.lost_leases + seen.expired + seen.failed_acknowledgements;
    std::cout << "reader under faults: " << all.handled.size() << " messages, " << played << " faults, " << again
              << " redeliveries: " << all.threw << " after a handler that threw, " << seen.lost_leases
              << " after a lost lease, " << seen.expired << " expired in the buffer, " << seen.failed_acknowledgements
              << " not deleted, " << (again > explained ? again - explained : 0)
              << " in receives whose reply was lost; " << all.slow
              << " handlers took longer than the visibility timeout, " << seen.renewals << " renewals and "
              << seen.failed_renewals << " that failed, " << all.more_than_once << " handled twice ("
              << ledger.entered - all.handled.size()
              << " of them as their write, whose reply was lost, was sent again), " << lost << " lost; resident memory "
              << quarter << " MiB after a quarter, " << at_the_end << " MiB at the end" << std::endl;
}

} // namespace reader_soak_test
