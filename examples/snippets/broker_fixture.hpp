// A fixture for tests of code that uses SNS and SQS: docs/local.md quotes it.
#pragma once

#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <future>
#include <utility>

namespace asio = boost::asio;

// [fixture]
/// A broker of its own for each test, without a port, and a session with it.
struct broker_fixture {
    asio::io_context context;
    sluice::local::broker broker{context.get_executor(), without_port()};
    sluice::session session{context.get_executor(), options()};

    /// Runs a coroutine to its end, on this thread.
    template<class Result>
    Result run(asio::awaitable<Result> work) {
        context.restart(); // it has stopped when the one before had nothing left to do
        std::future<Result> done = asio::co_spawn(context, std::move(work), asio::use_future);
        while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) context.run_one();
        return done.get();
    }

  private:
    static sluice::local::broker_options without_port() {
        sluice::local::broker_options options;
        options.listen = false;
        return options;
    }
    sluice::session_options options() {
        sluice::session_options options;
        options.read_environment = false;
        options.region = "us-east-1";
        options.endpoint_url = broker.endpoint();
        options.transport = broker.transport();
        options.credentials = sluice::static_credentials(sluice::credentials{"test", "test"});
        return options;
    }
};
// [/fixture]

// [code]
// The code under test.
inline asio::awaitable<void> place_order(sluice::session session, std::string order) {
    sluice::sqs::writer orders{session, "orders"};
    co_await orders.write(std::move(order));
    co_await orders.close();
}
// [/code]
