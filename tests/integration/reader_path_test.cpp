// The reader against every server: leases that are kept or end, messages that are given back, and how it stops. Each
// assertion that a server does not fulfil is left out for that server alone: the table is in support/reader_suite.cpp.
#include "support/reader_suite.hpp"
#include "support/resources.hpp"

#include <doctest/doctest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <stdexcept>
#include <vector>

namespace reader_path_test {

using boost::asio::awaitable;
using integration::counts_of;
using integration::make_queue;
using integration::make_timed_queue;
using integration::quick_reads;
using integration::stage;
using integration::unique_name;
using sluice::sqs::delivery;
using sluice::sqs::stop_policy;
using sluice::sqs::stop_report;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

double seconds_since(steady_clock::time_point from) {
    return std::chrono::duration<double>(steady_clock::now() - from).count();
}

/// What a handler saw. Its closure shares it, so that it may outlive the scenario.
struct seen_by_handler {
    explicit seen_by_handler(const boost::asio::any_io_executor& executor)
        : first(std::make_shared<sluice::one_shot_event>(executor)),
          done(std::make_shared<sluice::one_shot_event>(executor)) {}

    std::shared_ptr<sluice::one_shot_event> first, done;
    std::vector<int> receive_counts;
    std::vector<steady_clock::time_point> begun;
    std::optional<milliseconds> lease_at_end;
};

/// Takes longer than twice the visibility timeout of 6 s.
awaitable<void> long_handler(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string url = co_await make_timed_queue(session, unique_name("long"), seconds(6));
    sluice::sqs::writer writer(session, url);
    co_await writer.write("takes long");
    sluice::sqs::reader reader(session, url, quick_reads());
    const auto seen = std::make_shared<seen_by_handler>(executor);
    sluice::sqs::message_handler handler = [seen](delivery& one) -> awaitable<void> {
        seen->receive_counts.push_back(one.receive_count());
        seen->first->set();
        co_await integration::pause(seconds(13));
        seen->lease_at_end = one.lease_remaining();
        seen->done->set();
    };
    const auto running = integration::start(executor, reader.run(std::move(handler)));
    co_await integration::await(seen->first, "the message");
    CHECK_MESSAGE(reader.statistics().visibility_timeout == seconds(6), at.name);

    // Nobody else gets it meanwhile.
    sluice::sqs::reader other(session, url, quick_reads());
    const auto stolen = co_await other.read_batch(1, seconds(12));
    CHECK_MESSAGE(stolen.empty(), at.name);
    CHECK_MESSAGE(other.statistics().received == 0, at.name);
    CHECK_MESSAGE(other.statistics().empty_polls > 0, at.name);
    co_await other.stop();

    co_await integration::await(seen->done, "the end of the handler");
    const stop_report stop = co_await reader.stop(stop_policy::drain);
    co_await integration::join(running);
    CHECK_MESSAGE(stop.complete, at.name);
    CHECK_MESSAGE(seen->receive_counts == std::vector<int>{1}, at.name);
    REQUIRE_MESSAGE(seen->lease_at_end.has_value(), at.name);
    CHECK_MESSAGE(seen->lease_at_end->count() > 0, at.name);
    const auto statistics = reader.statistics();
    CHECK_MESSAGE(statistics.handled == 1, at.name);
    CHECK_MESSAGE(statistics.acknowledged == 1, at.name);
    CHECK_MESSAGE(statistics.lost_leases == 0, at.name);
    CHECK_MESSAGE(statistics.renewals >= 3, at.name);
    const auto left = co_await counts_of(session, url);
    CHECK_MESSAGE(left.visible == "0", at.name);
    CHECK_MESSAGE(left.in_flight == "0", at.name);
}

awaitable<void> released_for_a_while(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string url = co_await make_queue(session, unique_name("release"));
    sluice::sqs::writer writer(session, url);
    co_await writer.write("later");
    sluice::sqs::reader reader(session, url, quick_reads());
    delivery first = co_await reader.read();
    const auto released = steady_clock::now();
    co_await first.release(seconds(3));
    delivery second = co_await reader.read();
    CHECK_MESSAGE(seconds_since(released) >= 3.0, at.name);
    CHECK_MESSAGE(second.message_id() == first.message_id(), at.name);
    CHECK_MESSAGE(second.receive_count() == 2, at.name);
    // At once.
    co_await second.release(seconds(0));
    delivery third = co_await reader.read();
    CHECK_MESSAGE(third.receive_count() == 3, at.name);
    co_await third.ack();
    const stop_report stop = co_await reader.stop();
    CHECK_MESSAGE(stop.complete, at.name);
    CHECK_MESSAGE(reader.statistics().released == 2, at.name);
    CHECK_MESSAGE(reader.statistics().acknowledged == 1, at.name);
}

awaitable<void> dropped(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string url = co_await make_timed_queue(session, unique_name("dropped"), seconds(2));
    sluice::sqs::writer writer(session, url);
    co_await writer.write("dropped");
    sluice::sqs::reader reader(session, url, quick_reads());
    const auto begun = steady_clock::now(); // it cannot be received before
    std::string id;
    {
        const delivery first = co_await reader.read();
        id = first.message_id();
        CHECK_MESSAGE(first.receive_count() == 1, at.name);
    }
    CHECK_MESSAGE(reader.statistics().dropped == 1, at.name);
    delivery second = co_await reader.read();
    CHECK_MESSAGE(seconds_since(begun) >= 2.0, at.name);
    CHECK_MESSAGE(second.message_id() == id, at.name);
    CHECK_MESSAGE(second.receive_count() == 2, at.name);
    co_await second.ack();
    co_await reader.stop();
}

class failures_seen : public sluice::sqs::reader_observer {
  public:
    void handler_failed(std::string_view /*message_id*/, std::string_view what) override { texts.emplace_back(what); }
    void message_settled(std::string_view /*message_id*/, sluice::sqs::settlement how,
                         const sluice::error_info* failure) override {
        if (failure == nullptr) settled.push_back(how);
    }

    std::vector<std::string> texts;
    std::vector<sluice::sqs::settlement> settled;
};

awaitable<void> failing_handler(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string url = co_await make_queue(session, unique_name("failing"));
    sluice::sqs::writer writer(session, url);
    co_await writer.write("fails twice");
    auto options = quick_reads();
    const auto observer = std::make_shared<failures_seen>();
    options.observer = observer;
    sluice::sqs::reader reader(session, url, options);
    const auto seen = std::make_shared<seen_by_handler>(executor);
    sluice::sqs::message_handler handler = [seen](delivery& one) -> awaitable<void> {
        seen->begun.push_back(steady_clock::now());
        seen->receive_counts.push_back(one.receive_count());
        if (seen->begun.size() <= 2) throw std::runtime_error("failure " + std::to_string(seen->begun.size()));
        seen->done->set();
        co_return;
    };
    const auto running = integration::start(executor, reader.run(std::move(handler)));
    co_await integration::await(seen->done, "the third try");
    co_await reader.stop();
    co_await integration::join(running);
    CHECK_MESSAGE(seen->receive_counts == (std::vector<int>{1, 2, 3}), at.name);
    // 1 s after the first receive, twice as long after the second.
    REQUIRE_MESSAGE(seen->begun.size() == 3, at.name);
    CHECK_MESSAGE(seen->begun[1] - seen->begun[0] >= seconds(1), at.name);
    CHECK_MESSAGE(seen->begun[2] - seen->begun[1] >= seconds(2), at.name);
    CHECK_MESSAGE(observer->texts == (std::vector<std::string>{"failure 1", "failure 2"}), at.name);
    using sluice::sqs::settlement;
    const std::vector<settlement> expected{settlement::released, settlement::released, settlement::acknowledged};
    CHECK_MESSAGE(observer->settled == expected, at.name);
    CHECK_MESSAGE(reader.statistics().failed_handlers == 2, at.name);
    CHECK_MESSAGE(reader.statistics().handled == 1, at.name);
}

awaitable<void> stop_and_tell(sluice::sqs::reader& reader, stop_policy policy, std::shared_ptr<stop_report> report) {
    *report = co_await reader.stop(policy);
}

/// Messages are written while the reader stops: the poll that is open takes some, and none of them stays invisible.
awaitable<void> drain_with_polls_open(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string url = co_await make_timed_queue(session, unique_name("drain"), seconds(600));
    auto options = quick_reads();
    options.wait_time = seconds(5);
    options.shortest_wait_time = seconds(5);
    sluice::sqs::reader reader(session, url, options);
    const auto seen = std::make_shared<seen_by_handler>(executor);
    sluice::sqs::message_handler handler = [seen](delivery& one) -> awaitable<void> {
        seen->receive_counts.push_back(one.receive_count());
        co_return;
    };
    const auto running = integration::start(executor, reader.run(std::move(handler)));
    co_await integration::await_condition([&] { return reader.statistics().polls_under_way == 1; }, "a poll");

    const auto report = std::make_shared<stop_report>();
    const auto stopping = integration::start(executor, stop_and_tell(reader, stop_policy::drain, report));
    auto late_read = reader.read();
    const auto refused = co_await sluice::as_result(std::move(late_read));
    REQUIRE_MESSAGE(!refused.has_value(), at.name);
    CHECK_MESSAGE(refused.error().code == sluice::errc::closed, at.name); // so the stop has begun

    sluice::sqs::writer writer(session, url);
    std::vector<sluice::message> late;
    for (int i = 0; i < 5; ++i) late.emplace_back("late " + std::to_string(i));
    const auto written = co_await writer.write(std::move(late));
    for (const auto& one : written) CHECK_MESSAGE(one.has_value(), at.name);
    co_await integration::join(stopping);
    co_await integration::join(running);
    CHECK_MESSAGE(report->complete, at.name);
    CHECK_MESSAGE(report->polls_cut == 0, at.name);
    CHECK_MESSAGE(report->polls_left == 0, at.name);
    CHECK_MESSAGE(report->still_out == 0, at.name);
    CHECK_MESSAGE(seen->receive_counts.empty(), at.name);
    CHECK_MESSAGE(reader.statistics().received > 0, at.name);
    CHECK_MESSAGE(report->released == reader.statistics().received, at.name);
    const auto left = co_await counts_of(session, url);
    CHECK_MESSAGE(left.in_flight == "0", at.name);
    CHECK_MESSAGE(left.visible == "5", at.name);
}

awaitable<void> read_until_closed(sluice::sqs::reader& reader, std::shared_ptr<bool> closed) {
    auto reading = reader.read();
    const auto outcome = co_await sluice::as_result(std::move(reading));
    *closed = !outcome && outcome.error().code == sluice::errc::closed;
}

/// Stops with the first poll under way: `turns` of the executor after it was counted, then `moment` later.
awaitable<void> stop_fast(const stage& at, sluice::sqs::reader& reader, int turns, milliseconds moment) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto closed = std::make_shared<bool>(false);
    const auto reading = integration::start(executor, read_until_closed(reader, closed));
    co_await integration::await_condition([&] { return reader.statistics().polls_under_way == 1; }, "a poll");
    for (int i = 0; i < turns; ++i) co_await boost::asio::post(executor, boost::asio::use_awaitable);
    if (moment.count() > 0) co_await integration::pause(moment);
    const auto begun = steady_clock::now();
    const stop_report stop = co_await reader.stop(stop_policy::fast);
    CHECK_MESSAGE(seconds_since(begun) < 10.0, at.name << ", after " << turns << " turns"); // the poll's 20 s are cut
    CHECK_MESSAGE(stop.polls_cut == 1, at.name);
    if (!stop.complete) { // the machine stalled for longer than a fast stop waits: what was cut ends all the same
        co_await integration::await_condition([&] { return reader.statistics().polls_under_way == 0; }, "the cut poll");
        const stop_report again = co_await reader.stop(stop_policy::drain);
        CHECK_MESSAGE(again.complete, at.name << ", after " << turns << " turns");
        CHECK_MESSAGE(again.polls_left == 0, at.name << ", after " << turns << " turns");
    }
    co_await integration::join(reading);
    CHECK_MESSAGE(*closed, at.name);
}

/// On an idle queue, with a long poll open. What is written afterwards is not lost with the poll that was cut.
awaitable<void> fast_stop(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string url = co_await make_timed_queue(session, unique_name("fast"), seconds(2));
    auto options = quick_reads();
    options.wait_time = seconds(20);
    options.shortest_wait_time = seconds(20);
    sluice::sqs::reader reader(session, url, options);
    co_await stop_fast(at, reader, 0, milliseconds(500));

    sluice::sqs::writer writer(session, url);
    co_await writer.write("after the stop");
    sluice::sqs::reader next(session, url, quick_reads());
    delivery found = co_await next.read();
    CHECK_MESSAGE(found.body() == "after the stop", at.name);
    co_await found.ack();
    co_await next.stop();
}

/// Wherever the poll is on its way: looked up, connecting, written, waiting.
awaitable<void> fast_stop_at_any_moment(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    auto options = quick_reads();
    options.shortest_wait_time = options.wait_time;
    for (int turns = 0; turns < 12; ++turns) {
        const sluice::session session(executor, at.options()); // with a connection still to be opened
        const std::string url = co_await make_queue(session, unique_name("moment"));
        sluice::sqs::reader reader(session, url, options);
        co_await stop_fast(at, reader, turns, milliseconds(0));
    }
}

} // namespace

TEST_CASE("a handler that runs longer than the visibility timeout keeps its message") {
    integration::play_everywhere(&long_handler);
}

TEST_CASE("a message that is released comes again after the delay, not before") {
    integration::play_everywhere(&released_for_a_while);
}

TEST_CASE("a delivery that is dropped comes again after its visibility timeout") {
    integration::play_everywhere(&dropped);
}

TEST_CASE("a message whose handler fails comes again, later each time") {
    integration::play_everywhere(&failing_handler);
}

TEST_CASE("a drain with a poll open leaves nothing in flight") { integration::play_everywhere(&drain_with_polls_open); }

TEST_CASE("a fast stop of an idle reader takes less than a second") { integration::play_everywhere(&fast_stop); }

TEST_CASE("a fast stop cuts a poll wherever it is on its way") {
    integration::play_everywhere(&fast_stop_at_any_moment);
}

} // namespace reader_path_test
