// The embedded broker without a socket: the client's own pieces over its transport. That messages come out as they went
// in is tested in message_path_test.cpp, with all servers.
#include "support/run_coroutine.hpp"

#include <doctest/doctest.h>
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace in_process_test {

using boost::asio::awaitable;
using sluice::local::broker;
using namespace std::chrono_literals;

namespace {

sluice::local::broker_options without_port() {
    sluice::local::broker_options options;
    options.listen = false;
    return options;
}

struct world {
    boost::asio::io_context context;
    std::optional<broker> server{std::in_place, context.get_executor(), without_port()};
    std::shared_ptr<sluice::transport> transport = server->transport();

    [[nodiscard]] sluice::session session(int max_attempts = 1) {
        sluice::session_options options;
        options.read_environment = false;
        options.region = "us-east-1";
        options.endpoint_url = server->endpoint();
        options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
        options.transport = transport;
        options.max_attempts = max_attempts;
        return sluice::session(context.get_executor(), std::move(options));
    }

    template<class Make>
    void run(Make make) {
        integration::run_coroutine(context, make);
    }
};

/// How a call ended: empty when well.
template<class T>
awaitable<std::string> ending_of(awaitable<T> call) {
    try {
        (void)co_await std::move(call);
        co_return std::string();
    } catch (const sluice::error& failure) {
        co_return failure.code().message() + (failure.may_have_been_applied() ? ", may have been applied" : "");
    }
}

awaitable<std::string> make_queue(sluice::session session, std::string name) {
    sluice::sqs::create_queue_request request(std::move(name));
    const auto made = co_await session.sqs().create_queue(std::move(request));
    co_return made.queue_url;
}

awaitable<void> send_through(sluice::session session, std::string& ending) {
    const std::string url = co_await make_queue(session, "q");
    sluice::sqs::send_message_request request(url, "one");
    ending = co_await ending_of(session.sqs().send_message(std::move(request)));
}

/// How SendMessage ends under one fault, and how many messages it left.
std::pair<std::string, std::uint64_t> under(const std::function<void(sluice::local::fault_builder)>& set,
                                            int max_attempts = 1) {
    world w;
    set(w.server->on("SendMessage"));
    std::string ending;
    w.run([&] { return send_through(w.session(max_attempts), ending); });
    return {ending, w.server->ledger().at("q").entered};
}

} // namespace

TEST_CASE("without sockets: faults end as they would over one") {
    using sluice::local::fault_builder;
    using outcome = std::pair<std::string, std::uint64_t>;
    const outcome applied_but_lost{"connection failed, may have been applied", 1};
    CHECK(under([](fault_builder on) { on.drop_reply(); }) == applied_but_lost);
    CHECK(under([](fault_builder on) { on.cut_reply(); }) == applied_but_lost);
    CHECK(under([](fault_builder on) { on.drop_request(); }) == outcome{"connection failed, may have been applied", 0});
    CHECK(under([](fault_builder on) { on.garbage_reply(); }) ==
          outcome{"reply not understood, may have been applied", 1});
    CHECK(under([](fault_builder on) { on.garbage_body(); }) ==
          outcome{"reply not understood, may have been applied", 1});
    CHECK(under([](fault_builder on) { on.fail(500); }) == outcome{"service unavailable, may have been applied", 0});
    CHECK(under([](fault_builder on) { on.throttle(); }) == outcome{"throttled", 0});
    // The retry of a client is seen, too: the message is there twice.
    CHECK(under([](fault_builder on) { on.times(1).drop_reply(); }, 2) == outcome{"", 2});
}

TEST_CASE("without sockets: a connection that is refused has applied nothing") {
    world w;
    w.server->refuse_connections(1);
    std::string ending;
    w.run([&]() -> awaitable<void> {
        auto session = w.session();
        ending = co_await ending_of(make_queue(session, "q"));
    });
    CHECK(ending == "connection failed");
    CHECK(w.server->ledger().empty());
}

namespace {

awaitable<std::string> poll_once(sluice::session session, std::string url) {
    sluice::sqs::receive_message_request request(std::move(url));
    request.wait_time = 20s;
    const auto got = co_await session.sqs().receive_message(std::move(request));
    co_return got.messages.empty() ? std::string() : got.messages.front().body;
}

/// Runs until the broker has met `polls` long polls.
void run_until_polls_wait(world& w, std::uint64_t polls) {
    const auto counter = w.server->on("ReceiveMessage").delay_reply(0ms);
    std::uint64_t seen = 0;
    while (seen < polls) {
        w.context.restart();
        w.context.poll();
        for (const auto& rule : w.server->faults()) {
            if (rule.id == counter) seen = rule.seen;
        }
    }
    w.server->remove_fault(counter);
}

std::string queue_in(world& w) {
    std::string url;
    w.run([&]() -> awaitable<void> {
        auto session = w.session();
        url = co_await make_queue(session, "q");
    });
    return url;
}

/// Keeps what became of a poll that was spawned.
struct ended_poll {
    bool ended = false;
    std::string how;

    auto keep() {
        return [this](std::exception_ptr, std::string text) {
            how = std::move(text);
            ended = true;
        };
    }
    void run_to_end(world& w) const {
        while (!ended) {
            w.context.restart();
            w.context.run_one();
        }
    }
};

} // namespace

TEST_CASE("without sockets: a long poll wakes with the message, and ends in the broker's time") {
    world w;
    const std::string url = queue_in(w);
    ended_poll first;
    boost::asio::co_spawn(w.context, poll_once(w.session(), url), first.keep());
    run_until_polls_wait(w, 1);
    w.run([&]() -> awaitable<void> {
        auto session = w.session();
        sluice::sqs::writer writer(session, url);
        co_await writer.write("woken");
    });
    first.run_to_end(w);
    CHECK(first.how == "woken");

    ended_poll second;
    const auto started = std::chrono::steady_clock::now();
    boost::asio::co_spawn(w.context, poll_once(w.session(), url), second.keep());
    run_until_polls_wait(w, 1);
    w.server->advance(20s);
    second.run_to_end(w);
    CHECK(second.how.empty());
    CHECK(std::chrono::steady_clock::now() - started < 19s);
}

TEST_CASE("without sockets: a cancelled poll takes no message") {
    world w;
    const std::string url = queue_in(w);
    ended_poll poll;
    boost::asio::cancellation_signal cancel;
    boost::asio::co_spawn(w.context, ending_of(poll_once(w.session(), url)),
                          boost::asio::bind_cancellation_slot(cancel.slot(), poll.keep()));
    run_until_polls_wait(w, 1);
    cancel.emit(boost::asio::cancellation_type::terminal);
    poll.run_to_end(w);
    CHECK(poll.how == "outcome unknown, may have been applied");
    w.run([&]() -> awaitable<void> {
        auto session = w.session();
        sluice::sqs::writer writer(session, url);
        co_await writer.write("stays");
    });
    const auto ledger = w.server->ledger().at("q");
    CHECK(ledger.visible == 1);
    CHECK(ledger.in_flight == 0);
}

TEST_CASE("without sockets: the broker stops, restarts or goes while a poll waits") {
    for (const std::string how : {"stop", "restart", "destroy"}) {
        CAPTURE(how);
        world w;
        const std::string url = queue_in(w);
        ended_poll poll;
        boost::asio::co_spawn(w.context, ending_of(poll_once(w.session(), url)), poll.keep());
        run_until_polls_wait(w, 1);
        if (how == "stop") w.server->stop();
        if (how == "restart") w.server->restart(sluice::local::restart_memory::kept);
        if (how == "destroy") w.server.reset();
        poll.run_to_end(w);
        CHECK(poll.how == "connection failed, may have been applied");
        if (how != "destroy") continue;
        w.run([&]() -> awaitable<void> {
            sluice::http_request request;
            request.origin.host = "localhost";
            const auto reply = co_await w.transport->send(std::move(request));
            REQUIRE(reply.has_error());
            CHECK_FALSE(reply.error().may_have_been_applied);
        });
    }
}

TEST_CASE("without sockets: a chain with writer and reader, and nothing listens") {
    world w;
    CHECK(w.server->endpoint() == "http://localhost");
    std::string body;
    w.run([&]() -> awaitable<void> {
        auto session = w.session();
        sluice::chain chain("orders");
        chain.queue("billing");
        const auto links = co_await sluice::ensure(session, chain);
        sluice::sns::writer writer(session, links.topic_arn);
        co_await writer.write("order 1");
        sluice::sqs::reader reader(session, links.queues.front().queue_url);
        auto delivery = co_await reader.read();
        body = delivery.body();
        co_await delivery.ack();
        // The next poll waits: let it end rather than wait for it.
        w.server->advance(20s);
        co_await reader.stop();
    });
    CHECK(body == "order 1");
    CHECK(w.server->ledger().at("billing").deleted == 1);
}

} // namespace in_process_test
