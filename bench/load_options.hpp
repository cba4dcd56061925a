// The command line that all load benchmarks share.
#pragma once

#include <cstddef>
#include <string>

namespace bench {

struct load_options {
    std::string endpoint; ///< empty: `canned_server`, started for the run
    /// It answers with replies that were made before: nothing is created there, and queues are named after the body's
    /// size.
    bool canned = false;
    bool in_process = false; ///< no service and no sockets: replies come from memory (the writers only)
    std::size_t messages = 200'000;
    std::size_t in_flight = 16; ///< requests of ten messages at once
    std::size_t writers = 0;    ///< coroutines that write; 0: as many as fill the requests and the batches behind them
    int linger = -1;            ///< milliseconds; -1: the writer's own
    std::size_t body = 200;     ///< bytes
    std::size_t threads = 1;
    std::size_t destinations = 1;
    std::size_t attributes = 0; ///< of each message, 0 to 10
    bool json = false;          ///< one line of JSON for the next program, not one for people
};

/// Ends the program after `--help` and for what cannot be.
load_options read_options(int count, char** arguments, const char* what_it_does);

} // namespace bench
