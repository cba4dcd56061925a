#include "cli/bench_figures.hpp"
#include "cli/broker_thread.hpp"
#include "cli/commands.hpp"
#include "cli/named_resources.hpp"
#include "cli/output_settings.hpp"
#include "cli/progress.hpp"
#include "cli/queue_report.hpp"
#include "cli/run_command.hpp"
#include "cli/session_settings.hpp"
#include "cli/stop_signals.hpp"
#include "cli/terminal_text.hpp"
#include "topology/temporary_queue.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sqs/client.hpp>
#include <sluice/sqs/reader.hpp>
#include <sluice/sqs/writer.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <charconv>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace sluice::cli {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::microseconds;
using std::chrono::steady_clock;

struct bench_settings {
    session_settings session;
    output_settings output;
    std::string queue;
    std::size_t messages = 10'000;
    std::size_t bytes = 100;
    std::size_t callers = 200;
    bool even_if_not_empty = false;
};

microseconds cpu_of_this_thread() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    const auto time = [](const timeval& of) { return std::chrono::seconds(of.tv_sec) + microseconds(of.tv_usec); };
    return time(usage.ru_utime) + time(usage.ru_stime);
}

constexpr const char* run_attribute = "sluice-bench";

class bench : public std::enable_shared_from_this<bench> {
  public:
    bench(session session, std::string queue, std::shared_ptr<bench_settings> wanted)
        : session_(std::move(session)), wanted_(std::move(wanted)), queue_(std::move(queue)),
          done_(std::make_shared<one_shot_event>(session_.get_executor())),
          workers_gone_(std::make_shared<one_shot_event>(session_.get_executor())), bar_("read", wanted_->messages),
          written_at_(wanted_->messages), seen_(wanted_->messages, false),
          run_id_(topology::temporary_queue_name("bench")) {}

    awaitable<int> run() {
        const auto self = shared_from_this();
        const queue_report queue = co_await queue_report_of(session_, queue_);
        refuse_others(queue);
        const std::string& url = queue.url;
        fifo_ = queue.fifo;
        sqs::reader_options reading;
        reading.wait_time = std::chrono::seconds(1);
        reading.buffered_messages = 100;
        reader_.emplace(session_, url, reading);
        writer_.emplace(session_, url);
        const stop_signals signals(session_.get_executor(), [this] { end("interrupted"); });
        const microseconds cpu = cpu_of_this_thread();
        started_ = last_progress_ = steady_clock::now();
        writers_ = std::min(wanted_->callers, wanted_->messages);
        workers_ = writers_ + wanted_->callers;
        const std::size_t writers = writers_;
        for (std::size_t i = 0; i < writers; ++i) asio::co_spawn(session_.get_executor(), write(), asio::detached);
        for (std::size_t i = 0; i < wanted_->callers; ++i) {
            asio::co_spawn(session_.get_executor(), read(), asio::detached);
        }
        co_await wait_for_the_end();
        const microseconds used = cpu_of_this_thread() - cpu;
        co_await writer_->close();
        reader_->pause(); // what is handed back must not come to us again
        co_await hand_back();
        co_await reader_->stop();
        co_await workers_gone_->wait_until(one_shot_event::time_point::max());
        co_await hand_back(); // what workers received meanwhile
        bar_.finish();
        co_return show(used);
    }

  private:
    static constexpr std::chrono::seconds patience{30};

    void refuse_others(const queue_report& queue) const {
        const std::int64_t there =
            queue.available.value_or(0) + queue.in_flight.value_or(0) + queue.delayed.value_or(0);
        if (there == 0 || wanted_->even_if_not_empty) return;
        throw error(error_info(errc::invalid_argument,
                               queue.name + " is not empty (about " + std::to_string(there) +
                                   " messages): others use it - give an empty queue, or say --even-if-not-empty"));
    }

    [[nodiscard]] message message_of(std::size_t id) const {
        message content(std::string(wanted_->bytes, 'x'));
        content.attribute(run_attribute, run_id_ + "/" + std::to_string(id));
        if (fifo_) content.group(std::to_string(id % 100)).deduplication_id(run_id_ + "-" + std::to_string(id));
        return content;
    }

    /// The number of a message of this run; nothing for one of somebody else.
    [[nodiscard]] std::optional<std::size_t> id_of(const sqs::delivery& delivery) const {
        const attribute_value* mark = delivery.attribute(run_attribute);
        const std::string lead = run_id_ + "/";
        if (mark == nullptr || !mark->value().starts_with(lead)) return std::nullopt;
        const auto number = number_in(mark->value().substr(lead.size()));
        if (!number || static_cast<std::size_t>(*number) >= wanted_->messages) return std::nullopt;
        return static_cast<std::size_t>(*number);
    }

    awaitable<void> write() {
        const auto self = shared_from_this();
        while (next_id_ < wanted_->messages && !done_->is_set()) {
            const std::size_t id = next_id_++;
            const auto begin = steady_clock::now();
            written_at_[id] = begin;
            auto writing = writer_->write(message_of(id));
            const auto sent = co_await as_result(std::move(writing));
            last_progress_ = last_write_ = steady_clock::now();
            if (sent) write_times_.push_back(since(begin));
            else report("not written", sent.error());
        }
        --writers_;
        end_worker();
    }

    awaitable<void> read() {
        const auto self = shared_from_this();
        while (!done_->is_set()) {
            auto next = co_await as_result(reader_->read());
            if (!next) {
                if (next.error().code != errc::closed) {
                    report("not read", next.error());
                    end("the queue cannot be read");
                }
                break;
            }
            const auto id = id_of(*next);
            if (!id) {
                if (!foreign_seen_)
                    std::cerr << "sluice: there are messages of others; they are handed back at the end\n";
                foreign_seen_ = true;
                foreign_.push_back(std::move(*next)); // handed back at the end: it is not ours to delete
                if (foreign_.size() >= 500) end("there are too many messages of others");
                continue;
            }
            if (!seen_[*id]) whole_times_.push_back(since(written_at_[*id]));
            auto acknowledging = next->ack();
            const auto acknowledged = co_await as_result(std::move(acknowledging));
            last_progress_ = steady_clock::now();
            if (!acknowledged) report("not acknowledged", acknowledged.error());
            else last_read_ = last_progress_;
            if (seen_[*id]) ++duplicates_;
            else ++read_;
            seen_[*id] = true;
            bar_.update(read_);
        }
        end_worker();
    }

    void end_worker() {
        if (--workers_ == 0) workers_gone_->set();
    }

    static microseconds since(steady_clock::time_point begin) {
        return std::chrono::duration_cast<microseconds>(steady_clock::now() - begin);
    }

    /// Workers may add to them while it waits.
    awaitable<void> hand_back() {
        while (!foreign_.empty()) {
            sqs::delivery one = std::move(foreign_.back());
            foreign_.pop_back();
            auto releasing = one.release(std::chrono::seconds(0));
            const auto released = co_await as_result(std::move(releasing));
            if (released || released.error().code == errc::lease_lost) continue;
            if (++not_handed_back_ > 5) continue;
            std::cerr << "sluice: " << escaped(one.message_id())
                      << " of others is not handed back, so hidden until its "
                      << "visibility timeout: " << advice_for(released.error()) << '\n';
        }
    }

    awaitable<void> wait_for_the_end() {
        while (!done_->is_set()) {
            co_await done_->wait_until(deadline_after(std::chrono::milliseconds(20)));
            if (writers_ == 0 && read_ + failed_ >= wanted_->messages) end("");
            if (steady_clock::now() - last_progress_ > patience) end("nothing came for 30 s");
        }
    }

    void end(const std::string& why) {
        if (done_->is_set()) return;
        why_ = why;
        done_->set();
    }

    void report(std::string_view what, const error_info& why) {
        ++failed_;
        if (failed_ <= 5) std::cerr << "sluice: " << what << ": " << advice_for(why) << '\n';
    }

    int show(microseconds cpu) const {
        bench_figures figures;
        figures.queue = queue_;
        figures.messages = wanted_->messages;
        figures.bytes = wanted_->bytes;
        figures.read = read_;
        figures.duplicates = duplicates_;
        figures.failed = failed_;
        figures.write_time = std::chrono::duration_cast<microseconds>(last_write_ - started_);
        figures.read_time = std::chrono::duration_cast<microseconds>(last_read_ - started_);
        figures.cpu = cpu;
        figures.write = latencies_of(write_times_);
        figures.whole = latencies_of(whole_times_);
        const bool printed = wanted_->output.json() ? print(figures_json(figures)) : print(figures_text(figures));
        const bool complete = why_.empty() && failed_ == 0 && read_ == wanted_->messages;
        if (!why_.empty())
            std::cerr << "sluice: " << why_ << ": messages of this run may be left in " << queue_ << '\n';
        return printed && complete ? 0 : 1;
    }

    session session_;
    std::shared_ptr<bench_settings> wanted_;
    std::string queue_;
    std::optional<sqs::reader> reader_;
    std::optional<sqs::writer> writer_;
    std::shared_ptr<one_shot_event> done_;
    std::shared_ptr<one_shot_event> workers_gone_;
    progress bar_;
    std::vector<steady_clock::time_point> written_at_;
    std::vector<bool> seen_;
    std::vector<microseconds> write_times_;
    std::vector<microseconds> whole_times_;
    std::vector<sqs::delivery> foreign_;
    std::string run_id_; ///< in an attribute of each message
    std::string why_;
    steady_clock::time_point started_, last_progress_, last_write_, last_read_;
    std::size_t next_id_ = 0;
    std::size_t writers_ = 0;
    std::size_t workers_ = 0;
    std::size_t read_ = 0;
    std::size_t duplicates_ = 0;
    std::size_t failed_ = 0;
    std::size_t not_handed_back_ = 0;
    bool fifo_ = false;
    bool foreign_seen_ = false;
};

int run_with_broker(const std::shared_ptr<bench_settings>& wanted) {
    const broker_thread broker;
    asio::io_context context;
    const session session(context.get_executor(), broker.options());
    std::cerr << "sluice: embedded broker at " << broker.endpoint() << ", signatures verified\n";
    const auto measured = [](class session with, std::shared_ptr<bench_settings> given) -> awaitable<int> {
        const sqs::client client = with.sqs();
        co_await client.create_queue(sqs::create_queue_request("bench"));
        const auto running = std::make_shared<bench>(with, "bench", std::move(given));
        const int status = co_await running->run();
        co_return status;
    };
    return run_command(context, measured(session, wanted));
}

} // namespace

void add_bench_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<bench_settings>();
    CLI::App* command = program.add_subcommand("bench", "Write and read messages as fast as it goes, and measure");
    command->add_option("queue", wanted->queue, "Queue URL, ARN or name; none: the embedded broker");
    command->add_option("--messages", wanted->messages, "How many")
        ->check(CLI::Range(1, 10'000'000))
        ->capture_default_str();
    command->add_option("--bytes", wanted->bytes, "Of each body")->check(CLI::Range(1, 262'144))->capture_default_str();
    command->add_option("--callers", wanted->callers, "Coroutines that write at once, and as many that read")
        ->check(CLI::Range(1, 900))
        ->capture_default_str();
    command->add_flag("--even-if-not-empty", wanted->even_if_not_empty,
                      "Also with a queue that others use; their messages are received and handed back");
    wanted->output.add_format_to(*command);
    wanted->session.add_to(*command);
    command->footer(
        "It writes and reads at the same time, in one thread; CPU time is of that thread. On AWS each request\n"
        "costs money: ten messages need about three.\n"
        "Example:\n  sluice bench --messages 100000");
    command->callback([wanted, &exit_status] {
        if (wanted->queue.empty()) {
            exit_status = run_with_broker(wanted);
            return;
        }
        asio::io_context context;
        const session session(context.get_executor(), wanted->session.options());
        const auto running = std::make_shared<bench>(session, wanted->queue, wanted);
        exit_status = run_command(context, running->run());
    });
}

} // namespace sluice::cli
