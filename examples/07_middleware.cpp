// A handler in its middlewares: tried again, logged, written to a dead-letter queue, and called once for each order.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;
using sluice::sqs::delivery;

bool has_no_hope(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::invalid_argument&) {
        return true;
    } catch (...) {
        return false;
    }
}

asio::awaitable<void> bill_orders(sluice::session session) {
    const auto executor = co_await asio::this_coro::executor;
    for (const char* name : {"orders", "orders-dlq", "invoices"}) {
        const sluice::sqs::create_queue_request create{name};
        co_await session.sqs().create_queue(create);
    }
    sluice::sqs::writer orders{session, "orders"}, invoices{session, "invoices"};
    const sluice::sqs::writer dead_orders{session, sluice::dead_letter_name("orders")};
    for (const char* amount : {"10", "ten", "10"}) { // the last one is the first one, published twice
        co_await orders.write(sluice::message(amount).attribute("order", amount));
    }

    auto bill = [&invoices](delivery& order, const sluice::message_context& context) -> asio::awaitable<void> {
        sluice::message invoice{std::to_string(2 * std::stoi(order.body()))};
        context.apply(invoice); // the order's correlation id, and the order as its cause
        co_await invoices.write(std::move(invoice));
    };
    sluice::sqs::reader_options short_polls;
    short_polls.wait_time = std::chrono::seconds(1); // stop waits for them
    sluice::sqs::reader reader{session, "orders", short_polls};
    int handled = 0;
    auto stop_after_three = [&](delivery& order, const auto& next) -> asio::awaitable<void> {
        co_await next(order); // a middleware of one's own is a lambda
        if (++handled == 3) asio::co_spawn(executor, reader.stop(), asio::detached);
    };
    sluice::dead_letter_options without_hope;
    without_hope.hopeless = has_no_hope;
    sluice::deduplicate_options by_order;
    by_order.key = sluice::key_of_attribute("order");
    auto handler = sluice::compose(bill)
                       .with(sluice::retry_in_place())
                       .with(sluice::log_errors([](std::string_view line) { std::cout << line << '\n'; }))
                       .with(sluice::dead_letter(dead_orders, without_hope))
                       .with(sluice::deduplicate(sluice::memory_deduplication_store(), by_order))
                       .with(stop_after_three); // the outermost
    co_await reader.run(handler);
}

int main() {
    asio::io_context context;
    sluice::local::broker_options no_port;
    no_port.listen = false;
    sluice::local::broker broker{context.get_executor(), no_port};
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = broker.endpoint();
    options.transport = broker.transport();
    options.credentials = sluice::static_credentials(sluice::credentials{"test", "test"});
    auto done =
        asio::co_spawn(context, bill_orders(sluice::session{context.get_executor(), options}), asio::use_future);
    context.run();
    done.get();
    const auto queues = broker.ledger();
    const auto invoices = queues.at("invoices").entered, dead = queues.at("orders-dlq").entered;
    std::cout << invoices << " invoice, " << dead << " dead letter, " << queues.at("orders").deleted << " deleted\n";
    return invoices == 1 && dead == 1 && queues.at("orders").deleted == 3 ? 0 : 1;
}
