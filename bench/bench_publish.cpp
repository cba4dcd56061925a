// CPU time for each message of `sns::writer`, each call awaited by its own coroutine.
#include "load_options.hpp"
#include "write_load.hpp"

int main(int count, char** arguments) {
    const bench::load_options options = bench::read_options(count, arguments, "sns::writer under load");
    const auto topic = [&options](const std::string& endpoint, std::size_t number) {
        const std::string name = "bench-" + std::to_string(number) + "-" + std::to_string(options.body);
        if (options.canned) return "arn:aws:sns:us-east-1:000000000000:" + name;
        return bench::create_topic(endpoint, name);
    };
    return bench::run_write_load<sluice::sns::writer>("sns::writer", options, topic);
}
