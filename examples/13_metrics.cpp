// A writer and a reader that are watched: their metrics at http://127.0.0.1:PORT/metrics, their failures on stderr.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <boost/beast.hpp>

#include <iostream>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

// [serve]
asio::awaitable<void> answer(tcp::socket client, const sluice::metrics& metrics) {
    boost::beast::tcp_stream stream{std::move(client)};
    stream.expires_after(std::chrono::seconds(10)); // for those who never ask, and those who never read
    boost::beast::flat_buffer buffer;
    http::request<http::empty_body> request;
    co_await http::async_read(stream, buffer, request, asio::use_awaitable);
    const bool found = request.method() == http::verb::get && request.target() == "/metrics";
    http::response<http::string_body> response{found ? http::status::ok : http::status::not_found, request.version()};
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    if (found) response.body() = metrics.prometheus_text();
    response.prepare_payload();
    co_await http::async_write(stream, response, asio::use_awaitable);
}

asio::awaitable<void> serve(std::uint16_t port, const sluice::metrics& metrics) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::acceptor acceptor{executor, tcp::endpoint{asio::ip::address_v4::loopback(), port}};
    while (true) {
        tcp::socket client = co_await acceptor.async_accept(asio::use_awaitable);
        auto answering = answer(std::move(client), metrics); // what it throws ends that client alone
        asio::co_spawn(executor, std::move(answering), asio::detached);
    }
}
// [/serve]

// [observe]
asio::awaitable<void> work(sluice::session session, sluice::metrics& metrics, sluice::event_log& log) {
    const sluice::sqs::create_queue_request create{"orders"};
    co_await session.sqs().create_queue(create);
    sluice::writer_options writing;
    writing.observer = sluice::observers({metrics.writer_observer("orders"), log.writer_observer()});
    sluice::sqs::writer writer{session, "orders", writing};
    sluice::sqs::reader_options reading;
    reading.observer = sluice::observers({metrics.reader_observer("orders"), log.reader_observer("orders")});
    sluice::sqs::reader reader{session, "orders", reading};
    const auto watched_writer = metrics.watch("orders", [&writer] { return writer.statistics(); });
    const auto watched_reader = metrics.watch("orders", [&reader] { return reader.statistics(); });
    for (const char* body : {"1", "2", "none"}) co_await writer.write(body);

    auto handle = [](sluice::sqs::delivery& order) -> asio::awaitable<void> {
        std::stoi(order.body()); // throws for the last one: it is handed back, counted and logged
        co_return;
    };
    auto handler = sluice::compose(handle).with(metrics.handler_timer("orders"));
    co_await reader.run(handler);
}
// [/observe]

int main(int argc, char** argv) {
    if (argc != 2) return std::cerr << "usage: metrics PORT\n", 2;
    asio::io_context context;
    sluice::local::broker broker{context.get_executor()};
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = broker.endpoint();
    options.credentials = sluice::static_credentials(sluice::credentials{"test", "test"});
    sluice::metrics metrics;
    sluice::event_log log{[](sluice::log_level, std::string_view line) { std::cerr << line << '\n'; }};
    asio::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&](auto, auto) { context.stop(); });
    asio::co_spawn(context, serve(static_cast<std::uint16_t>(std::stoi(argv[1])), metrics), asio::detached);
    asio::co_spawn(context, work(sluice::session{context.get_executor(), options}, metrics, log), asio::detached);
    context.run();
}
