// One load for both writers: many coroutines, each of which awaits every message that it writes.
#pragma once

#include "canned_service.hpp"
#include "destinations.hpp"
#include "load_meter.hpp"

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace bench {

/// What the coroutines share. `left` counts down over both parts, the warm-up and what is counted.
struct write_load {
    explicit write_load(const load_options& with) : options(with), meter(with.messages) {}

    const load_options& options;
    load_meter meter;
    sluice::message content;
    std::vector<std::string> destinations;
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> failed{0};
    std::size_t wanted = 0;
};

template<class Writer>
boost::asio::awaitable<void> write_share(Writer& writer, write_load& load) {
    for (std::size_t number = load.next++; number < load.wanted; number = load.next++) {
        sluice::message one = load.content;
        if (load.destinations.size() > 1) one.to(load.destinations[number % load.destinations.size()]);
        const auto began = load_meter::clock::now();
        bool accepted = true;
        try {
            co_await writer.write(std::move(one));
        } catch (const std::exception& why) {
            accepted = false;
            if (load.failed++ == 0) std::fprintf(stderr, "not accepted: %s\n", why.what());
        }
        if (accepted) load.meter.took(began);
    }
}

template<class Writer>
void write_part(boost::asio::io_context& context, Writer& writer, write_load& load, std::size_t messages) {
    load.next = 0;
    load.wanted = messages;
    // As many as fill the requests in flight and the batches behind them.
    const std::size_t enough = load.options.writers > 0 ? load.options.writers : 20 * load.options.in_flight;
    const std::size_t coroutines = std::min(messages, enough);
    for (std::size_t i = 0; i < coroutines; ++i) {
        boost::asio::co_spawn(context, write_share(writer, load), boost::asio::detached);
    }
    context.restart();
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < load.options.threads; ++i) others.emplace_back([&context] { context.run(); });
    context.run();
    for (std::thread& one : others) one.join();
}

/// `destination`: of number i. Exit status of the program.
template<class Writer, class Destination>
int run_write_load(const char* client, const load_options& options, Destination destination) {
    std::optional<canned_service> service;
    if (options.endpoint.empty()) service.emplace();
    const std::string endpoint = service ? service->endpoint() : options.endpoint;
    boost::asio::io_context context(static_cast<int>(options.threads));
    const sluice::session session =
        session_with(context.get_executor(), endpoint, options.in_process ? in_process_transport() : nullptr);
    write_load load(options);
    load.content = sluice::message(std::string(options.body, 'x'));
    for (std::size_t i = 0; i < options.attributes; ++i) {
        load.content.attribute("attribute-" + std::to_string(i), "value " + std::to_string(i));
    }
    for (std::size_t i = 0; i < options.destinations; ++i) load.destinations.push_back(destination(endpoint, i));
    sluice::writer_options how;
    how.requests_in_flight = options.in_flight;
    how.pending_messages = std::max<std::size_t>({1'000, 40 * options.in_flight, 2 * options.writers});
    if (options.linger >= 0) how.linger = std::chrono::milliseconds(options.linger);
    how.pending_bytes = std::max(how.pending_bytes, how.pending_messages * (options.body + 1'000));
    std::optional<Writer> writer;
    if (options.destinations == 1) writer.emplace(session, load.destinations.front(), how);
    else writer.emplace(session, how);
    write_part(context, *writer, load, options.messages / 10);
    const std::size_t requests_before = writer->statistics().requests;
    load.meter.start();
    write_part(context, *writer, load, options.messages);
    load.meter.stop();
    const std::size_t requests = writer->statistics().requests - requests_before;
    load.meter.print(client, options, requests, service ? service->stop() / 1.1 : 0);
    if (load.failed > 0) std::fprintf(stderr, "%zu messages were not accepted\n", load.failed.load());
    return load.failed > 0 ? 1 : 0;
}

} // namespace bench
