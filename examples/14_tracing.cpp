// A trace from an order to its invoice: carried through a queue, a handler, and a topic.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;
using sluice::trace_context;

asio::awaitable<void> run(sluice::session session, std::string& traces_seen) {
    const auto executor = co_await asio::this_coro::executor;
    sluice::chain chain{"invoices"};
    chain.queue("mailing");
    const auto made = co_await sluice::ensure(session, chain);
    const sluice::sqs::create_queue_request create{"orders"};
    co_await session.sqs().create_queue(create);
    sluice::sqs::writer orders{session, "orders"};
    sluice::sns::writer invoices{session, made.topic_arn};
    sluice::sqs::reader_options short_polls;
    short_polls.wait_time = std::chrono::seconds(1); // stop waits for them

    // [write]
    const trace_context request = trace_context::begin(); // or trace_context::parse(what an HTTP request brought)
    sluice::message order{"{\"id\":1}"};
    request.apply(order, sluice::trace_carrier::both); // the attribute for all, the X-Ray header for AWS's own tools
    co_await orders.write(std::move(order));
    // [/write]

    // [handle]
    sluice::tracing_options options;
    options.queue = "orders";
    options.ended = [](const sluice::span& span) { // hand it to your exporter
        std::cout << span.name << ' ' << span.context.traceparent() << (span.failure ? " failed\n" : " ok\n");
    };
    const sluice::tracing traces{options};
    sluice::sqs::reader reader{session, "orders", short_polls};
    auto bill = [&](sluice::sqs::delivery& received) -> asio::awaitable<void> {
        sluice::message invoice{"{\"order\":1}"};
        traces.context_of(received).apply(invoice); // the span of this handler
        co_await invoices.write(std::move(invoice));
        asio::co_spawn(executor, reader.stop(), asio::detached);
    };
    auto handler = sluice::compose(bill).with(traces);
    co_await reader.run(handler);
    // [/handle]

    sluice::sqs::reader mailing{session, "mailing", short_polls};
    sluice::sqs::delivery invoice = co_await mailing.read();
    const auto carried = trace_context::from(invoice);
    traces_seen = request.trace_id() + (carried ? " " + carried->trace_id() : std::string(" none"));
    co_await invoice.ack();
    co_await mailing.stop();
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
    std::string seen;
    auto done = asio::co_spawn(context, run(sluice::session{context.get_executor(), options}, seen), asio::use_future);
    context.run();
    done.get();
    std::cout << seen << '\n';
    return seen.size() == 65 && seen.substr(0, 32) == seen.substr(33) ? 0 : 1;
}
