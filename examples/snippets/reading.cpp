// Pieces of the documentation about readers; the program runs them all and checks what they claim.
#include "on_a_broker.hpp"

namespace {

asio::awaitable<void> fill(sluice::session session, std::string queue, std::size_t count) {
    const sluice::sqs::create_queue_request create{queue};
    co_await session.sqs().create_queue(create);
    sluice::sqs::writer writer{session, queue};
    std::vector<sluice::message> all(count, sluice::message{"an order"});
    co_await writer.write(std::move(all));
}

asio::awaitable<void> run_until_stopped(sluice::session session) {
    co_await fill(session, "billing", 3);
    const auto executor = co_await asio::this_coro::executor;
    std::size_t handled = 0;
    // [run]
    sluice::sqs::reader billing{session, "billing"};
    auto handler = [&](sluice::sqs::delivery& order) -> asio::awaitable<void> {
        std::cout << order.body() << '\n'; // returned: deleted; thrown: comes again, later each time
        if (++handled == 3) asio::co_spawn(executor, billing.stop(sluice::sqs::stop_policy::fast), asio::detached);
        co_return;
    };
    co_await billing.run(handler); // ends when the reader was stopped, and its handlers and deletes have ended
    // [/run]
    expect(billing.statistics().acknowledged == 3, "three were deleted");
}

asio::awaitable<void> pull(sluice::session session) {
    co_await fill(session, "pull", 1);
    sluice::sqs::reader reader{session, "pull"};
    // [pull]
    sluice::sqs::delivery order = co_await reader.read();
    std::cout << order.body() << ", receive " << order.receive_count() << '\n';
    if (const sluice::attribute_value* country = order.attribute("country")) std::cout << country->value() << '\n';
    co_await order.ack(); // or ack_in_background(), or release(30s)
    // [/pull]
    co_await reader.stop(sluice::sqs::stop_policy::fast);
    expect(reader.statistics().acknowledged == 1, "it was deleted");
}

asio::awaitable<void> batches(sluice::session session) {
    co_await fill(session, "batches", 5);
    sluice::sqs::reader reader{session, "batches"};
    // [read-batch]
    std::vector<sluice::sqs::delivery> orders =
        co_await reader.read_batch(5, 2s); // up to five; what there is after 2 s
    for (sluice::sqs::delivery& order : orders) order.ack_in_background();
    // [/read-batch]
    expect(orders.size() == 5, "five at once");
    co_await reader.stop(sluice::sqs::stop_policy::fast);
    expect(reader.statistics().acknowledged == 5, "five were deleted");
}

asio::awaitable<void> handle_batches(sluice::session session) {
    co_await fill(session, "rows", 5);
    const auto executor = co_await asio::this_coro::executor;
    sluice::sqs::reader reader{session, "rows"};
    std::size_t rows = 0;
    // [run-batch]
    sluice::sqs::run_options options;
    options.batch_messages = 100;
    options.batch_linger = 200ms; // how long the first one waits for others
    options.handlers = 2;
    auto insert = [&](std::vector<sluice::sqs::delivery>& orders) -> asio::awaitable<void> {
        rows += orders.size(); // one INSERT for all of them; thrown: all come again
        if (rows == 5) asio::co_spawn(executor, reader.stop(sluice::sqs::stop_policy::fast), asio::detached);
        co_return;
    };
    co_await reader.run_batch(insert, options);
    // [/run-batch]
    expect(reader.statistics().acknowledged == 5, "five were deleted");
}

asio::awaitable<void> stopping(sluice::session session) {
    co_await fill(session, "stopping", 3);
    sluice::sqs::reader_options options;
    options.wait_time = 1s;
    sluice::sqs::reader reader{session, "stopping", options};
    const sluice::sqs::delivery taken = co_await reader.read();
    // [stop]
    const sluice::sqs::stop_report report = co_await reader.stop(sluice::sqs::stop_policy::drain, 25s);
    if (!report.complete) std::cerr << report.still_out << " deliveries are still out\n";
    // [/stop]
    expect(report.released >= 2 && report.still_out == 1, "two went back, one is out");
}

asio::awaitable<void> limits(sluice::session session) {
    co_await fill(session, "limits", 1);
    // [options]
    sluice::sqs::reader_options options;
    options.visibility_timeout = 60s;          // the queue's own, if not set
    options.max_lease = std::chrono::hours(2); // a handler has as long as this, with renewals
    options.messages_in_flight = 200;
    options.bytes_in_flight = std::size_t(8) << 20;
    options.pollers = 8;
    options.release_delay = 5s; // a failed message comes again after 5 s, 10 s, 20 s, ...
    options.longest_release_delay = 600s;
    sluice::sqs::reader reader{session, "limits", options};
    // [/options]
    sluice::sqs::delivery order = co_await reader.read();
    expect(order.lease_remaining() > 30s, "the lease is 60 s");
    co_await order.ack();
    co_await reader.stop(sluice::sqs::stop_policy::fast);
}

asio::awaitable<void> middleware(sluice::session session) {
    co_await fill(session, "timed", 1);
    const auto executor = co_await asio::this_coro::executor;
    sluice::sqs::reader reader{session, "timed"};
    std::size_t calls = 0;
    // [own-middleware]
    auto timed = [](sluice::sqs::delivery& order, const auto& next) -> asio::awaitable<void> {
        const auto begun = std::chrono::steady_clock::now();
        co_await next(order);
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
        std::cout << order.message_id() << " took " << taken.count() << " s\n";
    };
    auto handle = [&](sluice::sqs::delivery&) -> asio::awaitable<void> {
        ++calls;
        asio::co_spawn(executor, reader.stop(sluice::sqs::stop_policy::fast), asio::detached);
        co_return;
    };
    auto handler = sluice::compose(handle).with(timed).with(sluice::deduplicate());
    co_await reader.run(handler);
    // [/own-middleware]
    expect(calls == 1, "it was called once");
}

asio::awaitable<void> all(sluice::local::broker&, sluice::session session) {
    co_await run_until_stopped(session);
    co_await pull(session);
    co_await batches(session);
    co_await handle_batches(session);
    co_await stopping(session);
    co_await limits(session);
    co_await middleware(session);
    std::cout << "all as documented\n";
}

} // namespace

int main() { return on_a_broker(all); }
