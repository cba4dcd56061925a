// A FIFO queue: the messages of a group are handled in the order in which they were written, also when one fails.
// Groups do not wait for each other.
//     fifo QUEUE.fifo
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>
#include <map>

namespace asio = boost::asio;

// [write]
asio::awaitable<void> write_orders(sluice::sqs::writer& orders) {
    for (const char* step : {"opened", "paid", "shipped"}) {
        for (const char* customer : {"alice", "bob"}) {
            sluice::message order{step};
            order.group(customer).deduplication_id(std::string(customer) + "-" + step);
            co_await orders.write(std::move(order));
        }
    }
    sluice::message again{"opened"}; // the same id within five minutes: the queue has it, and takes it no second time
    again.group("alice").deduplication_id("alice-opened");
    co_await orders.write(std::move(again));
}
// [/write]

asio::awaitable<void> work(std::string queue) {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::session session{executor};
    sluice::sqs::create_queue_request create{queue};
    create.attributes["FifoQueue"] = "true";
    co_await session.sqs().create_queue(create);
    sluice::sqs::writer orders{session, queue};
    co_await write_orders(orders);

    // [handle]
    sluice::sqs::reader_options options;
    options.wait_time = std::chrono::seconds(1); // `stop` waits for the open poll
    sluice::sqs::reader reader{session, queue, options};
    std::map<std::string, std::string> seen; // by customer; this program has one thread
    int done = 0;
    auto handle = [&](sluice::sqs::delivery& order) -> asio::awaitable<void> {
        std::string& steps = seen[std::string(order.group())];
        steps += " " + order.body();
        if (order.body() == "paid" && order.receive_count() == 1 && order.group() == "alice") {
            throw std::runtime_error("the bank does not answer"); // comes again, before what is behind it
        }
        if (++done == 6) asio::co_spawn(executor, reader.stop(), asio::detached);
        co_return;
    };
    co_await reader.run(handle);
    // [/handle]
    for (const auto& [customer, steps] : seen) std::cout << customer << ":" << steps << '\n';
}

int main(int argc, char** argv) {
    if (argc != 2) return std::cerr << "usage: fifo QUEUE.fifo\n", 2;
    asio::io_context context;
    std::future<void> done = asio::co_spawn(context, work(argv[1]), asio::use_future);
    context.run();
    done.get();
}
