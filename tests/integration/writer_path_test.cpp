// The writer against every server: FIFO order and deduplication, many destinations, whole vectors. Each assertion that
// a server does not fulfil is left out for that server alone, in `deviates`.
#include "support/resources.hpp"
#include "support/run_coroutine.hpp"
#include "support/servers.hpp"

#include <doctest/doctest.h>
#include <sluice/sluice.hpp>

#include <boost/asio/this_coro.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace writer_path_test {

using boost::asio::awaitable;
using integration::make_queue;
using integration::server;
using sluice::message;
using sluice::wire_protocol;

namespace {

// Each line: server, assertion, why.
bool deviates(const server& one, const std::string& assertion) {
    static const std::map<std::string, std::set<std::string>> deviations{
        {"elasticmq", {"sequence numbers"}}, // it gives FIFO messages none
    };
    const auto found = deviations.find(one.name);
    return found != deviations.end() && found->second.contains(assertion);
}

/// The bodies of at least `count` messages, deleted as they come.
awaitable<std::vector<std::string>> drain(const sluice::session& session, std::string url, std::size_t count) {
    std::vector<std::string> bodies;
    int empty = 0;
    while (bodies.size() < count && empty < 10) {
        sluice::sqs::receive_message_request request(url);
        request.wait_time = std::chrono::seconds(1);
        const auto got = co_await session.sqs().receive_message(std::move(request));
        empty = got.messages.empty() ? empty + 1 : 0;
        if (got.messages.empty()) continue;
        sluice::sqs::delete_message_batch_request done(url);
        for (const auto& one : got.messages) {
            bodies.push_back(one.body);
            done.receipt_handles.push_back(one.receipt_handle);
        }
        co_await session.sqs().delete_message_batch(std::move(done));
    }
    co_return bodies;
}

std::vector<message> four_groups(std::size_t count) {
    std::vector<message> all;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string group(1, static_cast<char>('a' + i % 4));
        message one(group + std::to_string(i / 4));
        one.group(group).deduplication_id("id-" + std::to_string(i));
        all.push_back(std::move(one));
    }
    return all;
}

awaitable<void> groups_keep_their_order(const server& one, wire_protocol protocol) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, one.options(protocol));
    const std::string url = co_await make_queue(session, integration::unique_name("groups") + ".fifo");
    constexpr std::size_t count = 60;
    sluice::sqs::writer writer(session, url);
    const auto written = co_await writer.write(four_groups(count));
    REQUIRE(written.size() == count);
    for (const auto& sent : written) {
        REQUIRE(sent.has_value());
        CHECK_FALSE(sent->message_id.empty());
        if (!deviates(one, "sequence numbers")) CHECK_FALSE(sent->sequence_number.empty());
    }
    // The same ids again: accepted, and not there twice.
    const auto again = co_await writer.write(four_groups(count));
    for (const auto& sent : again) CHECK(sent.has_value());
    CHECK(writer.statistics().possible_duplicates == 0);
    const auto bodies = co_await drain(session, url, count);
    CHECK(bodies.size() == count);
    std::map<char, int> next;
    for (const std::string& body : bodies) CHECK(body.substr(1) == std::to_string(next[body.front()]++));
    const auto more = co_await drain(session, url, 0);
    CHECK(more.empty());
    co_await writer.close();
}

awaitable<void> groups_keep_their_order_through_a_topic(const server& one, wire_protocol protocol) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, one.options(protocol));
    const std::string url = co_await make_queue(session, integration::unique_name("behind") + ".fifo");
    const std::string topic =
        co_await integration::make_fifo_topic(session, integration::unique_name("topic") + ".fifo", url);
    constexpr std::size_t count = 40;
    sluice::sns::writer writer(session, topic);
    for (int time = 0; time < 2; ++time) { // the second time nothing is new
        const auto written = co_await writer.write(four_groups(count));
        REQUIRE(written.size() == count);
        for (const auto& sent : written) {
            REQUIRE(sent.has_value());
            CHECK_FALSE(sent->message_id.empty());
        }
    }
    const auto bodies = co_await drain(session, url, count);
    CHECK(bodies.size() == count);
    std::map<char, int> next;
    for (const std::string& body : bodies) CHECK(body.substr(1) == std::to_string(next[body.front()]++));
    const auto more = co_await drain(session, url, 0);
    CHECK(more.empty());
    co_await writer.close();
}

awaitable<void> many_queues(const server& one, wire_protocol protocol) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, one.options(protocol));
    std::vector<std::string> urls;
    for (int i = 0; i < 3; ++i) {
        const std::string url = co_await make_queue(session, integration::unique_name("many"));
        urls.push_back(url);
    }
    sluice::sqs::writer writer(session);
    std::vector<message> all;
    for (std::size_t i = 0; i < 45; ++i) {
        message content(std::to_string(i));
        content.to(urls[i % 3]);
        all.push_back(std::move(content));
    }
    all[7] = message("\x01 cannot be sent").to(urls[0]);
    all[8] = message("to nowhere");
    const auto written = co_await writer.write(std::move(all));
    for (std::size_t i = 0; i < written.size(); ++i) {
        INFO("message " << i);
        if (i == 7 || i == 8) CHECK(written[i].error().code == sluice::errc::invalid_argument);
        else CHECK(written[i].has_value());
    }
    for (std::size_t q = 0; q < 3; ++q) {
        const std::size_t expected = q == 0 ? 15 : 14; // messages 7 and 8 are missing
        const auto bodies = co_await drain(session, urls[q], expected);
        CHECK(bodies.size() == expected);
        for (const std::string& body : bodies) CHECK(std::stoul(body) % 3 == q);
    }
    co_await writer.close();
}

using scenario = awaitable<void> (*)(const server&, wire_protocol);

void run_everywhere(scenario play, bool needs_topics = false) {
    integration::for_each_server([play, needs_topics](const server& one, wire_protocol protocol) {
        if (needs_topics && !one.has_topics) return;
        boost::asio::io_context context;
        integration::run_coroutine(context, [&] { return play(one, protocol); });
    });
}

} // namespace

TEST_CASE("FIFO queues: groups keep their order, and ids that were sent before are not there twice") {
    run_everywhere(&groups_keep_their_order);
}

TEST_CASE("one writer, many queues") { run_everywhere(&many_queues); }

TEST_CASE(
    "FIFO topics: groups keep their order to the queue behind, and ids that were sent before are not there twice") {
    run_everywhere(&groups_keep_their_order_through_a_topic, true);
}

} // namespace writer_path_test
