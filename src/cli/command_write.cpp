#include "cli/commands.hpp"
#include "cli/line_source.hpp"
#include "cli/output_settings.hpp"
#include "cli/progress.hpp"
#include "cli/run_command.hpp"
#include "cli/session_settings.hpp"
#include "cli/stop_signals.hpp"

#include "transport/one_shot_event.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sns/writer.hpp>
#include <sluice/sqs/writer.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>

#include <iomanip>
#include <iostream>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

struct write_settings {
    session_settings session;
    output_settings output;
    std::string destination;
    std::string group;
    std::vector<std::string> attributes;
    std::int64_t delay = -1;
    bool receipts = false;
};

message message_of(std::string line, const write_settings& wanted) {
    message content(std::move(line));
    for (const std::string& text : wanted.attributes) {
        const auto equals = text.find('=');
        if (equals == std::string::npos) {
            throw error(error_info(errc::invalid_argument, "--attribute \"" + text + "\" is not NAME=VALUE"));
        }
        content.attribute(text.substr(0, equals), text.substr(equals + 1));
    }
    if (!wanted.group.empty()) content.group(wanted.group);
    if (wanted.delay >= 0) content.delay(std::chrono::seconds(wanted.delay));
    return content;
}

/// Writes the lines of stdin, a thousand at once.
template<class Writer>
class line_writer : public std::enable_shared_from_this<line_writer<Writer>> {
  public:
    line_writer(asio::any_io_executor executor, Writer writer, std::shared_ptr<write_settings> wanted)
        : executor_(executor), writer_(std::move(writer)), wanted_(std::move(wanted)),
          input_(standard_input_lines(executor)), bar_("written", 0) {}

    awaitable<int> run() {
        const auto self = this->shared_from_this();
        const auto started = std::chrono::steady_clock::now();
        bool interrupted = false;
        const stop_signals stopping(executor_, [input = input_, &interrupted] { interrupted = input->stop(); });
        while (true) {
            std::optional<result<std::string>> line = co_await next_line();
            if (!line) break;
            ++lines_;
            if (!*line) {
                report(lines_, line->error());
                continue;
            }
            if (under_way_ == most_under_way) {
                room_ = std::make_shared<one_shot_event>(executor_);
                const auto room = room_;
                co_await room->wait_until(one_shot_event::time_point::max());
            }
            ++under_way_;
            auto writing = write(std::move(**line), lines_);
            asio::co_spawn(executor_, std::move(writing), asio::detached);
        }
        co_await writer_.close();
        // What close gave up at its deadline has its outcome, but has not been told yet: it counts, too.
        while (under_way_ > 0) {
            room_ = std::make_shared<one_shot_event>(executor_);
            const auto told = room_;
            co_await told->wait_until(one_shot_event::time_point::max());
        }
        bar_.finish();
        print_summary(std::chrono::steady_clock::now() - started);
        if (interrupted) std::cerr << "sluice: interrupted after line " << lines_ << '\n';
        co_return failed_ == 0 && !unreadable_ && !receipts_lost_ && !interrupted ? 0 : 1;
    }

  private:
    static constexpr std::size_t most_under_way = 1000;
    static constexpr std::size_t most_reported = 20;

    /// What cannot be read ends the input, not the messages that are under way.
    awaitable<std::optional<result<std::string>>> next_line() {
        std::optional<result<std::string>> line;
        try {
            line = co_await input_->next();
        } catch (const std::runtime_error& failure) {
            std::cerr << "sluice: after line " << lines_ << ": " << failure.what() << '\n';
            unreadable_ = true;
        }
        co_return line;
    }

    awaitable<void> write(std::string line, std::size_t number) {
        const auto self = this->shared_from_this();
        auto writing = writer_.write(message_of(std::move(line), *wanted_));
        const result<receipt> sent = co_await as_result(std::move(writing));
        --under_way_;
        if (sent) accept(number, *sent);
        else report(number, sent.error());
        if (room_) room_->set();
    }

    void accept(std::size_t number, const receipt& sent) {
        bar_.update(++accepted_);
        if (!wanted_->receipts || receipts_lost_) return;
        if (print_receipt(number, sent)) return;
        // They are the only record of the ids: nothing more is read.
        std::cerr << "sluice: receipts are lost, that of line " << number << " first: nothing more is read\n";
        receipts_lost_ = true;
        input_->stop();
    }

    bool print_receipt(std::size_t number, const receipt& sent) const {
        if (wanted_->output.json()) {
            nlohmann::json line{{"line", number}, {"message_id", sent.message_id}};
            if (!sent.sequence_number.empty()) line["sequence_number"] = sent.sequence_number;
            return print(line);
        }
        std::string text = std::to_string(number) + '\t' + sent.message_id;
        if (!sent.sequence_number.empty()) text += '\t' + sent.sequence_number;
        return print(text + '\n'); // whoever reads it may act on it at once
    }

    void report(std::size_t number, const error_info& why) {
        if (++failed_ > most_reported) return;
        std::cerr << "sluice: line " << number << ": " << advice_for(why) << std::endl;
        if (failed_ == most_reported) std::cerr << "sluice: further failures are only counted\n";
    }

    void print_summary(std::chrono::steady_clock::duration time) const {
        const writer_statistics seen = writer_.statistics();
        const double each =
            seen.requests == 0 ? 0 : static_cast<double>(seen.entries) / static_cast<double>(seen.requests);
        std::cerr << grouped(accepted_) << " accepted, " << grouped(failed_) << " failed, " << grouped(seen.requests)
                  << " requests, " << std::fixed << std::setprecision(1) << each << " messages each, "
                  << grouped(per_second(accepted_, time)) << "/s\n";
    }

    asio::any_io_executor executor_;
    Writer writer_;
    std::shared_ptr<write_settings> wanted_;
    std::shared_ptr<line_source> input_;
    progress bar_;
    std::shared_ptr<one_shot_event> room_;
    std::size_t lines_ = 0;
    std::size_t under_way_ = 0;
    std::size_t accepted_ = 0;
    std::size_t failed_ = 0;
    bool unreadable_ = false; ///< the input, at some place
    bool receipts_lost_ = false;
};

template<class Writer>
awaitable<int> run_with(const session& session, std::shared_ptr<write_settings> wanted) {
    message_of("x", *wanted); // a wrong option is one error, not one for each line
    auto lines =
        std::make_shared<line_writer<Writer>>(session.get_executor(), Writer(session, wanted->destination), wanted);
    return [](std::shared_ptr<line_writer<Writer>> writer) -> awaitable<int> {
        const int status = co_await writer->run();
        co_return status;
    }(std::move(lines));
}

awaitable<int> run(const session& session, std::shared_ptr<write_settings> wanted) {
    if (wanted->destination.starts_with("arn:") && wanted->destination.find(":sns:") != std::string::npos) {
        return run_with<sns::writer>(session, std::move(wanted));
    }
    return run_with<sqs::writer>(session, std::move(wanted));
}

} // namespace

void add_write_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<write_settings>();
    CLI::App* command = program.add_subcommand("write", "Write each line of stdin as a message to a topic or queue");
    command->add_option("destination", wanted->destination, "Topic ARN, or queue URL, ARN or name")->required();
    command->add_option("--attribute", wanted->attributes, "An attribute of every message")->type_name("NAME=VALUE");
    command->add_option("--group", wanted->group, "The message group of every message")->type_name("ID");
    command->add_option("--delay", wanted->delay, "Seconds until the messages can be received (queues only)")
        ->check(CLI::Range(0, 900));
    command->add_flag("--receipts", wanted->receipts,
                      "Print line number, message id and sequence number (FIFO) of each message that was accepted");
    wanted->output.add_format_to(*command);
    wanted->session.add_to(*command);
    command->footer("Lines that cannot be sent are reported with their number; the others are sent all the same.\n"
                    "Example:\n  seq 1 5000 | sluice write billing --endpoint-url http://127.0.0.1:4566");
    command->callback([wanted, &exit_status] {
        asio::io_context context;
        const session session(context.get_executor(), wanted->session.options());
        exit_status = run_command(context, run(session, wanted));
    });
}

} // namespace sluice::cli
