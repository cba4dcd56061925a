#include "cli/broker_thread.hpp"
#include "cli/commands.hpp"
#include "cli/demo_ledger.hpp"
#include "cli/output_settings.hpp"
#include "cli/progress.hpp"
#include "cli/run_command.hpp"

#include "transport/one_shot_event.hpp"

#include <sluice/as_result.hpp>
#include <sluice/chain.hpp>
#include <sluice/sns/writer.hpp>
#include <sluice/sqs/reader.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>

#include <charconv>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <memory>

namespace sluice::cli {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::steady_clock;

struct demo_settings {
    output_settings output;
    std::size_t messages = 100'000;
    std::string input;
};

class demo : public std::enable_shared_from_this<demo> {
  public:
    demo(const session& session, std::vector<std::string> lines, std::size_t messages, bool json)
        : session_(session), executor_(session.get_executor()), lines_(std::move(lines)), messages_(messages),
          json_(json), ledger_(messages), bar_("delivered", 0) {}

    awaitable<int> run() {
        const auto self = shared_from_this();
        const chain_report links = co_await build_chain();
        const auto started = steady_clock::now();
        start_readers(links);
        sns::writer writer(session_, links.topic_arn);
        writers_ = std::min<std::size_t>(messages_, 1000);
        const std::size_t starting = writers_;
        for (std::size_t i = 0; i < starting; ++i) asio::co_spawn(executor_, publish(writer), asio::detached);
        co_await wait_for_the_end();
        const auto time = steady_clock::now() - started;
        co_await writer.close();
        for (const auto& reader : readers_) co_await reader->stop();
        bar_.finish();
        const writer_statistics written = writer.statistics();
        co_return json_ ? print_json(written, time) : print_result(written, time);
    }

  private:
    static constexpr std::size_t workers = 48; ///< for each reader

    awaitable<chain_report> build_chain() const {
        chain definition("orders");
        definition.queue("billing").queue("shipping", R"({"country":["DE","FR"]})").queue("audit");
        auto report = co_await ensure(session_, std::move(definition));
        co_return report;
    }

    void start_readers(const chain_links& links) {
        const std::size_t billing = ledger_.add_queue("billing");
        const std::size_t shipping = ledger_.add_queue("shipping", {"DE", "FR"});
        const std::size_t audit = ledger_.add_queue("audit");
        start_reader(links.queues[0].queue_url, billing);
        start_reader(links.queues[1].queue_url, shipping);
        start_reader(links.queues[2].queue_url, audit); // two readers compete for one queue
        start_reader(links.queues[2].queue_url, audit);
    }

    void start_reader(const std::string& url, std::size_t queue) {
        sqs::reader_options options;
        options.wait_time = std::chrono::seconds(1);
        options.pollers = 3;
        options.buffered_messages = 60;
        readers_.push_back(std::make_unique<sqs::reader>(session_, url, options));
        for (std::size_t i = 0; i < workers; ++i) {
            asio::co_spawn(executor_, consume(*readers_.back(), queue), asio::detached);
        }
    }

    [[nodiscard]] std::string body_of(std::size_t id) const {
        return lines_.empty() ? "{\"order\":" + std::to_string(id) + "}" : lines_[id];
    }

    awaitable<void> publish(sns::writer& writer) {
        const auto self = shared_from_this();
        while (next_id_ < messages_) {
            const std::size_t id = next_id_++;
            message content(body_of(id));
            content.attribute("country", std::string(country_of(id)));
            content.attribute("id", attribute_value::number(static_cast<std::int64_t>(id)));
            auto writing = writer.write(std::move(content));
            const auto sent = co_await as_result(std::move(writing));
            if (sent) ++published_;
            else report("not published", sent.error());
        }
        --writers_;
    }

    awaitable<void> consume(sqs::reader& reader, std::size_t queue) {
        const auto self = shared_from_this();
        while (true) {
            auto next = co_await as_result(reader.read());
            if (!next) {
                if (next.error().code != errc::closed) report("not read", next.error());
                break;
            }
            take(*next, queue);
            auto acknowledging = next->ack();
            const auto acknowledged = co_await as_result(std::move(acknowledging));
            if (!acknowledged) report("not acknowledged", acknowledged.error());
        }
    }

    void take(const sqs::delivery& delivery, std::size_t queue) {
        const attribute_value* id_attribute = delivery.attribute("id");
        std::size_t id = messages_;
        if (id_attribute != nullptr) {
            const std::string& text = id_attribute->value();
            std::from_chars(text.data(), text.data() + text.size(), id);
        }
        if (id >= messages_ || delivery.body() != body_of(id)) ledger_.receive_damaged(queue);
        else if (ledger_.receive(queue, id)) last_progress_ = steady_clock::now();
        bar_.update(ledger_.expected() - ledger_.outstanding());
    }

    void report(std::string_view what, const error_info& why) {
        ++failures_;
        if (failures_ <= 5) std::cerr << "sluice: " << what << ": " << advice_for(why) << std::endl;
    }

    awaitable<void> wait_for_the_end() {
        last_progress_ = steady_clock::now();
        while (!(ledger_.complete() && writers_ == 0) &&
               steady_clock::now() - last_progress_ < std::chrono::seconds(15)) {
            one_shot_event tick(executor_);
            co_await tick.wait_until(steady_clock::now() + std::chrono::milliseconds(20));
        }
    }

    [[nodiscard]] bool good(std::size_t missing, std::size_t unexpected) const {
        return missing == 0 && unexpected == 0 && failures_ == 0 && published_ == messages_;
    }

    int print_json(const writer_statistics& written, steady_clock::duration time) const {
        nlohmann::json line{{"published", published_},
                            {"requests", written.requests},
                            {"seconds", std::chrono::duration<double>(time).count()},
                            {"failures", failures_},
                            {"queues", nlohmann::json::array()}};
        std::size_t missing = 0;
        std::size_t unexpected = 0;
        for (const demo_ledger::row& row : ledger_.rows()) {
            line["queues"].push_back({{"name", row.queue},
                                      {"expected", row.expected},
                                      {"received", row.received},
                                      {"missing", row.missing},
                                      {"duplicates", row.duplicates},
                                      {"unexpected", row.unexpected}});
            missing += row.missing;
            unexpected += row.unexpected;
        }
        return print(line) && good(missing, unexpected) ? 0 : 1;
    }

    int print_result(const writer_statistics& written, steady_clock::duration time) const {
        const double seconds = std::chrono::duration<double>(time).count();
        const double each =
            written.requests == 0 ? 0 : static_cast<double>(written.entries) / static_cast<double>(written.requests);
        std::cout << "\norders -> billing, shipping (country DE or FR), audit (two readers)\n\n"
                  << "published   " << grouped(published_) << " of " << grouped(messages_) << " in "
                  << grouped(written.requests) << " requests, " << std::fixed << std::setprecision(2) << each
                  << " messages each\n\n"
                  << std::left << std::setw(12) << "queue" << std::right << std::setw(12) << "expected" << std::setw(12)
                  << "received" << std::setw(12) << "missing" << std::setw(12) << "duplicates" << std::setw(12)
                  << "unexpected" << '\n';
        std::size_t missing = 0;
        std::size_t unexpected = 0;
        std::size_t received = 0;
        for (const demo_ledger::row& row : ledger_.rows()) {
            std::cout << std::left << std::setw(12) << row.queue << std::right << std::setw(12) << grouped(row.expected)
                      << std::setw(12) << grouped(row.received) << std::setw(12) << row.missing << std::setw(12)
                      << row.duplicates << std::setw(12) << row.unexpected << '\n';
            missing += row.missing;
            unexpected += row.unexpected;
            received += row.received;
            for (const std::size_t id : row.missing_ids)
                std::cout << "  missing in " << row.queue << ": " << id << '\n';
        }
        std::cout << '\n'
                  << grouped(published_) << " published and " << grouped(received) << " delivered in "
                  << std::setprecision(1) << seconds << " s: " << grouped(per_second(published_, time))
                  << " published/s, " << grouped(per_second(received, time)) << " delivered and acknowledged/s\n"
                  << missing << " missing" << (failures_ == 0 ? "" : ", " + std::to_string(failures_) + " failures")
                  << '\n';
        return std::cout.flush() && good(missing, unexpected) ? 0 : 1;
    }

    session session_;
    asio::any_io_executor executor_;
    std::vector<std::string> lines_;
    std::size_t messages_;
    bool json_;
    demo_ledger ledger_;
    progress bar_;
    std::vector<std::unique_ptr<sqs::reader>> readers_;
    std::size_t next_id_ = 0;
    std::size_t writers_ = 0;
    std::size_t published_ = 0;
    std::size_t failures_ = 0;
    steady_clock::time_point last_progress_;
};

std::vector<std::string> read_lines(const std::string& file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty()) lines.push_back(std::move(line)); // an empty message cannot be
    }
    if (lines.empty()) throw error(error_info(errc::invalid_argument, "\"" + file + "\" has no lines to publish"));
    return lines;
}

int run(const demo_settings& wanted) {
    std::vector<std::string> lines;
    std::size_t messages = wanted.messages;
    if (!wanted.input.empty()) {
        lines = read_lines(wanted.input);
        messages = lines.size();
    }
    const broker_thread broker;
    asio::io_context context;
    std::cerr << "sluice: embedded broker at " << broker.endpoint() << ", signatures verified\n";
    const session session(context.get_executor(), broker.options());
    const auto show = std::make_shared<demo>(session, std::move(lines), messages, wanted.output.json());
    return run_command(context, show->run());
}

} // namespace

void add_demo_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<demo_settings>();
    CLI::App* command =
        program.add_subcommand("demo", "The main job on the embedded broker: a topic, three queues, competing readers");
    command->add_option("--messages", wanted->messages, "How many to publish")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--input", wanted->input, "Publish the lines of this file instead")->check(CLI::ExistingFile);
    wanted->output.add_format_to(*command);
    command->footer(
        "Exit status 0 only when every queue got exactly what it should.\nExample:\n  sluice demo --messages 20000");
    command->callback([wanted, &exit_status] { exit_status = run(*wanted); });
}

} // namespace sluice::cli
