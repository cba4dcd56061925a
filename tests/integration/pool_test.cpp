// The pool of connections: bounds, idle ones, and who waits.
#include "support/run_coroutine.hpp"
#include "support/scripted_server.hpp"
#include "transport/http_transport.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <future>

namespace pool_test {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using boost::asio::ip::tcp;
using integration::scripted_server;

namespace {

sluice::http_request request_to(const scripted_server& server) {
    sluice::http_request request;
    request.origin.tls = false;
    request.origin.host = "127.0.0.1";
    request.origin.port = server.port();
    return request;
}

void answer_all(tcp::socket& socket, int) {
    std::string request;
    while (integration::read_request(socket, request)) {
        boost::asio::write(socket, boost::asio::buffer(integration::ok_reply("ok")));
    }
}

} // namespace

TEST_CASE("pool: the bound for all hosts makes idle connections go, and calls wait") {
    const scripted_server one(answer_all, scripted_server::order::at_once);
    const scripted_server two(answer_all, scripted_server::order::at_once);
    boost::asio::io_context context;
    sluice::http_transport_options options;
    options.max_connections_total = 1;
    const auto transport = std::make_shared<sluice::http_transport>(context.get_executor(), options);
    int answered = 0;
    const auto send = [&](const scripted_server& to) -> awaitable<void> {
        const auto reply = co_await transport->send(request_to(to));
        if (reply) ++answered;
    };
    for (int i = 0; i < 6; ++i) boost::asio::co_spawn(context, send(i % 2 == 0 ? one : two), boost::asio::detached);
    context.run();
    CHECK(answered == 6);
    CHECK(transport->connections().idle == 1);
    CHECK(transport->connections().busy == 0);
}

TEST_CASE("pool: a connection that was idle for long is closed as soon as anything happens") {
    const scripted_server one(answer_all, scripted_server::order::at_once);
    const scripted_server two(answer_all, scripted_server::order::at_once);
    boost::asio::io_context context;
    sluice::http_transport_options options;
    options.idle_timeout = 0ms;
    const auto transport = std::make_shared<sluice::http_transport>(context.get_executor(), options);
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            auto reply = co_await transport->send(request_to(one));
            CHECK(reply.has_value());
        }
        auto reply = co_await transport->send(request_to(two));
        CHECK(reply.has_value());
    });
    CHECK(one.connections() == 3); // none was used twice
    CHECK(transport->connections().idle <= 1);
}

TEST_CASE("pool: waiting for a connection counts against the deadline of the call, not against that of an attempt") {
    std::promise<void> release;
    const scripted_server server([wait = std::shared_future<void>(release.get_future())](tcp::socket& socket, int) {
        std::string request;
        integration::read_request(socket, request);
        wait.wait();
        boost::asio::write(socket, boost::asio::buffer(integration::ok_reply("ok")));
        answer_all(socket, 0);
    });
    boost::asio::io_context context;
    sluice::http_transport_options options;
    options.max_connections = 1;
    const auto transport = std::make_shared<sluice::http_transport>(context.get_executor(), options);
    std::optional<sluice::result<sluice::http_reply>> first;
    std::optional<sluice::result<sluice::http_reply>> patient;
    const auto send = [&transport](sluice::http_request request,
                                   std::optional<sluice::result<sluice::http_reply>>& into) -> awaitable<void> {
        auto reply = co_await transport->send(std::move(request));
        into.emplace(std::move(reply));
    };
    auto hasty_request = request_to(server);
    hasty_request.deadline = std::chrono::steady_clock::now() + 100ms;
    auto patient_request = request_to(server);
    patient_request.timeout = 10s; // of which none passes while it waits
    std::optional<sluice::result<sluice::http_reply>> hasty;
    boost::asio::co_spawn(context, send(request_to(server), first), boost::asio::detached);
    boost::asio::co_spawn(context, send(std::move(hasty_request), hasty), boost::asio::detached);
    boost::asio::co_spawn(context, send(std::move(patient_request), patient), boost::asio::detached);
    while (!hasty) context.run_one();
    REQUIRE_FALSE(hasty->has_value());
    CHECK(hasty->error().code == sluice::errc::timeout);
    CHECK_FALSE(hasty->error().may_have_been_applied);
    CHECK(hasty->error().message.find("busy") != std::string::npos);
    CHECK(transport->connections().waiting == 1);
    release.set_value();
    context.run();
    CHECK(first->has_value());
    CHECK(patient->has_value());
}

} // namespace pool_test
