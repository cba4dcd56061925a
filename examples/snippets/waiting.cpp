// Pieces of the documentation about threads, lifetimes, completion tokens and cancellation; the program runs them all
// and checks what they claim.
#include "on_a_broker.hpp"

using sluice::errc;

namespace {

asio::awaitable<void> tokens(sluice::session session) {
    const sluice::sqs::create_queue_request create{"orders"};
    co_await session.sqs().create_queue(create);
    const auto executor = co_await asio::this_coro::executor;
    sluice::sqs::writer orders{session, "orders"};
    std::size_t heard = 0;

    // [callback]
    auto written = [&heard](const std::exception_ptr& failure, const sluice::receipt& sent) {
        if (!failure) heard += sent.message_id.size(); // called on `executor`
    };
    asio::co_spawn(executor, orders.write("by callback"), written);
    // [/callback]

    // [as-tuple]
    auto writing = asio::co_spawn(executor, orders.write("as a tuple"), asio::as_tuple(asio::use_awaitable));
    const auto ended = co_await std::move(writing);
    const std::exception_ptr& failure = std::get<0>(ended);
    const sluice::receipt& sent = std::get<1>(ended);
    // [/as-tuple]
    expect(!failure && !sent.message_id.empty(), "as_tuple gives both");
    while (heard == 0) co_await asio::post(executor, asio::use_awaitable);
}

asio::awaitable<void> cancellation(sluice::session session) {
    const auto executor = co_await asio::this_coro::executor;
    sluice::writer_options options;
    options.linger = 60s;
    sluice::sqs::writer orders{session, "orders", options};
    // [cancel]
    asio::cancellation_signal too_late;
    asio::steady_timer limit{executor, 50ms};
    limit.async_wait([&](boost::system::error_code stopped) {
        if (!stopped) too_late.emit(asio::cancellation_type::terminal);
    });
    auto writing = asio::co_spawn(executor, orders.write("within 50 ms, or not at all"),
                                  asio::bind_cancellation_slot(too_late.slot(), asio::as_tuple(asio::use_awaitable)));
    const auto ended = co_await std::move(writing); // exception and receipt
    limit.cancel();
    // [/cancel]
    bool cancelled = false;
    try {
        if (std::get<0>(ended)) std::rethrow_exception(std::get<0>(ended));
    } catch (const sluice::error& thrown) {
        cancelled = thrown.code() == errc::cancelled;
    }
    expect(cancelled, "its batch had not left");
}

asio::awaitable<void> deadline(sluice::session session) {
    sluice::sqs::reader orders{session, "orders"};
    co_await orders.read_batch(10, 1s);
    // [deadline]
    const auto none_or_one = co_await orders.read_batch(1, 50ms);
    // [/deadline]
    expect(none_or_one.empty(), "nothing came within 50 ms");
    co_await orders.stop(sluice::sqs::stop_policy::fast);
}

asio::awaitable<void> all(sluice::local::broker&, sluice::session session) {
    co_await tokens(session);
    co_await cancellation(session);
    co_await deadline(session);
}

void several_threads() {
    // [threads]
    asio::thread_pool pool{4}; // or an io_context that four threads run
    sluice::local::broker broker{pool.get_executor()};
    const sluice::session session{pool.get_executor(), options_for(broker)};
    auto made =
        asio::co_spawn(pool, session.sqs().create_queue(sluice::sqs::create_queue_request{"orders"}), asio::use_future);
    made.get();

    sluice::sqs::writer orders{session, "orders"}; // shared by all coroutines on all threads
    std::vector<std::future<sluice::receipt>> sent;
    for (int i = 0; i < 100; ++i) sent.push_back(asio::co_spawn(pool, orders.write("an order"), asio::use_future));
    for (auto& one : sent) one.get(); // on a thread that does not run the executor
    // [/threads]
    expect(orders.statistics().accepted == 100, "all were accepted");
    broker.stop();
    pool.stop();
    pool.join();
}

} // namespace

int main() {
    const int status = on_a_broker(all);
    several_threads();
    if (status == 0) std::cout << "all as documented\n";
    return status;
}
