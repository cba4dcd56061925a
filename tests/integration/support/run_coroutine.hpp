// Runs one coroutine to its end, with a bound on the time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

namespace integration {

/// `make` is called with nothing and returns the awaitable. Rethrows what it throws; a coroutine that is not done after
/// `limit` is a failure of the test, not a hang.
template<class Make>
void run_coroutine(boost::asio::io_context& context, Make make, std::chrono::seconds limit = std::chrono::seconds(90)) {
    std::exception_ptr failure;
    bool done = false;
    boost::asio::co_spawn(context, make(), [&failure, &done](std::exception_ptr thrown) {
        failure = thrown;
        done = true;
    });
    context.restart();
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!done && std::chrono::steady_clock::now() < deadline) {
        const auto handlers = context.run_one_until(deadline);
        if (handlers == 0 && !done) break;
    }
    if (failure) std::rethrow_exception(failure);
    if (!done) throw std::runtime_error("the coroutine was not done after " + std::to_string(limit.count()) + " s");
}

} // namespace integration
