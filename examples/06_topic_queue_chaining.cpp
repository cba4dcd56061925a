// Topic-queue chaining: the publisher knows a topic, each service reads a queue of its own behind it. A service that is
// down loses nothing: its queue keeps what is published.
//     topic_queue_chaining subscribe QUEUE COUNT     topic_queue_chaining publish COUNT
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> publish(std::size_t count) {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::session session{executor};
    const sluice::sns::create_topic_request create{"prices"}; // gives the ARN of one that exists
    const auto topic = co_await session.sns().create_topic(create);
    sluice::sns::writer prices{session, topic.topic_arn};
    std::vector<sluice::message> all;
    for (std::size_t i = 1; i <= count; ++i) all.emplace_back("price " + std::to_string(i));
    const auto outcomes = co_await prices.write(std::move(all)); // ten to a request
    std::size_t accepted = 0;
    for (const auto& one : outcomes) {
        if (one) ++accepted;
        else std::cerr << one.error().describe() << '\n';
    }
    std::cout << accepted << " of " << count << " published\n";
}

asio::awaitable<void> subscribe(std::string queue, std::size_t count) {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::session session{executor};
    sluice::chain definition{"prices"};
    definition.queue(queue);
    const sluice::chain_report links = co_await sluice::ensure(session, definition); // safe at every start
    std::cout << queue << " is subscribed" << std::endl;
    sluice::sqs::reader prices{session, links.queues.front().queue_url};
    for (std::size_t i = 0; i < count; ++i) {
        sluice::sqs::delivery price = co_await prices.read();
        std::cout << price.body() << '\n';
        price.ack_in_background(); // ten to a request
    }
    co_await prices.stop(); // waits for the acknowledgements
    const auto seen = prices.statistics();
    std::cout << seen.acknowledged << " acknowledged, " << seen.failed_acknowledgements << " failed\n";
}

int main(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    try {
        asio::io_context context;
        std::future<void> done;
        if (mode == "publish" && argc == 3) {
            done = asio::co_spawn(context, publish(std::stoul(argv[2])), asio::use_future);
        } else if (mode == "subscribe" && argc == 4) {
            done = asio::co_spawn(context, subscribe(argv[2], std::stoul(argv[3])), asio::use_future);
        } else {
            return std::cerr << "usage: topic_queue_chaining publish COUNT | subscribe QUEUE COUNT\n", 2;
        }
        context.run();
        done.get();
    } catch (const std::exception& failure) {
        return std::cerr << "topic_queue_chaining: " << failure.what() << '\n', 1;
    }
}
