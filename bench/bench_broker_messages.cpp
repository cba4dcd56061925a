// A million messages in ten thousand queues of the embedded broker: memory for each, and messages per second of client
// and broker together, on one thread and without sockets.
#include <sluice/local/broker.hpp>
#include <sluice/session.hpp>
#include <sluice/sqs/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace {

constexpr std::size_t queues = 10'000;
constexpr std::size_t batches_of_a_queue = 10;
constexpr std::size_t batch = 10;
constexpr std::size_t messages = queues * batches_of_a_queue * batch;
constexpr std::size_t body_bytes = 200;
constexpr std::size_t coroutines = 8;

double resident_bytes() {
    std::ifstream file("/proc/self/statm");
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

struct progress {
    std::vector<std::string> urls;
    std::size_t next = 0;
};

asio::awaitable<void> create_queues(sluice::session session, progress& state) {
    for (std::size_t i = 0; i < queues; ++i) {
        sluice::sqs::create_queue_request request("queue-" + std::to_string(i));
        const auto made = co_await session.sqs().create_queue(std::move(request));
        state.urls.push_back(made.queue_url);
    }
}

asio::awaitable<void> send(sluice::session session, progress& state) {
    const std::string body(body_bytes, 'x');
    while (state.next < queues * batches_of_a_queue) {
        const std::size_t mine = state.next++;
        sluice::sqs::send_message_batch_request request(state.urls[mine % queues]);
        for (std::size_t i = 0; i < batch; ++i) request.entries.emplace_back(body);
        const auto reply = co_await session.sqs().send_message_batch(std::move(request));
        for (const auto& entry : reply.entries) entry.value();
    }
}

asio::awaitable<void> receive(sluice::session session, progress& state) {
    while (state.next < queues * batches_of_a_queue) {
        const std::size_t mine = state.next++;
        sluice::sqs::receive_message_request request(state.urls[mine % queues]);
        request.max_messages = static_cast<int>(batch);
        const auto got = co_await session.sqs().receive_message(std::move(request));
        sluice::sqs::delete_message_batch_request done(state.urls[mine % queues]);
        for (const auto& message : got.messages) done.receipt_handles.push_back(message.receipt_handle);
        const auto deleted = co_await session.sqs().delete_message_batch(std::move(done));
        for (const auto& entry : deleted.entries) entry.value();
    }
}

/// Seconds that it took.
template<class Make>
double run(asio::io_context& context, std::size_t times, Make make) {
    const auto started = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < times; ++i) {
        asio::co_spawn(context, make(), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
    }
    context.restart();
    context.run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

} // namespace

int main() {
    asio::io_context context(1);
    sluice::local::broker_options without_port;
    without_port.listen = false;
    sluice::local::broker broker(context.get_executor(), without_port);
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = broker.endpoint();
    options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
    options.transport = broker.transport();
    const sluice::session session(context.get_executor(), options);
    progress state;
    const double empty = resident_bytes();
    run(context, 1, [&] { return create_queues(session, state); });
    const double with_queues = resident_bytes();
    const double sending = run(context, coroutines, [&] { return send(session, state); });
    const double full = resident_bytes();
    state.next = 0;
    const double receiving = run(context, coroutines, [&] { return receive(session, state); });
    std::uint64_t left = 0;
    for (const auto& [name, queue] : broker.ledger()) left += queue.entered - queue.deleted;
    const auto count = static_cast<double>(messages);
    std::printf("%zu messages of %zu B in %zu queues, ten to a request, %zu left over\n", messages, body_bytes, queues,
                static_cast<std::size_t>(left));
    std::printf("memory: %.0f B for each message, %.0f B for each queue, %.0f MiB in all\n",
                (full - with_queues) / count, (with_queues - empty) / static_cast<double>(queues), full / (1U << 20U));
    std::printf("sent: %.0f messages/s; received and deleted: %.0f messages/s (client and broker on one thread)\n",
                count / sending, count / receiving);
    return left == 0 ? 0 : 1;
}
