// Loaded with dlopen: uses sluice on the context of whoever loads it.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;

namespace {

asio::awaitable<void> write_and_read(std::shared_ptr<sluice::local::broker> broker) {
    const auto executor = co_await asio::this_coro::executor;
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = broker->endpoint();
    options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
    const sluice::session session(executor, options);
    const sluice::sqs::create_queue_request create("plugged");
    co_await session.sqs().create_queue(create);
    sluice::sqs::writer writer(session, "plugged");
    co_await writer.write("from a plugin");
    co_await writer.close();
    sluice::sqs::reader reader(session, "plugged");
    sluice::sqs::delivery delivery = co_await reader.read();
    std::cout << delivery.body() << std::endl;
    co_await delivery.ack();
    co_await reader.stop(sluice::sqs::stop_policy::fast);
}

} // namespace

extern "C" void start(asio::io_context& context) {
    auto broker = std::make_shared<sluice::local::broker>(context.get_executor());
    asio::co_spawn(context, write_and_read(broker), [broker, &context](std::exception_ptr) {
        broker->stop();
        context.stop();
    });
}
