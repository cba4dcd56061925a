#include "cli/commands.hpp"
#include "cli/output_settings.hpp"
#include "cli/run_command.hpp"
#include "cli/session_settings.hpp"

#include <sluice/chain.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/this_coro.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

using boost::asio::awaitable;

// The short form: a topic and the names of its queues.

struct short_form {
    session_settings session;
    output_settings output;
    std::string topic;
    std::vector<std::string> queues;
    std::vector<std::string> filters;
    bool envelope = false;
};

/// `text` is LEFT=RIGHT.
std::pair<std::string, std::string> split_pair(const std::string& text, const char* option, const char* form) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
        throw error(error_info(errc::invalid_argument, std::string(option) + " \"" + text + "\" is not " + form));
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

chain definition_of(const short_form& wanted) {
    std::map<std::string, std::string> filters;
    for (const std::string& text : wanted.filters) filters.insert(split_pair(text, "--filter", "QUEUE=JSON"));
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

void print_links(const chain_links& links, bool json) {
    if (json) {
        if (!links.topic_arn.empty()) print(nlohmann::json{{"kind", "topic"}, {"arn", links.topic_arn}});
        for (const auto& link : links.queues) {
            print(nlohmann::json{{"kind", "queue"},
                                 {"url", link.queue_url},
                                 {"arn", link.queue_arn},
                                 {"subscription_arn", link.subscription_arn}});
        }
        return;
    }
    if (!links.topic_arn.empty()) std::cout << "topic\t" << links.topic_arn << '\n';
    for (const auto& link : links.queues) {
        std::cout << "queue\t" << link.queue_url << '\t' << link.queue_arn << '\t' << link.subscription_arn << '\n';
    }
}

awaitable<int> run_short(std::shared_ptr<short_form> wanted) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const session session(executor, wanted->session.options());
    chain definition = definition_of(*wanted);
    const auto report = co_await ensure(session, std::move(definition));
    print_links(report, wanted->output.json());
    co_return std::cout.flush() ? 0 : 1;
}

// The long form: a file.

enum class task { apply, plan, check, remove };

struct file_form {
    task what = task::apply;
    session_settings session;
    output_settings output;
    std::string file;
    bool unsubscribe_others = false; ///< apply, plan
    bool even_in_use = false;        ///< remove
    bool dry_run = false;            ///< remove
    std::string message;             ///< check; empty: no sample unless there are attributes
    std::vector<std::string> attributes;
    std::string group;
};

chain read_definition(const std::string& name) {
    std::string text;
    if (name == "-") {
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
        std::ifstream file(name, std::ios::binary);
        if (!file) throw error(error_info(errc::invalid_argument, "the file \"" + name + "\" cannot be read"));
        text.assign(std::istreambuf_iterator<char>(file), {});
    }
    return chain::from_json(text);
}

void print_steps(const std::vector<chain_step>& steps, bool planned, bool json) {
    for (const chain_step& step : steps) {
        if (json) {
            print(nlohmann::json{{"kind", "step"},
                                 {"action", done(step.action)},
                                 {"planned", planned},
                                 {"resource", step.resource},
                                 {"detail", step.detail}});
            continue;
        }
        const bool left = step.action == chain_action::leave;
        std::cout << (planned && !left ? "would be " : "") << done(step.action) << '\t' << step.resource;
        if (!step.detail.empty()) std::cout << '\t' << step.detail;
        std::cout << '\n';
    }
}

std::optional<message> sample_of(const file_form& wanted) {
    if (wanted.message.empty() && wanted.attributes.empty()) return std::nullopt;
    message sample(wanted.message.empty() ? "sample" : wanted.message);
    for (const std::string& text : wanted.attributes) {
        auto [name, value] = split_pair(text, "--attribute", "NAME=VALUE");
        sample.attribute(std::move(name), std::move(value));
    }
    if (!wanted.group.empty()) sample.group(wanted.group);
    return sample;
}

awaitable<int> run_check(session session, chain definition, std::optional<message> sample, bool json) {
    auto checking = check(session, std::move(definition), std::move(sample));
    const auto findings = co_await std::move(checking);
    for (const chain_finding& one : findings) {
        if (json) {
            print(nlohmann::json{{"kind", "finding"},
                                 {"certain", one.certain},
                                 {"fault", name_of(one.fault)},
                                 {"resource", one.resource},
                                 {"text", one.text}});
            continue;
        }
        std::cout << (one.certain ? "fault" : "perhaps") << '\t' << name_of(one.fault) << '\t' << one.resource << '\t'
                  << one.text << '\n';
    }
    const bool faulty = std::ranges::any_of(findings, &chain_finding::certain);
    if (findings.empty()) std::cerr << "sluice: nothing was found that keeps messages from arriving\n";
    co_return std::cout.flush() && !faulty ? 0 : 1;
}

awaitable<int> run_remove(session session, chain definition, remove_options options, bool dry_run, bool json) {
    if (dry_run) {
        auto planning = plan_removal(session, std::move(definition), options);
        const auto steps = co_await std::move(planning);
        print_steps(steps, true, json);
    } else {
        auto removing = remove(session, std::move(definition), options);
        const auto report = co_await std::move(removing);
        print_steps(report.steps, false, json);
    }
    co_return std::cout.flush() ? 0 : 1;
}

awaitable<int> run_apply(session session, chain definition, ensure_options options, bool dry_run, bool json) {
    if (dry_run) {
        auto planning = plan(session, std::move(definition), options);
        const auto steps = co_await std::move(planning);
        print_steps(steps, true, json);
    } else {
        auto ensuring = ensure(session, std::move(definition), options);
        const auto report = co_await std::move(ensuring);
        print_steps(report.steps, false, json);
        print_links(report, json);
    }
    co_return std::cout.flush() ? 0 : 1;
}

awaitable<int> run_file(std::shared_ptr<file_form> wanted) {
    const auto executor = co_await boost::asio::this_coro::executor;
    chain definition = read_definition(wanted->file);
    const session session(executor, wanted->session.options());
    ensure_options ensuring;
    ensuring.unsubscribe_others = wanted->unsubscribe_others;
    remove_options removing;
    removing.even_in_use = wanted->even_in_use;
    const bool json = wanted->output.json();
    const auto begin = [&] {
        switch (wanted->what) {
        case task::check: return run_check(session, std::move(definition), sample_of(*wanted), json);
        case task::remove: return run_remove(session, std::move(definition), removing, wanted->dry_run, json);
        case task::plan: return run_apply(session, std::move(definition), ensuring, true, json);
        case task::apply: break;
        }
        return run_apply(session, std::move(definition), ensuring, false, json);
    };
    auto running = begin();
    const int status = co_await std::move(running);
    co_return status;
}

constexpr const char* file_footer = R"(FILE is JSON, - is the standard input; all but the names may be left out:
  {"topic": {"name": "orders", "attributes": {"DisplayName": "Orders"}, "tags": {"team": "shop"}},
   "queues": ["audit",
              {"name": "billing", "filter_policy": {"country": ["DE"]}, "filter_on": "attributes",
               "raw_delivery": true, "undelivered_queue": "billing-undelivered",
               "attributes": {"VisibilityTimeout": 60}, "tags": {"team": "billing"},
               "dead_letter_queue": "billing-dead", "max_receive_count": 5, "encryption": "sqs"},
              {"name": "billing-dead", "subscribe": false, "redrive_allow": "chain"}]})";

CLI::App* add_file_command(CLI::App& chain_command, task what, const char* name, const char* about, int& exit_status) {
    auto wanted = std::make_shared<file_form>();
    wanted->what = what;
    CLI::App* command = chain_command.add_subcommand(name, about);
    command->add_option("file", wanted->file, "The definition; - is standard input")->type_name("FILE")->required();
    if (what == task::apply || what == task::plan) {
        command->add_flag("--unsubscribe-others", wanted->unsubscribe_others,
                          "End the topic's subscriptions that the file does not have");
    } else if (what == task::remove) {
        command->add_flag("--even-in-use", wanted->even_in_use,
                          "Also queues with messages, and what others use; the messages are gone");
        command->add_flag("--dry-run", wanted->dry_run, "Say what would be removed");
    } else {
        command->add_option("--message", wanted->message, "Body of a message that should arrive; it is not sent");
        command->add_option("--attribute", wanted->attributes, "Of that message")->type_name("NAME=VALUE");
        command->add_option("--group", wanted->group, "Of that message");
    }
    wanted->output.add_format_to(*command);
    wanted->session.add_to(*command);
    command->footer(file_footer);
    command->callback([wanted, &exit_status] {
        boost::asio::io_context context;
        exit_status = run_command(context, run_file(wanted));
    });
    return command;
}

} // namespace

void add_chain_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<short_form>();
    CLI::App* command = program.add_subcommand(
        "chain", "Create a topic and queues that it delivers to, plan that, check it, remove it; safe to repeat");
    command->add_option("topic", wanted->topic, "Name of the topic");
    command->add_option("queues", wanted->queues, "Names of the queues");
    command
        ->add_option("--filter", wanted->filters, "Only messages with these attributes: QUEUE={\"country\":[\"DE\"]}")
        ->type_name("QUEUE=JSON");
    command->add_flag("--envelope", wanted->envelope, "Deliver in SNS's JSON envelope instead of raw");
    wanted->output.add_format_to(*command);
    wanted->session.add_to(*command);
    command->require_subcommand(0, 1);
    add_file_command(*command, task::apply, "apply", "Make it as the file says, and say what was changed", exit_status);
    add_file_command(*command, task::plan, "plan", "Say what apply would change", exit_status);
    add_file_command(*command, task::check, "check", "Explain why messages do not arrive; status 1 when they cannot",
                     exit_status);
    add_file_command(*command, task::remove, "remove", "Remove what the file says, unless it is in use", exit_status);
    command->footer("Examples:\n"
                    "  sluice chain orders billing shipping --filter 'shipping={\"country\":[\"DE\",\"FR\"]}'\n"
                    "  sluice chain apply orders.json\n"
                    "  sluice chain check orders.json --message '{\"id\":1}' --attribute country=IT");
    command->callback([command, wanted, &exit_status] {
        if (!command->get_subcommands().empty()) return; // that one has run
        if (wanted->topic.empty()) throw CLI::RequiredError("topic");
        if (wanted->queues.empty()) throw CLI::RequiredError("queues");
        boost::asio::io_context context;
        exit_status = run_command(context, run_short(wanted));
    });
}

} // namespace sluice::cli
