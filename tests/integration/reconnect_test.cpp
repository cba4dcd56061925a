// Connections beyond the first: sessions of TLS that go on, client certificates, addresses that do not answer.
#include "support/full_port.hpp"
#include "support/one_call.hpp"
#include "support/scripted_server.hpp"
#include "transport/address_race.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>

#include <iostream>

namespace reconnect_test {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using boost::asio::ip::tcp;
using integration::identity_body;
using integration::ok_reply;
using integration::read_request;
using integration::scripted_server;

namespace {

sluice::http_request request_to(std::uint16_t port, bool tls) {
    sluice::http_request request;
    request.origin.tls = tls;
    request.origin.host = "localhost";
    request.origin.port = port;
    request.body = "hello";
    return request;
}

const std::string last_reply = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

} // namespace

TEST_CASE("a new connection goes on with the TLS session of an earlier one") {
    const auto identity = integration::make_self_signed("localhost");
    auto context = integration::server_context(identity);
    SSL_CTX_set_session_id_context(context.native_handle(), reinterpret_cast<const unsigned char*>("t"), 1);
    std::atomic<int> resumed{0};
    std::atomic<int> served{0};
    const integration::temporary_file bundle(identity.certificate_pem);
    {
        const scripted_server server([&](tcp::socket& socket, int) {
            if (integration::serve_tls(socket, context, last_reply)) ++resumed;
            ++served;
        });
        boost::asio::io_context client;
        sluice::http_transport_options options;
        options.tls.ca_bundle = bundle.path();
        const auto transport = std::make_shared<sluice::http_transport>(client.get_executor(), options);
        integration::run_coroutine(client, [&]() -> awaitable<void> {
            for (int i = 0; i < 4; ++i) {
                const auto reply = co_await transport->send(request_to(server.port(), true));
                CHECK(reply.has_value());
            }
        });
    }
    CHECK(served == 4);
    CHECK(resumed == 3);
}

TEST_CASE("a server that wants a client certificate gets it") {
    const auto server_identity = integration::make_self_signed("localhost");
    const auto client_identity = integration::make_self_signed("client.example");
    const integration::temporary_file bundle(server_identity.certificate_pem);
    const integration::temporary_file certificate(client_identity.certificate_pem);
    const integration::temporary_file key(client_identity.key_pem);
    const scripted_server server([&](tcp::socket& socket, int) {
        auto context = integration::server_context(server_identity);
        context.add_certificate_authority(boost::asio::buffer(client_identity.certificate_pem));
        context.set_verify_mode(boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert);
        integration::serve_tls(socket, context, ok_reply(identity_body()));
    });
    const std::string endpoint = "https://localhost:" + std::to_string(server.port());
    sluice::http_transport_options options;
    options.tls.ca_bundle = bundle.path();
    CHECK(integration::call_once(endpoint, options, 1).failure.has_value());
    options.tls.client_certificate = certificate.path();
    options.tls.client_key = key.path();
    CHECK_FALSE(integration::call_once(endpoint, options, 1).failure.has_value());
    options.tls.client_key = bundle.path(); // holds no key
    const auto wrong = integration::call_once(endpoint, options, 1).failure;
    REQUIRE(wrong.has_value());
    CHECK(wrong->code == sluice::errc::configuration);
    CHECK(wrong->message.find(bundle.path()) != std::string::npos);
}

TEST_CASE("an address that does not answer costs a quarter of a second, one that refuses nothing") {
    const scripted_server server([](tcp::socket& socket, int) {
        std::string request;
        read_request(socket, request);
    });
    boost::asio::io_context context;
    const integration::full_port full;
    const tcp::endpoint good(boost::asio::ip::address_v4::loopback(), server.port());
    const tcp::endpoint refusing(boost::asio::ip::address_v4::loopback(), 1);
    const auto race = [&context](std::vector<tcp::endpoint> addresses) {
        tcp::socket socket(context);
        boost::system::error_code outcome;
        const auto begin = std::chrono::steady_clock::now();
        integration::run_coroutine(context, [&]() -> awaitable<void> {
            const auto running = std::make_shared<sluice::address_race>(context.get_executor(), addresses);
            outcome = co_await running->run(socket);
        });
        CHECK(outcome == boost::system::error_code());
        CHECK(socket.is_open());
        return std::chrono::steady_clock::now() - begin;
    };
    CHECK(race({full.endpoint(), good}) >= 250ms);
    CHECK(race({full.endpoint(), full.endpoint(), good}) < 5s); // the kernel would try for two minutes
    race({refusing, good});
    tcp::socket socket(context);
    boost::system::error_code outcome;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        const auto running = std::make_shared<sluice::address_race>(context.get_executor(),
                                                                    std::vector<tcp::endpoint>{refusing, refusing});
        outcome = co_await running->run(socket);
    });
    CHECK(outcome == boost::asio::error::connection_refused);
}

TEST_CASE("a call cancelled at any of its steps leaves the pool usable and its neighbour alone") {
    const auto identity = integration::make_self_signed("localhost");
    const integration::temporary_file bundle(identity.certificate_pem);
    auto server_side = integration::server_context(identity);
    const scripted_server server(
        [&](tcp::socket& socket, int) { integration::serve_tls(socket, server_side, ok_reply("ok")); },
        scripted_server::order::at_once);
    sluice::http_transport_options options;
    options.tls.ca_bundle = bundle.path();
    options.max_connections = 2;
    std::size_t steps = 0;
    for (bool completed = false; !completed; ++steps) {
        INFO("step " << steps);
        boost::asio::io_context context;
        const auto transport = std::make_shared<sluice::http_transport>(context.get_executor(), options);
        const auto send = [&transport,
                           &server](std::optional<sluice::result<sluice::http_reply>>& reply) -> awaitable<void> {
            auto got = co_await transport->send(request_to(server.port(), true));
            reply.emplace(std::move(got));
        };
        std::optional<sluice::result<sluice::http_reply>> cancelled;
        std::optional<sluice::result<sluice::http_reply>> neighbour;
        boost::asio::cancellation_signal signal;
        bool ended = false;
        boost::asio::co_spawn(
            context, send(cancelled),
            boost::asio::bind_cancellation_slot(signal.slot(), [&ended](std::exception_ptr) { ended = true; }));
        for (std::size_t i = 0; i < steps && !ended; ++i) context.run_one();
        completed = ended;
        boost::asio::co_spawn(context, send(neighbour), boost::asio::detached);
        signal.emit(boost::asio::cancellation_type::terminal);
        context.run();
        CHECK(ended);
        REQUIRE(neighbour.has_value());
        CHECK(neighbour->has_value());
        if (cancelled && !*cancelled) {
            const auto code = cancelled->error().code;
            INFO("says: " << cancelled->error().describe());
            CHECK((code == sluice::errc::cancelled || code == sluice::errc::unknown_outcome));
            CHECK(cancelled->error().may_have_been_applied == (code == sluice::errc::unknown_outcome));
        }
        CHECK(transport->connections().busy == 0);
        CHECK(transport->connections().waiting == 0);
        // Both slots are free again.
        std::optional<sluice::result<sluice::http_reply>> after[2];
        for (auto& reply : after) boost::asio::co_spawn(context, send(reply), boost::asio::detached);
        context.restart();
        context.run();
        for (const auto& reply : after) CHECK((reply && *reply));
    }
    std::cout << "cancelled at " << steps - 1 << " points\n";
    CHECK(steps - 1 > 8);
}

} // namespace reconnect_test
