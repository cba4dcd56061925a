#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> publish(std::string topic_arn) {
    const auto executor = co_await asio::this_coro::executor;
    sluice::session session{executor}; // region, keys and endpoint from the environment
    sluice::sns::writer orders{session, topic_arn};
    sluice::message order{"{\"id\":1}"};
    order.attribute("country", "DE");
    sluice::receipt sent = co_await orders.write(std::move(order)); // throws sluice::error
    std::cout << "published " << sent.message_id << '\n';
    co_await orders.close();
}

int main(int argc, char** argv) {
    if (argc != 2) return std::cerr << "usage: publish TOPIC_ARN\n", 2;
    asio::io_context context;
    std::future<void> done = asio::co_spawn(context, publish(argv[1]), asio::use_future);
    context.run();
    done.get();
}
