// Requests: answered, refused, late, hostile, swept, closed and cancelled, on the embedded broker.
#include "support/bus_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <stdexcept>

namespace command_bus_request_test {

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

/// What `place_order` is answered, by its number: itself; refused; failed for good; late; too large; nothing.
struct answers {
    command_handlers handlers;
    int calls = 0;
    int went_on = 0;       ///< handlers that were told to wait, and did
    bool too_late = false; ///< they wait until nobody does for their answer

    explicit answers(bus_fixture& f) {
        auto place = [this, &f](const place_order& command, command_context& context) -> awaitable<order_number> {
            ++calls;
            if (command.number == -1) throw sluice::command_rejected("sold out");
            if (command.number == -2) throw std::runtime_error("a fault");
            if (command.number == -3) {
                co_await f.until([this] { return too_late; });
                ++went_on;
            }
            CHECK(context.wants_reply());
            CHECK(context.deadline().has_value());
            order_number number{command.number * 2};
            co_return number;
        };
        auto ship = [](const ship_order&) -> awaitable<void> { co_return; };
        handlers.on<place_order>(place).on<ship_order>(ship);
    }
};

/// How a request ended: the number, or "code: service code: text".
awaitable<std::string> asked(command_bus bus, place_order order, std::chrono::milliseconds patience = 30s) {
    const auto reply = co_await sluice::as_result(bus.request<order_number>(order, patience));
    if (reply) co_return std::to_string(reply->number);
    const sluice::error_info& why = reply.error();
    CHECK((why.operation == "order.place" || why.code == errc::bad_reply));
    co_return make_error_code(why.code).message() + ": " + why.service_code + ": " + why.message;
}

awaitable<void> requests_and_replies(bus_fixture& f, std::string queue) {
    co_await f.make(queue);
    co_await f.make(sluice::dead_letter_name(queue));
    command_bus bus(*f.session, to(queue));
    answers to_orders(f);
    auto options = f.quick();
    options.attempts = 2;
    command_consumer consumer(bus, queue, to_orders.handlers, options);
    f.serve(consumer);
    const place_order good{"a", 21}, sold_out{"b", -1}, fault{"c", -2};
    const std::string number = co_await asked(bus, good);
    CHECK(number == "42");
    const std::string refused = co_await asked(bus, sold_out);
    CHECK(refused == "refused by the service: rejected: sold out");
    const std::string failed = co_await asked(bus, fault);
    CHECK(failed == "refused by the service: failed: failed: given up after 2 attempts here and 2 receives: a fault");
    const ship_order ship{"a"};
    co_await bus.request<void>(ship, 30s);
    const auto nothing = co_await sluice::as_result(bus.request<order_number>(ship, 30s));
    REQUIRE(!nothing);
    CHECK(nothing.error().code == errc::bad_reply);
    CHECK(nothing.error().may_have_been_applied);
    co_await consumer.stop();
    const auto seen = bus.statistics();
    CHECK(seen.requests == 5);
    CHECK(seen.replies == 5);
    CHECK(seen.timeouts == 0);
    CHECK(seen.pending_requests == 0);
    CHECK(seen.reply_queues == 1);
    CHECK(consumer.statistics().replies == 5);
    CHECK(consumer.statistics().dead_letters == 1); // what failed; who was refused has been told
    REQUIRE(seen.reply_queue.find("/sluice-reply-") != std::string::npos);
    const std::string name = seen.reply_queue.substr(seen.reply_queue.rfind('/') + 1);
    CHECK(f.server->ledger().at(name).entered == 5);
    co_await bus.close();
    CHECK(bus.statistics().reply_queue.empty());
    CHECK(!f.server->ledger().contains(name)); // deleted
}

} // namespace

TEST_CASE("command bus: requests and replies, without sockets and over them") {
    for (const bool sockets : {false, true}) {
        bus_fixture f(sockets);
        f.run([&] { return requests_and_replies(f, sockets ? "orders.fifo" : "orders"); });
    }
}

TEST_CASE("command bus: a request that nobody answers in time ends at its deadline; the late reply is dropped") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        command_bus bus(*f.session, to("orders"));
        answers to_orders(f);
        command_consumer consumer(bus, "orders", to_orders.handlers, f.quick());
        const place_order slow{"a", -3}, good{"a", 1};
        // Nobody is there yet, and when somebody is, its deadline has passed.
        const std::string alone = co_await asked(bus, slow, 1s);
        CHECK(alone == "timed out: : no reply came in time");
        co_await f.pause(10ms);
        f.serve(consumer);
        co_await f.until([&] { return consumer.statistics().expired == 1 && consumer.statistics().replies == 1; });
        const std::string late = co_await asked(bus, slow, 2s);
        to_orders.too_late = true;
        CHECK(late == "timed out: : no reply came in time");
        co_await f.until([&] { return bus.statistics().late_replies == 2; });
        CHECK(to_orders.went_on == 1); // it had begun
        const std::string next = co_await asked(bus, good);
        CHECK(next == "2");
        CHECK(bus.statistics().timeouts == 2);
        CHECK(bus.statistics().pending_requests == 0);
        for (const auto patience : {0ms, std::chrono::milliseconds(2h)}) {
            const auto refused = co_await sluice::as_result(bus.request<order_number>(good, patience));
            CHECK(refused.error().code == errc::invalid_argument);
        }
        co_await consumer.stop();
        co_await bus.close();
    });
}

TEST_CASE("command bus: replies go to reply queues of the same account only") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        const std::string own = co_await f.make("orders");
        co_await f.make("orders-dlq");
        const std::string billing = co_await f.make("billing");
        const std::string good = co_await f.make("sluice-reply-of-others");
        command_bus bus(*f.session, to("orders"));
        command_handlers handlers;
        int handled = 0;
        auto place = [&handled](const place_order& command, command_context& context) -> awaitable<order_number> {
            CHECK(context.wants_reply() == (command.number == 1));
            ++handled;
            order_number number{1};
            co_return number;
        };
        handlers.on<place_order>(place);
        command_consumer consumer(bus, "orders", handlers, f.quick());
        f.serve(consumer);
        sluice::sqs::writer raw(*f.session, "orders");
        const std::string base = own.substr(0, own.rfind('/') + 1);
        for (const std::string& reply_to : {billing, base + "sluice-reply-x.fifo", std::string("sluice-reply-x"),
                                            std::string("https://evil.example/1/sluice-reply-x")}) {
            sluice::message one(R"({"order":"o","number":0})");
            one.attribute("streams-message-type", "order.place").attribute("streams-reply-to", reply_to);
            co_await raw.write(std::move(one));
        }
        for (const std::string& reply_to : {good, base + "sluice-reply-gone"}) {
            sluice::message one(R"({"order":"o","number":1})");
            one.attribute("streams-message-type", "order.place").attribute("streams-reply-to", reply_to);
            co_await raw.write(std::move(one));
        }
        co_await f.until([&] { return f.server->ledger().at("orders").deleted == 6; });
        co_await consumer.stop();
        CHECK(handled == 6);
        CHECK(consumer.statistics().refused_replies == 4);
        CHECK(consumer.statistics().failed_replies == 1); // its queue is gone
        CHECK(consumer.statistics().replies == 1);
        CHECK(f.server->ledger().at("billing").entered == 0);
        CHECK(f.server->ledger().at("sluice-reply-of-others").entered == 1);
        co_await bus.close();
    });
}

TEST_CASE("command bus: strangers in the reply queue are dropped, and a reply counts once") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        command_bus bus(*f.session, to("orders"));
        std::string outcome;
        const place_order order{"a", 1};
        boost::asio::co_spawn(f.context, asked(bus, order),
                              [&outcome](const std::exception_ptr&, std::string how) { outcome = std::move(how); });
        co_await f.until([&] { return f.server->ledger().at("orders").entered == 1; });
        const auto commands = co_await f.drain("orders");
        REQUIRE(commands.size() == 1);
        const std::string id = attribute_of(commands[0], "streams-message-id");
        sluice::sqs::writer forged(*f.session, attribute_of(commands[0], "streams-reply-to"));
        const auto reply = [](const std::string& type, const std::string& cause, const std::string& body) {
            sluice::message one(body);
            one.attribute("streams-message-type", type).attribute("streams-causation-id", cause);
            return one;
        };
        co_await forged.write("nonsense");
        co_await forged.write(reply("order.place", id, "{}"));
        co_await forged.write(reply("sluice.reply", "no such command", R"({"number":3})"));
        co_await f.until([&] { return bus.statistics().unknown_replies == 3; });
        CHECK(outcome.empty());
        co_await forged.write(reply("sluice.reply", id, R"({"number":5})"));
        co_await f.until([&outcome] { return !outcome.empty(); });
        CHECK(outcome == "5");
        co_await forged.write(reply("sluice.reply", id, R"({"number":6})"));
        co_await f.until([&] { return bus.statistics().duplicate_replies == 1; });
        // What is no reply of the type that was asked for.
        outcome.clear();
        boost::asio::co_spawn(f.context, asked(bus, order),
                              [&outcome](const std::exception_ptr&, std::string how) { outcome = std::move(how); });
        co_await f.until([&] { return f.server->ledger().at("orders").entered == 2; });
        const auto more = co_await f.drain("orders");
        REQUIRE(more.size() == 1);
        co_await forged.write(reply("sluice.reply", attribute_of(more[0], "streams-message-id"), "[]"));
        co_await f.until([&outcome] { return !outcome.empty(); });
        CHECK(outcome.starts_with("reply not understood: "));
        co_await bus.close();
    });
}

TEST_CASE("command bus: reply queues of killed processes are swept, others stay") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        const auto leave = [&f](std::string name, std::map<std::string, std::string> tags) {
            sluice::sqs::create_queue_request create(std::move(name));
            create.tags = std::move(tags);
            return f.session->sqs().create_queue(std::move(create));
        };
        const std::string tag = sluice::reply_queue_expiry_tag;
        const std::map<std::string, std::string> over{{tag, "2020-01-01T00:00:00Z"}},
            alive{{tag, "2100-01-01T00:00:00Z"}}, broken{{tag, "soon"}}, none;
        co_await leave("sluice-reply-left-1", over);
        co_await leave("sluice-reply-left-2", over);
        co_await leave("sluice-reply-alive", alive);
        co_await leave("sluice-reply-untagged", none);
        co_await leave("sluice-reply-broken", broken);
        co_await leave("other-reply-left", over);
        command_bus bus(*f.session, to("orders"));
        const place_order order{"a", 1};
        const std::string outcome = co_await asked(bus, order, 200ms);
        CHECK(outcome == "timed out: : no reply came in time");
        co_await f.until([&] { return bus.statistics().swept_queues == 2; });
        const auto queues = f.server->ledger();
        CHECK(!queues.contains("sluice-reply-left-1"));
        CHECK(!queues.contains("sluice-reply-left-2"));
        for (const char* name :
             {"sluice-reply-alive", "sluice-reply-untagged", "sluice-reply-broken", "other-reply-left"}) {
            CHECK(queues.contains(name));
        }
        // By hand: the bus's own one is in use.
        co_await leave("sluice-reply-left-3", over);
        const auto swept = co_await sluice::sweep_reply_queues(*f.session);
        CHECK(swept.found == 5);
        CHECK(swept.looked == 5);
        CHECK(swept.removed == 1);
        CHECK(swept.failed == 0);
        sluice::sweep_options few;
        few.most_queues = 2;
        const auto bounded = co_await sluice::sweep_reply_queues(*f.session, few);
        CHECK(bounded.looked == 2);
        few.prefix = "s";
        const auto refused = co_await sluice::as_result(sluice::sweep_reply_queues(*f.session, few));
        CHECK(refused.error().code == errc::invalid_argument);
        co_await bus.close();
    });
}

TEST_CASE("command bus: a reply queue that was deleted fails what waits, and the next request makes another one") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        command_bus bus(*f.session, to("orders"));
        const place_order order{"a", 1};
        std::string outcome;
        boost::asio::co_spawn(f.context, asked(bus, order),
                              [&outcome](const std::exception_ptr&, std::string how) { outcome = std::move(how); });
        co_await f.until([&] { return f.server->ledger().at("orders").entered == 1; });
        sluice::sqs::delete_queue_request away(bus.statistics().reply_queue);
        co_await f.session->sqs().delete_queue(std::move(away));
        co_await f.until([&outcome] { return !outcome.empty(); });
        CHECK(outcome.starts_with("not found: : the queue for replies was deleted: "));
        co_await f.drain("orders");
        answers to_orders(f);
        command_consumer consumer(bus, "orders", to_orders.handlers, f.quick());
        f.serve(consumer);
        const std::string next = co_await asked(bus, order);
        CHECK(next == "2");
        CHECK(bus.statistics().reply_queues == 2);
        co_await consumer.stop();
        co_await bus.close();
    });
}

TEST_CASE("command bus: closing ends what waits, and waiting requests are bounded") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        auto options = to("orders");
        options.pending_requests = 2;
        command_bus bus(*f.session, options);
        std::vector<std::string> outcomes;
        const place_order order{"a", 1};
        for (int i = 0; i < 2; ++i) {
            boost::asio::co_spawn(
                f.context, asked(bus, order),
                [&outcomes](const std::exception_ptr&, std::string how) { outcomes.push_back(std::move(how)); });
        }
        co_await f.until([&] { return f.server->ledger().at("orders").entered == 2; });
        const std::string third = co_await asked(bus, order);
        CHECK(third == "buffer full: : 2 requests wait for replies already");
        CHECK(outcomes.empty());
        co_await bus.close(10s);
        co_await f.until([&outcomes] { return outcomes.size() == 2; });
        for (const std::string& one : outcomes) CHECK(one == "closed: : the command bus was closed");
        const std::string late = co_await asked(bus, order);
        CHECK(late == "closed: : the command bus was closed");
        CHECK(f.server->ledger().size() == 1); // the reply queue is gone
        co_await bus.close();
    });
}

TEST_CASE("command bus: when the last copy goes, what waits ends and the reply queue is deleted") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        std::optional<command_bus> bus(std::in_place, *f.session, to("orders"));
        const place_order order{"a", 1};
        bool ended = false;
        auto waiting = bus->request<order_number>(order, 30s);
        boost::asio::co_spawn(f.context, std::move(waiting), [&ended](const std::exception_ptr& thrown, order_number) {
            try {
                std::rethrow_exception(thrown);
            } catch (const sluice::error& failure) {
                ended = failure.code() == errc::closed && failure.may_have_been_applied();
            }
        });
        co_await f.until([&] { return f.server->ledger().at("orders").entered == 1; });
        bus.reset();
        co_await f.until([&] { return ended && f.server->ledger().size() == 1; });
    });
}

TEST_CASE("command bus: a request can be cancelled, without harm to others") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        command_bus bus(*f.session, to("orders"));
        const place_order order{"a", 1};
        boost::asio::cancellation_signal cancel;
        std::string cancelled, other;
        const auto to_text = [](std::string& text) {
            return [&text](const std::exception_ptr&, std::string how) { text = std::move(how); };
        };
        boost::asio::co_spawn(f.context, asked(bus, order),
                              boost::asio::bind_cancellation_slot(cancel.slot(), to_text(cancelled)));
        boost::asio::co_spawn(f.context, asked(bus, order), to_text(other));
        co_await f.until([&] { return f.server->ledger().at("orders").entered == 2; });
        cancel.emit(boost::asio::cancellation_type::terminal);
        co_await f.until([&cancelled] { return !cancelled.empty(); });
        CHECK(cancelled == "outcome unknown: : the wait for a reply was cancelled");
        CHECK(other.empty());
        answers to_orders(f);
        command_consumer consumer(bus, "orders", to_orders.handlers, f.quick());
        f.serve(consumer);
        co_await f.until([&other] { return !other.empty(); });
        CHECK(other == "2");
        co_await f.until([&] { return bus.statistics().late_replies == 1; });
        co_await consumer.stop();
        co_await bus.close();
    });
}

} // namespace command_bus_request_test
