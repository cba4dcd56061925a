#include "cli/commands.hpp"
#include "cli/message_output.hpp"
#include "cli/named_resources.hpp"
#include "cli/output_settings.hpp"
#include "cli/poll_trouble.hpp"
#include "cli/progress.hpp"
#include "cli/run_command.hpp"
#include "cli/session_settings.hpp"
#include "cli/stop_signals.hpp"
#include "cli/terminal_text.hpp"
#include "cli/topic_listener.hpp"
#include "topology/filter_policy.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sqs/reader.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <exception>
#include <iostream>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

struct tail_settings {
    session_settings session;
    output_settings output;
    std::string topic;
    std::string filter_policy;
    std::string filter_on = "attributes";
    std::size_t max = 0;
    unsigned lifetime = 3600;
};

class tail : public std::enable_shared_from_this<tail> {
  public:
    tail(session session, std::shared_ptr<tail_settings> wanted)
        : session_(std::move(session)), wanted_(std::move(wanted)),
          closing_(std::make_shared<one_shot_event>(session_.get_executor())),
          keeper_gone_(std::make_shared<one_shot_event>(session_.get_executor())) {}

    awaitable<int> run() {
        const auto self = shared_from_this();
        check_filter();
        listener_order order;
        order.topic_arn = co_await topic_arn_of(session_, wanted_->topic);
        order.filter_policy = wanted_->filter_policy;
        order.filter_on_body = wanted_->filter_on == "body";
        order.lifetime = std::chrono::seconds(wanted_->lifetime);
        const stop_signals signals(session_.get_executor(), [this] { interrupt(); });
        co_await sweep();
        topic_listener listener(session_, std::move(order));
        // Whatever happens, what was made is removed.
        std::exception_ptr thrown;
        try {
            co_await listener.open();
            if (!interrupted_) co_await listen(listener);
        } catch (...) {
            thrown = std::current_exception();
        }
        reader_ = nullptr;
        closing_->set();
        if (keeping_) co_await keeper_gone_->wait_until(one_shot_event::time_point::max());
        auto closing = listener.close();
        const auto closed = co_await as_result(std::move(closing));
        if (!closed) {
            failed_ = true;
            std::cerr << "sluice: not removed, the next tail will: " << escaped(listener.queue_url()) << ": "
                      << advice_for(closed.error()) << '\n';
        }
        if (keeping_)
            std::cerr << grouped(shown_) << " shown" << (closed ? ", the temporary queue is removed\n" : "\n");
        if (thrown) std::rethrow_exception(thrown);
        co_return failed_ ? 1 : 0;
    }

  private:
    /// A policy that cannot be is refused before anything is made.
    void check_filter() const {
        const auto scope = wanted_->filter_on == "body" ? filter_scope::body : filter_scope::attributes;
        const auto parsed = topology::message_filter::parse(wanted_->filter_policy, scope);
        if (!parsed) throw error(error_info(errc::invalid_argument, "--filter-policy: " + parsed.error().message));
    }

    awaitable<void> sweep() const {
        auto sweeping = topic_listener::sweep(session_);
        const auto swept = co_await as_result(std::move(sweeping));
        if (!swept) {
            std::cerr << "sluice: queues left behind by killed programs are not looked for: "
                      << advice_for(swept.error()) << '\n';
        } else if (*swept > 0) {
            std::cerr << "sluice: removed " << *swept << (*swept == 1 ? " queue" : " queues")
                      << " left behind by killed programs\n";
        }
    }

    awaitable<void> listen(topic_listener& listener) {
        sqs::reader_options options;
        options.wait_time = std::chrono::seconds(5);
        options.pollers = 2;
        const auto reader = std::make_shared<sqs::reader>(session_, listener.queue_url(), options);
        reader_ = reader;
        keeping_ = true;
        asio::co_spawn(session_.get_executor(), keep_alive(listener), asio::detached);
        std::cerr << "sluice: listening to " << wanted_->topic << ", until interrupted" << std::endl;
        while (!interrupted_ && (wanted_->max == 0 || shown_ < wanted_->max)) {
            auto next = co_await as_result(reader->read());
            if (!next) {
                if (next.error().code != errc::closed) fail(next.error());
                break;
            }
            const bool printed = show(*next);
            if (!printed) {
                failed_ = true;
                break;
            }
            ++shown_;
            acknowledge(*next);
        }
        // The queue goes with all that is in it: nothing needs to be handed back.
        co_await reader->stop(sqs::stop_policy::fast);
    }

    /// Moves the expiry ahead; tells why nothing comes when it cannot be read.
    awaitable<void> keep_alive(topic_listener& listener) {
        const auto self = shared_from_this();
        const auto third = std::chrono::milliseconds(wanted_->lifetime * 1000 / 3);
        auto renewal = deadline_after(third);
        poll_trouble trouble;
        while (!closing_->is_set()) {
            co_await closing_->wait_until(std::min(renewal, deadline_after(std::chrono::seconds(1))));
            if (closing_->is_set()) break;
            if (reader_ != nullptr) {
                const auto news = trouble.news(reader_->statistics(), std::chrono::steady_clock::now());
                if (news) std::cerr << "sluice: cannot listen, trying again: " << escaped(*news) << '\n';
            }
            if (std::chrono::steady_clock::now() < renewal) continue;
            renewal = deadline_after(third);
            auto renewing = listener.renew();
            const auto renewed = co_await as_result(std::move(renewing));
            if (!renewed) std::cerr << "sluice: the expiry is not moved ahead: " << advice_for(renewed.error()) << '\n';
        }
        keeper_gone_->set();
    }

    bool show(const sqs::delivery& delivery) const {
        if (wanted_->output.json()) return print(message_json(delivery));
        return print(message_text(delivery, wanted_->output.look()));
    }

    static void acknowledge(sqs::delivery& delivery) {
        try {
            delivery.ack_in_background();
        } catch (const error& late) {
            std::cerr << "sluice: shown, and it will come again: " << advice_for(late.info()) << '\n';
        }
    }

    void interrupt() {
        interrupted_ = true;
        if (reader_ == nullptr) return;
        asio::co_spawn(session_.get_executor(), stop_reader(),
                       [self = shared_from_this()](const std::exception_ptr&) {});
    }

    /// Ends the read that waits.
    awaitable<void> stop_reader() {
        const auto reader = reader_;
        if (reader != nullptr) co_await reader->stop(sqs::stop_policy::fast);
    }

    void fail(const error_info& why) {
        failed_ = true;
        std::cerr << "sluice: " << wanted_->topic << ": " << advice_for(why) << '\n';
    }

    session session_;
    std::shared_ptr<tail_settings> wanted_;
    std::shared_ptr<one_shot_event> closing_;
    std::shared_ptr<one_shot_event> keeper_gone_;
    std::shared_ptr<sqs::reader> reader_; ///< while it reads
    std::size_t shown_ = 0;
    bool keeping_ = false; ///< `keep_alive` was begun
    bool interrupted_ = false;
    bool failed_ = false;
};

} // namespace

void add_tail_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<tail_settings>();
    CLI::App* command = program.add_subcommand("tail", "Show what is published to a topic from now on");
    command->add_option("topic", wanted->topic, "Topic ARN, or name in this account and region")->required();
    command->add_option("--max", wanted->max, "Stop after so many messages")->check(CLI::PositiveNumber);
    command->add_option("--filter-policy", wanted->filter_policy, "Only what this SNS filter policy lets through")
        ->type_name("JSON");
    command->add_option("--filter-on", wanted->filter_on, "What the policy looks at")
        ->check(CLI::IsMember({"attributes", "body"}))
        ->capture_default_str();
    command
        ->add_option("--lifetime", wanted->lifetime,
                     "When it is killed, another tail removes its queue after so long; renewed while it lives")
        ->type_name("SECONDS")
        ->check(CLI::Range(3, 86'400))
        ->capture_default_str();
    wanted->output.add_to(*command);
    wanted->session.add_to(*command);
    command->footer("It makes a temporary queue (sluice-temporary-tail-...) and subscribes it, and removes both at the "
                    "end: on Ctrl-C,\n"
                    "SIGTERM, SIGHUP, at --max, and after an error. What a killed one has left, the next one removes. "
                    "Needs the rights\n"
                    "to create, tag, read and delete queues, and to subscribe and unsubscribe.\n"
                    "Example:\n  sluice tail orders --filter-policy '{\"country\":[\"DE\"]}' --output json");
    command->callback([wanted, &exit_status] {
        asio::io_context context;
        const session session(context.get_executor(), wanted->session.options());
        const auto running = std::make_shared<tail>(session, wanted);
        exit_status = run_command(context, running->run());
    });
}

} // namespace sluice::cli
