#include "reader_suite.hpp"

#include "resources.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <map>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace integration {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::steady_clock;

namespace {

/// In good time for a busy machine, and a failure long before the test program is.
constexpr std::chrono::seconds patience(60);

std::vector<stage> all_stages(bool needs_topics) {
    std::vector<stage> stages;
    for_each_server([&](const server& one, sluice::wire_protocol protocol) {
        if (one.has_topics || !needs_topics) stages.emplace_back(one, protocol);
    });
    return stages;
}

} // namespace

stage::stage(server at, sluice::wire_protocol how)
    : where(std::move(at)), protocol(how), name(where.name + ", SQS over " + name_of(how)) {}

bool stage::deviates(const std::string& assertion) const {
    // Each line: server, assertion, why.
    static const std::map<std::string, std::set<std::string>> deviations{
        // Of the messages of a group that are visible again after a ChangeMessageVisibility, moto 5.2.1 hands out the
        // last one first: it takes the group for busy until it has looked at all of them.
        {"moto", {"order of a group after a release"}},
        // ElasticMQ 1.6.11 gives FIFO messages sequence numbers, but does not tell the sender.
        {"elasticmq", {"sequence numbers of receipts"}},
    };
    const auto found = deviations.find(where.name);
    return found != deviations.end() && found->second.contains(assertion);
}

void play_everywhere(scenario play, bool needs_topics, std::chrono::seconds limit) {
    const std::vector<stage> stages = all_stages(needs_topics);
    asio::io_context context;
    std::set<std::string> playing;
    for (const stage& one : stages) {
        playing.insert(one.name);
        auto ended = [&playing, &name = one.name](const std::exception_ptr& thrown) {
            playing.erase(name);
            try {
                if (thrown) std::rethrow_exception(thrown);
            } catch (const std::exception& failure) {
                FAIL_CHECK(name << ": " << std::string(failure.what()));
            } catch (...) { // a failed REQUIRE, which has been counted
            }
        };
        asio::co_spawn(context, play(one), std::move(ended));
    }
    const auto deadline = steady_clock::now() + limit;
    while (!playing.empty() && steady_clock::now() < deadline) context.run_one_until(deadline);
    for (const std::string& name : playing) FAIL_CHECK(name << ": not done after " << limit.count() << " s");
}

std::shared_ptr<companion> start(const asio::any_io_executor& executor, awaitable<void> work) {
    auto made = std::make_shared<companion>(executor);
    asio::co_spawn(executor, std::move(work), [made](const std::exception_ptr& thrown) {
        made->failure = thrown;
        made->ended.set();
    });
    return made;
}

awaitable<void> join(std::shared_ptr<companion> of) {
    co_await of->ended.wait_until(steady_clock::now() + patience);
    if (!of->ended.is_set()) throw std::runtime_error("a companion did not end");
    if (of->failure) std::rethrow_exception(of->failure);
}

awaitable<void> pause(std::chrono::milliseconds time) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

awaitable<void> await(std::shared_ptr<sluice::one_shot_event> event, std::string name) {
    co_await event->wait_until(steady_clock::now() + patience);
    if (!event->is_set()) throw std::runtime_error("did not come: " + name);
}

awaitable<void> await_condition(std::function<bool()> holds, std::string name) {
    const auto executor = co_await asio::this_coro::executor;
    const auto deadline = steady_clock::now() + patience;
    while (!holds()) {
        if (steady_clock::now() > deadline) throw std::runtime_error("did not come: " + name);
        co_await asio::post(executor, asio::use_awaitable);
    }
}

sluice::sqs::reader_options quick_reads() {
    sluice::sqs::reader_options options;
    options.wait_time = std::chrono::seconds(2);
    return options;
}

awaitable<std::string> make_timed_queue(sluice::session session, std::string name, std::chrono::seconds visibility) {
    const std::string url = co_await make_queue(session, std::move(name));
    sluice::sqs::set_queue_attributes_request change(url);
    change.attributes["VisibilityTimeout"] = std::to_string(visibility.count());
    co_await session.sqs().set_queue_attributes(std::move(change));
    co_return url;
}

awaitable<queue_counts> counts_of(sluice::session session, std::string url) {
    sluice::sqs::get_queue_attributes_request request(std::move(url));
    auto reply = co_await session.sqs().get_queue_attributes(std::move(request));
    queue_counts counts;
    counts.visible = reply.attributes["ApproximateNumberOfMessages"];
    counts.in_flight = reply.attributes["ApproximateNumberOfMessagesNotVisible"];
    co_return counts;
}

} // namespace integration
