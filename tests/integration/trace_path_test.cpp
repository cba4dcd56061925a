// Trace contexts from a writer to a handler: through a queue, and through a topic with and without its envelope.
#include "support/local_service.hpp"
#include "support/run_coroutine.hpp"

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace trace_path_test {

using boost::asio::awaitable;
using integration::local_service;
using sluice::message;
using sluice::trace_carrier;
using sluice::trace_context;

namespace {

constexpr std::size_t queue_limit = 2'048;

sluice::sqs::reader_options short_polls() {
    sluice::sqs::reader_options options;
    options.wait_time = std::chrono::seconds(1);
    return options;
}

struct received {
    std::optional<trace_context> context;
    std::string trace_header;
    std::size_t attributes = 0;
};

awaitable<received> receive_one(sluice::session session, std::string queue) {
    sluice::sqs::reader reader(session, queue, short_polls());
    sluice::sqs::delivery next = co_await reader.read();
    received seen;
    seen.context = trace_context::from(next);
    seen.trace_header = next.trace_header();
    seen.attributes = next.attributes().size();
    co_await next.ack();
    co_await reader.stop();
    co_return seen;
}

awaitable<void> make_small_queue(sluice::session session, std::string name) {
    sluice::sqs::create_queue_request create(std::move(name));
    create.attributes["MaximumMessageSize"] = std::to_string(queue_limit);
    co_await session.sqs().create_queue(std::move(create));
}

const trace_context parent = *trace_context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=1");

awaitable<void> through_a_queue(local_service& service) {
    const sluice::session session = service.session();
    co_await make_small_queue(session, "orders");
    sluice::sqs::writer writer(session, "orders");

    message with_both("x");
    parent.apply(with_both, trace_carrier::both);
    co_await writer.write(std::move(with_both));
    const received both = co_await receive_one(session, "orders");
    REQUIRE(both.context);
    CHECK(*both.context == parent);
    CHECK(both.trace_header == parent.xray_header());
    CHECK(both.attributes == 2);

    message with_header("x");
    parent.apply(with_header, trace_carrier::trace_header);
    co_await writer.write(std::move(with_header));
    const received header = co_await receive_one(session, "orders");
    REQUIRE(header.context);
    CHECK(header.context->traceparent() == parent.traceparent());
    CHECK(header.context->tracestate().empty());
    CHECK(header.attributes == 0);
}

/// A message that is as large as the queue takes, with as many attributes: the header comes with it all the same.
awaitable<void> beside_a_full_message(local_service& service) {
    const sluice::session session = service.session();
    co_await make_small_queue(session, "full");
    sluice::writer_options limited;
    limited.max_message_bytes = queue_limit;
    sluice::sqs::writer writer(session, "full", limited);
    message full("x");
    for (int i = 0; i < 10; ++i) full.attribute("a" + std::to_string(i), "v");
    message exact(std::string(queue_limit - full.size_in_bytes() + 1, 'x'));
    for (const auto& [name, value] : full.attributes()) exact.attribute(name, value);
    CHECK(exact.size_in_bytes() == queue_limit);
    CHECK_FALSE(parent.apply(exact));
    CHECK(parent.apply(exact, trace_carrier::both));
    CHECK(exact.size_in_bytes() == queue_limit);
    co_await writer.write(std::move(exact));
    const received seen = co_await receive_one(session, "full");
    REQUIRE(seen.context);
    CHECK(seen.context->traceparent() == parent.traceparent());
    CHECK(seen.attributes == 10);

    message larger(std::string(queue_limit + 1, 'x')); // by one: the limit is where we think
    auto writing = writer.write(std::move(larger));
    const auto refused = co_await sluice::as_result(std::move(writing));
    CHECK(refused.error().code == sluice::errc::message_too_long);
}

awaitable<void> through_a_topic(local_service& service) {
    const sluice::session session = service.session();
    sluice::chain definition("prices");
    sluice::chain_queue raw("raw");
    sluice::chain_queue enveloped("enveloped");
    enveloped.raw_delivery = false;
    definition.queue(std::move(raw)).queue(std::move(enveloped));
    const auto made = co_await sluice::ensure(session, definition);
    sluice::sns::writer writer(session, made.topic_arn);
    message content("x");
    parent.apply(content);
    co_await writer.write(std::move(content));
    for (const char* queue : {"raw", "enveloped"}) {
        const received seen = co_await receive_one(session, queue);
        REQUIRE(seen.context);
        CHECK(*seen.context == parent);
        CHECK(seen.trace_header.empty()); // a topic carries none
    }

    message with_header("x");
    parent.apply(with_header, trace_carrier::both);
    auto writing = writer.write(std::move(with_header));
    const auto refused = co_await sluice::as_result(std::move(writing));
    CHECK(refused.error().code == sluice::errc::invalid_argument);
    CHECK(refused.error().message.find("trace header") != std::string::npos);
}

/// Order -> handler -> invoice: one trace, three spans, each the parent of the next.
awaitable<void> through_a_handler(local_service& service) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session = service.session();
    co_await make_small_queue(session, "orders");
    co_await make_small_queue(session, "invoices");
    sluice::sqs::writer orders(session, "orders");
    sluice::sqs::writer invoices(session, "invoices");
    sluice::metrics metrics;
    std::optional<trace_context> handled;
    sluice::tracing_options options;
    options.queue = "orders";
    options.ended = [&handled](const sluice::span& one) { handled = one.context; };
    const sluice::tracing traces(options);
    auto reading = short_polls();
    reading.observer = metrics.reader_observer("orders");
    sluice::sqs::reader reader(session, "orders", reading);
    auto bill = [&](sluice::sqs::delivery& order) -> awaitable<void> {
        message invoice("invoice");
        traces.context_of(order).apply(invoice, trace_carrier::both);
        co_await invoices.write(std::move(invoice));
        boost::asio::co_spawn(executor, reader.stop(), boost::asio::detached);
    };
    auto handler = sluice::compose(bill).with(metrics.handler_timer("orders")).with(traces);
    message order("order");
    parent.apply(order);
    co_await orders.write(std::move(order));
    co_await reader.run(handler);

    const received invoice = co_await receive_one(session, "invoices");
    REQUIRE(handled);
    REQUIRE(invoice.context);
    CHECK(*invoice.context == *handled);
    CHECK(handled->trace_id() == parent.trace_id());
    CHECK(handled->span_id() != parent.span_id());
    CHECK(handled->tracestate() == "a=1");
    const std::string text = metrics.prometheus_text();
    CHECK(text.find("sluice_reader_settlements_total{queue=\"orders\",how=\"acknowledged\"} 1\n") != std::string::npos);
    CHECK(text.find("sluice_handler_duration_seconds_count{queue=\"orders\",outcome=\"ok\"} 1\n") != std::string::npos);
    CHECK(text.find("sluice_message_age_seconds_count{queue=\"orders\"} 1\n") != std::string::npos);
}

void play(awaitable<void> (*scenario)(local_service&)) {
    boost::asio::io_context context;
    local_service service(context.get_executor());
    integration::run_coroutine(context, [&] { return scenario(service); });
}

} // namespace

TEST_CASE("trace path: through a queue, as attributes and as the X-Ray header") { play(through_a_queue); }
TEST_CASE("trace path: the X-Ray header counts neither in the size nor among the attributes") {
    play(beside_a_full_message);
}
TEST_CASE("trace path: through a topic, raw and in its envelope; the X-Ray header is refused there") {
    play(through_a_topic);
}
TEST_CASE("trace path: from an order through its handler to the invoice") { play(through_a_handler); }

} // namespace trace_path_test
