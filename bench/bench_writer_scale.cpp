// One writer under many: 10,000 coroutines, 10,000 message groups, 1,000 destinations with and without a dead one. Over
// the embedded broker without sockets, on one thread: what is compared are ratios within this run, and memory.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

namespace asio = boost::asio;

namespace {

constexpr std::size_t messages = 200'000;
constexpr std::size_t coroutines = 10'000;

struct world {
    world() {
        sluice::local::broker_options options;
        options.listen = false;
        broker.emplace(context.get_executor(), options);
        sluice::session_options of_session;
        of_session.read_environment = false;
        of_session.region = "us-east-1";
        of_session.endpoint_url = broker->endpoint();
        of_session.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
        of_session.transport = broker->transport();
        session.emplace(context.get_executor(), of_session);
    }
    asio::io_context context{1};
    std::optional<sluice::local::broker> broker;
    std::optional<sluice::session> session;
};

asio::awaitable<void> create_queues(sluice::session session, std::size_t count, std::string end) {
    for (std::size_t i = 0; i < count; ++i) {
        sluice::sqs::create_queue_request request("queue-" + std::to_string(i) + end);
        if (!end.empty()) request.attributes["FifoQueue"] = "true";
        co_await session.sqs().create_queue(std::move(request));
    }
}

/// What the coroutines of a measurement share.
struct load {
    std::size_t next = 0;
    std::size_t done = 0;
    std::size_t failed = 0;
    std::size_t destinations = 1;
    std::size_t groups = 0;
};

asio::awaitable<void> write_share(sluice::sqs::writer& writer, load& all) {
    const std::string body(200, 'x');
    while (all.next < messages) {
        const std::size_t number = all.next++;
        sluice::message one(body);
        const std::string end = all.groups > 0 ? ".fifo" : "";
        one.to("queue-" + std::to_string(number % all.destinations) + end);
        if (all.groups > 0) one.group("group-" + std::to_string(number % all.groups));
        auto writing = writer.write(std::move(one));
        const auto sent = co_await sluice::as_result(std::move(writing));
        ++(sent ? all.done : all.failed);
    }
}

asio::awaitable<void> write_to_dead(sluice::sqs::writer& writer) {
    while (true) {
        auto writing = writer.write(sluice::message("never").to("queue-dead"));
        const auto sent = co_await sluice::as_result(std::move(writing));
        if (!sent && sent.error().code == sluice::errc::closed) co_return;
    }
}

double run(world& w, load all, bool with_dead, sluice::writer_statistics& seen) {
    sluice::writer_options options;
    options.pending_messages = 20'000;
    options.pending_bytes = std::size_t(256) << 20;
    sluice::sqs::writer writer(*w.session, options);
    const auto started = std::chrono::steady_clock::now();
    if (with_dead) {
        for (int i = 0; i < 100; ++i) asio::co_spawn(w.context, write_to_dead(writer), asio::detached);
    }
    for (std::size_t i = 0; i < coroutines; ++i) asio::co_spawn(w.context, write_share(writer, all), asio::detached);
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

double peak_mib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

void create(world& w, std::size_t count, const std::string& end) {
    asio::co_spawn(w.context, create_queues(*w.session, count, end), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    w.context.restart();
    w.context.run();
}

void report(const char* what, double seconds, const sluice::writer_statistics& seen) {
    std::printf("%-52s %8.0f messages/s, %5.2f a request, peak RSS %4.0f MiB (broker and its messages included)\n",
                what, static_cast<double>(messages) / seconds, seen.entries_per_request(), peak_mib());
}

} // namespace

int main() {
    sluice::writer_statistics seen;
    load all;
    {
        world w;
        create(w, 1, "");
        report("10,000 coroutines, 1 queue:", run(w, all, false, seen), seen);
    }
    {
        world w;
        create(w, 1, ".fifo");
        load of_groups = all;
        of_groups.groups = 10'000;
        report("10,000 coroutines, 1 FIFO queue, 10,000 groups:", run(w, of_groups, false, seen), seen);
    }
    load of_queues = all;
    of_queues.destinations = 1'000;
    double without = 0;
    {
        world w;
        create(w, 1'000, "");
        without = run(w, of_queues, false, seen);
        report("10,000 coroutines, 1,000 queues:", without, seen);
    }
    {
        world w;
        create(w, 1'000, "");
        asio::co_spawn(w.context, w.session->sqs().create_queue(sluice::sqs::create_queue_request("queue-dead")),
                       [](std::exception_ptr, const sluice::sqs::queue_url_reply&) {});
        w.context.restart();
        w.context.run();
        w.broker->on("SendMessageBatch").at("queue-dead").delay_reply(std::chrono::hours(1));
        const double with = run(w, of_queues, true, seen);
        report("the same, and another queue that never answers:", with, seen);
        std::printf("with the dead queue the others get %.0f %% of the throughput without it\n", 100 * without / with);
    }
}
