// A test with the embedded broker: no network, no waiting, and the failures that a service shows once a year.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<int> test(sluice::local::broker& broker, sluice::session session) {
    const sluice::sqs::create_queue_request create{"orders"};
    const auto made = co_await session.sqs().create_queue(create);
    sluice::sqs::writer writer{session, made.queue_url};

    broker.on("SendMessageBatch").nth(1).drop_reply(); // applied, but the client never hears of it
    co_await writer.write("order 1");                  // tried again: at-least-once means that it is there twice
    if (broker.ledger().at("orders").entered != 2) co_return 1;

    const sluice::sqs::receive_message_request receive{made.queue_url};
    const auto first = co_await session.sqs().receive_message(receive);
    const auto hidden = co_await session.sqs().receive_message(receive);
    broker.advance(30s); // the visibility timeout passes, and nobody has waited
    const auto again = co_await session.sqs().receive_message(receive);
    std::cout << first.messages.size() << " received, " << hidden.messages.size() << " while they are in flight, "
              << again.messages.size() << " when they come again\n";
    co_return first.messages.size() == 2 && hidden.messages.empty() && again.messages.size() == 2 ? 0 : 1;
}

int main() {
    asio::io_context context;
    sluice::local::broker_options no_port;
    no_port.listen = false; // without it the broker also listens on a free loopback port: broker.endpoint()
    sluice::local::broker broker{context.get_executor(), no_port};

    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = broker.endpoint();
    options.transport = broker.transport();
    options.credentials = sluice::static_credentials(sluice::credentials{"test", "test"});
    const sluice::session session{context.get_executor(), options};

    auto result = asio::co_spawn(context, test(broker, session), asio::use_future);
    context.run();
    return result.get();
}
