// A stranger's program: publishes to a topic and reads it from a queue, on the embedded broker over loopback sockets.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<std::string> publish_and_read(sluice::session session) {
    sluice::chain orders("orders");
    orders.queue("billing");
    const sluice::chain_report made = co_await ensure(session, orders);

    sluice::sns::writer writer(session, made.topic_arn);
    co_await writer.write("order 1");
    co_await writer.close();

    sluice::sqs::reader reader(session, "billing");
    sluice::sqs::delivery order = co_await reader.read();
    std::string body = order.body();
    co_await order.ack();
    co_await reader.stop();
    co_return body;
}

int main() {
    asio::io_context context;
    sluice::local::broker broker(context.get_executor());
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = broker.endpoint();
    options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
    const sluice::session session(context.get_executor(), options);

    std::string read;
    std::exception_ptr failure;
    asio::co_spawn(context, publish_and_read(session), [&](std::exception_ptr thrown, std::string body) {
        failure = thrown;
        read = std::move(body);
        broker.stop();
        context.stop();
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    std::cout << "sluice " << sluice::library_version() << " read: " << read << '\n';
    return read == "order 1" && sluice::library_version() == sluice::version ? 0 : 1;
}
