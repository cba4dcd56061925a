// Retry in place: the decision exactly, and the middleware around handlers.
#include "stream/middleware/retry_pause.hpp"
#include "support/handler_fixture.hpp"

#include <sluice/error.hpp>
#include <sluice/middleware/compose.hpp>
#include <sluice/middleware/failure.hpp>
#include <sluice/middleware/retry_in_place.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

namespace middleware_retry_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using boost::asio::awaitable;
using sluice::errc;
using sluice::retry_in_place_options;
using sluice::sqs::delivery;
using sluice::stream::retry_pause;

namespace {

constexpr double almost_one = 0.999999999;

retry_in_place_options without_pause(int attempts) {
    retry_in_place_options options;
    options.attempts = attempts;
    options.first_delay = 0ms;
    return options;
}

retry_in_place_options with_long_pause() {
    retry_in_place_options options;
    options.first_delay = 10h;
    options.longest_delay = 10h;
    return options;
}

/// Fails the first so many times.
struct failing {
    int times;
    int calls = 0;

    auto handler() {
        return [this](delivery&) -> awaitable<void> {
            if (++calls <= times) throw std::runtime_error("failure " + std::to_string(calls));
            co_return;
        };
    }
};

} // namespace

TEST_CASE("retry_pause: the bound doubles up to the longest delay; the pause is a part of it") {
    retry_in_place_options options;
    options.attempts = 100;
    options.first_delay = 100ms;
    options.longest_delay = 5s;
    const std::vector<std::chrono::milliseconds> bounds{100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms};
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        const int failures = static_cast<int>(i) + 1;
        CHECK(retry_pause(options, failures, 1h, 0.0) == 0ms);
        CHECK(retry_pause(options, failures, 1h, 0.5) == bounds[i] / 2);
        CHECK(retry_pause(options, failures, 1h, almost_one) == bounds[i] - 1ms);
    }
    CHECK(retry_pause(options, 99, 1h, 0.5) == 2500ms);
    options.first_delay = 12h; // no overflow
    options.longest_delay = 12h;
    CHECK(retry_pause(options, 99, 24h, 0.5) == 6h);
}

TEST_CASE("retry_pause: nothing after the last attempt") {
    retry_in_place_options options;
    options.attempts = 3;
    CHECK(retry_pause(options, 2, 1h, 0.5));
    CHECK_FALSE(retry_pause(options, 3, 1h, 0.5));
    options.attempts = 1;
    CHECK_FALSE(retry_pause(options, 1, 1h, 0.5));
}

TEST_CASE("retry_pause: the pause and the reserve must fit into the lease") {
    retry_in_place_options options;
    options.first_delay = 2s;
    options.lease_reserve = 1s;
    CHECK(retry_pause(options, 1, 2000ms, 0.5) == 1s);
    CHECK_FALSE(retry_pause(options, 1, 1999ms, 0.5));
    CHECK(retry_pause(options, 1, 1000ms, 0.0) == 0s);
    CHECK_FALSE(retry_pause(options, 1, 0ms, 0.0));
    options.lease_reserve = 0ms;
    CHECK(retry_pause(options, 1, 1ms, 0.0) == 0s);
    CHECK_FALSE(retry_pause(options, 1, 0ms, 0.0)); // the lease is lost
}

TEST_CASE("retry in place: options out of range are refused with the value and the rule") {
    const auto refusal = [](const retry_in_place_options& options) {
        try {
            const sluice::retry_in_place retry(options);
        } catch (const sluice::error& failure) {
            CHECK(failure.code() == errc::invalid_argument);
            return failure.info().message;
        }
        return std::string("accepted");
    };
    retry_in_place_options options;
    CHECK(refusal(options) == "accepted");
    options.attempts = 0;
    CHECK(refusal(options) == "attempts is 0: it must be 1 or more");
    options.attempts = 1;
    options.first_delay = -1ms;
    CHECK(refusal(options).find("first_delay is -1 ms") == 0);
    options.first_delay = 12h;
    options.longest_delay = 43'200'001ms;
    CHECK(refusal(options).find("longest_delay is 43200001 ms") == 0);
    options.longest_delay = 12h;
    options.lease_reserve = -5ms;
    CHECK(refusal(options).find("lease_reserve is -5 ms") == 0);
}

TEST_CASE("retry in place: the handler is called until it succeeds") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    failing twice{2};
    auto handled =
        test.handle(sluice::compose(twice.handler()).with(sluice::retry_in_place(without_pause(3))), message);
    CHECK(handled.value());
    CHECK(twice.calls == 3);
}

TEST_CASE("retry in place: after the last attempt its failure passes on") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    failing always{1000};
    auto handled =
        test.handle(sluice::compose(always.handler()).with(sluice::retry_in_place(without_pause(4))), message);
    CHECK_THROWS_WITH_AS(static_cast<void>(handled.value()), "failure 4", std::runtime_error);
    CHECK(always.calls == 4);
}

TEST_CASE("retry in place: pauses between the calls") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    failing twice{2};
    retry_in_place_options options;
    options.first_delay = 2ms;
    auto handled = test.handle(sluice::compose(twice.handler()).with(sluice::retry_in_place(options)), message);
    while (!handled.ended() && test.context.run_one() > 0) {}
    CHECK(handled.value());
    CHECK(twice.calls == 3);
}

TEST_CASE("retry in place: only what the predicate says") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    failing always{1000};
    auto options = without_pause(5);
    options.retried = [](const std::exception_ptr& failure) {
        return sluice::describe_failure(failure) != "failure 2";
    };
    auto handled = test.handle(sluice::compose(always.handler()).with(sluice::retry_in_place(options)), message);
    CHECK_THROWS_WITH_AS(static_cast<void>(handled.value()), "failure 2", std::runtime_error);
}

TEST_CASE("retry in place: a pause that the lease does not hold is not begun") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"), 1s);
    failing always{1000};
    auto options = without_pause(5);
    options.lease_reserve = 1s; // the lease has less than its second left
    auto handled = test.handle(sluice::compose(always.handler()).with(sluice::retry_in_place(options)), message);
    CHECK_THROWS_WITH_AS(static_cast<void>(handled.value()), "failure 1", std::runtime_error);
    delivery empty; // as a message that was settled or lost
    options.lease_reserve = 0s;
    handled = test.handle(sluice::compose(always.handler()).with(sluice::retry_in_place(options)), empty);
    CHECK_THROWS_WITH_AS(static_cast<void>(handled.value()), "failure 2", std::runtime_error);
}

TEST_CASE("retry in place: cancellations are not tried again, whatever the predicate says") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    auto options = without_pause(5);
    options.retried = [](const std::exception_ptr&) { return true; };
    const sluice::retry_in_place retry(options);
    int calls = 0;
    auto cancelled = [&calls](delivery&) -> awaitable<void> {
        ++calls;
        throw sluice::error(sluice::error_info(errc::cancelled, "inner"));
        co_return;
    };
    auto handled = test.handle(sluice::compose(cancelled).with(retry), message);
    CHECK_THROWS_AS(static_cast<void>(handled.value()), sluice::error);
    auto aborted = [&calls](delivery&) -> awaitable<void> {
        ++calls;
        throw boost::system::system_error(boost::asio::error::operation_aborted);
        co_return;
    };
    handled = test.handle(sluice::compose(aborted).with(retry), message);
    CHECK_THROWS_AS(static_cast<void>(handled.value()), boost::system::system_error);
    CHECK(calls == 2);
}

TEST_CASE("retry in place: a handler that was cancelled and throws something else is not called again") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    int calls = 0;
    auto waits = [&calls](delivery&) -> awaitable<void> {
        ++calls;
        const auto executor = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer timer(executor, 10h);
        try {
            co_await timer.async_wait(boost::asio::use_awaitable);
        } catch (const boost::system::system_error&) {
            throw std::runtime_error("what I make of it");
        }
    };
    auto handled = test.handle(sluice::compose(waits).with(sluice::retry_in_place(without_pause(5))), message);
    CHECK_FALSE(handled.ended());
    handled.cancel();
    settle(test.context);
    CHECK_THROWS_WITH_AS(static_cast<void>(handled.value()), "what I make of it", std::runtime_error);
    CHECK(calls == 1);
}

TEST_CASE("retry in place: a cancelled pause ends at once and tells the failure before it") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    failing always{1000};
    auto handled =
        test.handle(sluice::compose(always.handler()).with(sluice::retry_in_place(with_long_pause())), message);
    REQUIRE_FALSE(handled.ended());
    CHECK(always.calls == 1);
    handled.cancel();
    settle(test.context);
    REQUIRE(handled.ended());
    try {
        static_cast<void>(handled.value());
        FAIL("not cancelled");
    } catch (const sluice::error& failure) {
        CHECK(failure.code() == errc::cancelled);
        CHECK(failure.info().message == "the message was to be handled again after: failure 1");
    }
    CHECK(always.calls == 1);
}

} // namespace middleware_retry_test
