// A CloudEvent through a topic that filters by its type, into a queue.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<int> publish_and_read(sluice::session session) {
    sluice::chain definition{"events"};
    definition.queue("billing", R"({"ce-type":["com.example.order.created"]})");
    const sluice::chain_report links = co_await sluice::ensure(session, definition);
    sluice::sns::writer events{session, links.topic_arn};

    // [write]
    sluice::cloud_event created{"A-1", "https://example.com/shop", "com.example.order.created"};
    created.subject("orders/7").time(std::chrono::system_clock::now());
    created.data_content_type("application/json").data(R"({"amount":12.50})");
    created.extension("correlationid", "basket-3");
    sluice::message binary =
        sluice::to_message(created, sluice::cloud_event_mode::binary); // topics can filter by ce-type
    co_await events.write(std::move(binary));

    sluice::cloud_event deleted{"A-2", "https://example.com/shop", "com.example.order.deleted"};
    sluice::message structured = sluice::to_message(deleted); // one attribute, and the event is the body
    co_await events.write(std::move(structured));             // without ce-type the filter drops it
    // [/write]

    // [read]
    sluice::sqs::reader billing{session, "billing"};
    sluice::sqs::delivery delivery = co_await billing.read();
    const sluice::cloud_event event = sluice::cloud_event_from(delivery); // of either mode
    std::cout << event.type() << ' ' << event.id() << " about " << event.subject().value_or("nothing") << ": "
              << event.data() << '\n';
    if (const auto* id = event.extension("correlationid")) std::cout << "of " << id->text() << '\n';
    co_await delivery.ack();
    // [/read]
    co_await billing.stop(sluice::sqs::stop_policy::fast);

    // [refuse]
    created.extension("Correlation-ID", "basket-3"); // no name for an attribute
    try {
        (void)sluice::to_message(created);
    } catch (const sluice::error& refused) {
        std::cout << refused.info().message << '\n';
    }
    // [/refuse]
    co_return event.id() == "A-1" && event.data() == R"({"amount":12.50})" ? 0 : 1;
}

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
    const sluice::session session{context.get_executor(), options};
    auto result = asio::co_spawn(context, publish_and_read(session), asio::use_future);
    context.run();
    return result.get();
}
