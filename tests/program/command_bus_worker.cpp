// One process of the test of the command bus: makes queues, sends commands, handles them with effects in SQLite or on
// its output, or shows dead letters. Handlers fail at random, before or after their effect.
#include "ledger_database.hpp"

#include <sluice/command_bus.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <iostream>
#include <optional>
#include <random>
#include <vector>

namespace asio = boost::asio;
using asio::awaitable;
using sluice::command_bus;
using sluice::command_context;
using test_program::ledger_database;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

namespace {

struct add_to_account {
    static constexpr std::string_view command_name = "account.add";
    std::string account;
    int number = 0;
    [[nodiscard]] std::string aggregate_id() const { return account; }
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(add_to_account, account, number)
};

/// Nobody handles it.
struct guess_account {
    static constexpr std::string_view command_name = "account.guess";
    std::string account;
    [[nodiscard]] std::string aggregate_id() const { return account; }
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(guess_account, account)
};

constexpr const char* hopeless_account = "hopeless"; ///< begins the names of accounts whose commands always fail

sluice::command_bus_options to(const std::string& queue) {
    sluice::command_bus_options options;
    options.queue = queue;
    options.source = "test";
    return options;
}

awaitable<void> make(std::string queue, std::string visibility) {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::session session{executor};
    for (const std::string& name : {queue, sluice::dead_letter_name(queue)}) {
        sluice::sqs::create_queue_request create(name);
        create.attributes["FifoQueue"] = "true";
        create.attributes["VisibilityTimeout"] = visibility;
        auto making = session.sqs().create_queue(std::move(create));
        co_await std::move(making);
    }
}

/// Every `step`th account from `first` on, one command after the other.
awaitable<void> send_accounts(command_bus bus, int first, int step, int accounts, int commands) {
    for (int number = 0; number < commands; ++number) {
        for (int account = first; account < accounts; account += step) {
            const add_to_account command{"account-" + std::to_string(account), number};
            auto id = sluice::send_options().id(command.account + "." + std::to_string(number));
            auto sending = bus.send(command, std::move(id));
            co_await std::move(sending);
        }
    }
}

awaitable<void> send_poison(command_bus bus, sluice::session session, std::string queue, int count) {
    sluice::sqs::writer writer(session, queue);
    for (int i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        const guess_account unknown{"poison-" + number};
        auto sending_unknown = bus.send(unknown);
        co_await std::move(sending_unknown);
        const add_to_account hopeless{hopeless_account + number, 0};
        auto sending_hopeless = bus.send(hopeless);
        co_await std::move(sending_hopeless);
        sluice::message undecodable("{\"account\":");
        undecodable.attribute("streams-message-type", "account.add").group("broken-" + number);
        auto writing = writer.write(std::move(undecodable));
        co_await std::move(writing);
    }
}

awaitable<void> send(std::string queue, int accounts, int commands, int poison) {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::session session{executor};
    const command_bus bus{session, to(queue)};
    constexpr int senders = 400;
    int left = senders + 1;
    std::exception_ptr failure;
    asio::steady_timer ended{executor, asio::steady_timer::time_point::max()};
    const auto one_ended = [&](const std::exception_ptr& thrown) {
        if (thrown) failure = thrown;
        if (--left == 0) ended.cancel();
    };
    for (int i = 0; i < senders; ++i) {
        asio::co_spawn(executor, send_accounts(bus, i, senders, accounts, commands), one_ended);
    }
    asio::co_spawn(executor, send_poison(bus, session, queue, poison), one_ended);
    auto waiting = ended.async_wait(asio::as_tuple(asio::use_awaitable));
    co_await std::move(waiting);
    if (failure) std::rethrow_exception(failure);
    const auto seen = bus.statistics();
    std::cout << "sent " << seen.sent << " commands in " << seen.commands.requests << " requests\n";
    auto closing = bus.close();
    co_await std::move(closing);
}

class account_handler {
  public:
    account_handler(const std::string& store, double failing, unsigned seed) : failing_(failing), random_(seed) {
        if (store != "memory") database_.emplace(store);
    }

    awaitable<void> handle(const add_to_account& command, const command_context& context) {
        if (command.account.starts_with(hopeless_account)) throw std::runtime_error("no such account");
        fails("before its effect");
        auto handling = database_ ? handle_once(command, context) : handle_openly(context);
        co_await std::move(handling);
        fails("after its effect");
    }

    [[nodiscard]] int thrown() const { return thrown_; }
    [[nodiscard]] int known() const { return known_; }

  private:
    // [exactly-once]
    awaitable<void> handle_once(const add_to_account& command, const command_context& context) {
        const bool is_new = database_->apply_once(context.deduplication_key(), command.account, command.number);
        if (!is_new) ++known_; // it had its effect before, and was not deleted then: nothing is left to do
        co_return;
    }
    // [/exactly-once]

    static awaitable<void> handle_openly(const command_context& context) {
        std::cout << context.command_id() + " handled\n" << std::flush;
        co_return;
    }

    void fails(const char* when) {
        if (std::uniform_real_distribution<double>(0, 1)(random_) >= failing_) return;
        ++thrown_;
        throw std::runtime_error(std::string("fails now and then, ") + when);
    }

    double failing_;
    std::mt19937 random_;
    std::optional<ledger_database> database_;
    int thrown_ = 0;
    int known_ = 0; ///< commands that the database had
};

awaitable<void> stop_when_told(sluice::command_consumer& consumer) {
    const auto executor = co_await asio::this_coro::executor;
    asio::signal_set signals{executor, SIGTERM};
    const auto told = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
    if (std::get<0>(told)) co_return;
    auto stopping = consumer.stop();
    co_await std::move(stopping);
}

awaitable<void> handle(std::string queue, std::string store, double failing, unsigned seed) {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::session session{executor};
    const command_bus bus{session, to(queue)};
    account_handler account(store, failing, seed);
    sluice::command_handlers handlers;
    auto add = [&account](const add_to_account& command, command_context& context) {
        return account.handle(command, context);
    };
    handlers.on<add_to_account>(add);
    sluice::command_consumer_options options;
    if (store != "memory") options.deduplication = sluice::command_deduplication::off(); // the store sees to it
    options.reader.longest_release_delay = 1s;
    options.reader.wait_time = 2s;
    options.reader.buffered_messages = 200;
    options.run.handlers = 64;
    sluice::command_consumer consumer(bus, queue, handlers, options);
    std::cout << "ready\n" << std::flush;
    auto both = consumer.run() && stop_when_told(consumer);
    co_await std::move(both);
    const auto seen = consumer.statistics();
    std::cout << "stopped: " << seen.handled << " handled, " << account.thrown() << " failures, " << account.known()
              << " known, " << seen.duplicates << " duplicates, " << seen.dead_letters << " dead letters\n";
}

awaitable<void> show_letters(std::string queue) {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::session session{executor};
    while (true) {
        const sluice::sqs::receive_message_request ask(queue);
        auto receiving = session.sqs().receive_message(ask);
        const auto got = co_await std::move(receiving);
        if (got.messages.empty()) co_return;
        std::vector<std::string> handles;
        for (const auto& one : got.messages) {
            std::string line;
            for (const char* name : {"dead-letter-kind", "dead-letter-type", "dead-letter-reason"}) {
                for (const auto& attribute : one.attributes) {
                    if (attribute.name == name) line += attribute.value.value() + "|";
                }
            }
            std::cout << line << '\n';
            handles.push_back(one.receipt_handle);
        }
        sluice::sqs::delete_message_batch_request away(queue, std::move(handles));
        auto deleting = session.sqs().delete_message_batch(std::move(away));
        co_await std::move(deleting);
    }
}

awaitable<void> act(std::vector<std::string> words) {
    const std::string& what = words.at(0);
    awaitable<void> doing;
    if (what == "make") {
        doing = make(words.at(1), words.at(2));
    } else if (what == "send") {
        doing = send(words.at(1), std::stoi(words.at(2)), std::stoi(words.at(3)), std::stoi(words.at(4)));
    } else if (what == "handle") {
        const auto seed = static_cast<unsigned>(std::stoul(words.at(4)));
        doing = handle(words.at(1), words.at(2), std::stod(words.at(3)), seed);
    } else {
        doing = show_letters(words.at(1));
    }
    co_await std::move(doing);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "usage: command_bus_worker make QUEUE VISIBILITY | send QUEUE ACCOUNTS COMMANDS POISON |\n"
                     "       handle QUEUE DATABASE|memory FAILING SEED | letters QUEUE\n";
        return 2;
    }
    try {
        asio::io_context context;
        auto done = asio::co_spawn(context, act(std::vector<std::string>(argv + 1, argv + argc)), asio::use_future);
        context.run();
        done.get();
    } catch (const std::exception& failure) {
        std::cerr << "command_bus_worker: " << failure.what() << '\n';
        return 1;
    }
}
