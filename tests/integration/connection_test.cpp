// The transport over real sockets, against a server that does what the test tells it.
#include "support/run_coroutine.hpp"
#include "support/scripted_server.hpp"
#include "transport/http_transport.hpp"

#include <doctest/doctest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include <future>

namespace connection_test {

using boost::asio::awaitable;
using boost::asio::ip::tcp;
using integration::ok_reply;
using integration::read_request;
using integration::scripted_server;

namespace {

sluice::http_request request_to(std::uint16_t port) {
    sluice::http_request request;
    request.origin.tls = false;
    request.origin.host = "127.0.0.1";
    request.origin.port = port;
    request.body = "hello";
    request.timeout = std::chrono::seconds(20);
    return request;
}

/// Sends requests one after the other through one transport.
std::vector<sluice::result<sluice::http_reply>> send_in_turn(std::vector<sluice::http_request> requests,
                                                             sluice::http_transport_options options = {}) {
    boost::asio::io_context context;
    std::vector<sluice::result<sluice::http_reply>> replies;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        const auto transport = std::make_shared<sluice::http_transport>(executor, options);
        for (const auto& request : requests) {
            auto reply = co_await transport->send(request);
            replies.push_back(std::move(reply));
        }
        CHECK(transport->connections().busy == 0);
        CHECK(transport->connections().waiting == 0);
    });
    return replies;
}

void answer(tcp::socket& socket, const std::string& text) { boost::asio::write(socket, boost::asio::buffer(text)); }

} // namespace

TEST_CASE("a connection is kept and used again") {
    const scripted_server server([](tcp::socket& socket, int) {
        std::string request;
        while (read_request(socket, request)) answer(socket, ok_reply("ok"));
    });
    const auto replies =
        send_in_turn({request_to(server.port()), request_to(server.port()), request_to(server.port())});
    for (const auto& reply : replies) {
        REQUIRE(reply.has_value());
        CHECK(reply->body == "ok");
    }
    CHECK(server.connections() == 1);
}

TEST_CASE("a kept connection that the peer closed is replaced, once and silently") {
    // Each connection answers one request, promises to stay, and is gone when the second one comes.
    const scripted_server server([](tcp::socket& socket, int) {
        std::string request;
        if (read_request(socket, request)) answer(socket, ok_reply("one"));
        read_request(socket, request); // taken, never answered
    });
    const auto replies = send_in_turn({request_to(server.port()), request_to(server.port())});
    REQUIRE(replies[0].has_value());
    REQUIRE(replies[1].has_value());
    CHECK(replies[1]->body == "one");
    CHECK(server.connections() == 2);
}

TEST_CASE("a fresh connection that ends without an answer is a failure that may have been applied") {
    const scripted_server server([](tcp::socket& socket, int) {
        std::string request;
        read_request(socket, request);
    });
    const auto replies = send_in_turn({request_to(server.port())});
    REQUIRE_FALSE(replies[0].has_value());
    CHECK(replies[0].error().code == sluice::errc::connection);
    CHECK(replies[0].error().may_have_been_applied);
    CHECK(server.connections() == 1);
}

TEST_CASE("Connection: close is honoured") {
    const scripted_server server([](tcp::socket& socket, int) {
        std::string request;
        if (read_request(socket, request)) {
            answer(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    const auto replies = send_in_turn({request_to(server.port()), request_to(server.port())});
    CHECK(replies[0].has_value());
    CHECK(replies[1].has_value());
    CHECK(server.connections() == 2);
}

TEST_CASE("a reply that comes byte by byte, chunked, after a 100 Continue") {
    const scripted_server server([](tcp::socket& socket, int) {
        std::string request;
        socket.set_option(tcp::no_delay(true));
        if (!read_request(socket, request)) return;
        const std::string reply = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "4\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n";
        for (const char byte : reply) answer(socket, std::string(1, byte));
        read_request(socket, request);
    });
    const auto replies = send_in_turn({request_to(server.port())});
    REQUIRE(replies[0].has_value());
    CHECK(replies[0]->status == 200);
    CHECK(replies[0]->body == "wikipedia");
}

TEST_CASE("a reply without length ends with the connection") {
    const scripted_server server([](tcp::socket& socket, int) {
        std::string request;
        if (read_request(socket, request)) answer(socket, "HTTP/1.1 200 OK\r\n\r\nto the end");
    });
    const auto replies = send_in_turn({request_to(server.port())});
    REQUIRE(replies[0].has_value());
    CHECK(replies[0]->body == "to the end");
}

TEST_CASE("a server that stalls runs into the deadline") {
    std::promise<void> finished;
    const std::shared_future<void> wait(finished.get_future());
    const scripted_server server([&wait](tcp::socket& socket, int) {
        std::string request;
        read_request(socket, request);
        wait.wait();
    });
    auto request = request_to(server.port());
    request.timeout = std::chrono::milliseconds(200);
    const auto replies = send_in_turn({request});
    finished.set_value();
    REQUIRE_FALSE(replies[0].has_value());
    CHECK(replies[0].error().code == sluice::errc::timeout);
    CHECK(replies[0].error().may_have_been_applied);
}

TEST_CASE("garbage and oversized replies are refused") {
    const std::vector<std::string> bad{
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 999999 ?\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'a') + "\r\n\r\n",
    };
    const scripted_server server([&bad](tcp::socket& socket, int connection) {
        std::string request;
        if (read_request(socket, request)) answer(socket, bad[static_cast<std::size_t>(connection)]);
    });
    std::vector<sluice::http_request> requests(bad.size(), request_to(server.port()));
    for (auto& request : requests) request.max_reply_bytes = 100'000;
    const auto replies = send_in_turn(requests);
    for (std::size_t i = 0; i < bad.size(); ++i) {
        INFO("reply " << bad[i].substr(0, 40));
        REQUIRE_FALSE(replies[i].has_value());
        CHECK(replies[i].error().code == sluice::errc::bad_reply);
        CHECK(replies[i].error().may_have_been_applied);
    }
}

TEST_CASE("more calls than connections wait their turn") {
    const scripted_server server([](tcp::socket& socket, int) {
        std::string request;
        while (read_request(socket, request)) answer(socket, ok_reply("ok"));
    });
    boost::asio::io_context context;
    int answered = 0;
    sluice::http_transport_options options;
    options.max_connections = 1;
    const auto transport = std::make_shared<sluice::http_transport>(context.get_executor(), options);
    auto one_call = [&]() -> awaitable<void> {
        const auto reply = co_await transport->send(request_to(server.port()));
        if (reply) ++answered;
    };
    for (int i = 0; i < 20; ++i) boost::asio::co_spawn(context, one_call, boost::asio::detached);
    context.run();
    CHECK(answered == 20);
    CHECK(server.connections() == 1);
}

TEST_CASE("a cancelled call ends at once and disturbs nobody") {
    std::promise<void> finished;
    const std::shared_future<void> wait(finished.get_future());
    const scripted_server server([&wait](tcp::socket& socket, int connection) {
        std::string request;
        read_request(socket, request);
        if (connection == 0) wait.wait();
        else answer(socket, ok_reply("ok"));
    });
    boost::asio::io_context context;
    const auto transport =
        std::make_shared<sluice::http_transport>(context.get_executor(), sluice::http_transport_options{});
    boost::asio::cancellation_signal signal;
    bool ended = false;
    auto stuck = [&]() -> awaitable<void> {
        const auto reply = co_await transport->send(request_to(server.port()));
        CHECK_FALSE(reply.has_value());
        ended = true;
    };
    boost::asio::co_spawn(context, stuck,
                          boost::asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
    boost::asio::steady_timer soon(context, std::chrono::milliseconds(100));
    soon.async_wait([&signal](const auto&) { signal.emit(boost::asio::cancellation_type::terminal); });
    context.run();
    CHECK(ended);
    CHECK(transport->connections().busy == 0);
    finished.set_value();

    context.restart();
    auto next = [&]() -> awaitable<void> {
        const auto reply = co_await transport->send(request_to(server.port()));
        CHECK(reply.has_value());
    };
    boost::asio::co_spawn(context, next, boost::asio::detached);
    context.run();
}

} // namespace connection_test
