// Messages per second and CPU time per message of the writers, against a service that accepts everything in a process
// of its own.
#include "canned_service.hpp"

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdio>

namespace asio = boost::asio;

namespace {

constexpr int messages = 200'000;
constexpr int coroutines = 500;
constexpr std::size_t body_bytes = 200;

template<class Writer>
asio::awaitable<void> write_many(Writer& writer, const sluice::message& content, int& left) {
    while (left > 0) {
        --left;
        sluice::message one = content;
        co_await writer.write(std::move(one));
    }
}

template<class Writer>
bool measure(const char* what, const std::string& destination, const sluice::message& content) {
    bench::canned_service service;
    asio::io_context context{1};
    const sluice::session session = service.session(context.get_executor());
    const std::string to = destination.starts_with("arn:") ? destination : service.queue(destination);
    Writer writer(session, to);
    int left = messages;
    const auto started = std::chrono::steady_clock::now();
    const double cpu_before = bench::cpu_seconds_of_this_thread();
    for (int i = 0; i < coroutines; ++i) {
        asio::co_spawn(context, write_many(writer, content, left), asio::detached);
    }
    context.run();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    const double cpu = bench::cpu_seconds_of_this_thread() - cpu_before;
    const auto seen = writer.statistics();
    std::printf("%-44s %7.0f messages/s, %5.2f us CPU a message (service: %.2f), %5.2f a request, %zu failed\n", what,
                static_cast<double>(seen.accepted) / seconds, 1e6 * cpu / messages, 1e6 * service.stop() / messages,
                seen.entries_per_request(), seen.failed);
    return seen.accepted == messages;
}

} // namespace

int main() {
    const sluice::message plain{std::string(body_bytes, 'x')};
    sluice::message rich = plain;
    rich.attribute("tenant", "customer-7").attribute("attempt", sluice::attribute_value::number(1));
    rich.attribute("trace", sluice::attribute_value::binary(std::string(16, '\0')));
    const std::string topic = "arn:aws:sns:us-east-1:000000000000:bench";
    bool good = measure<sluice::sqs::writer>("sqs::writer, 200 B:", "bench", plain);
    good = measure<sluice::sqs::writer>("sqs::writer, 200 B and three attributes:", "bench", rich) && good;
    good = measure<sluice::sns::writer>("sns::writer, 200 B:", topic, plain) && good;
    return good ? 0 : 1;
}
