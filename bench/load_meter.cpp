#include "load_meter.hpp"

#include "canned_service.hpp"

#include <nlohmann/json.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

/// Each thread counts in a place of its own, so that counting does not make threads wait for each other.
struct alignas(64) counter {
    std::atomic<std::uint64_t> calls{0};
};
std::array<counter, 64> calls_of_new;
std::atomic<std::size_t> threads_seen{0};

std::atomic<std::uint64_t>& calls_of_this_thread() noexcept {
    thread_local const std::size_t mine = threads_seen.fetch_add(1, std::memory_order_relaxed) % calls_of_new.size();
    return calls_of_new[mine].calls;
}

void* counted(std::size_t bytes, std::size_t alignment) {
    calls_of_this_thread().fetch_add(1, std::memory_order_relaxed);
    const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
    void* const memory =
        alignment <= alignof(std::max_align_t) ? std::malloc(rounded) : std::aligned_alloc(alignment, rounded);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

} // namespace

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return counted(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace bench {

std::uint64_t allocations() noexcept {
    std::uint64_t all = 0;
    for (const counter& one : calls_of_new) all += one.calls.load(std::memory_order_relaxed);
    return all;
}

double cpu_seconds_of_this_process() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

load_meter::load_meter(std::size_t messages) : messages_(messages), microseconds_(messages) {}

void load_meter::start() {
    taken_ = 0;
    allocations_ = allocations();
    cpu_ = cpu_seconds_of_this_process();
    began_ = clock::now();
}

void load_meter::took(clock::time_point began) {
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began);
    const std::size_t place = taken_.fetch_add(1, std::memory_order_relaxed);
    if (place < microseconds_.size()) microseconds_[place] = static_cast<std::uint32_t>(time.count());
}

void load_meter::stop() {
    seconds_ = std::chrono::duration<double>(clock::now() - began_).count();
    cpu_ = cpu_seconds_of_this_process() - cpu_;
    allocations_ = allocations() - allocations_;
    microseconds_.resize(std::min(taken_.load(), microseconds_.size()));
    std::ranges::sort(microseconds_);
}

double load_meter::percentile(double share) const {
    if (microseconds_.empty()) return 0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(microseconds_.size() - 1));
    return microseconds_[at] / 1e3;
}

void load_meter::print(const char* client, const load_options& options, std::size_t requests,
                       double service_cpu) const {
    const auto count = static_cast<double>(messages_);
    if (options.json) {
        const nlohmann::json line{
            {"client", client},
            {"messages", messages_},
            {"body", options.body},
            {"in_flight", options.in_flight},
            {"threads", options.threads},
            {"destinations", options.destinations},
            {"seconds", seconds_},
            {"messages_per_second", count / seconds_},
            {"cpu_us_per_message", 1e6 * cpu_ / count},
            {"service_cpu_us_per_message", 1e6 * service_cpu / count},
            {"allocations_per_message", static_cast<double>(allocations_) / count},
            {"requests", requests},
            {"p50_ms", percentile(0.5)},
            {"p99_ms", percentile(0.99)},
            {"p999_ms", percentile(0.999)},
            {"peak_rss_mib", peak_mib()},
        };
        std::printf("%s\n", line.dump().c_str());
        return;
    }
    std::printf("%-14s %zu B, %zu requests in flight, %zu thread(s), %zu destination(s)\n", client, options.body,
                options.in_flight, options.threads, options.destinations);
    std::printf("  %.0f messages/s; CPU of the client %.2f us a message, %.1f allocations", count / seconds_,
                1e6 * cpu_ / count, static_cast<double>(allocations_) / count);
    if (requests > 0) std::printf(", %.2f messages a request", count / static_cast<double>(requests));
    if (service_cpu > 0) std::printf("; CPU of the service %.2f us", 1e6 * service_cpu / count);
    std::printf("\n  ");
    if (!microseconds_.empty()) {
        std::printf("p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms; ", percentile(0.5), percentile(0.99), percentile(0.999));
    }
    std::printf("peak RSS %.0f MiB\n", peak_mib());
}

} // namespace bench
