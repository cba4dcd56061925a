// Takes commands and events from a queue and gives each to its handler.
#pragma once

#include <sluice/bus/command_handlers.hpp>
#include <sluice/bus/reply_queues.hpp>
#include <sluice/export.hpp>
#include <sluice/middleware/dead_letter.hpp>
#include <sluice/middleware/deduplicate.hpp>
#include <sluice/middleware/retry_in_place.hpp>
#include <sluice/sqs/reader.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

class command_bus_base;
namespace bus {
class consumer_core;
}

/// What a dead letter of the command bus has besides those of sluice/middleware/dead_letter.hpp.
namespace dead_letter_attributes {

/// `unknown-command`, `undecodable`, `expired`, `rejected` or `failed`.
inline constexpr const char* kind = "dead-letter-kind";
inline constexpr const char* type = "dead-letter-type"; ///< the name of the command, when it could be read

} // namespace dead_letter_attributes

/// How a consumer keeps from handling a command again: by its `deduplication_key`, which is its id (of CloudEvents its
/// source and id), with the `deduplicate` middleware and one of its
/// stores. A store belongs to one consumer, or to those of one queue: what is done for one is not done for another.
class command_deduplication {
  public:
    /// In the memory of this process: a command that comes again after a crash is handled again.
    command_deduplication() : command_deduplication(memory_deduplication_options()) {}
    explicit command_deduplication(const memory_deduplication_options& options)
        : command_deduplication(std::make_shared<memory_deduplication_store>(options)) {}
    /// In a store of your own.
    template<deduplication_store Store>
    explicit command_deduplication(std::shared_ptr<Store> store)
        : begin_([store](std::string key) { return store->begin(std::move(key)); }),
          commit_([store](deduplication_claim claim) { return store->commit(std::move(claim)); }),
          forget_([store](deduplication_claim claim) { return store->forget(std::move(claim)); }) {}

    /// Not at all: for handlers that commit the command's id in the same transaction as its effect.
    [[nodiscard]] static command_deduplication off() { return command_deduplication(nothing()); }

    [[nodiscard]] bool is_on() const noexcept { return begin_ != nullptr; }

    // A `deduplication_store` itself.
    boost::asio::awaitable<deduplication_claim> begin(std::string key) { return begin_(std::move(key)); }
    boost::asio::awaitable<void> commit(deduplication_claim claim) { return commit_(std::move(claim)); }
    boost::asio::awaitable<void> forget(deduplication_claim claim) { return forget_(std::move(claim)); }

  private:
    struct nothing {};
    explicit command_deduplication(nothing /*unused*/) {}

    std::function<boost::asio::awaitable<deduplication_claim>(std::string)> begin_;
    std::function<boost::asio::awaitable<void>(deduplication_claim)> commit_;
    std::function<boost::asio::awaitable<void>(deduplication_claim)> forget_;
};

struct command_consumer_options {
    /// `release_delay` and `longest_release_delay` are the back-off between attempts.
    sqs::reader_options reader;
    /// `handlers`, `handler_timeout`. `acknowledge` stays `on_success`; a batch is not for commands.
    sqs::run_options run;
    /// A command whose handler has failed so often here is given up, 1 or more. Counted by command id in the memory of
    /// this consumer (of the last 10,000 that failed), as the service's receive count also grows for those that wait
    /// behind a failed one on FIFO queues.
    int attempts = 5;
    /// Given up when it fails in its n-th receive or later, whoever saw the failures before. On standard queues also
    /// before its handler is called, when it was received more often: its handlers were cancelled, or killed with their
    /// process. Not so on FIFO queues, where it may only have waited behind a failed one: a redrive policy bounds
    /// crashes there. 0: never for that reason. A redrive policy of the queue itself should have a higher
    /// maxReceiveCount, or it moves commands without the reason. Without `dead_letters` handlers are called each time.
    int most_receives = 50;
    /// Failed handlers are first called again at once, before the command goes back to the queue; all calls of one
    /// receive count as one attempt. Not set: they are not.
    std::optional<retry_in_place_options> retry_in_place;
    command_deduplication deduplication;
    /// What is given up is written to the dead-letter queue, with the reason, and deleted here. False: it fails again
    /// and again, until the redrive policy of the queue moves it, or for ever.
    bool dead_letters = true;
    std::string dead_letter_queue; ///< URL, ARN or name; empty: `dead_letter_name` of the queue. Must exist, be another
    /// Larger payloads are dead letters (`undecodable`), 1 or more.
    std::size_t max_payload_bytes = std::size_t(1) << 20;
    /// Answers requests. False: nobody gets a reply.
    bool replies = true;
    /// An answer goes only to queues whose name begins so, of the account, region and endpoint of the consumer's own
    /// queue: whoever can send a command says where its answer goes. Empty: that of the bus.
    std::string reply_queue_prefix;
    /// Decides instead of that rule, by the URL; the answer then goes to that very queue. Empty: the rule holds. Called
    /// by several threads at once.
    std::function<bool(std::string_view url)> allows_reply_to;
    /// Told of each failure and each reply that was refused in one line, with what became of the command. Called by
    /// several threads at once; must not throw. Empty: nobody is.
    std::function<void(std::string_view line)> log;
};

struct command_consumer_statistics {
    std::uint64_t handled = 0;    ///< handlers that returned, retries in place apart
    std::uint64_t duplicates = 0; ///< not handled, as their ids were committed or under way
    std::uint64_t failed = 0;     ///< that come again: handlers that threw, stores that failed
    std::uint64_t rejected = 0;   ///< handlers that threw `command_rejected`
    std::uint64_t unknown = 0;    ///< times that a command of a type without a handler came
    std::uint64_t undecodable = 0;
    std::uint64_t expired = 0;             ///< times that a command came after its deadline
    std::uint64_t given_up = 0;            ///< that failed too often
    std::uint64_t dead_letters = 0;        ///< written
    std::uint64_t failed_dead_letters = 0; ///< not written: the command comes again
    std::uint64_t replies = 0;             ///< sent, error replies included
    std::uint64_t failed_replies = 0;      ///< not sent: the queue was gone, or the service failed
    std::uint64_t refused_replies = 0;     ///< not sent: the address is not one that replies may go to
    std::size_t remembered_failures = 0;   ///< commands that failed and may come again, now
    sqs::reader_statistics reader;
};

/// Reads one queue and handles what is in it, many at once, those of one aggregate on a FIFO queue one after the other.
///
/// A command goes, from the outside in: to the dead-letter queue when it is given up; past the deduplication by its id;
/// to its handler, with retries in place if asked for; its reply, if somebody awaits one, leaves after the handler has
/// returned and before the command is deleted. Each may happen twice when the process ends in between: handlers are
/// called at least once.
///
/// Given up at once: types without a handler, what cannot be decoded, what comes after its deadline, and
/// `command_rejected` when nobody awaits a reply. What else handlers throw has the command come again, after
/// `reader_options::release_delay` and doubled each time, until `attempts` are used up. Handlers that are cancelled,
/// stores that fail and dead letters that cannot be written do not count as attempts.
///
/// FIFO queues: a command that failed holds up those behind it in its aggregate until it has been handled or given up;
/// then the next one follows, so that the order holds among those handled. After a dead letter there is a hole in it: a
/// handler to which this matters checks the state of the aggregate.
///
/// Threads: usable from any coroutine of the session's executor. Lifetime: handlers under way keep what they need;
/// destroying it ends the polls as `sqs::reader` does, without waiting: `stop` first.
class SLUICE_API command_consumer {
  public:
    /// `queue`: URL, ARN or name. The bus is what contexts send by; its formats and codecs' content types are read.
    /// Throws `error` with `errc::invalid_argument` for options out of range and when there are no handlers.
    command_consumer(const command_bus_base& bus, std::string queue, const command_handlers_base& handlers,
                     command_consumer_options options = {});
    command_consumer(command_consumer&&) noexcept = default;
    command_consumer& operator=(command_consumer&& other) noexcept;
    ~command_consumer();

    /// Handles commands until it is stopped, and returns when everything under way has ended; when it is stopped or
    /// destroyed while it still looks for its queues, without having begun. Once. Throws at once when
    /// the queue or the dead-letter queue does not exist, or they are the same, and as `sqs::reader::run` does.
    /// Cancellation (terminal): as `stop(stop_policy::fast)`, then it throws `errc::cancelled`.
    boost::asio::awaitable<void> run();

    /// As `sqs::reader::stop`. Not from within a handler: it would wait for itself.
    boost::asio::awaitable<sqs::stop_report> stop(std::chrono::milliseconds patience = std::chrono::seconds(25));
    boost::asio::awaitable<sqs::stop_report> stop(sqs::stop_policy policy,
                                                  std::chrono::milliseconds patience = std::chrono::seconds(25));

    /// No further commands, until `resume`.
    void pause();
    void resume();

    [[nodiscard]] command_consumer_statistics statistics() const;

  private:
    std::shared_ptr<bus::consumer_core> core_;
};

} // namespace sluice
