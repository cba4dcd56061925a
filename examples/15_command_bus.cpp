// A command bus: a command, a request that is answered, and an event, in the order of each customer.
#include <sluice/command_bus.hpp>
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;

// [commands]
struct place_order {
    static constexpr std::string_view command_name = "order.place";
    std::string customer;
    int amount = 0;
    std::string aggregate_id() const { return customer; } // the message group: a customer's orders in their order
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(place_order, customer, amount)
};
struct order_placed {
    static constexpr std::string_view event_name = "order.placed";
    std::string customer;
    int total = 0;
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(order_placed, customer, total)
};
// [/commands]

asio::awaitable<void> trade(sluice::session session) {
    sluice::chain_queue dead_letters{"orders-dlq.fifo"}; // for what cannot be handled
    dead_letters.subscribe = false;
    const auto chain = sluice::chain{"orders.fifo"}.queue("orders.fifo").queue(dead_letters);
    const auto made = co_await sluice::ensure(session, chain);
    // [bus]
    sluice::command_bus_options options;
    options.queue = "orders.fifo";
    options.topic = made.topic_arn; // that queue is behind it, too: this process hears of its own events
    const sluice::command_bus bus{session, options};
    std::map<std::string, int> totals;
    auto place = [&totals](const place_order& order, sluice::command_context& context) -> asio::awaitable<int> {
        if (order.amount <= 0) throw sluice::command_rejected("an order has a positive amount");
        const order_placed placed{order.customer, totals[order.customer] += order.amount};
        co_await context.publish(placed, sluice::send_options().aggregate(order.customer));
        co_return placed.total;
    };
    auto tell = [](const order_placed& event) -> asio::awaitable<void> {
        std::cout << event.customer << " has ordered for " << event.total << '\n';
        co_return;
    };
    sluice::command_handlers handlers;
    handlers.on<place_order>(place).on<order_placed>(tell);
    sluice::command_consumer consumer{bus, "orders.fifo", handlers};
    asio::co_spawn(session.get_executor(), consumer.run(), asio::detached);

    const place_order order{"customer-7", 40}, another{"customer-7", 2}, none{"customer-7", 0};
    co_await bus.send(order);                                                       // the queue has it
    const int total = co_await bus.request<int>(another, std::chrono::seconds(10)); // it was handled
    const auto refused = co_await sluice::as_result(bus.request<int>(none, std::chrono::seconds(10)));
    std::cout << "total " << total << "; " << refused.error().service_code << ": " << refused.error().message << '\n';
    co_await consumer.stop();
    co_await bus.close();
    // [/bus]
}

int main() {
    asio::io_context context;
    sluice::local::broker_options no_port;
    no_port.listen = false;
    sluice::local::broker broker{context.get_executor(), no_port};
    sluice::session_options local;
    local.read_environment = false;
    local.region = "us-east-1";
    local.endpoint_url = broker.endpoint();
    local.transport = broker.transport();
    local.credentials = sluice::static_credentials(sluice::credentials{"test", "test"});
    auto done = asio::co_spawn(context, trade(sluice::session{context.get_executor(), local}), asio::use_future);
    context.run();
    done.get();
}
