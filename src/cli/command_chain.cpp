#include "cli/commands.hpp"
#include "cli/run_command.hpp"
#include "cli/session_settings.hpp"

#include <sluice/chain.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/this_coro.hpp>

#include <iostream>
#include <map>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

struct settings {
    session_settings session;
    std::string topic;
    std::vector<std::string> queues;
    std::vector<std::string> filters;
    bool envelope = false;
};

chain definition_of(const settings& wanted) {
    std::map<std::string, std::string> filters;
    for (const std::string& text : wanted.filters) {
        const auto equals = text.find('=');
        if (equals == std::string::npos) {
            throw error(error_info(errc::invalid_argument, "--filter \"" + text + "\" is not QUEUE=JSON"));
        }
        filters[text.substr(0, equals)] = text.substr(equals + 1);
    }
    chain definition(wanted.topic);
    for (const std::string& name : wanted.queues) {
        chain_queue queue(name);
        queue.raw_delivery = !wanted.envelope;
        if (const auto filter = filters.extract(name)) queue.filter_policy = filter.mapped();
        definition.queue(std::move(queue));
    }
    if (!filters.empty()) {
        throw error(error_info(errc::invalid_argument,
                               "--filter names \"" + filters.begin()->first + "\", which is none of the queues"));
    }
    return definition;
}

boost::asio::awaitable<int> run(std::shared_ptr<settings> wanted) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const session session(executor, wanted->session.options());
    const chain definition = definition_of(*wanted);
    const chain_links links = co_await definition.ensure(session);
    std::cout << "topic\t" << links.topic_arn << '\n';
    for (const auto& link : links.queues) {
        std::cout << "queue\t" << link.queue_url << '\t' << link.queue_arn << '\t' << link.subscription_arn << '\n';
    }
    co_return std::cout.flush() ? 0 : 1;
}

} // namespace

void add_chain_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<settings>();
    CLI::App* command =
        program.add_subcommand("chain", "Create a topic and queues that it delivers to; safe to repeat");
    command->add_option("topic", wanted->topic, "Name of the topic")->required();
    command->add_option("queues", wanted->queues, "Names of the queues")->required();
    command
        ->add_option("--filter", wanted->filters, "Only messages with these attributes: QUEUE={\"country\":[\"DE\"]}")
        ->type_name("QUEUE=JSON");
    command->add_flag("--envelope", wanted->envelope, "Deliver in SNS's JSON envelope instead of raw");
    wanted->session.add_to(*command);
    command->footer(
        "Example:\n  sluice chain orders billing shipping --filter 'shipping={\"country\":[\"DE\",\"FR\"]}'");
    command->callback([wanted, &exit_status] {
        boost::asio::io_context context;
        exit_status = run_command(context, run(wanted));
    });
}

} // namespace sluice::cli
