// What the reader's suite is made of: a scenario is played against every server at the same time, as most of it is
// waiting.
#pragma once

#include "servers.hpp"

#include "transport/one_shot_event.hpp"

#include <sluice/sluice.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>

namespace integration {

/// Where a scenario is played.
struct stage {
    stage(server where, sluice::wire_protocol how);

    [[nodiscard]] sluice::session_options options() const { return where.options(protocol); }
    /// True: this server does not fulfil that assertion. The table is in reader_suite.cpp.
    [[nodiscard]] bool deviates(const std::string& assertion) const;

    server where;
    sluice::wire_protocol protocol;
    std::string name; ///< for messages: INFO is not for coroutines that take turns
};

using scenario = boost::asio::awaitable<void> (*)(const stage&);
/// What a scenario throws, and that it is not done in time, is a failure that names the server.
void play_everywhere(scenario play, bool needs_topics = false, std::chrono::seconds limit = std::chrono::seconds(90));

/// A coroutine beside the scenario.
struct companion {
    explicit companion(const boost::asio::any_io_executor& executor) : ended(executor) {}
    sluice::one_shot_event ended;
    std::exception_ptr failure;
};
std::shared_ptr<companion> start(const boost::asio::any_io_executor& executor, boost::asio::awaitable<void> work);
/// Rethrows what it threw; throws std::runtime_error when it does not end in time.
boost::asio::awaitable<void> join(std::shared_ptr<companion> of);

boost::asio::awaitable<void> pause(std::chrono::milliseconds time);
/// Waits for the event; throws std::runtime_error that names it when it does not come in time.
boost::asio::awaitable<void> await(std::shared_ptr<sluice::one_shot_event> event, std::string name);
/// The same for a condition that nobody announces. Returns as soon as it holds.
boost::asio::awaitable<void> await_condition(std::function<bool()> holds, std::string name);

/// Short polls and the visibility timeout that most scenarios wait for.
sluice::sqs::reader_options quick_reads();
/// Its URL; FIFO when its name says so.
boost::asio::awaitable<std::string> make_timed_queue(sluice::session session, std::string name,
                                                     std::chrono::seconds visibility);

struct queue_counts {
    std::string visible;
    std::string in_flight;
};
boost::asio::awaitable<queue_counts> counts_of(sluice::session session, std::string url);

} // namespace integration
