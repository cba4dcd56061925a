#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> consume(std::string queue) {
    const auto executor = co_await asio::this_coro::executor;
    sluice::session session{executor};
    sluice::sqs::reader billing{session, queue}; // name, URL or ARN
    for (int i = 0; i < 10; ++i) {
        sluice::sqs::delivery order = co_await billing.read();
        std::cout << order.body() << '\n';
        co_await order.ack(); // without it the message comes again
    }
    co_await billing.stop(); // hands back what was not read
}

int main(int argc, char** argv) {
    if (argc != 2) return std::cerr << "usage: consume QUEUE\n", 2;
    asio::io_context context;
    std::future<void> done = asio::co_spawn(context, consume(argv[1]), asio::use_future);
    context.run();
    done.get();
}
