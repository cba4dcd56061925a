// One writer under many: 10,000 coroutines, 10,000 message groups, 1,000 destinations with and without a dead one,
// against a service that accepts everything in a process of its own. What counts are ratios within the run, and memory,
// which is the writer's alone.
#include "canned_service.hpp"

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

namespace asio = boost::asio;

namespace {

constexpr std::size_t messages = 200'000;
constexpr std::size_t coroutines = 10'000;

struct world {
    bench::canned_service service;
    asio::io_context context{1};
    sluice::session session = service.session(context.get_executor());
};

/// What the coroutines of a measurement share.
struct load {
    std::size_t next = 0;
    std::size_t done = 0;
    std::size_t failed = 0;
    std::size_t destinations = 1;
    std::size_t groups = 0;
};

asio::awaitable<void> write_share(world& w, sluice::sqs::writer& writer, load& all) {
    const std::string body(200, 'x');
    while (all.next < messages) {
        const std::size_t number = all.next++;
        sluice::message one(body);
        const std::string end = all.groups > 0 ? ".fifo" : "";
        one.to(w.service.queue("queue-" + std::to_string(number % all.destinations) + end));
        if (all.groups > 0) one.group("group-" + std::to_string(number % all.groups));
        auto writing = writer.write(std::move(one));
        const auto sent = co_await sluice::as_result(std::move(writing));
        ++(sent ? all.done : all.failed);
    }
}

asio::awaitable<void> write_to_dead(world& w, sluice::sqs::writer& writer) {
    while (true) {
        auto writing = writer.write(sluice::message("never").to(w.service.queue("never-answers")));
        const auto sent = co_await sluice::as_result(std::move(writing));
        if (!sent && sent.error().code == sluice::errc::closed) co_return;
    }
}

double run(world& w, load all, bool with_dead, sluice::writer_statistics& seen) {
    sluice::writer_options options;
    options.pending_messages = 20'000;
    options.pending_bytes = std::size_t(256) << 20;
    sluice::sqs::writer writer(w.session, options);
    const auto started = std::chrono::steady_clock::now();
    if (with_dead) {
        for (int i = 0; i < 100; ++i) asio::co_spawn(w.context, write_to_dead(w, writer), asio::detached);
    }
    for (std::size_t i = 0; i < coroutines; ++i) asio::co_spawn(w.context, write_share(w, writer, all), asio::detached);
    w.context.restart();
    while (all.done + all.failed < messages) w.context.run_one();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    seen = writer.statistics();
    if (all.failed > 0) std::printf("  %zu failed\n", all.failed);
    bool closed = false;
    asio::co_spawn(w.context, writer.close(std::chrono::milliseconds(0)),
                   [&closed](std::exception_ptr) { closed = true; });
    w.context.restart();
    while (!closed) w.context.run_one();
    w.context.poll();
    return seconds;
}

void report(const char* what, double seconds, const sluice::writer_statistics& seen) {
    std::printf("%-52s %8.0f messages/s, %5.2f a request, peak RSS %4.0f MiB\n", what,
                static_cast<double>(messages) / seconds, seen.entries_per_request(), bench::peak_mib());
}

} // namespace

int main() {
    sluice::writer_statistics seen;
    std::printf("%-52s peak RSS %4.0f MiB\n", "before:", bench::peak_mib());
    load of_coroutines;
    {
        world w;
        report("10,000 coroutines, 1 queue:", run(w, of_coroutines, false, seen), seen);
    }
    load of_groups;
    of_groups.groups = 10'000;
    {
        world w;
        report("10,000 coroutines, 1 FIFO queue, 10,000 groups:", run(w, of_groups, false, seen), seen);
    }
    load of_queues;
    of_queues.destinations = 1'000;
    double without = 0;
    {
        world w;
        without = run(w, of_queues, false, seen);
        report("10,000 coroutines, 1,000 queues:", without, seen);
    }
    {
        world w;
        const double with = run(w, of_queues, true, seen);
        report("the same, and another queue that never answers:", with, seen);
        std::printf("with the dead queue the others get %.0f %% of the throughput without it\n", 100 * without / with);
    }
}
