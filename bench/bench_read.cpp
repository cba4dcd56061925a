// CPU time for each message of `sqs::reader::run`, acknowledged when its handler has ended.
#include "canned_service.hpp"
#include "destinations.hpp"
#include "load_meter.hpp"
#include "load_options.hpp"

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstdio>
#include <deque>
#include <optional>
#include <thread>

namespace asio = boost::asio;

namespace {

/// What the handlers of all readers share.
struct read_load {
    explicit read_load(const bench::load_options& with) : meter(with.messages), warm_up(with.messages / 10) {
        end = warm_up + with.messages;
    }

    bench::load_meter meter;
    std::size_t warm_up;
    std::size_t end;
    std::atomic<std::size_t> handled{0};
    std::atomic<std::size_t> failed{0};
    std::deque<sluice::sqs::reader> readers;
};

asio::awaitable<void> stop_reader(sluice::sqs::reader& one) { co_await one.stop(sluice::sqs::stop_policy::fast); }

asio::awaitable<void> run_reader(sluice::sqs::reader& one, sluice::sqs::message_handler handler,
                                 sluice::sqs::run_options how, read_load& load) {
    try {
        co_await one.run(std::move(handler), how);
    } catch (const std::exception& why) {
        ++load.failed;
        std::fprintf(stderr, "a reader ended: %s\n", why.what());
    }
}

} // namespace

int main(int count, char** arguments) {
    const bench::load_options options = bench::read_options(count, arguments, "sqs::reader under load");
    if (options.in_process) return std::fprintf(stderr, "--in-process is for the writers\n"), 2;
    std::optional<bench::canned_service> service;
    if (options.endpoint.empty()) service.emplace();
    const std::string endpoint = service ? service->endpoint() : options.endpoint;
    asio::io_context context(static_cast<int>(options.threads));
    const sluice::session session = bench::session_with(context.get_executor(), endpoint);
    read_load load(options);
    const std::size_t share = load.end / options.destinations + 1;
    sluice::sqs::reader_options how;
    how.pollers = options.in_flight;
    how.buffered_messages = 20 * options.in_flight;
    how.messages_in_flight = std::max<std::size_t>(1'000, 60 * options.in_flight);
    for (std::size_t i = 0; i < options.destinations; ++i) {
        const std::string name = "bench-read-" + std::to_string(i) + "-" + std::to_string(options.body);
        std::string queue = endpoint + "/000000000000/" + name;
        if (!options.canned) {
            queue = bench::create_queue(endpoint, name);
            bench::fill_queue(endpoint, queue, share, options.body);
        }
        load.readers.emplace_back(session, queue, how);
    }
    const auto handle = [&](sluice::sqs::delivery&) -> asio::awaitable<void> {
        const std::size_t number = ++load.handled;
        if (number == load.warm_up) load.meter.start();
        if (number == load.end) {
            load.meter.stop();
            for (auto& one : load.readers) asio::co_spawn(context, stop_reader(one), asio::detached);
        }
        co_return;
    };
    sluice::sqs::run_options run;
    run.handlers = 10 * options.in_flight;
    for (auto& one : load.readers) asio::co_spawn(context, run_reader(one, handle, run, load), asio::detached);
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < options.threads; ++i) others.emplace_back([&context] { context.run(); });
    context.run();
    for (std::thread& one : others) one.join();
    std::size_t not_deleted = 0;
    for (const auto& one : load.readers) not_deleted += one.statistics().failed_acknowledgements;
    load.meter.print("sqs::reader", options, 0, service ? service->stop() / 1.1 : 0);
    if (not_deleted > 0) std::fprintf(stderr, "%zu messages were not deleted\n", not_deleted);
    return load.failed > 0 || not_deleted > 0 ? 1 : 0;
}
