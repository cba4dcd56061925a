#include "cli/commands.hpp"
#include "cli/end_of_queue.hpp"
#include "cli/message_output.hpp"
#include "cli/output_settings.hpp"
#include "cli/poll_trouble.hpp"
#include "cli/progress.hpp"
#include "cli/run_command.hpp"
#include "cli/session_settings.hpp"
#include "cli/stop_signals.hpp"
#include "cli/terminal_text.hpp"

#include "transport/one_shot_event.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sqs/reader.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

struct read_settings {
    session_settings session;
    output_settings output;
    std::string queue;
    std::size_t count = 0; ///< 0: not limited
    bool follow = false;
    bool json = false;
    int wait = 2;
};

/// Reads with many coroutines at once, so that acknowledgements share requests; prints one line after the other.
class queue_printer : public std::enable_shared_from_this<queue_printer> {
  public:
    queue_printer(const session& session, std::shared_ptr<read_settings> wanted)
        : executor_(session.get_executor()), wanted_(std::move(wanted)),
          reader_(session, wanted_->queue, options_of(*wanted_)), done_(std::make_shared<one_shot_event>(executor_)),
          bar_("read", wanted_->count) {
        if (standard_output_is_terminal()) bar_.finish(); // it would stand between the messages
    }

    awaitable<int> run() {
        const auto self = shared_from_this();
        const stop_signals stopping(executor_, [self] {
            self->interrupted_ = !self->done_->is_set();
            self->finish("interrupted");
        });
        workers_ = wanted_->count == 0 ? most_workers : std::min(most_workers, wanted_->count);
        const std::size_t starting = workers_;
        for (std::size_t i = 0; i < starting; ++i) asio::co_spawn(executor_, work(), asio::detached);
        asio::co_spawn(executor_, watch(), asio::detached);
        co_await done_->wait_until(one_shot_event::time_point::max());
        co_await reader_.stop();
        bar_.finish();
        std::cerr << grouped(acknowledged_) << " read and acknowledged" << (why_.empty() ? "" : ", ") << why_ << '\n';
        const bool complete = wanted_->count == 0 || acknowledged_ >= wanted_->count;
        co_return failed_ || !complete || (interrupted_ && !wanted_->follow) ? 1 : 0;
    }

  private:
    static constexpr std::size_t most_workers = 64;
    static constexpr std::chrono::seconds longest_trouble{30};

    static sqs::reader_options options_of(const read_settings& wanted) {
        sqs::reader_options options;
        options.wait_time = std::chrono::seconds(wanted.wait);
        options.pollers = 4;
        // With a count, no more is taken from the queue than is asked for, so far as that can be known.
        options.buffered_messages = wanted.count > 0 && wanted.count < 40 ? 10 : 40;
        return options;
    }

    awaitable<void> work() {
        const auto self = shared_from_this();
        while (!done_->is_set() && (wanted_->count == 0 || claimed_ < wanted_->count)) {
            ++claimed_;
            auto next = co_await as_result(reader_.read());
            if (!next) {
                --claimed_;
                if (next.error().code != errc::closed) fail(next.error());
                break;
            }
            ++busy_;
            const bool printed = print(*next);
            if (!printed) {
                finish("the output cannot be written");
                failed_ = true;
                --busy_;
                break; // not acknowledged: it comes again to somebody who can take it
            }
            auto acknowledging = next->ack();
            const auto acknowledged = co_await as_result(std::move(acknowledging));
            --busy_;
            if (acknowledged) bar_.update(++acknowledged_);
            else report(acknowledged.error());
            if (wanted_->count > 0 && acknowledged_ == wanted_->count) finish("");
        }
        if (--workers_ == 0) finish("");
    }

    bool print(const sqs::delivery& delivery) const {
        if (wanted_->output.json() || wanted_->json) return cli::print(message_json(delivery));
        // A pipe gets the body as it is; a terminal would obey what is in it.
        return cli::print((standard_output_is_terminal() ? escaped_lines(delivery.body()) : delivery.body()) + '\n');
    }

    /// Says why polls fail. Without --follow and --count it also ends when the queue looks empty, or cannot be read.
    awaitable<void> watch() {
        const auto self = shared_from_this();
        asio::steady_timer tick(executor_);
        end_of_queue end;
        poll_trouble trouble;
        const bool ends = !wanted_->follow && wanted_->count == 0;
        while (!done_->is_set()) {
            tick.expires_after(std::chrono::milliseconds(50));
            co_await tick.async_wait(as_values);
            const sqs::reader_statistics now = reader_.statistics();
            if (end.reached(now, busy_ > 0) && ends) finish("the queue looks empty");
            const auto news = trouble.news(now, std::chrono::steady_clock::now());
            if (news) std::cerr << "sluice: cannot read, trying again: " << escaped(*news) << '\n';
            if (!ends || !trouble.lasts(longest_trouble)) continue;
            failed_ = true;
            finish("given up");
        }
    }

    void finish(const std::string& why) {
        if (done_->is_set()) return;
        why_ = why;
        done_->set();
    }
    void fail(const error_info& why) {
        if (!failed_) std::cerr << "sluice: " << escaped(wanted_->queue) << ": " << advice_for(why) << std::endl;
        failed_ = true;
        finish("");
    }
    void report(const error_info& why) {
        failed_ = true;
        std::cerr << "sluice: not acknowledged, so it will come again: " << advice_for(why) << std::endl;
    }

    asio::any_io_executor executor_;
    std::shared_ptr<read_settings> wanted_;
    sqs::reader reader_;
    std::shared_ptr<one_shot_event> done_;
    progress bar_;
    std::string why_;
    std::size_t workers_ = 0;
    std::size_t claimed_ = 0; ///< reads begun that were not in vain
    std::size_t busy_ = 0;
    std::size_t acknowledged_ = 0;
    bool failed_ = false;
    bool interrupted_ = false;
};

} // namespace

void add_read_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<read_settings>();
    CLI::App* command = program.add_subcommand("read", "Print the messages of a queue, one on a line, and delete them");
    command->add_option("queue", wanted->queue, "Queue URL, ARN or name")->required();
    command->add_option("--count", wanted->count, "Stop after so many messages, and wait for them")
        ->check(CLI::Range(std::size_t(1), most_counted));
    command->add_flag("--follow", wanted->follow, "Go on until interrupted");
    command->add_flag("--json", wanted->json, "The same as --output json");
    command->add_option("--wait", wanted->wait, "Seconds that a poll waits for a message")
        ->check(CLI::Range(0, 20))
        ->capture_default_str();
    wanted->output.add_format_to(*command);
    wanted->session.add_to(*command);
    command->footer("Without --count and --follow it stops when the queue looks empty, or could not be read for 30 s.\n"
                    "A message is deleted after its line was written; one that could not be written comes again.\n"
                    "Bodies with line breaks: use --output json.\n"
                    "Example:\n  sluice read billing --count 5000 | sort -n | tail -1");
    command->callback([wanted, &exit_status] {
        asio::io_context context;
        const session session(context.get_executor(), wanted->session.options());
        const auto printer = std::make_shared<queue_printer>(session, wanted);
        exit_status = run_command(context, printer->run());
    });
}

} // namespace sluice::cli
