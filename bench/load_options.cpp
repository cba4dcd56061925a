#include "load_options.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace bench {

load_options read_options(int count, char** arguments, const char* what_it_does) {
    load_options options;
    CLI::App app(what_it_does);
    app.add_option("--endpoint", options.endpoint,
                   "URL of a service; without it one that accepts everything is started");
    app.add_flag("--canned", options.canned, "the endpoint has canned replies: nothing is created there");
    app.add_flag("--in-process", options.in_process, "replies come from memory (the writers only)");
    app.add_option("--messages", options.messages, "counted messages; a tenth of that goes before")
        ->check(CLI::Range(std::size_t(100), std::size_t(1'000'000'000)))
        ->capture_default_str();
    app.add_option("--in-flight", options.in_flight, "requests of ten messages at once")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    app.add_option("--writers", options.writers, "coroutines that write; 0: 20 for each request in flight")
        ->check(CLI::Range(0, 1'000'000))
        ->capture_default_str();
    app.add_option("--linger", options.linger, "milliseconds that a batch waits to be filled; -1: the writer's own")
        ->check(CLI::Range(-1, 60'000))
        ->capture_default_str();
    app.add_option("--body", options.body, "bytes of a message's body")
        ->check(CLI::Range(1, 1 << 18))
        ->capture_default_str();
    app.add_option("--threads", options.threads, "threads of the client")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    app.add_option("--destinations", options.destinations, "queues or topics that the messages take turns at")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--attributes", options.attributes, "attributes of each message")
        ->check(CLI::Range(0, 10))
        ->capture_default_str();
    app.add_flag("--json", options.json, "prints one line of JSON");
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& why) {
        std::exit(app.exit(why));
    }
    if (options.in_process) options.endpoint = "http://127.0.0.1:9"; // nobody is asked
    if (options.endpoint.empty() || options.in_process) options.canned = true;
    return options;
}

} // namespace bench
