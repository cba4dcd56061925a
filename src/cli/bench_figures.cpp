#include "cli/bench_figures.hpp"

#include "cli/progress.hpp"
#include "cli/styles.hpp"
#include "cli/table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sluice::cli {
namespace {

using std::chrono::microseconds;

std::string milliseconds_text(microseconds time) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.2f ms", static_cast<double>(time.count()) / 1000);
    return text;
}

double cpu_per_message(const bench_figures& figures) {
    return figures.read == 0 ? 0 : static_cast<double>(figures.cpu.count()) / static_cast<double>(figures.read);
}

nlohmann::json latency_json(const latency_figures& of) {
    return {{"p50_us", of.p50.count()}, {"p99_us", of.p99.count()}, {"max_us", of.most.count()}};
}

} // namespace

latency_figures latencies_of(std::vector<microseconds> samples) {
    latency_figures figures;
    if (samples.empty()) return figures;
    std::ranges::sort(samples);
    const auto at = [&](double part) {
        const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(samples.size())));
        return samples[std::max<std::size_t>(rank, 1) - 1];
    };
    figures.p50 = at(0.50);
    figures.p99 = at(0.99);
    figures.most = samples.back();
    return figures;
}

nlohmann::json figures_json(const bench_figures& figures) {
    return {{"queue", figures.queue},
            {"messages", figures.messages},
            {"bytes", figures.bytes},
            {"read", figures.read},
            {"duplicates", figures.duplicates},
            {"failed", figures.failed},
            {"written_per_second",
             per_second(figures.messages - std::min(figures.failed, figures.messages), figures.write_time)},
            {"read_per_second", per_second(figures.read, figures.read_time)},
            {"cpu_us_per_message", std::round(cpu_per_message(figures) * 10) / 10},
            {"write_latency", latency_json(figures.write)},
            {"end_to_end_latency", latency_json(figures.whole)}};
}

std::string figures_text(const bench_figures& figures) {
    char cpu[32];
    std::snprintf(cpu, sizeof(cpu), "%.1f", cpu_per_message(figures));
    const std::size_t written = figures.messages - std::min(figures.failed, figures.messages);
    table rates({table::column(""), table::column("messages/s", table::align::right),
                 table::column("p50", table::align::right), table::column("p99", table::align::right),
                 table::column("max", table::align::right)});
    rates.add({"written", grouped(per_second(written, figures.write_time)), milliseconds_text(figures.write.p50),
               milliseconds_text(figures.write.p99), milliseconds_text(figures.write.most)});
    rates.add({"read and acknowledged", grouped(per_second(figures.read, figures.read_time)),
               milliseconds_text(figures.whole.p50), milliseconds_text(figures.whole.p99),
               milliseconds_text(figures.whole.most)});
    return figures.queue + ": " + grouped(figures.messages) + " messages of " + grouped(figures.bytes) + " bytes, " +
           grouped(figures.read) + " read, " + grouped(figures.duplicates) + " twice, " + grouped(figures.failed) +
           " failed; " + cpu + " us of CPU for each\n\n" + rates.text(0, styles()) +
           "\nwritten: from the call to the receipt; read: from the call of write until it was read\n";
}

} // namespace sluice::cli
