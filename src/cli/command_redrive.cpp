#include "cli/commands.hpp"
#include "cli/named_resources.hpp"
#include "cli/output_settings.hpp"
#include "cli/queue_report.hpp"
#include "cli/redrive_run.hpp"
#include "cli/run_command.hpp"
#include "cli/session_settings.hpp"
#include "cli/stop_signals.hpp"
#include "cli/terminal_text.hpp"
#include "protocol/arn.hpp"

#include <sluice/sqs/client.hpp>

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

using boost::asio::awaitable;

struct redrive_settings {
    session_settings session;
    output_settings output;
    std::string from;
    std::string to;
    std::vector<std::string> filters;
    std::size_t max = 0;
    double rate = 0;
    bool dry_run = false;
};

[[noreturn]] void refuse(const std::string& why) { throw error(error_info(errc::invalid_argument, why)); }

/// The one queue whose dead letters go there.
awaitable<std::string> source_of(session session, queue_report dead) {
    const sqs::client client = session.sqs();
    std::vector<std::string> sources;
    auto pages = client.dead_letter_source_queue_pages(sqs::list_dead_letter_source_queues_request(dead.url));
    while (true) {
        const auto page = co_await pages.next();
        if (!page) break;
        sources.insert(sources.end(), page->queue_urls.begin(), page->queue_urls.end());
    }
    if (sources.size() == 1) co_return sources.front();
    if (sources.empty()) refuse(dead.name + " is the dead-letter queue of no queue - say where to with --to QUEUE");
    std::string names;
    for (const std::string& one : sources) {
        names += (names.empty() ? "" : ", ") + std::string(protocol::destination_name(one));
    }
    refuse(dead.name + " is the dead-letter queue of " + std::to_string(sources.size()) + " queues (" + names +
           "), and a message does not say which it came from - say where to with --to QUEUE");
}

bool show(const redrive_settings& wanted, const queue_report& from, const queue_report& to,
          const redrive_result& result) {
    if (wanted.output.json()) {
        return print(nlohmann::json{{"from", from.url},
                                    {"to", to.url},
                                    {"dry_run", wanted.dry_run},
                                    {"moved", result.moved},
                                    {"left", result.left},
                                    {"failed", result.failed},
                                    {"not_deleted", result.not_deleted},
                                    {"complete", result.complete},
                                    {"why_not_complete", result.why_not}});
    }
    std::string text = escaped(from.name) + " -> " + escaped(to.name) + ": " + grouped(result.moved) +
                       (wanted.dry_run ? " would be moved, " : " moved, ") + grouped(result.left) + " left, " +
                       grouped(result.failed) + " failed\n";
    if (result.not_deleted > 0) text += grouped(result.not_deleted) + " of those moved are in both queues\n";
    return print(text);
}

awaitable<int> run(session session, std::shared_ptr<redrive_settings> wanted) {
    redrive_order order;
    for (const std::string& condition : wanted->filters) order.filter.add(condition);
    order.max = wanted->max;
    order.rate = wanted->rate;
    order.dry_run = wanted->dry_run;
    const queue_report from = co_await queue_report_of(session, wanted->from);
    order.from = from.url;
    std::string target = wanted->to;
    if (target.empty()) {
        std::string source = co_await source_of(session, from);
        target = std::move(source);
    }
    const queue_report to = co_await queue_report_of(session, std::move(target));
    order.to = to.url;
    if (from.arn == to.arn) refuse("--to \"" + wanted->to + "\" is the queue that the messages are in");
    if (from.fifo != to.fifo) {
        refuse(std::string(from.fifo ? "a FIFO queue" : "a standard queue") + " cannot be redriven to " +
               (to.fifo ? "a FIFO queue" : "a standard queue") + ": " + from.name + " to " + to.name);
    }
    if (!from.dead_letter_arn.empty()) {
        std::cerr << "sluice: " << escaped(from.name)
                  << " has a dead-letter queue itself: each message that stays is received, and "
                  << "goes there after " << from.max_receive_count.value_or(0) << " receives\n";
    }
    const auto running = std::make_shared<redrive_run>(session, std::move(order));
    const stop_signals signals(session.get_executor(), [running] { running->stop("interrupted"); });
    const redrive_result result = co_await running->run();
    const bool printed = show(*wanted, from, to, result);
    if (!result.complete) {
        std::cerr << "sluice: not all of " << escaped(from.name) << " was looked at: " << result.why_not << '\n';
    }
    co_return printed&& result.complete&& result.failed == 0 && result.not_deleted == 0 ? 0 : 1;
}

/// Not a number is not in a range either.
std::string wrong_rate(const std::string& text) {
    double rate = 0;
    const bool good = CLI::detail::lexical_cast(text, rate) && rate >= 0.001 && rate <= 1e6;
    return good ? std::string() : "Value " + text + " not in range 0.001 to 1000000";
}

} // namespace

void add_redrive_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<redrive_settings>();
    CLI::App* command =
        program.add_subcommand("redrive", "Move messages of a dead-letter queue back to where they came from");
    command->add_option("queue", wanted->from, "The dead-letter queue: URL, ARN or name")->required();
    command->add_option("--to", wanted->to, "Where to; without it the one queue whose dead letters go there")
        ->type_name("QUEUE");
    command
        ->add_option(
            "--filter", wanted->filters,
            "Only messages with this attribute, or with body~TEXT whose body contains it; several: all of them")
        ->type_name("NAME=VALUE");
    command->add_flag("--dry-run", wanted->dry_run, "Say how many would be moved");
    command->add_option("--max", wanted->max, "Move so many messages at most")
        ->check(CLI::Range(std::size_t(1), most_counted));
    command->add_option("--rate", wanted->rate, "Move so many messages a second at most")->check(wrong_rate);
    wanted->output.add_format_to(*command);
    wanted->session.add_to(*command);
    command->footer(
        "A message is deleted after it was written: killed in the middle nothing is lost, and a message may be there\n"
        "twice. Body, attributes and group stay. In a FIFO queue it gets a new deduplication id, as with its own one "
        "the\n"
        "queue might take it for a repetition and drop it.\n"
        "Those that stay are hidden from others until the end. One that dies again meanwhile is left. Of a FIFO "
        "queue,\n"
        "what is in a message group behind one that stays, stays too. Exit status 0: all that match were moved.\n"
        "Examples:\n"
        "  sluice redrive orders-dlq --filter country=DE --filter 'body~\"express\":true' --dry-run\n"
        "  sluice redrive orders-dlq --rate 50");
    command->callback([wanted, &exit_status] {
        boost::asio::io_context context;
        const session session(context.get_executor(), wanted->session.options());
        exit_status = run_command(context, run(session, wanted));
    });
}

} // namespace sluice::cli
