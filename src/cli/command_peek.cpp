#include "cli/commands.hpp"
#include "cli/message_output.hpp"
#include "cli/named_resources.hpp"
#include "cli/output_settings.hpp"
#include "cli/peek_rules.hpp"
#include "cli/progress.hpp"
#include "cli/run_command.hpp"
#include "cli/session_settings.hpp"
#include "cli/stop_signals.hpp"
#include "cli/terminal_text.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sqs/client.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

using boost::asio::awaitable;
using std::chrono::steady_clock;

struct peek_settings {
    session_settings session;
    output_settings output;
    std::string queue;
    std::size_t max = 10;
    int wait = 1;
    bool even_if_dead_letters = false;
};

/// Receives, hands back at once, then prints: nobody waits for a slow terminal.
class peek {
  public:
    peek(session session, std::shared_ptr<peek_settings> wanted)
        : session_(std::move(session)), sqs_(session_.sqs()), wanted_(std::move(wanted)) {}

    awaitable<int> run() {
        const queue_report queue = co_await queue_report_of(session_, wanted_->queue);
        url_ = queue.url;
        const std::string refusal = why_not_to_peek(queue);
        if (!refusal.empty() && !wanted_->even_if_dead_letters) {
            throw error(error_info(errc::invalid_argument, refusal));
        }
        const stop_signals signals(session_.get_executor(), [this] { stopped_ = true; });
        auto receiving = receive();
        const auto received = co_await as_result(std::move(receiving));
        const bool handed_back = co_await hand_back();
        const bool printed = show(queue);
        if (!received) throw error(received.error());
        co_return printed&& handed_back ? 0 : 1;
    }

  private:
    static constexpr std::chrono::seconds hidden{60}; ///< should we be killed, they come back after that
    static constexpr std::chrono::seconds patience{40};
    static constexpr std::size_t most_bytes = std::size_t(64) << 20;

    awaitable<void> receive() {
        const auto deadline = steady_clock::now() + patience;
        std::set<std::string> ids;
        std::size_t bytes = 0;
        while (messages_.size() < wanted_->max && bytes < most_bytes && !stopped_ && steady_clock::now() < deadline) {
            sqs::receive_message_request request(url_);
            request.max_messages = static_cast<int>(std::min<std::size_t>(10, wanted_->max - messages_.size()));
            request.wait_time = std::chrono::seconds(wanted_->wait);
            request.visibility_timeout = hidden;
            auto reply = co_await sqs_.receive_message(std::move(request));
            if (reply.messages.empty()) break;
            for (sqs::received_message& one : reply.messages) {
                handles_.push_back(one.receipt_handle);
                if (!ids.insert(one.message_id).second) continue; // a standard queue may deliver twice
                bytes += one.body.size();
                messages_.push_back(std::move(one));
            }
        }
    }

    awaitable<bool> hand_back() {
        bool all = true;
        for (std::size_t begin = 0; begin < handles_.size(); begin += 10) {
            sqs::change_message_visibility_batch_request request(url_);
            const std::size_t end = std::min(begin + 10, handles_.size());
            for (std::size_t i = begin; i < end; ++i) {
                request.changes.emplace_back(handles_[i], std::chrono::seconds(0));
            }
            auto changing = sqs_.change_message_visibility_batch(std::move(request));
            const auto changed = co_await as_result(std::move(changing));
            if (!changed) {
                all = report(changed.error());
                continue;
            }
            for (const auto& one : changed->entries) {
                if (!one) all = report(one.error());
            }
        }
        co_return all;
    }

    static bool report(const error_info& why) {
        std::cerr << "sluice: not handed back, so hidden for " << hidden.count() << " s: " << advice_for(why) << '\n';
        return false;
    }

    [[nodiscard]] bool show(const queue_report& queue) const {
        std::vector<std::int64_t> counts;
        const styles look = wanted_->output.look();
        for (const sqs::received_message& one : messages_) {
            const auto count = one.system_attributes.find("ApproximateReceiveCount");
            counts.push_back(count == one.system_attributes.end() ? 0 : number_in(count->second).value_or(0));
            const bool printed = wanted_->output.json() ? print(message_json(one)) : print(message_text(one, look));
            if (!printed) return false;
            if (!one.intact)
                std::cerr << "sluice: " << escaped(one.message_id) << " is damaged: not the MD5 sum that SQS states\n";
        }
        std::cerr << grouped(messages_.size()) << " shown";
        if (queue.available) std::cerr << " of about " << grouped(static_cast<std::size_t>(*queue.available));
        std::cerr << '\n';
        for (const std::string& line : peek_warnings(queue, counts)) std::cerr << "note: " << escaped(line) << '\n';
        return true;
    }

    session session_;
    sqs::client sqs_;
    std::shared_ptr<peek_settings> wanted_;
    std::string url_;
    std::vector<sqs::received_message> messages_;
    std::vector<std::string> handles_;
    bool stopped_ = false;
};

} // namespace

void add_peek_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<peek_settings>();
    CLI::App* command = program.add_subcommand("peek", "Show messages of a queue and leave them there");
    command->add_option("queue", wanted->queue, "Queue URL, ARN or name")->required();
    command->add_option("--max", wanted->max, "How many messages at most")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command->add_option("--wait", wanted->wait, "Seconds to wait for a message")
        ->check(CLI::Range(0, 20))
        ->capture_default_str();
    command->add_flag("--even-if-dead-letters", wanted->even_if_dead_letters,
                      "Also where a look is enough for the dead-letter queue: with a maxReceiveCount of 1");
    wanted->output.add_to(*command);
    wanted->session.add_to(*command);
    command->footer(
        "SQS has no way to look without receiving: each message shown is received, hidden for a moment from\n"
        "others, and handed back at once. Its receive count goes up by one, so looking often can move it to\n"
        "the dead-letter queue. Which messages of a standard queue are shown, and in which order, is chance.\n"
        "Example:\n  sluice peek orders --max 3 --output json");
    command->callback([wanted, &exit_status] {
        boost::asio::io_context context;
        const session session(context.get_executor(), wanted->session.options());
        peek look(session, wanted);
        exit_status = run_command(context, look.run());
    });
}

} // namespace sluice::cli
