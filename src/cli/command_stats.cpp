#include "cli/commands.hpp"
#include "cli/named_resources.hpp"
#include "cli/output_settings.hpp"
#include "cli/queue_report.hpp"
#include "cli/run_command.hpp"
#include "cli/session_settings.hpp"
#include "cli/terminal_text.hpp"

#include "protocol/timestamp.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sns/client.hpp>
#include <sluice/sqs/client.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace sluice::cli {
namespace {

using boost::asio::awaitable;

struct stats_settings {
    session_settings session;
    output_settings output;
    std::vector<std::string> names;
    unsigned watch = 0; ///< seconds; 0: once
};

class stats {
  public:
    stats(session session, std::shared_ptr<stats_settings> wanted)
        : session_(std::move(session)), sqs_(session_.sqs()), sns_(session_.sns()), wanted_(std::move(wanted)) {}

    awaitable<int> run() {
        while (true) {
            co_await gather();
            const bool printed = show();
            for (const std::string& line : lines_) std::cerr << "sluice: " << line << '\n';
            if (!printed) co_return 1;
            if (wanted_->watch == 0) co_return failed_ ? 1 : 0;
            one_shot_event tick(session_.get_executor());
            co_await tick.wait_until(deadline_after(std::chrono::seconds(wanted_->watch)));
        }
    }

  private:
    awaitable<void> gather() {
        queues_.clear();
        topics_.clear();
        lines_.clear();
        failed_ = false;
        std::vector<std::string> names = wanted_->names;
        const bool all = names.empty();
        if (all) {
            auto listing = all_queues();
            auto listed = co_await as_result(std::move(listing));
            if (!listed) {
                if (wanted_->watch == 0) throw error(listed.error());
                add_failure("the queues are not listed", listed.error());
                co_return;
            }
            names = std::move(*listed);
            if (names.empty()) lines_.push_back("there are no queues in " + escaped(session_.region()));
        }
        for (const std::string& name : names) {
            auto adding = add(name);
            const auto added = co_await as_result(std::move(adding));
            if (added) continue;
            if (all && added.error().code == errc::not_found) continue; // deleted since it was listed
            add_failure(name, added.error());
        }
    }

    void add_failure(const std::string& what, const error_info& why) {
        failed_ = true;
        lines_.push_back(escaped(what) + ": " + advice_for(why));
    }

    awaitable<std::vector<std::string>> all_queues() const {
        std::vector<std::string> urls;
        auto pages = sqs_.queue_pages();
        while (true) {
            const auto page = co_await pages.next();
            if (!page) break;
            urls.insert(urls.end(), page->queue_urls.begin(), page->queue_urls.end());
        }
        co_return urls;
    }

    awaitable<void> add(const std::string& name) {
        if (is_topic_arn(name)) return add_topic(name);
        return add_queue(name);
    }

    awaitable<void> add_queue(std::string name) {
        queue_report report = co_await queue_report_of(session_, std::move(name));
        if (!report.dead_letter_arn.empty()) {
            auto asking = queue_report_of(session_, report.dead_letter_arn);
            const auto dead = co_await as_result(std::move(asking));
            if (dead) {
                if (dead->available) report.dead_letters = *dead->available + dead->in_flight.value_or(0);
            } else {
                add_failure("the dead-letter queue of " + report.name, dead.error());
            }
        }
        queues_.push_back(std::move(report));
    }

    awaitable<void> add_topic(std::string arn) {
        sns::get_topic_attributes_request request(arn);
        const auto reply = co_await sns_.get_topic_attributes(std::move(request));
        topic_report report(arn, reply.attributes);
        auto pages = sns_.subscription_by_topic_pages(sns::list_subscriptions_by_topic_request(arn));
        while (true) {
            const auto page = co_await pages.next();
            if (!page) break;
            for (const sns::subscription& one : page->subscriptions) {
                topic_report::subscription& added = report.subscriptions.emplace_back();
                added.protocol = one.protocol;
                added.endpoint = one.endpoint;
                added.confirmed = one.subscription_arn.starts_with("arn:");
            }
        }
        // The service lists them by their ARNs, which end at random.
        std::ranges::sort(report.subscriptions, [](const auto& one, const auto& other) {
            return std::tie(one.protocol, one.endpoint) < std::tie(other.protocol, other.endpoint);
        });
        topics_.push_back(std::move(report));
    }

    [[nodiscard]] bool show() const {
        if (wanted_->output.json()) {
            for (const queue_report& queue : queues_) {
                if (!print(report_json(queue))) return false;
            }
            for (const topic_report& topic : topics_) {
                if (!print(report_json(topic))) return false;
            }
            return true;
        }
        const styles look = wanted_->output.look();
        const std::size_t width = terminal_width();
        std::string text;
        if (wanted_->watch > 0) {
            // On a terminal the new figures take the place of the old ones.
            if (standard_output_is_terminal()) text += "\x1b[H\x1b[2J";
            text += look.apply(style::dim, protocol::date_time_text(std::chrono::system_clock::now())) + '\n';
        }
        if (!queues_.empty()) text += queue_table(queues_).text(width, look);
        if (!topics_.empty()) {
            if (!queues_.empty()) text += '\n';
            text += topic_table(topics_).text(width, look);
            const table subscriptions = subscription_table(topics_);
            if (!subscriptions.empty()) text += '\n' + subscriptions.text(width, look);
        }
        return print(text);
    }

    session session_;
    sqs::client sqs_;
    sns::client sns_;
    std::shared_ptr<stats_settings> wanted_;
    std::vector<queue_report> queues_;
    std::vector<topic_report> topics_;
    std::vector<std::string> lines_; ///< for stderr, after the table: it may clear the screen
    bool failed_ = false;
};

} // namespace

void add_stats_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<stats_settings>();
    CLI::App* command = program.add_subcommand("stats", "Show what is in queues, and who is subscribed to topics");
    command->add_option("names", wanted->names, "Queue URLs, ARNs or names, and topic ARNs; none: all queues");
    command->add_option("--watch", wanted->watch, "Again and again, after so many seconds, until interrupted")
        ->type_name("SECONDS")
        ->check(CLI::Range(1, 86'400));
    wanted->output.add_to(*command);
    wanted->session.add_to(*command);
    command->footer(
        "All counts are approximate, as SQS gives them. The age of the oldest message is shown where the\n"
        "service tells it; AWS does so in CloudWatch only. Exit status 1 when one of them could not be read.\n"
        "Example:\n  sluice stats orders billing --watch 5");
    command->callback([wanted, &exit_status] {
        boost::asio::io_context context;
        const session session(context.get_executor(), wanted->session.options());
        stats shown(session, wanted);
        exit_status = run_command(context, shown.run());
    });
}

} // namespace sluice::cli
