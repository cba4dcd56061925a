#include "cli/commands.hpp"
#include "cli/named_resources.hpp"
#include "cli/output_settings.hpp"
#include "cli/progress.hpp"
#include "cli/queue_report.hpp"
#include "cli/run_command.hpp"
#include "cli/session_settings.hpp"
#include "cli/terminal_text.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sqs/client.hpp>

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <string>

#include <unistd.h>

namespace sluice::cli {
namespace {

using boost::asio::awaitable;

struct purge_settings {
    session_settings session;
    output_settings output;
    std::string queue;
    bool yes = false;
};

std::string count_text(const std::optional<std::int64_t>& number) {
    return number ? grouped(static_cast<std::size_t>(*number)) : "an unknown number";
}

/// Asks on the terminal for the queue's name.
bool confirmed(const queue_report& queue, const std::string& region) {
    std::cerr << "This deletes all messages of the queue " << escaped(queue.name) << " in " << region
              << " for good: about " << count_text(queue.available) << " available, " << count_text(queue.in_flight)
              << " in flight, " << count_text(queue.delayed) << " delayed.\n"
              << escaped(queue.url) << "\nType the queue's name to go on: " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    const auto begin = answer.find_first_not_of(" \t\r");
    const auto end = answer.find_last_not_of(" \t\r");
    return begin != std::string::npos && answer.substr(begin, end - begin + 1) == queue.name;
}

awaitable<int> run(session session, std::shared_ptr<purge_settings> wanted) {
    const sqs::client client = session.sqs();
    const queue_report queue = co_await queue_report_of(session, wanted->queue);
    if (!wanted->yes && !confirmed(queue, session.region())) {
        std::cerr << "sluice: nothing was deleted: the name was not typed\n";
        co_return 1;
    }
    auto purging = client.purge_queue(sqs::purge_queue_request(queue.url));
    const auto purged = co_await as_result(std::move(purging));
    if (!purged) {
        const bool too_soon = purged.error().service_code.ends_with("PurgeQueueInProgress");
        if (!too_soon) throw error(purged.error());
        std::cerr << "sluice: nothing was deleted: " << escaped(queue.name)
                  << " was purged less than 60 s ago, and SQS allows one purge in 60 s - try again in a minute\n";
        co_return 1;
    }
    if (wanted->output.json()) {
        nlohmann::json line = report_json(queue);
        line["purged"] = true;
        co_return print(line) ? 0 : 1;
    }
    co_return print("purged " + escaped(queue.name) + ": about " + count_text(queue.available) + " available, " +
                    count_text(queue.in_flight) + " in flight, " + count_text(queue.delayed) +
                    " delayed; SQS takes up to 60 s\n")
        ? 0
        : 1;
}

} // namespace

void add_purge_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<purge_settings>();
    CLI::App* command = program.add_subcommand("purge", "Delete all messages of a queue; asks first");
    command->add_option("queue", wanted->queue, "Queue URL, ARN or name")->required();
    command->add_flag("--yes", wanted->yes, "Do not ask; needed where there is no terminal to ask on");
    wanted->output.add_format_to(*command);
    wanted->session.add_to(*command);
    command->footer(
        "SQS allows one purge of a queue in 60 s, and takes up to 60 s for it: what is sent meanwhile may be\n"
        "deleted too. Exit status 1 when the answer was not the queue's name.\n"
        "Example:\n  sluice purge orders-dlq");
    command->callback([wanted, &exit_status] {
        if (!wanted->yes && (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1)) {
            std::cerr << "sluice: there is no terminal to ask on - say --yes to delete all messages of "
                      << escaped(wanted->queue) << '\n';
            exit_status = 2;
            return;
        }
        boost::asio::io_context context;
        const session session(context.get_executor(), wanted->session.options());
        exit_status = run_command(context, run(session, wanted));
    });
}

} // namespace sluice::cli
