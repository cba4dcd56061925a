// How a reader stops: what is left in flight, what a cut poll takes, and what comes while it drains. The broker's time
// is moved by hand.
#include "support/local_service.hpp"
#include "support/resources.hpp"
#include "support/run_coroutine.hpp"

#include <doctest/doctest.h>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <utility>

namespace reader_stop_test {

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

auto no_handler = [](delivery&) -> awaitable<void> { co_return; };

/// A reader whose `run` has begun: a poll is under way.
struct running_reader {
    explicit running_reader(world& in, const sluice::sqs::reader_options& options = quiet()) : w(in) {
        reader = std::make_unique<sluice::sqs::reader>(w.session, w.url, options);
        boost::asio::co_spawn(w.context, reader->run(no_handler), [this](const std::exception_ptr&) { ended = true; });
        w.until([this] { return reader->statistics().polls_under_way == 1; });
    }

    /// Polls that wait for 20 s, as those of a reader that has found nothing for a while.
    static sluice::sqs::reader_options quiet() {
        sluice::sqs::reader_options options;
        options.shortest_wait_time = 20s;
        return options;
    }
    void begin_stop(stop_policy policy) {
        auto stopping = reader->stop(policy);
        boost::asio::co_spawn(w.context, std::move(stopping),
                              [this](const std::exception_ptr&, sluice::sqs::stop_report with) {
                                  report = with;
                                  stopped = true;
                              });
        go_on();
    }
    void go_on() const {
        w.context.restart();
        w.context.poll();
    }
    void until_all_ended() {
        w.until([this] { return stopped && ended; });
    }

    world& w;
    std::unique_ptr<sluice::sqs::reader> reader;
    bool ended = false;
    bool stopped = false;
    sluice::sqs::stop_report report;
};

} // namespace

TEST_CASE("stop(drain) waits for the open poll; what it brings goes back, and nothing stays in flight") {
    world w;
    running_reader one(w);
    one.begin_stop(stop_policy::drain);
    CHECK_FALSE(one.stopped); // the poll is under way
    w.write("late");
    one.until_all_ended();
    CHECK(one.report.complete);
    CHECK(one.report.released == 1);
    CHECK(one.report.polls_cut == 0);
    CHECK(w.ledger().visible == 1);
    CHECK(w.ledger().in_flight == 0);
}

TEST_CASE("stop(drain) of an idle reader ends with its poll") {
    world w;
    running_reader one(w);
    one.begin_stop(stop_policy::drain);
    CHECK_FALSE(one.stopped);
    w.service.server->advance(20s);
    one.until_all_ended();
    CHECK(one.report.complete);
    CHECK(w.ledger().in_flight == 0);
}

TEST_CASE("stop(drain) of a busy reader waits for the shortest wait only") {
    world w;
    running_reader one(w, sluice::sqs::reader_options());
    for (int i = 0; i < 3; ++i) { // quiet for a while, so that polls wait long
        w.until([&] { return one.reader->statistics().polls_under_way == 1; });
        const auto polls = one.reader->statistics().polls;
        w.service.server->advance(20s);
        w.until([&] { return one.reader->statistics().polls > polls; });
    }
    w.write("work");
    w.until([&] {
        const auto now = one.reader->statistics();
        return now.acknowledged == 1 && now.polls_under_way >= 1;
    });
    one.begin_stop(stop_policy::drain);
    CHECK_FALSE(one.stopped);
    w.service.server->advance(1s); // the wait of the polls under way, by the broker's clock
    one.go_on();
    CHECK(one.stopped);
    CHECK(one.report.complete);
    one.until_all_ended();
}

TEST_CASE("stop(fast) of an idle reader takes less than a second and leaves nothing") {
    world w;
    running_reader one(w);
    const auto begun = std::chrono::steady_clock::now();
    one.begin_stop(stop_policy::fast);
    one.until_all_ended();
    CHECK(std::chrono::steady_clock::now() - begun < 1s);
    CHECK(one.report.complete);
    CHECK(one.report.polls_cut == 1);
    w.write("later");
    CHECK(w.ledger().in_flight == 0);
}

TEST_CASE("stop(fast): what a cut poll took all the same comes again after the visibility timeout, and is counted") {
    world w;
    w.service.server->on("ReceiveMessage").outlive_client();
    running_reader one(w);
    one.begin_stop(stop_policy::fast);
    one.until_all_ended();
    CHECK(one.report.polls_cut == 1);
    CHECK(one.reader->statistics().polls_cut == 1);
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
    running_reader one(w);
    one.reader.reset();
    w.write("late");
    w.until([&] { return one.ended && w.ledger().visible == 1; });
    CHECK(w.ledger().in_flight == 0);
}

} // namespace reader_stop_test
