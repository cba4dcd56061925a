// An existing Asio server that publishes what its clients send: every line of every TCP client becomes a message.
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<void> serve_client(tcp::socket client, sluice::sqs::writer& queue) {
    std::string input;
    while (true) {
        auto reading =
            asio::async_read_until(client, asio::dynamic_buffer(input), '\n', asio::as_tuple(asio::use_awaitable));
        const auto read = co_await std::move(reading);
        const auto& [failure, length] = read;
        if (failure) co_return;
        // Messages of all clients share requests; each client waits for its own result.
        auto writing = queue.write(input.substr(0, length - 1));
        const auto sent = co_await sluice::as_result(std::move(writing));
        const std::string answer = sent ? "ok " + sent->message_id + "\n" : "failed " + sent.error().describe() + "\n";
        co_await asio::async_write(client, asio::buffer(answer), asio::use_awaitable);
        input.erase(0, length);
    }
}

asio::awaitable<void> listen(std::uint16_t port, std::string queue_name) {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::session session{executor};
    sluice::sqs::writer queue{session, queue_name};
    tcp::acceptor acceptor{executor, tcp::endpoint{asio::ip::address_v4::loopback(), port}};
    while (true) {
        tcp::socket client = co_await acceptor.async_accept(asio::use_awaitable);
        auto serving = serve_client(std::move(client), queue);
        asio::co_spawn(executor, std::move(serving), asio::detached);
    }
}

int main(int argc, char** argv) {
    if (argc != 3) return std::cerr << "usage: embed PORT QUEUE\n", 2;
    asio::io_context context;
    asio::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&](auto, auto) { context.stop(); });
    asio::co_spawn(context, listen(static_cast<std::uint16_t>(std::stoi(argv[1])), argv[2]), asio::detached);
    context.run();
}
