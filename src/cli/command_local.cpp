#include "cli/commands.hpp"

#include <sluice/local/broker.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

struct settings {
    std::uint16_t port = 4566;
    std::string address = "127.0.0.1";
    std::string region = "us-east-1";
    std::vector<std::string> keys;
    bool no_verify = false;
};

std::vector<local::access_key> parse_keys(const std::vector<std::string>& texts) {
    std::vector<local::access_key> keys;
    for (const std::string& text : texts) {
        const auto colon = text.find(':');
        if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
            throw CLI::ValidationError("--key", "\"" + text + "\" is not ID:SECRET");
        }
        keys.push_back({text.substr(0, colon), text.substr(colon + 1), ""});
    }
    return keys;
}

int run(const settings& wanted) {
    boost::asio::io_context context;
    local::broker_options options;
    options.port = wanted.port;
    options.address = wanted.address;
    options.region = wanted.region;
    options.verify_signatures = !wanted.no_verify;
    if (!wanted.keys.empty()) options.keys = parse_keys(wanted.keys);
    options.log = [](std::string_view line) { std::cerr << line << std::endl; };
    const local::access_key first = options.keys.front();
    std::unique_ptr<local::broker> broker;
    try {
        broker = std::make_unique<local::broker>(context.get_executor(), options);
    } catch (const boost::system::system_error& failure) {
        std::cerr << "sluice: cannot listen at " << wanted.address << " port " << wanted.port << ": "
                  << failure.code().message() << " - choose another --port, or 0 for a free one\n";
        return 1;
    }
    std::cout << "export AWS_ENDPOINT_URL=" << broker->endpoint() << '\n'
              << "export AWS_REGION=" << wanted.region << '\n'
              << "export AWS_ACCESS_KEY_ID=" << first.id << '\n'
              << "export AWS_SECRET_ACCESS_KEY=" << first.secret << std::endl;
    std::cerr << "sluice: listening at " << broker->endpoint() << ", until interrupted; messages live in memory only\n";
    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code&, int) {
        broker->stop();
        context.stop();
    });
    context.run();
    std::size_t left = 0;
    for (const auto& [name, queue] : broker->ledger()) left += queue.visible + queue.in_flight + queue.delayed;
    if (left > 0) std::cerr << "sluice: stopped with " << left << " messages in the queues; they are gone\n";
    return 0;
}

} // namespace

void add_local_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<settings>();
    CLI::App* command =
        program.add_subcommand("local", "Run the embedded broker: SNS and SQS in memory, for development");
    command->add_option("--port", wanted->port, "0 takes a free one")->capture_default_str();
    command->add_option("--address", wanted->address, "Where to listen")->capture_default_str();
    command->add_option("--region", wanted->region, "The region it plays")->capture_default_str();
    command->add_option("--key", wanted->keys, "A key pair to accept, ID:SECRET (default test:test)")
        ->type_name("ID:SECRET");
    command->add_flag("--no-verify", wanted->no_verify, "Do not check signatures");
    command->footer("Example:\n  sluice local --port 4566      # then paste the lines it prints into another terminal");
    command->callback([wanted, &exit_status] { exit_status = run(*wanted); });
}

} // namespace sluice::cli
