// One worker of queue-based load levelling: the queue takes what producers write as fast as they write it, and as many
// of these as are wanted take it from there. SIGTERM ends one without leaving anything behind; what a killed one had
// comes to the others after the queue's visibility timeout.
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

// It may come twice for the same job: what it does must bear that.
asio::awaitable<void> handle(sluice::sqs::delivery& job) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer work{executor, 2ms};
    co_await work.async_wait(asio::use_awaitable);
    std::cout << job.body() + " handled, receive " + std::to_string(job.receive_count()) + "\n" << std::flush;
} // deleted now; had it thrown, the job would come again

asio::awaitable<void> stop_when_told(sluice::sqs::reader& jobs) {
    const auto executor = co_await asio::this_coro::executor;
    asio::signal_set signals{executor, SIGINT, SIGTERM};
    const auto told = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
    if (std::get<0>(told)) co_return; // the worker could not begin
    const sluice::sqs::stop_report stop = co_await jobs.stop(sluice::sqs::stop_policy::drain);
    std::cout << "stopped " << (stop.complete ? "completely: " : "at the deadline: ") << stop.released
              << " handed back, " << stop.still_out << " still out\n";
}

asio::awaitable<void> work(std::string queue) {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::session session{executor};
    sluice::sqs::reader jobs{session, queue};
    sluice::sqs::run_options options;
    options.handlers = 8;
    // Whichever fails ends the other: a queue that does not exist is told at once.
    auto both = jobs.run(handle, options) && stop_when_told(jobs);
    co_await std::move(both);
}

int main(int argc, char** argv) {
    if (argc != 2) return std::cerr << "usage: load_levelling QUEUE\n", 2;
    try {
        asio::io_context context;
        auto done = asio::co_spawn(context, work(argv[1]), asio::use_future);
        context.run();
        done.get();
    } catch (const std::exception& failure) {
        return std::cerr << "load_levelling: " << failure.what() << '\n', 1;
    }
}
