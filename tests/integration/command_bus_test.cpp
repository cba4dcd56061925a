// The command bus on the embedded broker: sent and handled, in order, correlated, given up with a reason.
#include "support/bus_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>

namespace command_bus_test {

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
    options.source = "tests";
    return options;
}

awaitable<void> sends_and_handles(bus_fixture& f, std::string queue) {
    co_await f.make(queue);
    co_await f.make(sluice::dead_letter_name(queue));
    command_bus bus(*f.session, to(queue));
    std::vector<std::string> seen;
    command_handlers handlers;
    auto handler = [&seen](const place_order& command, command_context& context) -> awaitable<void> {
        CHECK(context.aggregate_id() == command.order);
        CHECK(context.correlation_id() == context.command_id());
        CHECK(context.causation_id().empty());
        CHECK(context.source() == "tests");
        CHECK(context.receive_count() == 1);
        CHECK(context.sent_at().has_value());
        CHECK(!context.deadline());
        CHECK(!context.wants_reply());
        CHECK(!context.delivery().message_id().empty());
        seen.push_back(context.command_id() + " " + command.order + " " + std::to_string(command.number));
        co_return;
    };
    handlers.on<place_order>(handler);
    command_consumer consumer(bus, queue, handlers, f.quick());
    f.serve(consumer);
    const place_order order{"o-7", 3};
    const auto sent = co_await bus.send(order);
    CHECK(sent.command_id.size() == 36);
    CHECK(!sent.sent.message_id.empty());
    CHECK(sent.sent.sequence_number.empty() == !queue.ends_with(".fifo"));
    const place_order own{"o-8", 4};
    const auto sent_own = co_await bus.send(own, sluice::send_options().id("my-id"));
    CHECK(sent_own.command_id == "my-id");
    co_await f.until([&seen] { return seen.size() == 2; });
    std::ranges::sort(seen);
    std::vector<std::string> expected{sent.command_id + " o-7 3", "my-id o-8 4"};
    std::ranges::sort(expected);
    CHECK(seen == expected);
    co_await consumer.stop();
    co_await f.until([&f] { return f.all_have_ended(); });
    CHECK(consumer.statistics().handled == 2);
    CHECK(bus.statistics().sent == 2);
    CHECK(f.server->ledger().at(queue).deleted == 2);
    co_await bus.close();
    const auto late = co_await sluice::as_result(bus.send(order));
    REQUIRE(!late);
    CHECK(late.error().code == errc::closed);
}

} // namespace

TEST_CASE("command bus: sent and handled, without sockets and over them, standard and FIFO") {
    for (const bool sockets : {false, true}) {
        for (const char* queue : {"orders", "orders.fifo"}) {
            bus_fixture f(sockets);
            f.run([&] { return sends_and_handles(f, queue); });
        }
    }
}

TEST_CASE("command bus: what cannot be sent is refused with the rule, and nothing leaves") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders.fifo");
        command_bus nowhere(*f.session);
        const place_order order{"o-7", 3};
        auto refused = co_await sluice::as_result(nowhere.send(order));
        CHECK(refused.error().message == "no queue is set for order.place: see command_bus_options::queue and queues");
        const order_shipped event{"o-7"};
        refused = co_await sluice::as_result(nowhere.publish(event));
        CHECK(refused.error().message ==
              "no topic is set for order.shipped: see command_bus_options::topic and topics");
        sluice::command_bus_options small = to("orders.fifo");
        small.max_payload_bytes = 20;
        command_bus bus(*f.session, small);
        refused = co_await sluice::as_result(bus.send(order));
        CHECK(refused.error().code == errc::message_too_long);
        CHECK(refused.error().message == "the payload of order.place has 26 bytes, and may have 20");
        const place_order spaced{"a b", 3};
        command_bus usual(*f.session, to("orders.fifo"));
        refused = co_await sluice::as_result(usual.send(spaced));
        CHECK(refused.error().message.starts_with("the aggregate id of order.place is \"a b\": on FIFO"));
        refused = co_await sluice::as_result(usual.send(order, sluice::send_options().id("a b")));
        CHECK(refused.error().message.starts_with("the id is \"a b\""));
        CHECK(usual.statistics().failed == 2);
        CHECK(f.server->ledger().at("orders.fifo").entered == 0);
        const auto options_refused = [&f](const std::function<void(sluice::command_bus_options&)>& change) {
            sluice::command_bus_options options = to("orders");
            change(options);
            try {
                const command_bus made(*f.session, options);
            } catch (const sluice::error& failure) {
                return failure.code() == errc::invalid_argument;
            }
            return false;
        };
        CHECK(!options_refused([](auto&) {}));
        CHECK(options_refused([](auto& o) { o.queue = "a b"; }));
        CHECK(options_refused([](auto& o) { o.queues["x"] = "a b"; }));
        CHECK(options_refused([](auto& o) { o.topic = "orders"; }));
        CHECK(options_refused([](auto& o) { o.pending_requests = 0; }));
        CHECK(options_refused([](auto& o) { o.max_payload_bytes = 0; }));
        CHECK(options_refused([](auto& o) { o.reply_queue_lifetime = 59s; }));
        CHECK(options_refused([](auto& o) { o.reply_queue_prefix = "r"; }));
        CHECK(options_refused([](auto& o) { o.formats.push_back(nullptr); }));
        CHECK(options_refused([](auto& o) { o.source = "\x01"; }));
    });
}

TEST_CASE("command bus: commands that cannot be handled go to the dead-letter queue at once, with the reason") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        command_bus bus(*f.session, to("orders"));
        int handled = 0;
        command_handlers handlers;
        auto handler = [&handled](const place_order& command) -> awaitable<void> {
            if (command.number < 0) throw sluice::command_rejected("a negative number");
            ++handled;
            co_return;
        };
        handlers.on<place_order>(handler);
        std::vector<std::string> log;
        auto options = f.quick();
        options.log = [&log](std::string_view line) { log.emplace_back(line); };
        command_consumer consumer(bus, "orders", handlers, options);
        f.serve(consumer);

        const ship_order unknown{"o-1"};
        co_await bus.send(unknown, sluice::send_options().id("unknown"));
        const place_order order{"o-1", 1};
        co_await bus.send(order, sluice::send_options().id("late").deadline(std::chrono::system_clock::now() - 1h));
        const place_order negative{"o-1", -1};
        co_await bus.send(negative, sluice::send_options().id("rejected"));
        sluice::sqs::writer raw(*f.session, "orders");
        co_await raw.write(sluice::message("{").attribute("streams-message-type", "order.place"));
        co_await raw.write("who knows");
        sluice::message full("{}"); // all ten attributes that it may have: there is room for the reason alone
        full.attribute("streams-message-type", "order.guess").attribute("streams-reply-to", "https://evil.example/1/q");
        for (int i = 0; i < 8; ++i) full.attribute("a" + std::to_string(i), "x");
        co_await raw.write(std::move(full));
        co_await bus.send(order, sluice::send_options().id("good"));

        co_await f.until([&] { return handled == 1 && consumer.statistics().dead_letters == 6; });
        co_await consumer.stop();
        const auto dead = co_await f.drain("orders-dlq");
        std::map<std::string, std::string> reasons; // by kind, type and id
        for (const auto& one : dead) {
            const std::string key = attribute_of(one, "dead-letter-kind") + "," +
                                    attribute_of(one, "dead-letter-type") + "," +
                                    attribute_of(one, "streams-message-id");
            reasons[key] = attribute_of(one, "dead-letter-reason");
            CHECK(one.attributes.size() <= 10);
            if (!attribute_of(one, "streams-message-id").empty()) {
                CHECK(attribute_of(one, "dead-letter-source") == "orders");
                const std::string count = attribute_of(one, "dead-letter-receive-count"); // the last to find room
                CHECK((count == "1" || (count.empty() && one.attributes.size() == 10)));
            }
        }
        CHECK(dead.size() == 6);
        CHECK(reasons["unknown-command,order.ship,unknown"] == "unknown-command: nobody handles order.ship");
        CHECK(reasons[",,"] == "unknown-command: nobody handles order.guess");
        CHECK(reasons["expired,order.place,late"].starts_with("expired: the deadline of order.place was "));
        CHECK(reasons["rejected,order.place,rejected"] == "rejected: a negative number");
        CHECK(reasons["undecodable,order.place,"].starts_with("undecodable: the payload of order.place: "));
        CHECK(reasons["undecodable,,"] ==
              "undecodable: it is in no envelope format that is known here (streams attributes)");
        const auto seen = consumer.statistics();
        CHECK(seen.unknown == 2);
        CHECK(seen.undecodable == 2);
        CHECK(seen.expired == 1);
        CHECK(seen.rejected == 1);
        CHECK(seen.refused_replies == 1);
        CHECK(seen.failed == 0);
        CHECK(log.size() == 7); // and a reply that was refused
        CHECK(std::ranges::count_if(log, [](const std::string& line) {
                  return line.starts_with("order.ship unknown, receive 1: given up, in orders-dlq: unknown-command: ");
              }) == 1);
        CHECK(f.server->ledger().at("orders").deleted == 7);
        co_await bus.close();
    });
}

TEST_CASE("command bus: a failing handler is tried again, and given up after so many attempts") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("letters");
        command_bus bus(*f.session, to("orders"));
        std::map<int, int> calls;
        command_handlers handlers;
        auto handler = [&calls](const place_order& command) -> awaitable<void> {
            if (++calls[command.number] <= command.number) throw std::runtime_error("not now");
            co_return;
        };
        handlers.on<place_order>(handler);
        auto options = f.quick();
        options.attempts = 2;
        options.retry_in_place.emplace();
        options.retry_in_place->attempts = 2;
        options.retry_in_place->first_delay = 0ms;
        options.dead_letter_queue = "letters";
        command_consumer consumer(bus, "orders", handlers, options);
        f.serve(consumer);
        for (const int failures : {0, 1, 2, 3, 100}) {
            const place_order order{"o", failures};
            co_await bus.send(order);
        }
        co_await f.until([&] {
            const auto now = consumer.statistics();
            return now.handled == 4 && now.dead_letters == 1;
        });
        co_await consumer.stop();
        CHECK(calls == std::map<int, int>{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {100, 4}});
        const auto seen = consumer.statistics();
        CHECK(seen.given_up == 1);
        CHECK(seen.failed == 3); // that came again
        CHECK(seen.remembered_failures == 0);
        const auto dead = co_await f.drain("letters");
        REQUIRE(dead.size() == 1);
        CHECK(attribute_of(dead[0], "dead-letter-reason") ==
              "failed: given up after 2 attempts here and 2 receives: not now");
        CHECK(attribute_of(dead[0], "dead-letter-kind") == "failed");
        co_await bus.close();
    });
}

TEST_CASE("command bus: the same command twice is handled once, or both times if the handler sees to it") {
    for (const bool deduplicated : {true, false}) {
        bus_fixture f;
        f.run([&]() -> awaitable<void> {
            co_await f.make("orders");
            co_await f.make("orders-dlq");
            command_bus bus(*f.session, to("orders"));
            int handled = 0;
            command_handlers handlers;
            auto handler = [&handled](const place_order&) -> awaitable<void> {
                ++handled;
                co_return;
            };
            handlers.on<place_order>(handler);
            auto options = f.quick();
            if (!deduplicated) options.deduplication = sluice::command_deduplication::off();
            command_consumer consumer(bus, "orders", handlers, options);
            f.serve(consumer);
            const place_order order{"o", 1};
            co_await bus.send(order, sluice::send_options().id("same"));
            co_await bus.send(order, sluice::send_options().id("same"));
            co_await f.until([&] { return f.server->ledger().at("orders").deleted == 2; });
            co_await consumer.stop();
            CHECK(handled == (deduplicated ? 1 : 2));
            CHECK((consumer.statistics().duplicates > 0) == deduplicated);
            co_await bus.close();
        });
    }
}

TEST_CASE("command bus: a command that went to the dead letters can be redriven and is handled then") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        command_bus bus(*f.session, to("orders"));
        bool repaired = false;
        int handled = 0;
        command_handlers handlers;
        auto handler = [&](const place_order&) -> awaitable<void> {
            if (!repaired) throw std::runtime_error("out of order");
            ++handled;
            co_return;
        };
        handlers.on<place_order>(handler);
        auto options = f.quick();
        options.attempts = 1;
        command_consumer consumer(bus, "orders", handlers, options);
        f.serve(consumer);
        const place_order order{"o", 1};
        co_await bus.send(order);
        co_await f.until([&] { return consumer.statistics().dead_letters == 1; });
        repaired = true;
        const auto dead = co_await f.drain("orders-dlq");
        REQUIRE(dead.size() == 1);
        sluice::message again(dead[0].body);
        for (const auto& one : dead[0].attributes) again.attribute(one.name, one.value);
        sluice::sqs::writer orders(*f.session, "orders");
        co_await orders.write(std::move(again));
        co_await f.until([&handled] { return handled == 1; });
        co_await consumer.stop();
        co_await bus.close();
    });
}

TEST_CASE("command bus: aggregates of a FIFO queue keep their order through failures and dead letters") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders.fifo");
        co_await f.make("orders-dlq.fifo");
        command_bus bus(*f.session, to("orders.fifo"));
        std::map<std::string, std::vector<int>> effects;
        std::map<std::string, int> failures;
        command_handlers handlers;
        auto handler = [&](const place_order& command) -> awaitable<void> {
            const bool poison = command.number == 3;
            const bool flaky = command.number == 1 && ++failures[command.order] < 2;
            if (poison || flaky) throw std::runtime_error("fails");
            effects[command.order].push_back(command.number);
            co_return;
        };
        handlers.on<place_order>(handler);
        auto options = f.quick();
        options.attempts = 2;
        command_consumer consumer(bus, "orders.fifo", handlers, options);
        for (int i = 0; i < 6; ++i) {
            for (const char* aggregate : {"a", "b", "c"}) {
                const place_order order{aggregate, i};
                co_await bus.send(order);
            }
        }
        f.serve(consumer);
        co_await f.until([&] { return f.server->ledger().at("orders.fifo").deleted == 18; });
        co_await consumer.stop();
        for (const char* aggregate : {"a", "b", "c"}) CHECK(effects[aggregate] == std::vector<int>{0, 1, 2, 4, 5});
        CHECK(consumer.statistics().dead_letters == 3);
        CHECK(f.server->ledger().at("orders-dlq.fifo").entered == 3);
        co_await bus.close();
    });
}

namespace {

struct hop {
    std::string id, correlation, causation;
};

/// A topic with `queue` behind it. Its ARN.
awaitable<std::string> make_topic(sluice::session session, std::string queue, bool raw) {
    sluice::chain wanted("shipments");
    sluice::chain_queue behind(std::move(queue));
    behind.raw_delivery = raw;
    wanted.queue(std::move(behind));
    auto ensuring = sluice::ensure(session, std::move(wanted));
    const auto report = co_await std::move(ensuring);
    co_return report.topic_arn;
}

awaitable<void> three_hops(bus_fixture& f, bool raw) {
    for (const char* queue : {"orders", "shipping", "orders-dlq", "shipping-dlq", "mails-dlq"}) co_await f.make(queue);
    sluice::command_bus_options options = to("orders");
    options.queues["order.ship"] = "shipping";
    options.topic = co_await make_topic(*f.session, "mails", raw);
    command_bus bus(*f.session, options);
    std::vector<hop> hops;
    const auto note = [&hops](const sluice::command_context_base& context) {
        hops.push_back(hop{context.command_id(), context.correlation_id(), context.causation_id()});
    };
    auto place = [&](const place_order& command, command_context& context) -> awaitable<void> {
        note(context);
        const ship_order ship{command.order};
        co_await context.send(ship);
    };
    auto ship = [&](const ship_order& command, command_context& context) -> awaitable<void> {
        note(context);
        const order_shipped shipped{command.order};
        co_await context.publish(shipped);
    };
    auto mail = [&](const order_shipped& event, command_context& context) -> awaitable<void> {
        CHECK(event.order == "o-7");
        note(context);
        co_return;
    };
    command_handlers at_orders, at_shipping, at_mails;
    at_orders.on<place_order>(place);
    at_shipping.on<ship_order>(ship);
    at_mails.on<order_shipped>(mail);
    command_consumer orders(bus, "orders", at_orders, f.quick());
    command_consumer shipping(bus, "shipping", at_shipping, f.quick());
    command_consumer mails(bus, "mails", at_mails, f.quick());
    for (command_consumer* one : {&orders, &shipping, &mails}) f.serve(*one);
    const place_order order{"o-7", 1};
    const auto sent = co_await bus.send(order, sluice::send_options().correlation_id("case-1"));
    co_await f.until([&hops] { return hops.size() == 3; });
    for (command_consumer* one : {&orders, &shipping, &mails}) co_await one->stop();
    CHECK(hops[0].id == sent.command_id);
    CHECK(hops[0].causation.empty());
    for (const hop& one : hops) CHECK(one.correlation == "case-1");
    CHECK(hops[1].causation == hops[0].id);
    CHECK(hops[2].causation == hops[1].id);
    CHECK(bus.statistics().published == 1);
    co_await bus.close();
}

} // namespace

TEST_CASE("command bus: correlation and causation over three hops, the last one an event through a topic") {
    for (const bool raw : {false, true}) {
        bus_fixture f;
        f.run([&] { return three_hops(f, raw); });
    }
}

TEST_CASE("command bus: a consumer without its queues does not begin") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        command_bus bus(*f.session, to("orders"));
        command_handlers handlers;
        auto handler = [](const place_order&) -> awaitable<void> { co_return; };
        handlers.on<place_order>(handler);
        command_consumer without_queue(bus, "orders", handlers);
        auto ended = co_await sluice::as_result(without_queue.run());
        REQUIRE(!ended);
        CHECK(ended.error().code == errc::not_found);
        co_await f.make("orders");
        command_consumer without_letters(bus, "orders", handlers);
        ended = co_await sluice::as_result(without_letters.run());
        REQUIRE(!ended);
        CHECK(ended.error().code == errc::not_found);
        CHECK(ended.error().message.starts_with("the dead-letter queue orders-dlq of orders cannot be found"));
        const auto refused = [&](const command_handlers& some, const sluice::command_consumer_options& options) {
            try {
                const command_consumer made(bus, "orders", some, options);
            } catch (const sluice::error& failure) {
                return failure.info().message;
            }
            return std::string("made");
        };
        CHECK(refused(command_handlers(), {}) == "there are no handlers");
        sluice::command_consumer_options options;
        options.attempts = 0;
        CHECK(refused(handlers, options) == "attempts is 0: it must be 1 or more");
        options = {};
        options.run.acknowledge = sluice::sqs::acknowledge_mode::manual;
        CHECK(refused(handlers, options).starts_with("run.acknowledge must stay on_success"));
    });
}

TEST_CASE("command bus: a handler that was cancelled has the command come again, and counts no attempt") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        command_bus bus(*f.session, to("orders"));
        int calls = 0;
        command_handlers handlers;
        auto handler = [&](const place_order&) -> awaitable<void> {
            if (++calls == 1) co_await f.pause(10min);
        };
        handlers.on<place_order>(handler);
        auto options = f.quick();
        options.attempts = 1; // the first failure would be the last one
        options.run.handler_timeout = 2s;
        command_consumer consumer(bus, "orders", handlers, options);
        f.serve(consumer);
        const place_order order{"o", 1};
        co_await bus.send(order);
        co_await f.until([&] { return consumer.statistics().handled == 1; });
        co_await consumer.stop();
        CHECK(calls == 2);
        CHECK(consumer.statistics().failed == 1);
        CHECK(consumer.statistics().dead_letters == 0);
        co_await bus.close();
    });
}

} // namespace command_bus_test
