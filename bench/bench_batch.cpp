// The batching rules without coroutines: entries in, batches out, by number of groups and of entries that wait.
#include "stream/batch_assembler.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace {

using assembler = sluice::stream::batch_assembler<int>;

sluice::stream::batch_limits limits_of_queue() {
    sluice::stream::batch_limits limits;
    limits.bytes = std::size_t(1) << 20;
    return limits;
}

/// `range(0)`: entries that wait all the time.
void without_groups(benchmark::State& state) {
    assembler rules(limits_of_queue());
    const assembler::time_point now{};
    for (int i = 0; i < state.range(0); ++i) rules.add(i, 200, {}, now);
    for (auto _ : state) {
        for (int i = 0; i < 10; ++i) rules.add(i, 200, {}, now);
        benchmark::DoNotOptimize(rules.take(now));
        rules.finished();
    }
    state.SetItemsProcessed(10 * state.iterations());
}

/// `range(0)`: message groups, which take turns.
void with_groups(benchmark::State& state) {
    assembler rules(limits_of_queue());
    const assembler::time_point now{};
    std::vector<std::string> names;
    for (int i = 0; i < state.range(0); ++i) names.push_back("customer-" + std::to_string(i));
    std::size_t next = 0;
    const auto add_one = [&] {
        const std::size_t number = next++ % names.size();
        rules.add(static_cast<int>(number), 200, names[number], now);
    };
    for (std::size_t i = 0; i < names.size(); ++i) add_one();
    for (auto _ : state) {
        for (int i = 0; i < 10; ++i) add_one();
        const auto taken = rules.take(now);
        for (const auto& one : taken.entries) rules.settle(names[static_cast<std::size_t>(one.item)]);
        rules.finished();
    }
    state.SetItemsProcessed(10 * state.iterations());
}

} // namespace

BENCHMARK(without_groups)->Arg(0)->Arg(1'000)->Arg(100'000);
BENCHMARK(with_groups)->Arg(10)->Arg(1'000)->Arg(10'000);
BENCHMARK_MAIN();
