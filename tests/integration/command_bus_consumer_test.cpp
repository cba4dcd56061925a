// Consumers in adversity: stopped before they begin, cancelled, with letters and replies that cannot be sent, and with
// commands that come again.
#include "support/bus_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <stdexcept>

namespace command_bus_consumer_test {

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

/// A handler of `place_order` that counts its calls, and then does what it is told.
class counting {
  public:
    using work = std::function<awaitable<std::string>(const place_order&)>;

    explicit counting(work then) : then_(std::move(then)) {
        auto handler = [this](const place_order& order) -> awaitable<std::string> {
            ++calls;
            return then_(order);
        };
        handlers.on<place_order>(handler);
    }

    int calls = 0;
    command_handlers handlers;

  private:
    work then_;
};

awaitable<std::string> says_done(const place_order& /*order*/) { co_return "done"; }
awaitable<std::string> fails(const place_order& /*order*/) {
    throw std::runtime_error("fails");
    co_return "";
}

/// The reply, or its service code, or its code.
awaitable<std::string> asked(command_bus bus, std::string id = {}) {
    const place_order order{"o", 1};
    auto asking = sluice::as_result(bus.request<std::string>(order, 20s, sluice::send_options().id(std::move(id))));
    const auto reply = co_await std::move(asking);
    std::string text;
    if (reply) text = *reply;
    else text = reply.error().service_code + "|" + make_error_code(reply.error().code).message();
    co_return text;
}

void refuse_once(bus_fixture& f, const std::string& queue) {
    for (const char* operation : {"SendMessage", "SendMessageBatch"}) {
        f.server->on(operation).at(queue).times(1).fail(403, "AccessDenied");
    }
}

/// Cannot read what it recognises.
class throwing_format final : public sluice::envelope_format {
  public:
    std::string_view name() const noexcept override { return "throwing"; }
    bool recognises(const sluice::received_content& what) const noexcept override { return what.body == "boom"; }
    sluice::result<sluice::message> write(sluice::bus_envelope) const override { throw std::logic_error("no"); }
    sluice::result<sluice::bus_envelope> read(const sluice::received_content&) const override {
        throw std::logic_error("boom");
    }
};

} // namespace

TEST_CASE("command bus: a consumer that looks for its queues can be stopped, destroyed and cancelled") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        command_bus bus(*f.session, to("orders"));
        counting done(says_done);
        f.server->on("GetQueueUrl").fail(500);
        command_consumer stopped(bus, "orders", done.handlers, f.quick());
        f.serve(stopped);
        std::optional<command_consumer> destroyed(std::in_place, bus, "orders", done.handlers, f.quick());
        f.serve(*destroyed);
        command_consumer cancelled(bus, "orders", done.handlers, f.quick());
        boost::asio::cancellation_signal cancel;
        std::optional<errc> code;
        boost::asio::co_spawn(f.context, sluice::as_result(cancelled.run()),
                              boost::asio::bind_cancellation_slot(
                                  cancel.slot(), [&code](const std::exception_ptr& thrown, sluice::result<void> ended) {
                                      CHECK(thrown == nullptr);
                                      if (!thrown && !ended) code = ended.error().code;
                                  }));
        co_await f.until([&f] { return f.server->faults().at(0).applied >= 4; });
        co_await stopped.stop();
        destroyed.reset();
        cancel.emit(boost::asio::cancellation_type::terminal);
        co_await f.until([&] { return f.all_have_ended() && code.has_value(); });
        CHECK(code == errc::cancelled);
    });
}

TEST_CASE("command bus: a handler that ends well although it was cancelled is answered, and not called again") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        command_bus bus(*f.session, to("orders"));
        counting slow([&f](const place_order&) -> awaitable<std::string> {
            try {
                co_await f.pause(10min);
            } catch (const boost::system::system_error&) {
                co_return "in part";
            }
            co_return "whole";
        });
        auto options = f.quick();
        options.run.handler_timeout = 2s;
        command_consumer consumer(bus, "orders", slow.handlers, options);
        f.serve(consumer);
        const std::string reply = co_await asked(bus);
        CHECK(reply == "in part");
        co_await f.until([&] { return f.server->ledger().at("orders").deleted == 1; });
        co_await consumer.stop();
        CHECK(slow.calls == 1);
        CHECK(consumer.statistics().failed == 0);
        co_await bus.close();
    });
}

TEST_CASE("command bus: what was handled in time is a duplicate when it comes again, and its request is told so") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        auto bus_options = to("orders");
        bus_options.reply_queue_prefix = "shop-reply-"; // consumers of the bus take it over
        command_bus bus(*f.session, bus_options);
        counting done(says_done);
        command_consumer consumer(bus, "orders", done.handlers, f.quick());
        f.serve(consumer);
        std::string reply = co_await asked(bus, "same");
        CHECK(reply == "done");
        reply = co_await asked(bus, "same");
        CHECK(reply == "duplicate|refused by the service");
        const place_order order{"o", 1};
        co_await bus.send(order, sluice::send_options().id("same").deadline(std::chrono::system_clock::now() - 1s));
        co_await f.until([&] { return f.server->ledger().at("orders").deleted == 3; });
        co_await consumer.stop();
        CHECK(done.calls == 1);
        CHECK(consumer.statistics().duplicates == 2);
        CHECK(consumer.statistics().expired == 0);
        CHECK(f.server->ledger().at("orders-dlq").entered == 0);
        co_await bus.close();
    });
}

TEST_CASE("command bus: handlers that never end are bounded by most_receives on standard queues") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        command_bus bus(*f.session, to("orders"));
        counting stuck([&f](const place_order&) -> awaitable<std::string> {
            co_await f.pause(10min);
            co_return "";
        });
        auto options = f.quick();
        options.run.handler_timeout = 2s;
        options.most_receives = 2;
        command_consumer consumer(bus, "orders", stuck.handlers, options);
        f.serve(consumer);
        const place_order order{"o", 1};
        co_await bus.send(order);
        co_await f.until([&] { return consumer.statistics().dead_letters == 1; });
        co_await consumer.stop();
        CHECK(stuck.calls == 2);
        const auto dead = co_await f.drain("orders-dlq");
        REQUIRE(dead.size() == 1);
        CHECK(attribute_of(dead[0], "dead-letter-kind") == "failed");
        CHECK(attribute_of(dead[0], "dead-letter-reason").starts_with("failed: given up before receive 3 was handled"));
        co_await bus.close();
    });
}

TEST_CASE("command bus: attempts are remembered until the letter is written") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        command_bus bus(*f.session, to("orders"));
        counting failing(fails);
        auto options = f.quick();
        options.attempts = 2;
        refuse_once(f, "orders-dlq");
        command_consumer consumer(bus, "orders", failing.handlers, options);
        f.serve(consumer);
        const place_order order{"o", 1};
        co_await bus.send(order);
        co_await f.until([&] { return consumer.statistics().dead_letters == 1; });
        co_await consumer.stop();
        CHECK(failing.calls == 3);
        CHECK(consumer.statistics().failed_dead_letters == 1);
        CHECK(consumer.statistics().remembered_failures == 0);
        co_await bus.close();
    });
}

TEST_CASE("command bus: the dead-letter queue is looked up by its URL, too, and is another queue") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        const std::string url = co_await f.make("orders");
        command_bus bus(*f.session, to("orders"));
        counting done(says_done);
        auto options = f.quick();
        options.dead_letter_queue = url + "-nowhere";
        command_consumer without(bus, "orders", done.handlers, options);
        auto ended = co_await sluice::as_result(without.run());
        REQUIRE(!ended);
        CHECK(ended.error().code == errc::not_found);
        options.dead_letter_queue = url;
        command_consumer same(bus, "orders", done.handlers, options);
        ended = co_await sluice::as_result(same.run());
        REQUIRE(!ended);
        CHECK(ended.error().message == "dead_letter_queue is the queue itself: " + url);
        options.dead_letter_queue = "orders";
        bool refused = false;
        try {
            const command_consumer made(bus, "orders", done.handlers, options);
        } catch (const sluice::error& failure) {
            refused = failure.info().message == "dead_letter_queue is the queue itself: orders";
        }
        CHECK(refused);
    });
}

TEST_CASE("command bus: a reply that is too large with its attributes is answered as unsendable") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        command_bus bus(*f.session, to("orders"));
        counting talks([](const place_order&) -> awaitable<std::string> {
            co_return std::string((std::size_t(1) << 20) - 10, 'x');
        });
        command_consumer consumer(bus, "orders", talks.handlers, f.quick());
        f.serve(consumer);
        const std::string reply = co_await asked(bus);
        CHECK(reply == "reply-unsendable|refused by the service");
        co_await consumer.stop();
        CHECK(consumer.statistics().replies == 1);
        CHECK(consumer.statistics().failed_replies == 0);
        co_await bus.close();
    });
}

TEST_CASE("command bus: formats and rules of others may throw") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        auto bus_options = to("orders");
        bus_options.formats = {sluice::streams_envelope_format(), std::make_shared<throwing_format>()};
        command_bus bus(*f.session, bus_options);
        counting done(says_done);
        std::vector<std::string> log;
        auto options = f.quick();
        options.allows_reply_to = [](std::string_view) -> bool { throw std::runtime_error("no idea"); };
        options.log = [&log](std::string_view line) { log.emplace_back(line); };
        command_consumer consumer(bus, "orders", done.handlers, options);
        f.serve(consumer);
        sluice::sqs::writer raw(*f.session, "orders");
        co_await raw.write("boom");
        co_await f.until([&] { return f.server->ledger().at("orders").deleted == 1; });
        sluice::message wants(R"({"order":"o","number":1})");
        wants.attribute("streams-message-type", "order.place").attribute("streams-reply-to", "anywhere");
        co_await raw.write(std::move(wants));
        co_await f.until([&] { return f.server->ledger().at("orders").deleted == 2; });
        co_await consumer.stop();
        CHECK(done.calls == 1);
        CHECK(consumer.statistics().refused_replies == 1);
        REQUIRE(log.size() == 2);
        CHECK(log[0].ends_with("undecodable: its format failed to read it: boom"));
        CHECK(log[1].ends_with("gets no reply: allows_reply_to failed: no idea"));
        co_await bus.close();
    });
}

TEST_CASE("command bus: a reply queue that is not known yet is not given up, and a cancelled close goes on") {
    bus_fixture f;
    f.run([&]() -> awaitable<void> {
        co_await f.make("orders");
        co_await f.make("orders-dlq");
        command_bus bus(*f.session, to("orders"));
        f.server->on("ReceiveMessage").times(2).fail(400, "AWS.SimpleQueueService.NonExistentQueue");
        std::string reply;
        boost::asio::co_spawn(f.context, asked(bus),
                              [&reply](const std::exception_ptr&, std::string how) { reply = std::move(how); });
        co_await f.until([&] { return f.server->faults().at(0).applied == 2; });
        counting done(says_done);
        command_consumer consumer(bus, "orders", done.handlers, f.quick());
        f.serve(consumer);
        co_await f.until([&reply] { return !reply.empty(); });
        CHECK(reply == "done");
        CHECK(bus.statistics().reply_queues == 1);
        co_await consumer.stop();

        f.server->on("DeleteQueue").delay_reply(500ms);
        boost::asio::cancellation_signal cancel;
        std::optional<errc> code;
        boost::asio::co_spawn(
            f.context, sluice::as_result(bus.close()),
            boost::asio::bind_cancellation_slot(cancel.slot(), [&code](const std::exception_ptr&, auto ended) {
                if (!ended) code = ended.error().code;
            }));
        co_await f.pause(5ms);
        cancel.emit(boost::asio::cancellation_type::terminal);
        co_await f.until([&] { return code.has_value() && f.server->ledger().size() == 2; });
        CHECK(code == errc::cancelled);
    });
}

} // namespace command_bus_consumer_test
