// Runs the coroutine of a command and turns what it throws into the program's exit status.
#pragma once

#include "cli/error_advice.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>

namespace sluice::cli {

/// The coroutine's result, or 1 with one line on stderr.
inline int run_command(boost::asio::io_context& context, boost::asio::awaitable<int> command) {
    int status = 1;
    boost::asio::co_spawn(context, std::move(command), [&](std::exception_ptr failure, int result) {
        status = result;
        if (!failure) return;
        status = 1;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& thrown) {
            std::cerr << "sluice: " << advice_for(thrown) << '\n';
        }
        context.stop();
    });
    context.run();
    return status;
}

} // namespace sluice::cli
