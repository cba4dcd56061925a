// The batch channel: every push gets its own entry's outcome, whatever becomes of the others.
#include "support/manual_service.hpp"
#include "support/run_coroutine.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

namespace channel_results_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using sluice::errc;
using sluice::error_info;
using sluice::stream::channel_limits;

namespace {

channel_limits patient_limits() {
    channel_limits limits;
    limits.batch.linger = 1h; // a batch leaves when it is full or flushed, never by time
    return limits;
}

struct fixture {
    explicit fixture(const channel_limits& limits = patient_limits())
        : service(context),
          channel(std::make_shared<number_channel>(context.get_executor(), limits, service.sender())) {}

    started<number_outcome> push(int entry, std::size_t bytes = 1) {
        started<number_outcome> pushed(context, channel->push(number_entry(entry, bytes)));
        settle(context);
        return pushed;
    }
    std::vector<started<number_outcome>> push_all(int first, int last) {
        std::vector<started<number_outcome>> pushes;
        for (int i = first; i <= last; ++i) pushes.emplace_back(context, channel->push(number_entry(i, 1)));
        settle(context);
        return pushes;
    }
    /// One request with ten entries, whose pushes wait on a context of their own.
    std::vector<started<number_outcome>> send_ten_from(boost::asio::io_context& elsewhere) {
        std::vector<started<number_outcome>> pushes;
        for (int i = 1; i <= 10; ++i) pushes.emplace_back(elsewhere, channel->push(number_entry(i, 1)));
        settle(elsewhere);
        settle(context);
        REQUIRE(service.count() == 1);
        return pushes;
    }

    boost::asio::io_context context;
    manual_service service;
    std::shared_ptr<number_channel> channel;
};

boost::asio::awaitable<bool> close_now(std::shared_ptr<number_channel> channel) {
    co_await channel->close(std::chrono::steady_clock::now());
    co_return true;
}

} // namespace

TEST_CASE("channel: outcomes of a partly failed batch go to their own entries") {
    fixture test;
    auto pushes = test.push_all(1, 10);
    REQUIRE(test.service.count() == 1);
    CHECK(test.service.batch(0) == std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    std::vector<number_outcome> outcomes;
    for (int i = 1; i <= 10; ++i) {
        if (i % 3 == 0) outcomes.emplace_back(error_info(errc::throttled, std::to_string(i)));
        else outcomes.emplace_back(i * 10);
    }
    test.service.answer(0, std::move(outcomes));
    settle(test.context);
    for (int i = 1; i <= 10; ++i) {
        INFO("entry " << i);
        const number_outcome& outcome = pushes[static_cast<std::size_t>(i - 1)].value();
        if (i % 3 == 0) {
            REQUIRE_FALSE(outcome.has_value());
            CHECK(outcome.error().message == std::to_string(i));
        } else {
            CHECK(*outcome == i * 10);
        }
    }
    CHECK(test.channel->counts().accepted == 7);
    CHECK(test.channel->counts().failed == 3);
    CHECK(test.channel->counts().pending == 0);
}

TEST_CASE("channel: an answer with too few outcomes leaves nobody waiting") {
    fixture test;
    auto pushes = test.push_all(1, 10);
    test.service.answer(0, std::vector<number_outcome>(4, number_outcome(1)));
    settle(test.context);
    CHECK(*pushes[3].value() == 1);
    REQUIRE_FALSE(pushes[4].value().has_value());
    CHECK(pushes[4].value().error().code == errc::unknown_outcome);
    CHECK(pushes[9].value().error().may_have_been_applied);
}

TEST_CASE("channel: a sender that throws ends its entries as unknown") {
    boost::asio::io_context context;
    auto throws = [](std::string, std::vector<const int*>) -> boost::asio::awaitable<std::vector<number_outcome>> {
        throw std::bad_alloc();
        co_return std::vector<number_outcome>();
    };
    auto channel = std::make_shared<number_channel>(context.get_executor(), patient_limits(), throws);
    started<number_outcome> pushed(context, channel->push(number_entry(1, 1)));
    started<bool> flushed(context, channel->flush(number_channel::time_point::max()));
    settle(context);
    REQUIRE(pushed.ended());
    CHECK(pushed.value().error().code == errc::unknown_outcome);
    CHECK(flushed.value());
    CHECK(channel->counts().pending == 0);
}

TEST_CASE("channel: who waits goes on where it waits, and not where the channel lives") {
    fixture test;
    boost::asio::io_context elsewhere;
    auto pushes = test.send_ten_from(elsewhere);
    test.service.accept(0);
    settle(test.context);
    CHECK_FALSE(pushes[0].ended()); // its outcome is on the way to its own context
    settle(elsewhere);
    for (int i = 1; i <= 10; ++i) CHECK(*pushes[static_cast<std::size_t>(i - 1)].value() == i * 10);
}

TEST_CASE("channel: an outcome that is on its way comes there, though the channel's context is gone") {
    boost::asio::io_context elsewhere;
    std::vector<started<number_outcome>> pushes;
    {
        fixture test;
        pushes = test.send_ten_from(elsewhere);
        started<bool> closing(test.context, close_now(test.channel));
        settle(test.context);
        CHECK(closing.ended());
        CHECK_FALSE(pushes[0].ended());
    } // and with it the request
    settle(elsewhere);
    for (auto& one : pushes) CHECK(one.value().error().code == errc::unknown_outcome);
}

TEST_CASE("channel: where somebody waits may go before the request has ended") {
    fixture test;
    {
        boost::asio::io_context elsewhere;
        auto pushes = test.send_ten_from(elsewhere);
        started<bool> closing(test.context, close_now(test.channel));
        settle(test.context);
        CHECK(closing.ended()); // the outcomes are posted, and nobody runs them
    }
    test.service.accept(0);
    settle(test.context);
    CHECK(test.channel->counts().failed == 10);
}

TEST_CASE("channel: a batch that is not full leaves by its linger") {
    channel_limits limits;
    limits.batch.linger = 2ms;
    boost::asio::io_context context;
    manual_service service(context);
    auto channel = std::make_shared<number_channel>(context.get_executor(), limits, service.sender());
    started<number_outcome> pushed(context, channel->push(number_entry(1, 1)));
    while (service.count() == 0 && context.run_one() > 0) {}
    REQUIRE(service.count() == 1);
    service.accept(0);
    settle(context);
    CHECK(*pushed.value() == 10);
}

TEST_CASE("channel: the buffer is bounded by count; pushes wait in their order") {
    channel_limits limits = patient_limits();
    limits.flow.entries = 10;
    fixture test(limits);
    auto pushes = test.push_all(1, 25);
    CHECK(test.service.count() == 1);
    CHECK(test.channel->counts().pending == 10);
    CHECK(test.channel->counts().waiting == 15);
    test.service.accept(0);
    settle(test.context);
    REQUIRE(test.service.count() == 2);
    CHECK(test.service.batch(1).front() == 11);
    CHECK(test.channel->counts().waiting == 5);
    test.service.accept(1);
    started<bool> flushed(test.context, test.channel->flush(number_channel::time_point::max()));
    settle(test.context);
    REQUIRE(test.service.count() == 3);
    CHECK(test.service.batch(2) == std::vector<int>{21, 22, 23, 24, 25});
    CHECK_FALSE(flushed.ended());
    test.service.accept(2);
    settle(test.context);
    CHECK(flushed.value());
    for (auto& pushed : pushes) CHECK(pushed.value().has_value());
}

TEST_CASE("channel: the buffer is bounded by bytes; what is larger goes through when it is empty") {
    channel_limits limits = patient_limits();
    limits.flow.bytes = 100;
    fixture test(limits);
    auto first = test.push(1, 60);
    auto second = test.push(2, 40); // exactly full
    auto third = test.push(3, 1);
    auto huge = test.push(4, 1000);
    auto small = test.push(5, 1);
    CHECK(test.channel->counts().pending == 2);
    CHECK(test.channel->counts().waiting == 3); // nobody overtakes the one that waits first
    started<bool> flushed(test.context, test.channel->flush(number_channel::time_point::max()));
    settle(test.context);
    for (std::size_t i = 0; i < 4; ++i) {
        REQUIRE(test.service.count() == i + 1);
        test.service.accept(i);
        settle(test.context);
        if (i == 2) break;
    }
    for (std::size_t i = 3; i < test.service.count(); ++i) test.service.accept(i);
    settle(test.context);
    CHECK(*huge.value() == 40);
    CHECK(*small.value() == 50);
    CHECK(flushed.value());
    CHECK(test.channel->counts().waiting == 0);
}

TEST_CASE("channel: no more requests in flight than allowed; the next leaves when one ends") {
    channel_limits limits = patient_limits();
    limits.batch.requests_in_flight = 2;
    fixture test(limits);
    auto pushes = test.push_all(1, 40);
    CHECK(test.service.count() == 2);
    test.service.accept(1);
    settle(test.context);
    CHECK(test.service.count() == 3);
    CHECK(test.service.batch(2).front() == 21);
    CHECK_FALSE(pushes[0].ended());
    CHECK(pushes[10].ended());
    for (const std::size_t i : {0U, 2U}) test.service.accept(i);
    settle(test.context);
    test.service.accept(3);
    settle(test.context);
    for (auto& pushed : pushes) CHECK(pushed.ended());
}

TEST_CASE("channel: 10,000 coroutines at once each get their own result") {
    channel_limits limits;
    limits.batch.linger = 0ms;
    limits.batch.requests_in_flight = 4;
    limits.flow.entries = 500;
    boost::asio::io_context context;
    std::size_t largest = 0;
    auto answer = [&largest](std::string,
                             std::vector<const int*> entries) -> boost::asio::awaitable<std::vector<number_outcome>> {
        largest = std::max(largest, entries.size());
        co_await boost::asio::post(boost::asio::use_awaitable); // others gather meanwhile
        std::vector<number_outcome> outcomes;
        for (const int* given : entries) {
            const int entry = *given;
            if (entry % 7 == 0) outcomes.emplace_back(error_info(errc::service_error, std::to_string(entry)));
            else outcomes.emplace_back(10 * entry);
        }
        co_return outcomes;
    };
    auto channel = std::make_shared<number_channel>(context.get_executor(), limits, answer);
    constexpr int total = 10'000;
    int right = 0;
    auto one = [](std::shared_ptr<number_channel> to, int entry, int& good) -> boost::asio::awaitable<void> {
        const number_outcome outcome = co_await to->push(number_entry(entry, 1));
        if (entry % 7 == 0) good += !outcome && outcome.error().message == std::to_string(entry);
        else good += outcome && *outcome == 10 * entry;
    };
    for (int i = 0; i < total; ++i) boost::asio::co_spawn(context, one(channel, i, right), boost::asio::detached);
    context.run();
    CHECK(right == total);
    CHECK(largest == 10);
    CHECK(channel->counts().entries == total);
    CHECK(channel->counts().pending == 0);
}

} // namespace channel_results_test
