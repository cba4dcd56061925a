// Testing code of your own in virtual time: an order that cannot be billed is tried again after one minute, two and
// four, and is a dead letter then. Nobody waits for it: the test moves the broker's clock.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <functional>
#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [code]
// The code under test.
asio::awaitable<void> bill_next(sluice::sqs::reader& orders, std::function<void(const std::string&)> bill) {
    sluice::sqs::delivery order = co_await orders.read();
    bool billed = true;
    try {
        bill(order.body());
    } catch (const std::exception&) {
        billed = false;
    }
    if (billed) co_await order.ack();
    else co_await order.release(); // for `release_delay`, doubled with each receive
}
// [/code]

// [test]
asio::awaitable<int> test(sluice::local::broker& broker, sluice::session session) {
    sluice::chain_queue queue{"billing"};
    queue.dead_letter_queue = "billing-dead";
    queue.max_receive_count = 3;
    const sluice::chain definition = sluice::chain{"orders"}.queue(queue);
    const sluice::chain_report links = co_await sluice::ensure(session, definition);
    sluice::sns::writer orders{session, links.topic_arn};
    co_await orders.write("order 1");

    sluice::sqs::reader_options options;
    options.release_delay = 60s;
    sluice::sqs::reader billing{session, "billing", options};
    std::size_t calls = 0;
    const auto fail = [&calls](const std::string&) {
        ++calls;
        throw std::runtime_error("the bank does not answer");
    };
    for (const auto pause : {1min, 2min, 4min}) {
        co_await bill_next(billing, fail);
        if (broker.ledger().at("billing").in_flight != 1) co_return 1; // hidden: nobody gets it yet
        broker.advance(pause);
    }
    sluice::sqs::reader dead_letters{session, "billing-dead"};
    const sluice::sqs::delivery dead = co_await dead_letters.read();
    std::cout << dead.body() << ": tried " << calls << " times in 7 minutes, then a dead letter\n";
    co_return calls == 3 && broker.ledger().at("billing").moved == 1 ? 0 : 1;
}
// [/test]

int main() {
    asio::io_context context;
    sluice::local::broker_options no_port;
    no_port.listen = false;
    sluice::local::broker broker{context.get_executor(), no_port};
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = broker.endpoint();
    options.transport = broker.transport();
    options.credentials = sluice::static_credentials(sluice::credentials{"test", "test"});
    auto result =
        asio::co_spawn(context, test(broker, sluice::session{context.get_executor(), options}), asio::use_future);
    context.run();
    return result.get();
}
