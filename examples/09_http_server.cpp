// http_server PORT QUEUE: publishes what it is POSTed, and answers 202 with the message's id, or why not. SIGTERM ends
// it without losing what it said yes to: no new connections, answers to the requests under way, then the writer.
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <boost/beast.hpp>

#include <set>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using namespace std::chrono_literals;
using asio::ip::tcp, boost::beast::tcp_stream;

struct server {
    sluice::sqs::writer writer;
    tcp::acceptor acceptor;
    asio::steady_timer deadline; // of a stop; cancelled when the last client has gone
    std::set<std::shared_ptr<tcp_stream>> clients = {};
};

http::status status_of(sluice::errc failure) {
    if (failure == sluice::errc::message_too_long) return http::status::payload_too_large;
    return failure == sluice::errc::invalid_argument ? http::status::bad_request : http::status::service_unavailable;
}

asio::awaitable<void> serve(std::shared_ptr<server> server, std::shared_ptr<tcp_stream> client) {
    boost::beast::flat_buffer buffer;
    while (true) {
        http::request_parser<http::string_body> request;
        request.body_limit(256 * 1024); // what is larger is not read
        client->expires_after(30s);
        const auto read = co_await http::async_read(*client, buffer, request, asio::as_tuple(asio::use_awaitable));
        const boost::system::error_code failure = std::get<0>(read);
        if (failure && failure != http::error::body_limit) co_return;
        http::response<http::string_body> answer{http::status::payload_too_large, 11};
        if (!failure) {
            auto writing = server->writer.write(request.get().body());
            const auto sent = co_await sluice::as_result(std::move(writing));
            answer.result(sent ? http::status::accepted : status_of(sent.error().code));
            answer.body() = (sent ? sent->message_id : sent.error().describe()) + "\n";
        }
        answer.keep_alive(!failure && request.keep_alive() && server->acceptor.is_open());
        answer.prepare_payload();
        co_await http::async_write(*client, answer, asio::use_awaitable);
        if (!answer.keep_alive()) co_return;
    }
}

asio::awaitable<void> run(std::shared_ptr<server> server) {
    asio::signal_set signals{server->acceptor.get_executor(), SIGINT, SIGTERM};
    signals.async_wait([server](auto, auto) { server->acceptor.close(); });
    while (server->acceptor.is_open()) {
        auto accepted = co_await server->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (std::get<0>(accepted)) continue;
        const auto client = std::make_shared<tcp_stream>(std::move(std::get<1>(accepted)));
        server->clients.insert(client);
        asio::co_spawn(client->get_executor(), serve(server, client), [server, client](auto) {
            if (server->clients.erase(client) > 0 && server->clients.empty()) server->deadline.cancel();
        });
    }
    boost::system::error_code ignored; // reading ends; who has sent a request gets an answer
    for (const auto& client : server->clients) client->socket().shutdown(tcp::socket::shutdown_receive, ignored);
    server->deadline.expires_after(10s);
    if (!server->clients.empty()) co_await server->deadline.async_wait(asio::as_tuple(asio::use_awaitable));
    co_await server->writer.close(10s);
}

int main(int, char** argv) {
    asio::io_context context;
    sluice::writer_options options;
    options.delivery_timeout = 5s; // a client waits no longer than that for its 503
    const auto shared = std::make_shared<server>(
        sluice::sqs::writer{sluice::session{context.get_executor()}, argv[2], options},
        tcp::acceptor{context, {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(argv[1]))}},
        asio::steady_timer{context});
    asio::co_spawn(context, run(shared), [&](auto) { context.stop(); });
    context.run();
}
