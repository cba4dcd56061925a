// The writers against a broker that fails in every way: nothing that was accepted is lost, what is there twice was
// announced, and the order of each message group holds.
#include "support/local_service.hpp"
#include "support/resources.hpp"
#include "support/run_coroutine.hpp"
#include "support/test_size.hpp"

#include <doctest/doctest.h>
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace writer_faults_test {

using boost::asio::awaitable;
using integration::local_service;
using integration::make_queue;
using sluice::message;
using sluice::receipt;
using sluice::result;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t groups = 200;
constexpr std::size_t share_of_a_write = 50; ///< messages of one `write`

struct world {
    boost::asio::io_context context;
    local_service service{context.get_executor()};
};

/// Every message of a queue, in the order in which it gives them. Deletes them.
awaitable<std::vector<sluice::sqs::received_message>> drain(sluice::session session, std::string url) {
    std::vector<sluice::sqs::received_message> all;
    while (true) {
        sluice::sqs::receive_message_request request(url);
        auto got = co_await session.sqs().receive_message(std::move(request));
        if (got.messages.empty()) co_return all;
        sluice::sqs::delete_message_batch_request done(url);
        for (auto& one : got.messages) {
            done.receipt_handles.push_back(one.receipt_handle);
            all.push_back(std::move(one));
        }
        co_await session.sqs().delete_message_batch(std::move(done));
    }
}

struct outcome_of_all {
    std::set<std::string> accepted;
    std::set<std::string> announced; ///< possible duplicates
    std::size_t refused = 0;
    std::size_t unknown = 0;
};

/// Writes numbers, from many coroutines, and goes on when one fails.
template<class Writer>
awaitable<void> write_numbers(Writer& writer, std::size_t& next, std::size_t total, outcome_of_all& seen) {
    while (next < total) {
        std::vector<message> some;
        for (std::size_t i = 0; i < share_of_a_write && next < total; ++i) some.emplace_back(std::to_string(next++));
        std::vector<std::string> bodies;
        for (const message& one : some) bodies.push_back(one.body());
        const auto results = co_await writer.write(std::move(some));
        for (std::size_t i = 0; i < results.size(); ++i) {
            if (results[i]) {
                seen.accepted.insert(bodies[i]);
                if (results[i]->possible_duplicate) seen.announced.insert(bodies[i]);
            } else if (results[i].error().may_have_been_applied) {
                ++seen.unknown;
            } else {
                ++seen.refused;
            }
        }
    }
}

/// Writes `count` numbered messages of one group in order. After a failure it opens the group again and goes on with
/// the first one that was not accepted, under the same deduplication id.
template<class Writer>
awaitable<void> write_group(Writer& writer, std::string group, std::size_t count, std::size_t& failures) {
    std::size_t next = 0;
    while (next < count) {
        std::vector<message> some;
        for (std::size_t i = next; i < count && some.size() < share_of_a_write; ++i) {
            message one(group + ":" + std::to_string(i));
            some.push_back(std::move(one.group(group).deduplication_id(group + "-" + std::to_string(i))));
        }
        const auto results = co_await writer.write(std::move(some));
        for (const auto& one : results) {
            if (!one) {
                ++failures;
                writer.resume(group);
                break;
            }
            ++next;
        }
    }
}

template<class Writer>
void run_groups(world& w, Writer& writer, std::size_t total, std::size_t& failures) {
    std::size_t left = groups;
    for (std::size_t g = 0; g < groups; ++g) {
        auto writing = write_group(writer, "g" + std::to_string(g), total / groups, failures);
        boost::asio::co_spawn(w.context, std::move(writing), [&left](std::exception_ptr failure) {
            CHECK(failure == nullptr);
            --left;
        });
    }
    w.context.restart();
    while (left > 0) w.context.run_one();
}

void check_groups(const std::vector<sluice::sqs::received_message>& got, std::size_t total) {
    CHECK(got.size() == total / groups * groups);
    std::map<std::string, std::size_t> next;
    std::size_t out_of_order = 0;
    for (const auto& one : got) {
        const auto colon = one.body.find(':');
        const std::string group = one.body.substr(0, colon);
        out_of_order += one.body.substr(colon + 1) == std::to_string(next[group]++) ? 0 : 1;
    }
    CHECK(out_of_order == 0);
}

std::uint64_t faults_played(const sluice::local::broker& server) {
    std::uint64_t played = 0;
    for (const auto& rule : server.faults()) played += rule.applied;
    return played;
}

} // namespace

TEST_CASE("writer under faults: a standard queue loses nothing, and what is there twice was announced") {
    world w;
    const std::size_t total = integration::messages_of_test();
    auto session = w.service.session();
    std::string url;
    integration::run_coroutine(w.context, [&]() -> awaitable<void> { url = co_await make_queue(session, "standard"); });
    w.service.fail_now_and_then("SendMessageBatch");
    sluice::writer_options options;
    options.pending_messages = 2000;
    sluice::sqs::writer writer(session, url, options);
    outcome_of_all seen;
    std::size_t next = 0;
    std::size_t left = 40;
    for (std::size_t i = 0; i < 40; ++i) {
        boost::asio::co_spawn(w.context, write_numbers(writer, next, total, seen), [&left](std::exception_ptr failure) {
            CHECK(failure == nullptr);
            --left;
        });
    }
    w.context.restart();
    while (left > 0) w.context.run_one();
    const std::uint64_t played = faults_played(*w.service.server);
    w.service.server->clear_faults();
    const auto statistics = writer.statistics();
    CHECK(statistics.pending == 0);
    CHECK(statistics.accepted == seen.accepted.size());
    CHECK(statistics.possible_duplicates == seen.announced.size());

    std::vector<sluice::sqs::received_message> got;
    integration::run_coroutine(w.context, [&]() -> awaitable<void> { got = co_await drain(session, url); }, 300s);
    std::map<std::string, std::size_t> times;
    for (const auto& one : got) ++times[one.body];
    std::size_t lost = 0;
    std::size_t duplicates = 0;
    std::size_t unannounced = 0;
    for (const std::string& body : seen.accepted) lost += times.contains(body) ? 0 : 1;
    for (const auto& [body, count] : times) {
        duplicates += count - 1;
        if (count > 1 && seen.accepted.contains(body) && !seen.announced.contains(body)) ++unannounced;
    }
    CHECK(lost == 0);
    CHECK(unannounced == 0);
    CHECK(played > 0);
    CHECK(statistics.retried > 0);
    CHECK(seen.accepted.size() + seen.refused + seen.unknown == total);
    std::cout << "writer under faults: standard queue: " << total << " messages, " << played << " faults, "
              << statistics.retried << " sent again, " << seen.refused << " refused, " << seen.unknown << " unknown, "
              << duplicates << " duplicates, all announced; " << lost << " lost" << std::endl;
}

TEST_CASE("writer under faults: a FIFO queue loses nothing, has nothing twice, and keeps the order of each group") {
    for (const auto ordering : {sluice::group_ordering::strict, sluice::group_ordering::run}) {
        world w;
        const std::size_t total = integration::messages_of_test();
        auto session = w.service.session();
        std::string url;
        integration::run_coroutine(w.context,
                                   [&]() -> awaitable<void> { url = co_await make_queue(session, "q.fifo"); });
        w.service.fail_now_and_then("SendMessageBatch");
        sluice::writer_options options;
        options.ordering = ordering;
        options.pending_messages = 2000;
        sluice::sqs::writer writer(session, url, options);
        std::size_t failures = 0;
        run_groups(w, writer, total, failures);
        const std::uint64_t played = faults_played(*w.service.server);
        w.service.server->clear_faults();
        const auto statistics = writer.statistics();
        CHECK(statistics.pending == 0);
        std::vector<sluice::sqs::received_message> got;
        integration::run_coroutine(w.context, [&]() -> awaitable<void> { got = co_await drain(session, url); }, 300s);
        if (ordering == sluice::group_ordering::strict) {
            check_groups(got, total);
            CHECK(statistics.order_breaks == 0);
        } else {
            // A message that was refused comes behind those that were accepted after it: as often as was reported.
            CHECK(got.size() == total / groups * groups);
        }
        CHECK(w.service.server->ledger().at("q.fifo").entered == total / groups * groups);
        std::cout << "writer under faults: FIFO queue, "
                  << (ordering == sluice::group_ordering::strict ? "strict" : "runs") << ": " << total << " messages, "
                  << played << " faults, " << statistics.retried << " sent again, " << statistics.corked
                  << " groups corked, " << statistics.order_breaks << " order breaks reported, "
                  << statistics.entries_per_request() << " messages a request; 0 lost" << std::endl;
    }
}

TEST_CASE("writer under faults: a FIFO topic loses nothing, has nothing twice, and keeps the order of each group") {
    world w;
    const std::size_t total = integration::messages_of_test();
    auto session = w.service.session();
    std::string topic;
    std::string url;
    integration::run_coroutine(w.context, [&]() -> awaitable<void> {
        url = co_await make_queue(session, "behind.fifo");
        topic = co_await integration::make_fifo_topic(session, "t.fifo", url);
    });
    w.service.fail_now_and_then("PublishBatch");
    sluice::writer_options options;
    options.pending_messages = 2000;
    sluice::sns::writer writer(session, topic, options);
    std::size_t failures = 0;
    run_groups(w, writer, total, failures);
    const std::uint64_t played = faults_played(*w.service.server);
    w.service.server->clear_faults();
    const auto statistics = writer.statistics();
    std::vector<sluice::sqs::received_message> got;
    integration::run_coroutine(w.context, [&]() -> awaitable<void> { got = co_await drain(session, url); }, 300s);
    check_groups(got, total);
    CHECK(statistics.pending == 0);
    std::cout << "writer under faults: FIFO topic: " << total << " messages, " << played << " faults, "
              << statistics.retried << " sent again, " << statistics.corked << " groups corked; 0 lost, 0 duplicates"
              << std::endl;
}

} // namespace writer_faults_test
