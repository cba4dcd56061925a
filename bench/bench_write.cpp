// CPU time for each message of `sqs::writer`, each call awaited by its own coroutine.
#include "load_options.hpp"
#include "write_load.hpp"

int main(int count, char** arguments) {
    const bench::load_options options = bench::read_options(count, arguments, "sqs::writer under load");
    const auto queue = [&options](const std::string& endpoint, std::size_t number) {
        const std::string name = "bench-" + std::to_string(number) + "-" + std::to_string(options.body);
        if (options.canned) return endpoint + "/000000000000/" + name;
        return bench::create_queue(endpoint, name);
    };
    return bench::run_write_load<sluice::sqs::writer>("sqs::writer", options, queue);
}
