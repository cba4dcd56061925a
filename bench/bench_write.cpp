// Messages per second and client CPU time per message of the SQS writer, against the embedded broker on another thread.
#include <sluice/local/broker.hpp>
#include <sluice/sqs/client.hpp>
#include <sluice/sqs/writer.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <thread>

namespace asio = boost::asio;

namespace {

constexpr int messages = 100'000;
constexpr int writers = 500;
constexpr std::size_t body_bytes = 200;

double cpu_seconds_of_this_thread() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

asio::awaitable<void> write_many(sluice::sqs::writer& writer, int& left) {
    const std::string body(body_bytes, 'x');
    while (left > 0) {
        --left;
        co_await writer.write(body);
    }
}

asio::awaitable<void> make_queue(const sluice::session& session, std::string& url) {
    const sluice::sqs::create_queue_request request("bench");
    const auto made = co_await session.sqs().create_queue(request);
    url = made.queue_url;
}

} // namespace

int main() {
    asio::io_context broker_context;
    const auto work = asio::make_work_guard(broker_context);
    const sluice::local::broker broker(broker_context.get_executor());
    std::thread broker_thread([&] { broker_context.run(); });

    asio::io_context context;
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = broker.endpoint();
    options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
    const sluice::session session(context.get_executor(), options);
    std::string url;
    asio::co_spawn(context, make_queue(session, url), asio::detached);
    context.run();
    context.restart();

    sluice::sqs::writer writer(session, url);
    int left = messages;
    const auto started = std::chrono::steady_clock::now();
    const double cpu_before = cpu_seconds_of_this_thread();
    for (int i = 0; i < writers; ++i) asio::co_spawn(context, write_many(writer, left), asio::detached);
    context.run();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    const double cpu = cpu_seconds_of_this_thread() - cpu_before;
    const auto seen = writer.statistics();
    std::printf("sqs::writer, %zu byte bodies, %d coroutines: %.0f messages/s, client CPU %.2f us/message, "
                "%.2f messages/request, %zu failed\n",
                body_bytes, writers, static_cast<double>(seen.accepted) / seconds, 1e6 * cpu / messages,
                static_cast<double>(seen.entries) / static_cast<double>(seen.requests), seen.failed);
    broker_context.stop();
    broker_thread.join();
    return seen.accepted == messages ? 0 : 1;
}
