// SigV4: signatures for each second of one core, next to the hash of the body alone, which no signer can do without.
#include <sigv4/authorization.hpp>
#include <sigv4/signer.hpp>

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace {

const sigv4::credentials keys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const std::chrono::system_clock::time_point now{std::chrono::seconds(1'700'000'000)};

/// A request as the writers send it; `headers` and `body` must outlive it.
sigv4::request_view request_of(const std::vector<sigv4::header>& headers, const std::string& body) {
    sigv4::request_view request;
    request.method = "POST";
    request.path = "/";
    request.headers = headers;
    request.payload = body;
    return request;
}

std::vector<sigv4::header> usual_headers() {
    return {{"host", "sqs.us-east-1.amazonaws.com"}, {"Content-Type", "application/x-www-form-urlencoded"}};
}

void hash(benchmark::State& state) {
    const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
    for (auto _ : state) benchmark::DoNotOptimize(sigv4::sha256_hex(body));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

void sign(benchmark::State& state) {
    const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
    const auto headers = usual_headers();
    const auto request = request_of(headers, body);
    const sigv4::signer signer("us-east-1", "sqs");
    for (auto _ : state) benchmark::DoNotOptimize(signer.sign(request, keys, now));
    state.SetItemsProcessed(state.iterations());
}

void check(benchmark::State& state) {
    const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
    auto headers = usual_headers();
    const sigv4::signer signer("us-east-1", "sqs");
    const auto added = signer.sign(request_of(headers, body), keys, now);
    headers.push_back({"x-amz-date", added.x_amz_date});
    const auto request = request_of(headers, body);
    const sigv4::signature_checker checker;
    for (auto _ : state) {
        const auto claimed = sigv4::parse_authorization(added.authorization);
        const auto expected = checker.expected_signature(*claimed, request, added.x_amz_date, keys.secret_access_key);
        if (!sigv4::equal_in_constant_time(expected, claimed->signature)) state.SkipWithError("another signature");
    }
    state.SetItemsProcessed(state.iterations());
}

} // namespace

BENCHMARK(hash)->Arg(300)->Arg(3'000)->Arg(30'000);
BENCHMARK(sign)->Arg(300)->Arg(3'000)->Arg(30'000);
BENCHMARK(check)->Arg(3'000);
BENCHMARK_MAIN();
