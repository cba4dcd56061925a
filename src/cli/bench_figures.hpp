// What `bench` measured, in numbers. No I/O.
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sluice::cli {

struct latency_figures {
    std::chrono::microseconds p50{0};
    std::chrono::microseconds p99{0};
    std::chrono::microseconds most{0};
};

/// The value that at most that part of the samples lies above (nearest rank); zeros for none.
latency_figures latencies_of(std::vector<std::chrono::microseconds> samples);

struct bench_figures {
    std::string queue;
    std::size_t messages = 0;
    std::size_t bytes = 0; ///< of each body
    std::size_t read = 0;  ///< different ones of ours, each counted once
    std::size_t duplicates = 0;
    std::size_t failed = 0;
    std::chrono::microseconds write_time{0}; ///< until the last one was accepted
    std::chrono::microseconds read_time{0};  ///< until the last one was acknowledged, from the same start
    std::chrono::microseconds cpu{0};        ///< of the thread that writes and reads; not of the embedded broker
    latency_figures write;                   ///< from the call of `write` to its receipt
    latency_figures whole;                   ///< from the call of `write` until it was read
};

nlohmann::json figures_json(const bench_figures& figures);
std::string figures_text(const bench_figures& figures);

} // namespace sluice::cli
