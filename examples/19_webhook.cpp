// webhook PORT TOPIC_ARN: subscribes itself to a topic, confirms that, and takes what the topic delivers; it believes
// only what is signed, and from this topic. WEBHOOK_TEST_BROKER=http://127.0.0.1:4566 makes it believe `sluice local`.
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <boost/beast.hpp>

#include <iostream>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp, boost::beast::tcp_stream;

struct webhook {
    sluice::session session;
    sluice::sns::signature_verifier verifier; // keep it: it remembers certificates
};

// [take]
/// The status to answer with. 2xx: taken; 4xx: never come again with this; 5xx: come again.
asio::awaitable<http::status> take(std::shared_ptr<webhook> hook, std::string posted) {
    auto verifying = hook->verifier.verify(std::move(posted));
    const auto message = co_await sluice::as_result(std::move(verifying));
    if (!message) {
        std::cout << "refused: " << message.error().message << std::endl;
        const bool forged = message.error().code == sluice::errc::bad_signature; // else: no certificate yet
        co_return forged ? http::status::forbidden : http::status::service_unavailable;
    }
    std::cout << message->type << ": " << message->message.substr(0, message->message.find('\n')) << std::endl;
    if (message->type != "SubscriptionConfirmation") co_return http::status::ok;
    // With the token, not by following the URL in the message: the call is signed, and goes where the session's go.
    sluice::sns::confirm_subscription_request confirm{message->topic_arn, message->token};
    auto confirming = hook->session.sns().confirm_subscription(std::move(confirm));
    const auto confirmed = co_await sluice::as_result(std::move(confirming));
    co_return confirmed ? http::status::ok : http::status::service_unavailable;
}
// [/take]

asio::awaitable<void> serve(std::shared_ptr<webhook> hook, tcp_stream client) {
    boost::beast::flat_buffer buffer;
    while (true) {
        http::request_parser<http::string_body> request;
        request.body_limit(2 * 1024 * 1024); // 256 KiB, all escaped, and the envelope
        client.expires_after(std::chrono::seconds(30));
        const auto read = co_await http::async_read(client, buffer, request, asio::as_tuple(asio::use_awaitable));
        if (std::get<0>(read)) co_return;
        const http::status status = co_await take(hook, request.get().body());
        http::response<http::empty_body> answer{status, 11};
        answer.prepare_payload();
        co_await http::async_write(client, answer, asio::use_awaitable);
    }
}

asio::awaitable<void> run(std::shared_ptr<webhook> hook, tcp::acceptor& acceptor,
                          sluice::sns::subscribe_request subscribe) {
    subscribe.protocol = "http";
    co_await hook->session.sns().subscribe(std::move(subscribe)); // again: it is asked again
    while (true) {
        tcp::socket client = co_await acceptor.async_accept(asio::use_awaitable);
        asio::co_spawn(acceptor.get_executor(), serve(hook, tcp_stream{std::move(client)}), asio::detached);
    }
}

int main(int, char** argv) {
    asio::io_context context;
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(argv[1]))}};
    const sluice::session session{context.get_executor()};
    sluice::sns::signature_options options;
    options.topics = {argv[2]}; // SNS signs for everybody's topics
    if (const char* local = std::getenv("WEBHOOK_TEST_BROKER")) options.certificate_origin = local;
    const auto hook = std::make_shared<webhook>(session, sluice::sns::signature_verifier{session, options});
    asio::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&](auto, auto) { context.stop(); });
    const sluice::sns::subscribe_request subscribe{argv[2], "http://127.0.0.1:" + std::string{argv[1]} + "/"};
    asio::co_spawn(context, run(hook, acceptor, subscribe), [](auto failed) {
        if (failed) std::rethrow_exception(failed);
    });
    context.run();
}
