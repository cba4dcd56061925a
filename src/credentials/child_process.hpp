// Runs a program to its end without a shell, without a signal handler and without blocking a thread.
#pragma once

#include "credentials/secret.hpp"

#include <sluice/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace sluice {

struct process_outcome {
    process_outcome() = default;

    secret_text output; ///< what it wrote to its standard output
    std::string ending; ///< in words; empty: it ended with status 0
};

/// `words` are the program, looked for in PATH, and its arguments. Its standard input is empty, its standard error
/// ours; it inherits no other descriptor. It is in a process group of its own, which is killed after `timeout`, when it
/// writes more than 64 KiB, and when the caller is cancelled. Fails with `errc::credentials` that names the program,
/// never its arguments or its output.
boost::asio::awaitable<result<process_outcome>>
run_process(boost::asio::any_io_executor executor, std::vector<std::string> words, std::chrono::milliseconds timeout);

} // namespace sluice
