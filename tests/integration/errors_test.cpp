// What a user sees when something is wrong: one line that says what to do.
#include "support/run_coroutine.hpp"
#include "support/scripted_server.hpp"
#include "support/servers.hpp"

#include <doctest/doctest.h>
#include <sluice/sluice.hpp>

#include <boost/asio/this_coro.hpp>

namespace errors_test {

using boost::asio::awaitable;

namespace {

sluice::session_options embedded_options() {
    return integration::embedded_broker().options(sluice::wire_protocol::query);
}

/// The failure of asking who we are, or of listing a queue; REQUIREs that there is one.
sluice::error_info failure_of(const sluice::session_options& options) {
    boost::asio::io_context context;
    sluice::error_info seen;
    bool failed = false;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        const sluice::session session(executor, options);
        const sluice::sqs::get_queue_url_request request("no-such-queue");
        auto call = session.sqs().get_queue_url(request);
        const auto answer = co_await sluice::as_result(std::move(call));
        failed = !answer;
        if (failed) seen = answer.error();
    });
    REQUIRE(failed);
    return seen;
}

const std::string queue_url_reply = "<GetQueueUrlResponse><GetQueueUrlResult><QueueUrl>http://x/1/q</QueueUrl>"
                                    "</GetQueueUrlResult></GetQueueUrlResponse>";

} // namespace

TEST_CASE("a wrong secret key is refused by the embedded broker") {
    auto options = embedded_options();
    options.credentials = sluice::static_credentials(sluice::credentials("test", "wrong"));
    const auto failure = failure_of(options);
    CHECK(failure.code == sluice::errc::access_denied);
    CHECK(failure.service_code == "SignatureDoesNotMatch");
    CHECK(failure.http_status == 403);
    CHECK_FALSE(failure.request_id.empty());
    CHECK(failure.operation == "GetQueueUrl");
    CHECK(failure.attempts == 1);
}

TEST_CASE("an unknown access key is refused by the embedded broker") {
    auto options = embedded_options();
    options.credentials = sluice::static_credentials(sluice::credentials("nobody", "test"));
    const auto failure = failure_of(options);
    CHECK(failure.code == sluice::errc::access_denied);
    CHECK(failure.service_code == "InvalidClientTokenId");
}

TEST_CASE("a wrong region is refused by the embedded broker") {
    auto options = embedded_options();
    options.region = "eu-west-1";
    const auto failure = failure_of(options);
    CHECK(failure.code == sluice::errc::access_denied);
    CHECK(failure.message.find("region") != std::string::npos);
}

TEST_CASE("the same over JSON") {
    auto options = integration::embedded_broker().options(sluice::wire_protocol::json);
    options.credentials = sluice::static_credentials(sluice::credentials("test", "wrong"));
    const auto failure = failure_of(options);
    CHECK(failure.code == sluice::errc::access_denied);
    CHECK(failure.http_status == 403);
}

TEST_CASE("an unknown queue is not found, on every server") {
    integration::for_each_server([](const integration::server& one, sluice::wire_protocol protocol) {
        const auto failure = failure_of(one.options(protocol));
        CHECK(failure.code == sluice::errc::not_found);
        CHECK_FALSE(failure.message.empty());
        CHECK_FALSE(failure.may_have_been_applied);
    });
}

TEST_CASE("a reader of an unknown queue throws in every waiting read") {
    boost::asio::io_context context;
    integration::run_coroutine(context, []() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        const sluice::session session(executor, embedded_options());
        sluice::sqs::reader reader(session, "no-such-queue");
        const auto first = co_await sluice::as_result(reader.read());
        REQUIRE_FALSE(first.has_value());
        CHECK(first.error().code == sluice::errc::not_found);
        CHECK(first.error().describe().find("no-such-queue") != std::string::npos);
        const auto second = co_await sluice::as_result(reader.read());
        CHECK_FALSE(second.has_value());
    });
}

TEST_CASE("a port where nobody listens") {
    std::uint16_t port = 0;
    {
        const integration::scripted_server gone([](auto&, int) {});
        port = gone.port();
    }
    auto options = embedded_options();
    options.endpoint_url = "http://127.0.0.1:" + std::to_string(port);
    options.max_attempts = 1;
    const auto failure = failure_of(options);
    CHECK(failure.code == sluice::errc::connection);
    CHECK(failure.message.find(std::to_string(port)) != std::string::npos);
    CHECK_FALSE(failure.may_have_been_applied);
}

TEST_CASE("a host name that does not resolve") {
    auto options = embedded_options();
    options.endpoint_url = "http://no-such-host.invalid";
    options.max_attempts = 1;
    const auto failure = failure_of(options);
    CHECK(failure.code == sluice::errc::resolve);
    CHECK(failure.message.find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("a self-signed certificate is refused, and taken when it is the CA bundle") {
    const auto identity = integration::make_self_signed("localhost");
    const integration::scripted_server server([&identity](auto& socket, int) {
        integration::serve_tls(socket, identity, integration::ok_reply(queue_url_reply));
    });
    auto options = embedded_options();
    options.endpoint_url = "https://localhost:" + std::to_string(server.port());
    options.max_attempts = 1;
    const auto failure = failure_of(options);
    CHECK(failure.code == sluice::errc::tls);
    CHECK(failure.message.find("self-signed") != std::string::npos);
    CHECK(failure.message.find("AWS_CA_BUNDLE") != std::string::npos);

    const integration::temporary_file bundle(identity.certificate_pem);
    options.ca_bundle = bundle.path();
    boost::asio::io_context context;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        const sluice::session session(executor, options);
        const auto reply = co_await session.sqs().get_queue_url(sluice::sqs::get_queue_url_request("q"));
        CHECK(reply.queue_url == "http://x/1/q");
    });
}

TEST_CASE("a certificate for another host is refused") {
    const auto identity = integration::make_self_signed("other.example");
    const integration::scripted_server server([&identity](auto& socket, int) {
        integration::serve_tls(socket, identity, integration::ok_reply(queue_url_reply));
    });
    const integration::temporary_file bundle(identity.certificate_pem);
    auto options = embedded_options();
    options.endpoint_url = "https://localhost:" + std::to_string(server.port());
    options.ca_bundle = bundle.path();
    options.max_attempts = 1;
    const auto failure = failure_of(options);
    CHECK(failure.code == sluice::errc::tls);
}

TEST_CASE("a CA bundle that is not there is named") {
    auto options = embedded_options();
    options.endpoint_url = "https://localhost:1";
    options.ca_bundle = "/no/such/bundle.pem";
    const auto failure = failure_of(options);
    CHECK(failure.code == sluice::errc::configuration);
    CHECK(failure.message.find("/no/such/bundle.pem") != std::string::npos);
}

} // namespace errors_test
