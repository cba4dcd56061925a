// How a reader stops: what is left in flight, what a cut poll takes, and what comes while it drains. The broker's time
// is moved by hand.
#include "support/local_service.hpp"
#include "support/resources.hpp"
#include "support/run_coroutine.hpp"

#include <doctest/doctest.h>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <string>

using boost::asio::awaitable;
using sluice::sqs::delivery;
using sluice::sqs::stop_policy;
using namespace std::chrono_literals;

namespace {

struct world {
    boost::asio::io_context context;
    integration::local_service service{context.get_executor()};
    sluice::session session = service.session();
    std::string url;

    world() {
        integration::run_coroutine(
            context, [this]() -> awaitable<void> { url = co_await integration::make_queue(session, "q"); });
    }
    void write(std::string body) {
        integration::run_coroutine(context, [this, &body]() -> awaitable<void> {
            sluice::sqs::writer writer(session, url);
            co_await writer.write(std::move(body));
        });
    }
    sluice::local::queue_ledger ledger() { return service.server->ledger().at("q"); }
    template<class Condition>
    void until(Condition holds) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        context.restart();
        while (!holds() && std::chrono::steady_clock::now() < deadline) context.run_one_until(deadline);
        REQUIRE(holds());
    }
};

struct stopping {
    bool done = false;
    sluice::sqs::stop_report report;
};

awaitable<void> stop(sluice::sqs::reader& reader, stop_policy policy, stopping& outcome) {
    outcome.report = co_await reader.stop(policy);
    outcome.done = true;
}

auto no_handler = [](delivery&) -> awaitable<void> { co_return; };

} // namespace

TEST_CASE("stop(drain) waits for the open poll; what it brings goes back, and nothing stays in flight") {
    world w;
    sluice::sqs::reader_options options;
    options.shortest_wait_time = 20s;
    sluice::sqs::reader reader(w.session, w.url, options);
    bool ended = false;
    boost::asio::co_spawn(w.context, reader.run(no_handler), [&ended](const std::exception_ptr&) { ended = true; });
    w.until([&] { return reader.statistics().polls_under_way == 1; });
    stopping outcome;
    boost::asio::co_spawn(w.context, stop(reader, stop_policy::drain, outcome), boost::asio::detached);
    w.context.restart();
    w.context.poll();
    CHECK_FALSE(outcome.done); // the poll is under way
    w.write("late");
    w.until([&] { return outcome.done && ended; });
    CHECK(outcome.report.complete);
    CHECK(outcome.report.released == 1);
    CHECK(outcome.report.polls_cut == 0);
    CHECK(w.ledger().visible == 1);
    CHECK(w.ledger().in_flight == 0);
}

TEST_CASE("stop(drain) of an idle reader ends with its poll") {
    world w;
    sluice::sqs::reader_options options;
    options.shortest_wait_time = 20s;
    sluice::sqs::reader reader(w.session, w.url, options);
    bool ended = false;
    boost::asio::co_spawn(w.context, reader.run(no_handler), [&ended](const std::exception_ptr&) { ended = true; });
    w.until([&] { return reader.statistics().polls_under_way == 1; });
    stopping outcome;
    boost::asio::co_spawn(w.context, stop(reader, stop_policy::drain, outcome), boost::asio::detached);
    w.context.restart();
    w.context.poll();
    w.service.server->advance(20s);
    w.until([&] { return outcome.done && ended; });
    CHECK(outcome.report.complete);
    CHECK(w.ledger().in_flight == 0);
}

TEST_CASE("stop(drain) of a busy reader waits for the shortest wait only") {
    world w;
    sluice::sqs::reader reader(w.session, w.url);
    bool ended = false;
    boost::asio::co_spawn(w.context, reader.run(no_handler), [&ended](const std::exception_ptr&) { ended = true; });
    for (int i = 0; i < 3; ++i) { // quiet for a while, so that polls wait long
        w.until([&] { return reader.statistics().polls_under_way == 1; });
        w.service.server->advance(20s);
        const auto polls = reader.statistics().polls;
        w.until([&] { return reader.statistics().polls > polls; });
    }
    w.write("work");
    w.until([&] { return reader.statistics().acknowledged == 1 && reader.statistics().polls_under_way >= 1; });
    stopping outcome;
    boost::asio::co_spawn(w.context, stop(reader, stop_policy::drain, outcome), boost::asio::detached);
    w.context.restart();
    w.context.poll();
    CHECK_FALSE(outcome.done);
    w.service.server->advance(1s); // the wait of the polls under way, by the broker's clock
    w.context.restart();
    w.context.poll();
    CHECK(outcome.done);
    CHECK(outcome.report.complete);
    w.until([&] { return ended; });
}

TEST_CASE("stop(fast) of an idle reader takes less than a second and leaves nothing") {
    world w;
    sluice::sqs::reader_options options;
    options.shortest_wait_time = 20s;
    sluice::sqs::reader reader(w.session, w.url, options);
    bool ended = false;
    boost::asio::co_spawn(w.context, reader.run(no_handler), [&ended](const std::exception_ptr&) { ended = true; });
    w.until([&] { return reader.statistics().polls_under_way == 1; });
    const auto begun = std::chrono::steady_clock::now();
    stopping outcome;
    boost::asio::co_spawn(w.context, stop(reader, stop_policy::fast, outcome), boost::asio::detached);
    w.until([&] { return outcome.done && ended; });
    CHECK(std::chrono::steady_clock::now() - begun < 1s);
    CHECK(outcome.report.complete);
    CHECK(outcome.report.polls_cut == 1);
    w.write("later");
    CHECK(w.ledger().in_flight == 0);
}

TEST_CASE("stop(fast): what a cut poll took all the same comes again after the visibility timeout, and is counted") {
    world w;
    w.service.server->on("ReceiveMessage").outlive_client();
    sluice::sqs::reader_options options;
    options.shortest_wait_time = 20s;
    sluice::sqs::reader reader(w.session, w.url, options);
    bool ended = false;
    boost::asio::co_spawn(w.context, reader.run(no_handler), [&ended](const std::exception_ptr&) { ended = true; });
    w.until([&] { return reader.statistics().polls_under_way == 1; });
    stopping outcome;
    boost::asio::co_spawn(w.context, stop(reader, stop_policy::fast, outcome), boost::asio::detached);
    w.until([&] { return outcome.done && ended; });
    CHECK(outcome.report.polls_cut == 1);
    CHECK(reader.statistics().polls_cut == 1);
    w.write("orphan");
    CHECK(w.ledger().in_flight == 1); // the poll that nobody listens to took it
    w.service.server->advance(31s);
    CHECK(w.ledger().in_flight == 0);
    CHECK(w.ledger().visible == 1);
    w.service.server->clear_faults();
    sluice::sqs::reader next(w.session, w.url);
    integration::run_coroutine(w.context, [&]() -> awaitable<void> {
        delivery again = co_await next.read();
        CHECK(again.body() == "orphan");
        CHECK(again.receive_count() == 2);
        co_await again.ack();
        co_await next.stop(stop_policy::fast);
    });
    CHECK(w.ledger().deleted == 1);
}

TEST_CASE("a reader that is destroyed with a poll open hands back what the poll brings") {
    world w;
    auto reader = std::make_unique<sluice::sqs::reader>(w.session, w.url);
    bool ended = false;
    boost::asio::co_spawn(w.context, reader->run(no_handler), [&ended](const std::exception_ptr&) { ended = true; });
    w.until([&] { return reader->statistics().polls_under_way == 1; });
    reader.reset();
    w.write("late");
    w.until([&] { return ended && w.ledger().visible == 1; });
    CHECK(w.ledger().in_flight == 0);
}
