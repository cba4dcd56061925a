// Encoding of messages and requests, and decoding of replies, by both protocols.
#include "protocol/md5.hpp"
#include "protocol/message_rules.hpp"
#include "service/encoded_batch.hpp"

#include <sluice/sluice.hpp>

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace {

namespace service = sluice::service;

const std::string queue_url = "https://sqs.us-east-1.amazonaws.com/123456789012/bench";

sluice::message message_of(benchmark::State& state) {
    return sluice::message(std::string(static_cast<std::size_t>(state.range(0)), 'x'));
}

void check(benchmark::State& state) {
    const sluice::message one = message_of(state);
    const sluice::protocol::message_rules rules;
    for (auto _ : state) benchmark::DoNotOptimize(sluice::protocol::check_message(one, rules));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

void md5(benchmark::State& state) {
    const sluice::message one = message_of(state);
    for (auto _ : state) benchmark::DoNotOptimize(sluice::protocol::md5_hex(one.body()));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

void encode(benchmark::State& state, sluice::wire_protocol protocol) {
    const sluice::message one = message_of(state);
    for (auto _ : state) benchmark::DoNotOptimize(service::encode_queue_entry(one, protocol));
    state.SetItemsProcessed(state.iterations());
}

void encode_batch(benchmark::State& state, sluice::wire_protocol protocol) {
    const auto entry = service::encode_queue_entry(message_of(state), protocol);
    const std::vector<const service::encoded_entry*> entries(10, &entry);
    for (auto _ : state) benchmark::DoNotOptimize(service::encode_queue_batch(queue_url, entries, protocol));
    state.SetItemsProcessed(10 * state.iterations());
}

} // namespace

BENCHMARK(check)->Arg(200)->Arg(2'000)->Arg(200'000);
BENCHMARK(md5)->Arg(200)->Arg(2'000)->Arg(200'000);
BENCHMARK_CAPTURE(encode, query, sluice::wire_protocol::query)->Arg(200)->Arg(2'000)->Arg(200'000);
BENCHMARK_CAPTURE(encode, json, sluice::wire_protocol::json)->Arg(200)->Arg(2'000)->Arg(200'000);
BENCHMARK_CAPTURE(encode_batch, query, sluice::wire_protocol::query)->Arg(200)->Arg(2'000);
BENCHMARK_CAPTURE(encode_batch, json, sluice::wire_protocol::json)->Arg(200)->Arg(2'000);
BENCHMARK_MAIN();
