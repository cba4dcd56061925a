// The command bus when sending fails: what is corked and what is not; and whose ids are the same.
#include "support/bus_fixture.hpp"

#include <sluice/bus/cloud_event_envelope.hpp>

#include <map>

namespace command_bus_faults_test {

using boost::asio::awaitable;
using namespace integration;
using namespace std::chrono_literals;
using sluice::command_bus;
using sluice::command_consumer;
using sluice::command_context;
using sluice::command_handlers;
using sluice::errc;

namespace {

sluice::command_bus_options to(std::string queue) {
    sluice::command_bus_options options;
    options.queue = std::move(queue);
    return options;
}

/// The code of what was thrown; nothing: it was sent.
awaitable<std::optional<errc>> outcome_of(awaitable<sluice::command_receipt> sending) {
    auto waiting = sluice::as_result(std::move(sending));
    const auto sent = co_await std::move(waiting);
    std::optional<errc> code;
    if (!sent) code = sent.error().code;
    co_return code;
}

} // namespace

TEST_CASE("command bus: ids of CloudEvents are those of their source") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        sluice::command_bus_options options = to("orders");
        options.formats = {sluice::cloud_event_envelope_format(), sluice::streams_envelope_format()};
        options.source = "/first";
        command_bus first(*f.session, options);
        options.source = "/second";
        command_bus second(*f.session, options);
        options.source.clear();
        command_bus none(*f.session, options);
        std::vector<std::string> keys;
        command_handlers handlers;
        auto handler = [&keys](const place_order&, command_context& context) -> awaitable<void> {
            CHECK(context.command_id() == "1");
            keys.push_back(context.deduplication_key());
            co_return;
        };
        handlers.on<place_order>(handler);
        auto one_at_a_time = f.quick();
        one_at_a_time.run.handlers = 1;
        command_consumer consumer(first, "orders", handlers, one_at_a_time);
        f.serve(consumer);
        const place_order order{"o", 1};
        for (const command_bus* bus : {&first, &second, &first, &none}) {
            co_await bus->send(order, sluice::send_options().id("1"));
        }
        co_await f.until([&] { return f.server->ledger().at("orders").deleted == 4; });
        co_await consumer.stop();
        std::ranges::sort(keys);
        CHECK(keys == std::vector<std::string>{"/first\n1", "/second\n1", "1"});
        CHECK(consumer.statistics().duplicates == 1);
    });
}

TEST_CASE("command bus: a corked aggregate of a FIFO topic takes events again when it is resumed") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        sluice::chain wanted("shipments.fifo");
        sluice::chain_queue behind("mails.fifo");
        wanted.queue(std::move(behind));
        auto ensuring = sluice::ensure(*f.session, std::move(wanted));
        const auto made = co_await std::move(ensuring);
        sluice::command_bus_options options;
        options.topic = made.topic_arn;
        command_bus bus(*f.session, options);
        f.server->on("PublishBatch").times(1).fail(403, "AuthorizationError");
        f.server->on("Publish").times(1).fail(403, "AuthorizationError");
        const order_shipped event{"o"};
        const auto about = sluice::send_options().aggregate("a");
        auto code = co_await outcome_of(bus.publish(event, about));
        CHECK(code == errc::access_denied);
        f.server->clear_faults();
        code = co_await outcome_of(bus.publish(event, about));
        CHECK(code == errc::group_corked);
        CHECK(!bus.resume("a", "orders.fifo"));
        CHECK(bus.resume("a", made.topic_arn));
        CHECK(!bus.resume("a", made.topic_arn));
        code = co_await outcome_of(bus.publish(event, about));
        CHECK(!code);
    });
}

TEST_CASE("command bus: a command without an aggregate corks nothing, and can be sent again with its id") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders.fifo");
        command_bus bus(*f.session, to("orders.fifo"));
        f.server->on("SendMessageBatch").times(1).fail(403, "AccessDenied");
        f.server->on("SendMessage").times(1).fail(403, "AccessDenied");
        const ship_order alone{"o"};
        auto code = co_await outcome_of(bus.send(alone, sluice::send_options().id("x")));
        CHECK(code == errc::access_denied);
        f.server->clear_faults();
        code = co_await outcome_of(bus.send(alone, sluice::send_options().id("x")));
        CHECK(!code);
        CHECK(f.server->ledger().at("orders.fifo").entered == 1);
        CHECK(!bus.resume("x", "orders.fifo"));
    });
}

TEST_CASE("command bus: a cork of the application holds for what handlers send") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        co_await f.make("shipping.fifo");
        auto options = to("orders");
        options.queues["order.ship"] = "shipping.fifo";
        command_bus bus(*f.session, options);
        std::vector<std::optional<errc>> codes;
        command_handlers handlers;
        auto handler = [&codes](const place_order&, command_context& context) -> awaitable<void> {
            const ship_order ship{"o"};
            auto sending = outcome_of(context.send(ship, sluice::send_options().aggregate("a")));
            const auto code = co_await std::move(sending);
            codes.push_back(code);
            if (code) throw std::runtime_error("not sent");
        };
        handlers.on<place_order>(handler);
        f.server->on("SendMessageBatch").at("shipping.fifo").times(1).fail(403, "AccessDenied");
        f.server->on("SendMessage").at("shipping.fifo").times(1).fail(403, "AccessDenied");
        const ship_order by_hand{"o"};
        const auto code = co_await outcome_of(bus.send(by_hand, sluice::send_options().aggregate("a")));
        CHECK(code == errc::access_denied);
        f.server->clear_faults();
        command_consumer consumer(bus, "orders", handlers, f.quick());
        f.serve(consumer);
        const place_order order{"o", 1};
        co_await bus.send(order);
        co_await f.until([&codes] { return codes.size() == 2; });
        CHECK(codes[0] == errc::group_corked);
        CHECK(codes[1] == errc::group_corked);
        CHECK(f.server->ledger().at("shipping.fifo").entered == 0);
        CHECK(bus.resume("a", "shipping.fifo"));
        co_await f.until([&] { return consumer.statistics().handled == 1; });
        CHECK(f.server->ledger().at("shipping.fifo").entered == 1);
        co_await consumer.stop();
    });
}

} // namespace command_bus_faults_test
