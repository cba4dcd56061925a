// Deduplication around handlers: what is handled, and what becomes of keys when handlers or stores fail.
#include "support/handler_fixture.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/middleware/compose.hpp>
#include <sluice/middleware/deduplicate.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>

namespace middleware_deduplicate_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using boost::asio::awaitable;
using sluice::deduplication_claim;
using sluice::memory_deduplication_store;
using sluice::sqs::delivery;

namespace {

/// A store whose parts fail or wait on demand, as a database does.
class store_of_test {
  public:
    struct shared {
        explicit shared(const boost::asio::any_io_executor& executor) : gate(executor) {}
        memory_deduplication_store memory;
        std::vector<std::string> seen;
        bool begin_fails = false;
        bool settling_fails = false;
        bool settling_waits = false;
        sluice::one_shot_event gate;
    };
    explicit store_of_test(std::shared_ptr<shared> with) : shared_(std::move(with)) {}

    awaitable<deduplication_claim> begin(std::string key) {
        shared_->seen.push_back("begin " + key);
        if (shared_->begin_fails) throw std::runtime_error("no database");
        return shared_->memory.begin(std::move(key));
    }
    awaitable<void> commit(deduplication_claim claim) { return settle(shared_, "commit", std::move(claim)); }
    awaitable<void> forget(deduplication_claim claim) { return settle(shared_, "forget", std::move(claim)); }

  private:
    static awaitable<void> settle(std::shared_ptr<shared> with, std::string how, deduplication_claim claim) {
        with->seen.push_back(how + " " + claim.key());
        if (with->settling_waits) co_await with->gate.wait_until(std::chrono::steady_clock::time_point::max());
        if (with->settling_fails) throw std::runtime_error("the database went away");
        if (how == "commit") co_await with->memory.commit(claim);
        else co_await with->memory.forget(claim);
        with->seen.push_back("done");
    }

    std::shared_ptr<shared> shared_;
};

struct deduplicate_fixture : handler_fixture {
    std::shared_ptr<store_of_test::shared> store = std::make_shared<store_of_test::shared>(context.get_executor());
    int calls = 0;
    bool fails = false;
    std::shared_ptr<sluice::one_shot_event> gate; ///< null: handlers do not wait

    auto handler() {
        return [this](delivery&) -> awaitable<void> {
            ++calls;
            if (gate) co_await gate->wait_until(std::chrono::steady_clock::time_point::max());
            if (fails) throw std::runtime_error("handler");
        };
    }
    auto composed(sluice::deduplicate_options options = {}) {
        return sluice::compose(handler()).with(sluice::deduplicate(store_of_test(store), std::move(options)));
    }
};

std::string text_of(started<bool>& handled) {
    try {
        static_cast<void>(handled.value());
    } catch (const std::exception& thrown) {
        return thrown.what();
    }
    return "handled";
}

} // namespace

TEST_CASE("deduplicate: what was handled is not handled again; what failed is") {
    deduplicate_fixture test;
    const auto handler = test.composed();
    delivery first = test.receive(queued_message("a"));
    delivery again = test.receive(queued_message("a"));
    delivery other = test.receive(queued_message("b"));
    test.fails = true;
    auto failed = test.handle(handler, first);
    CHECK(text_of(failed) == "handler");
    test.fails = false;
    CHECK(test.handle(handler, again).value());
    CHECK(test.calls == 2);
    CHECK(test.handle(handler, first).value());
    CHECK(test.calls == 2);
    CHECK(test.handle(handler, other).value());
    CHECK(test.calls == 3);
    CHECK(test.store->seen == std::vector<std::string>{"begin m:a", "forget m:a", "done", "begin m:a", "commit m:a",
                                                       "done", "begin m:a", "begin m:b", "commit m:b", "done"});
}

TEST_CASE("deduplicate: of two at once one is handled, the other one fails") {
    deduplicate_fixture test;
    test.gate = std::make_shared<sluice::one_shot_event>(test.context.get_executor());
    const auto handler = test.composed();
    delivery first = test.receive(queued_message("a"));
    delivery second = test.receive(queued_message("a"));
    auto running = test.handle(handler, first);
    CHECK_FALSE(running.ended());
    auto refused = test.handle(handler, second);
    CHECK_THROWS_WITH_AS(static_cast<void>(refused.value()),
                         "a message with the deduplication key \"m:a\" is being handled at this moment",
                         sluice::duplicate_under_way);
    test.gate->set();
    settle(test.context);
    CHECK(running.value());
    CHECK(test.handle(handler, second).value());
    CHECK(test.calls == 1);
}

TEST_CASE("deduplicate: the key may come from an attribute; an empty one is no key") {
    deduplicate_fixture test;
    sluice::deduplicate_options options;
    options.key = sluice::key_of_attribute("order");
    const auto handler = test.composed(options);
    delivery first = test.receive(queued_message("a").attribute("order", "7"));
    delivery same = test.receive(queued_message("b").attribute("order", "7"));
    delivery without = test.receive(queued_message("c"));
    CHECK(test.handle(handler, first).value());
    CHECK(test.handle(handler, same).value());
    CHECK(test.calls == 1);
    CHECK(test.handle(handler, without).value());
    CHECK(test.handle(handler, without).value());
    CHECK(test.calls == 2);
    CHECK(test.store->seen.back() == "begin m:c");

    options.key = [](const delivery&) { return std::string(); };
    const std::size_t asked = test.store->seen.size();
    CHECK(test.handle(test.composed(options), first).value());
    CHECK(test.handle(test.composed(options), first).value());
    CHECK(test.calls == 4);
    CHECK(test.store->seen.size() == asked);
}

TEST_CASE("deduplicate: a store that cannot be asked fails the message, which is not handled") {
    deduplicate_fixture test;
    test.store->begin_fails = true;
    delivery message = test.receive(queued_message("a"));
    auto failed = test.handle(test.composed(), message);
    CHECK(text_of(failed) == "no database");
    CHECK(test.calls == 0);
}

TEST_CASE("deduplicate: a failed commit fails the message, unless somebody is told; a failed forget never hides why") {
    deduplicate_fixture test;
    test.store->settling_fails = true;
    delivery a = test.receive(queued_message("a"));
    delivery b = test.receive(queued_message("b"));
    delivery c = test.receive(queued_message("c"));
    auto failed = test.handle(test.composed(), a);
    CHECK(text_of(failed) == "the database went away");
    std::vector<std::string> told;
    sluice::deduplicate_options options;
    options.store_failed = [&told](const delivery& message, const std::exception_ptr&) {
        told.push_back(message.body());
    };
    CHECK(test.handle(test.composed(options), b).value());
    CHECK(told == std::vector<std::string>{"b"});
    test.fails = true;
    failed = test.handle(test.composed(options), c);
    CHECK(text_of(failed) == "handler");
    CHECK(told == std::vector<std::string>{"b", "c"});
    delivery d = test.receive(queued_message("d"));
    failed = test.handle(test.composed(), d);
    CHECK(text_of(failed) == "handler");
}

TEST_CASE("deduplicate: a handler that is cancelled is forgotten, and its exception passes on") {
    deduplicate_fixture test;
    int calls = 0;
    auto waits = [&calls](delivery&) -> awaitable<void> {
        ++calls;
        const auto executor = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer timer(executor, 10h);
        co_await timer.async_wait(boost::asio::use_awaitable);
    };
    bool outer_sees_cancellation = false;
    const auto outer = [&](delivery& handled, const auto& next) -> awaitable<void> {
        std::exception_ptr failure;
        try {
            co_await next(handled);
        } catch (...) {
            failure = std::current_exception();
        }
        const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
        outer_sees_cancellation = cancellation.cancelled() != boost::asio::cancellation_type::none;
        if (failure) std::rethrow_exception(failure);
    };
    const auto handler = sluice::compose(waits).with(sluice::deduplicate(store_of_test(test.store))).with(outer);
    delivery message = test.receive(queued_message("a"));
    auto handled = test.handle(handler, message);
    CHECK_FALSE(handled.ended());
    handled.cancel();
    settle(test.context);
    REQUIRE(handled.ended());
    CHECK_THROWS_AS(static_cast<void>(handled.value()), boost::system::system_error);
    CHECK(outer_sees_cancellation);
    CHECK(test.store->seen == std::vector<std::string>{"begin m:a", "forget m:a", "done"});
    auto again = test.handle(handler, message);
    CHECK(calls == 2);
    again.cancel();
    settle(test.context);
    CHECK(again.ended());
}

TEST_CASE("deduplicate: a cancellation does not touch a commit, neither before it nor while it waits") {
    deduplicate_fixture test;
    test.store->settling_waits = true;
    test.gate = std::make_shared<sluice::one_shot_event>(test.context.get_executor());
    const auto handler = test.composed();
    delivery message = test.receive(queued_message("a"));
    auto handled = test.handle(handler, message);
    handled.cancel(); // the handler's wait ends, and it returns well
    settle(test.context);
    CHECK_FALSE(handled.ended());
    CHECK(test.store->seen.back() == "commit m:a");
    handled.cancel();
    settle(test.context);
    CHECK_FALSE(handled.ended());
    test.store->gate.set();
    settle(test.context);
    REQUIRE(handled.ended());
    CHECK(test.store->seen.back() == "done");
    CHECK(test.handle(handler, message).value());
    CHECK(test.calls == 1);
}

TEST_CASE("deduplicate: without a store of its own it has one in memory") {
    handler_fixture test;
    int calls = 0;
    auto base = [&calls](delivery&) -> awaitable<void> {
        ++calls;
        co_return;
    };
    const auto handler = sluice::compose(base).with(sluice::deduplicate());
    delivery message = test.receive(queued_message("a"));
    CHECK(test.handle(handler, message).value());
    CHECK(test.handle(handler, message).value());
    CHECK(calls == 1);
    memory_deduplication_store shared;
    const auto other = sluice::compose(base).with(sluice::deduplicate(shared));
    const auto third =
        sluice::compose(base).with(sluice::deduplicate(std::make_shared<memory_deduplication_store>(shared)));
    CHECK(test.handle(other, message).value());
    CHECK(test.handle(third, message).value());
    CHECK(calls == 2);
    CHECK(shared.statistics().duplicates == 1);
}

TEST_CASE("threads: 2,000 messages with 250 keys on four threads; each key is handled once, never twice at a time") {
    boost::asio::thread_pool pool(4);
    constexpr int total = 2000;
    constexpr int keys = 250;
    const auto body_of = [](int number) { return std::to_string(number / 8 % keys) + "/" + std::to_string(number); };
    const auto reader = reader_of_numbered_messages(pool.get_executor(), total, body_of);
    std::mutex mutex;
    std::map<std::string, int> successes;
    std::map<std::string, int> at_once;
    int most_at_once = 0;
    std::atomic<int> ended{0};
    std::atomic<int> refused{0};
    const auto key = [](const delivery& message) { return message.body().substr(0, message.body().find('/')); };
    auto base = [&](delivery& message) -> awaitable<void> {
        const std::string id = key(message);
        {
            const std::lock_guard lock(mutex);
            most_at_once = std::max(most_at_once, ++at_once[id]);
        }
        const auto executor = co_await boost::asio::this_coro::executor;
        for (int i = 0; i < 5; ++i) co_await boost::asio::post(executor, boost::asio::use_awaitable);
        const std::lock_guard lock(mutex);
        --at_once[id];
        ++successes[id];
    };
    auto stop = [](std::shared_ptr<sluice::sqs::reader> stopped) -> awaitable<void> { co_await stopped->stop(10s); };
    auto count = [&](delivery& message, const auto& next) -> awaitable<void> {
        std::exception_ptr failure;
        try {
            co_await next(message);
        } catch (const sluice::duplicate_under_way&) {
            ++refused;
            failure = std::current_exception();
        }
        if (++ended == total) boost::asio::co_spawn(pool, stop(reader), boost::asio::detached);
        if (failure) std::rethrow_exception(failure);
    };
    memory_deduplication_store store;
    sluice::deduplicate_options options;
    options.key = key;
    const auto handler = sluice::compose(base).with(sluice::deduplicate(store, options)).with(count);
    boost::asio::co_spawn(pool, reader->run(handler), boost::asio::detached);
    pool.join();
    CHECK(ended == total);
    CHECK(successes.size() == keys);
    CHECK(std::ranges::all_of(successes, [](const auto& one) { return one.second == 1; }));
    CHECK(most_at_once == 1);
    const auto seen = store.statistics();
    CHECK(seen.committed == keys);
    CHECK(seen.under_way == 0);
    CHECK(seen.collisions == static_cast<std::uint64_t>(refused));
    CHECK(seen.duplicates + seen.collisions == total - keys);
}

} // namespace middleware_deduplicate_test
