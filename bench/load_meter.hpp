// What a load costs its client: time, CPU, allocations and how long each message took.
#pragma once

#include "load_options.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// Calls of `operator new` in this program, of all threads.
std::uint64_t allocations() noexcept;
/// User and system time of this process, all threads.
double cpu_seconds_of_this_process();

class load_meter {
  public:
    using clock = std::chrono::steady_clock;

    explicit load_meter(std::size_t messages);

    /// The warm-up is over: what is counted begins here.
    void start();
    /// From any thread: a message took from `began` until now. Only counted ones are kept.
    void took(clock::time_point began);
    /// The last counted message has ended.
    void stop();

    /// For people, or as one line of JSON: `requests` of the counted part or, 0, unknown; `service_cpu` in seconds, or
    /// 0.
    void print(const char* client, const load_options& options, std::size_t requests, double service_cpu) const;

  private:
    [[nodiscard]] double percentile(double share) const;

    std::size_t messages_;
    std::vector<std::uint32_t> microseconds_;
    std::atomic<std::size_t> taken_{0}; ///< of them
    clock::time_point began_;
    double seconds_ = 0;
    double cpu_ = 0;
    std::uint64_t allocations_ = 0;
};

} // namespace bench
