// What writers are made of: retries of single entries, corks, destinations, a full buffer, whole vectors, the observer.
#include "support/manual_service.hpp"
#include "support/run_coroutine.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <set>

namespace channel_writer_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using sluice::errc;
using sluice::error_info;
using namespace sluice::stream;

namespace {

/// Throttled entries come again after `rest`, `most` times.
struct at_once final : entry_retries {
    explicit at_once(int most) : most_(most) {}
    std::optional<std::chrono::steady_clock::duration> pause(const error_info& failure, int tries, time_point,
                                                             time_point, bool) override {
        if (failure.code != errc::throttled || tries > most_) return std::nullopt;
        return rest;
    }
    void succeeded(int tries) override { succeeded_after = tries; }
    int succeeded_after = 0;
    std::chrono::steady_clock::duration rest = 0ms;
    int most_;
};

struct diary final : sluice::writer_observer {
    void batch_sent(std::string_view destination, std::size_t messages, std::size_t bytes,
                    sluice::batch_reason reason) override {
        lines.push_back("sent " + std::string(destination) + " " + std::to_string(messages) + " " +
                        std::to_string(bytes) + " " + std::to_string(static_cast<int>(reason)));
    }
    void message_ended(std::string_view, std::string_view group, const error_info* failure) override {
        lines.push_back("ended " + std::string(group) + (failure == nullptr ? " well" : " " + failure->message));
    }
    void message_retried(std::string_view, std::string_view, const error_info& failure, int tries,
                         std::chrono::steady_clock::duration) override {
        lines.push_back("retried " + failure.message + " " + std::to_string(tries));
    }
    void write_waits(std::string_view destination) override { lines.push_back("waits " + std::string(destination)); }
    void group_corked(std::string_view, std::string_view group, const error_info&) override {
        lines.push_back("corked " + std::string(group));
    }
    std::vector<std::string> lines;
};

struct fixture {
    explicit fixture(channel_limits limits = eager(), int most_retries = 3)
        : retries(std::make_shared<at_once>(most_retries)), seen(std::make_shared<diary>()), service(context),
          channel(std::make_shared<number_channel>(context.get_executor(), limits, service.sender(), retries, seen)) {}

    static channel_limits eager() {
        channel_limits limits;
        limits.batch.linger = 0ms;
        return limits;
    }

    started<number_outcome> push(number_channel::addressed entry, when_full full = when_full::wait) {
        started<number_outcome> pushed(context, channel->push(std::move(entry), full));
        settle(context);
        return pushed;
    }
    void answer(std::size_t batch, std::vector<number_outcome> outcomes) {
        service.answer(batch, std::move(outcomes));
        settle(context);
    }
    void accept(std::size_t batch) {
        service.accept(batch);
        settle(context);
    }

    boost::asio::io_context context;
    std::shared_ptr<at_once> retries;
    std::shared_ptr<diary> seen;
    manual_service service;
    std::shared_ptr<number_channel> channel;
};

number_outcome throttled() { return error_info(errc::throttled, "slow down"); }
number_outcome refused() { return error_info(errc::service_error, "no"); }

} // namespace

TEST_CASE("channel: only the failed entry of a batch is sent again, until it is accepted") {
    channel_limits limits;
    limits.batch.linger = 1h;
    fixture test(limits);
    std::vector<started<number_outcome>> pushes;
    for (int i = 1; i <= 10; ++i) pushes.push_back(test.push(number_entry(i)));
    REQUIRE(test.service.count() == 1);
    std::vector<number_outcome> outcomes;
    for (int i = 1; i <= 10; ++i) outcomes.push_back(i == 4 || i == 7 ? throttled() : number_outcome(10 * i));
    test.answer(0, std::move(outcomes));
    CHECK(pushes[0].value().has_value());
    CHECK_FALSE(pushes[3].ended());
    REQUIRE(test.service.count() == 2);
    CHECK(test.service.batch(1) == std::vector<int>{4, 7});
    test.answer(1, {number_outcome(40), throttled()});
    CHECK(*pushes[3].value() == 40);
    REQUIRE(test.service.count() == 3);
    CHECK(test.service.batch(2) == std::vector<int>{7});
    test.accept(2);
    CHECK(*pushes[6].value() == 70);
    CHECK(test.retries->succeeded_after == 3);
    CHECK(test.channel->counts().retried == 3);
    CHECK(test.channel->counts().accepted == 10);
    CHECK(test.channel->counts().pending == 0);
}

TEST_CASE("channel: what is throttled too often ends with all its attempts, and whether it may be there") {
    fixture test(fixture::eager(), 1);
    auto pushed = test.push(number_entry(1));
    error_info first(errc::throttled, "slow down");
    first.attempts = 3;
    first.may_have_been_applied = true;
    test.answer(0, {number_outcome(first)});
    error_info second(errc::throttled, "still");
    second.attempts = 2;
    test.answer(1, {number_outcome(second)});
    REQUIRE(pushed.ended());
    CHECK(pushed.value().error().attempts == 5);
    CHECK(pushed.value().error().may_have_been_applied);
}

TEST_CASE("channel: given up between two tries, an entry still says why the last one failed") {
    fixture test;
    test.retries->rest = 1h;
    auto closed = test.push(number_entry(1));
    auto cancelled = test.push(number_entry(2));
    auto unsure = test.push(number_entry(3));
    error_info busy(errc::throttled, "slow down");
    busy.operation = "SendMessageBatch";
    busy.service_code = "RequestThrottled";
    busy.request_id = "r-1";
    busy.http_status = 403;
    busy.attempts = 3;
    test.answer(0, {number_outcome(busy)});
    test.answer(1, {number_outcome(busy)});
    busy.may_have_been_applied = true;
    test.answer(2, {number_outcome(busy)});
    cancelled.cancel();
    started<bool> closing(test.context, then_true(test.channel->close(std::chrono::steady_clock::now() - 1s)));
    settle(test.context);
    REQUIRE(closed.ended());
    REQUIRE(cancelled.ended());
    REQUIRE(unsure.ended());
    CHECK(closed.value().error().describe() ==
          "SendMessageBatch: closed: the writer was closed before this was sent; the last try failed: throttled: slow "
          "down (RequestThrottled, HTTP 403, request id r-1, attempts 3)");
    CHECK(cancelled.value().error().describe() ==
          "SendMessageBatch: cancelled before it was sent: cancelled before its batch left; the last try failed: "
          "throttled: slow down (RequestThrottled, HTTP 403, request id r-1, attempts 3)");
    CHECK(unsure.value().error().describe() ==
          "SendMessageBatch: outcome unknown: the writer was closed before this was sent again; the last try failed: "
          "throttled: slow down (RequestThrottled, HTTP 403, request id r-1, attempts 3, may have been applied)");
}

TEST_CASE("channel: closed while it is tried again, an entry still says why the first try failed") {
    fixture test;
    auto pushed = test.push(number_entry(1));
    test.answer(0, {throttled()});
    REQUIRE(test.service.count() == 2);
    started<bool> closing(test.context, then_true(test.channel->close(std::chrono::steady_clock::now() - 1s)));
    settle(test.context);
    REQUIRE(pushed.ended());
    CHECK(pushed.value().error().code == errc::unknown_outcome);
    CHECK(pushed.value().error().message == "the writer was closed while its request was under way; the last try "
                                            "failed: throttled: slow down");
}

TEST_CASE("channel: a final failure corks its group alone, until it is resumed") {
    fixture test;
    auto a1 = test.push(number_entry(1, 1, "a"));
    auto a2 = test.push(number_entry(2, 1, "a"));
    auto b1 = test.push(number_entry(3, 1, "b"));
    REQUIRE(test.service.count() == 2); // a1, and b1
    test.answer(0, {refused()});
    CHECK(a1.value().error().code == errc::service_error);
    CHECK(a2.value().error().code == errc::group_corked);
    CHECK(test.push(number_entry(4, 1, "a")).value().error().code == errc::group_corked);
    CHECK(test.service.count() == 2);
    test.accept(1);
    CHECK(b1.value().has_value());
    CHECK(test.channel->counts().corked == 1);
    entry_address address;
    address.group = "a";
    CHECK(test.channel->resume(address));
    CHECK_FALSE(test.channel->resume(address));
    auto again = test.push(number_entry(5, 1, "a"));
    test.accept(2);
    CHECK(again.value().has_value());
    CHECK(test.seen->lines ==
          std::vector<std::string>{"sent  1 1 3", "sent  1 1 3", "corked a",
                                   "ended a a message before this one in the message group \"a\" was not accepted; "
                                   "this was not sent. resume() opens the group again",
                                   "ended a no",
                                   "ended a a message before this one in the message group \"a\" was not accepted; "
                                   "this was not sent. resume() opens the group again",
                                   "ended b well", "sent  1 1 3", "ended a well"});
}

TEST_CASE("channel: giving up a message does not cork its group") {
    fixture test;
    boost::asio::cancellation_signal cancel;
    bool ended = false;
    boost::asio::co_spawn(
        test.context, test.channel->push(number_entry(1, 1, "a")),
        boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, number_outcome) { ended = true; }));
    settle(test.context);
    auto behind = test.push(number_entry(2, 1, "a"));
    cancel.emit(boost::asio::cancellation_type::terminal);
    settle(test.context);
    CHECK(ended);
    test.answer(0, {refused()});
    REQUIRE(test.service.count() == 2);
    test.accept(1);
    CHECK(behind.value().has_value());
    CHECK(test.channel->counts().corked == 0);
}

TEST_CASE("channel: a run whose order was broken is marked, corked and not sent again") {
    channel_limits limits = fixture::eager();
    limits.batch.linger = 1h;
    limits.batch.entries_of_group = 10;
    fixture test(limits);
    std::vector<started<number_outcome>> pushes;
    for (int i = 1; i <= 10; ++i) pushes.push_back(test.push(number_entry(i, 1, "a")));
    std::vector<number_outcome> outcomes;
    for (int i = 1; i <= 10; ++i) outcomes.push_back(i == 3 ? throttled() : number_outcome(10 * i));
    test.answer(0, std::move(outcomes));
    CHECK(test.service.count() == 1);
    CHECK(pushes[2].value().error().code == errc::throttled);
    CHECK(pushes[9].value().has_value());
    CHECK(test.channel->counts().order_breaks == 7);
    CHECK(test.channel->counts().corked == 1);
}

TEST_CASE("channel: destinations have batches and requests of their own, and go when they rest") {
    channel_limits limits = fixture::eager();
    limits.batch.requests_in_flight = 1;
    fixture test(limits);
    std::vector<started<number_outcome>> pushes;
    for (int i = 0; i < 6; ++i) pushes.push_back(test.push(number_entry(i, 1, "", i % 2 == 0 ? "even" : "odd")));
    REQUIRE(test.service.count() == 2);
    CHECK(test.service.destination(0) == "even");
    CHECK(test.service.destination(1) == "odd");
    CHECK(test.channel->counts().destinations == 2);
    test.accept(1);
    REQUIRE(test.service.count() == 3);
    CHECK(test.service.batch(2) == std::vector<int>{3, 5});
    test.accept(0);
    REQUIRE(test.service.count() == 4);
    CHECK(test.service.batch(3) == std::vector<int>{2, 4});
    test.accept(2);
    test.accept(3);
    for (auto& one : pushes) CHECK(one.value().has_value());
    CHECK(test.channel->counts().destinations <= 1);
}

TEST_CASE("channel: a destination that does not answer holds its share, the others go on") {
    channel_limits limits = fixture::eager();
    limits.flow.entries = 10;
    limits.flow.entries_of_destination = 5;
    fixture test(limits);
    std::vector<started<number_outcome>> dead;
    for (int i = 0; i < 20; ++i) dead.push_back(test.push(number_entry(i, 1, "", "dead")));
    CHECK(test.channel->counts().pending == 5);
    CHECK(test.channel->counts().waiting == 15);
    for (int i = 0; i < 50; ++i) {
        const std::size_t before = test.service.count();
        auto good = test.push(number_entry(1000 + i, 1, "", "good"));
        REQUIRE(test.service.count() == before + 1);
        test.accept(before);
        CHECK(good.value().has_value());
    }
    CHECK(test.channel->counts().waiting == 15);
}

TEST_CASE("channel: who does not want to wait is told that the buffer is full") {
    channel_limits limits = fixture::eager();
    limits.flow.entries = 1;
    fixture test(limits);
    auto first = test.push(number_entry(1));
    auto second = test.push(number_entry(2), when_full::reject);
    CHECK(second.value().error().code == errc::buffer_full);
    auto third = test.push(number_entry(3));
    CHECK_FALSE(third.ended());
    test.accept(0);
    test.accept(1);
    CHECK(*third.value() == 30);
    CHECK(test.seen->lines.front() == "sent  1 1 3");
    CHECK(std::count(test.seen->lines.begin(), test.seen->lines.end(), "waits ") == 1);
}

TEST_CASE("channel: many entries at once keep their order, and each has its own outcome") {
    fixture test;
    std::vector<number_channel::addressed> entries;
    for (int i = 1; i <= 25; ++i) entries.push_back(number_entry(i));
    started<std::vector<number_outcome>> pushed(test.context, test.channel->push_all(std::move(entries)));
    settle(test.context);
    std::vector<int> sent;
    for (std::size_t i = 0; i < test.service.count(); ++i) {
        for (const int number : test.service.batch(i)) sent.push_back(number);
        std::vector<number_outcome> outcomes;
        for (const int number : test.service.batch(i))
            outcomes.push_back(number == 13 ? refused() : number_outcome(10 * number));
        test.answer(i, std::move(outcomes));
    }
    CHECK(std::is_sorted(sent.begin(), sent.end()));
    REQUIRE(pushed.ended());
    const auto outcomes = pushed.value();
    REQUIRE(outcomes.size() == 25);
    for (int i = 1; i <= 25; ++i) {
        const auto& one = outcomes[static_cast<std::size_t>(i - 1)];
        if (i == 13) CHECK(one.error().code == errc::service_error);
        else CHECK(*one == 10 * i);
    }
    started<std::vector<number_outcome>> none(test.context, test.channel->push_all({}));
    settle(test.context);
    CHECK(none.value().empty());
}

TEST_CASE("channel: requests are counted as they are billed") {
    channel_limits limits = fixture::eager();
    fixture test(limits);
    for (const std::size_t bytes : {1U, 65'536U, 65'537U, 262'144U}) {
        auto pushed = test.push(number_entry(1, bytes));
        test.accept(test.service.count() - 1);
        CHECK(pushed.ended());
    }
    CHECK(test.channel->counts().billed == 1 + 1 + 2 + 4);
}

} // namespace channel_writer_test
