// Pieces of the documentation about threads, lifetimes, completion tokens and cancellation; the program runs them all
// and checks what they claim.
#include "on_a_broker.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

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
    asio::cancellation_signal stop;
    sluice::errc seen{};
    auto ended = [&seen](const std::exception_ptr& failure, const sluice::receipt&) {
        try {
            if (failure) std::rethrow_exception(failure);
        } catch (const sluice::error& thrown) {
            seen = thrown.info().code;
        }
    };
    asio::co_spawn(executor, orders.write("never sent"), asio::bind_cancellation_slot(stop.slot(), ended));
    asio::post(executor, [&stop] { stop.emit(asio::cancellation_type::terminal); });
    // [/cancel]
    while (seen == sluice::errc{}) co_await asio::post(executor, asio::use_awaitable);
    expect(seen == errc::cancelled, "its batch had not left");
}

asio::awaitable<void> deadline(sluice::session session) {
    sluice::sqs::reader orders{session, "orders"};
    co_await orders.read_batch(10, 1s);
    const auto executor = co_await asio::this_coro::executor;
    // [deadline]
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer limit{executor, 50ms};
    auto either = orders.read() || limit.async_wait(asio::use_awaitable);
    auto first = co_await std::move(either);
    const bool timed_out = first.index() == 1; // the read was cancelled: a message that comes now goes to the next read
    // [/deadline]
    expect(timed_out, "nothing came within 50 ms");
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
