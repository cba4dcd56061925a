// How middlewares are put together, and what lives how long.
#include "support/handler_fixture.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/error.hpp>
#include <sluice/middleware/compose.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <set>

namespace middleware_compose_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using boost::asio::awaitable;
using sluice::sqs::delivery;

namespace {

/// Notes when it begins and ends.
class notes {
  public:
    notes(std::string name, std::vector<std::string>& seen) : name_(std::move(name)), seen_(&seen) {}

    template<class Next>
    awaitable<void> operator()(delivery& message, const Next& next) const {
        seen_->push_back(name_ + " begins");
        co_await next(message);
        seen_->push_back(name_ + " ends");
    }

  private:
    std::string name_;
    std::vector<std::string>* seen_;
};

/// What is moved into a chain, and need not be copyable.
class movable_handler {
  public:
    explicit movable_handler(std::unique_ptr<std::string> text, std::string& seen)
        : text_(std::move(text)), seen_(&seen) {}

    awaitable<void> operator()(delivery&) const {
        *seen_ = *text_;
        co_return;
    }

  private:
    std::unique_ptr<std::string> text_;
    std::string* seen_;
};

awaitable<void> free_handler(delivery&) { co_return; }

} // namespace

TEST_CASE("compose: the last added is the outermost") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    std::vector<std::string> seen;
    auto base = [&seen](delivery& handled) -> awaitable<void> {
        seen.push_back("handler " + handled.body());
        co_return;
    };
    const auto handler = sluice::compose(base).with(notes("inner", seen)).with(notes("outer", seen));
    auto handled = test.handle(handler, message);
    CHECK(handled.value());
    CHECK(seen == std::vector<std::string>{"outer begins", "inner begins", "handler a", "inner ends", "outer ends"});
}

TEST_CASE("compose: a chain may be gone on with in two ways") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    std::vector<std::string> seen;
    const auto common = sluice::compose(free_handler).with(notes("common", seen));
    const auto left = common.with(notes("left", seen));
    const auto right = common.with(notes("right", seen));
    CHECK(test.handle(left, message).value());
    CHECK(test.handle(right, message).value());
    CHECK(seen == std::vector<std::string>{"left begins", "common begins", "common ends", "left ends", "right begins",
                                           "common begins", "common ends", "right ends"});
}

TEST_CASE("compose: a middleware may leave the handler out, and sees what it throws at once") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    const auto skip = [](delivery&, const auto&) -> awaitable<void> { co_return; };
    bool called = false;
    auto base = [&called](delivery&) -> awaitable<void> {
        called = true;
        throw std::runtime_error("no coroutine: thrown by the call itself");
    };
    CHECK(test.handle(sluice::compose(base).with(skip), message).value());
    CHECK_FALSE(called);
    std::string caught;
    const auto catches = [&caught](delivery& handled, const auto& next) -> awaitable<void> {
        try {
            co_await next(handled);
        } catch (const std::exception& thrown) {
            caught = thrown.what();
        }
    };
    CHECK(test.handle(sluice::compose(base).with(catches), message).value());
    CHECK(caught == "no coroutine: thrown by the call itself");
}

TEST_CASE("compose: handlers and middlewares need not be copyable") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    std::string seen;
    auto owned = std::make_unique<int>(7);
    int passed = 0;
    auto middleware = [owned = std::move(owned), &passed](delivery& handled, const auto& next) -> awaitable<void> {
        co_await next(handled);
        passed = *owned;
    };
    const auto handler =
        sluice::compose(movable_handler(std::make_unique<std::string>("moved in"), seen)).with(std::move(middleware));
    const auto copy = handler;
    CHECK(test.handle(copy, message).value());
    CHECK(seen == "moved in");
    CHECK(passed == 7);
}

TEST_CASE("compose: a call keeps all layers alive, also when the composed handler is gone") {
    handler_fixture test;
    delivery message = test.receive(queued_message("a"));
    const auto token = std::make_shared<int>(0);
    auto gate = std::make_shared<sluice::one_shot_event>(test.context.get_executor());
    const auto start = [&] {
        auto base = [token, gate](delivery& handled) -> awaitable<void> {
            co_await gate->wait_until(std::chrono::steady_clock::time_point::max());
            *token += static_cast<int>(handled.body().size());
        };
        auto middleware = [token](delivery& handled, const auto& next) -> awaitable<void> {
            co_await next(handled);
            *token += 10;
        };
        const auto handler = sluice::compose(std::move(base)).with(std::move(middleware));
        return handler(message); // not awaited yet
    };
    auto called = start();
    CHECK(token.use_count() == 3); // here, handler, middleware
    started<bool> running(test.context, then_true(std::move(called)));
    settle(test.context);
    CHECK_FALSE(running.ended());
    gate->set();
    settle(test.context);
    CHECK(running.value());
    CHECK(*token == 11);
    CHECK(token.use_count() == 1);
}

TEST_CASE("compose: a call whose executor goes leaves nothing behind") {
    const auto token = std::make_shared<int>(0);
    {
        handler_fixture test;
        delivery message = test.receive(queued_message("a"));
        auto base = [token = token](delivery&) -> awaitable<void> { // moved from it lets go
            const auto executor = co_await boost::asio::this_coro::executor;
            boost::asio::steady_timer timer(executor, 1h);
            co_await timer.async_wait(boost::asio::use_awaitable);
        };
        std::vector<std::string> seen;
        const auto handler = sluice::compose(std::move(base)).with(notes("outer", seen));
        auto handled = test.handle(handler, message);
        CHECK(token.use_count() == 2);
        CHECK_FALSE(handled.ended());
    }
    CHECK(token.use_count() == 1);
}

TEST_CASE("compose: an empty handler is refused when the chain is made") {
    const auto refusal = [](auto handler) {
        try {
            const auto composed = sluice::compose(handler);
        } catch (const sluice::error& failure) {
            return failure.info().message;
        }
        return std::string("accepted");
    };
    CHECK(refusal(sluice::sqs::message_handler()) == "the handler is empty");
    CHECK(refusal(static_cast<awaitable<void> (*)(delivery&)>(nullptr)) == "the handler is empty");
    CHECK(refusal(&free_handler) == "accepted");
    CHECK(refusal(sluice::sqs::message_handler(free_handler)) == "accepted");
}

TEST_CASE("compose: what is called through a non-const object only is no handler") {
    struct counting {
        awaitable<void> operator()(delivery&) { return free_handler_of(++calls); }
        static awaitable<void> free_handler_of(int) { co_return; }
        int calls = 0;
    };
    CHECK_FALSE(sluice::delivery_handler<counting>);
    const auto fine = [](delivery&) -> awaitable<void> { co_return; };
    const auto returns_int = [](delivery&) -> awaitable<int> { co_return 1; };
    CHECK(sluice::delivery_handler<decltype(fine)>);
    CHECK_FALSE(sluice::delivery_handler<decltype(returns_int)>);
    CHECK(sluice::middleware_for<notes, decltype(fine)>);
}

TEST_CASE("threads: run calls one chain for 1,000 messages on four threads") {
    boost::asio::thread_pool pool(4);
    constexpr int total = 1000;
    const auto body_of = [](int number) { return std::to_string(number); };
    const auto reader = reader_of_numbered_messages(pool.get_executor(), total, body_of);
    std::atomic<int> outer{0};
    std::mutex mutex;
    std::set<std::string> seen;
    auto base = [&](delivery& message, const sluice::message_context& ids) -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        co_await boost::asio::post(executor, boost::asio::use_awaitable);
        const std::lock_guard lock(mutex);
        if (ids.correlation_id() == "m:" + message.body()) seen.insert(message.body());
    };
    auto stop = [](std::shared_ptr<sluice::sqs::reader> stopped) -> awaitable<void> { co_await stopped->stop(10s); };
    auto count = [&](delivery& message, const auto& next) -> awaitable<void> {
        co_await next(message);
        if (++outer == total) boost::asio::co_spawn(pool, stop(reader), boost::asio::detached);
    };
    const auto handler = sluice::compose(base).with(count);
    boost::asio::co_spawn(pool, reader->run(handler), boost::asio::detached);
    pool.join();
    CHECK(outer == total);
    CHECK(seen.size() == total);
    CHECK(reader->statistics().acknowledged == total);
    CHECK(reader->statistics().failed_handlers == 0);
}

} // namespace middleware_compose_test
