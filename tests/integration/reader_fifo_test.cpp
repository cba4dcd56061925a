// A reader of a FIFO queue with 1,000 groups whose handlers fail: the order of each group is exact, groups run side by
// side.
#include "support/local_service.hpp"
#include "support/resources.hpp"
#include "support/run_coroutine.hpp"
#include "support/test_size.hpp"

#include <doctest/doctest.h>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <stdexcept>
#include <string>

namespace reader_fifo_test {

using boost::asio::awaitable;
using sluice::sqs::delivery;
using namespace std::chrono_literals;

namespace {

constexpr int groups = 1'000;
constexpr int messages_of_group = integration::is_sanitized ? 3 : 10;

struct progress {
    std::map<std::string, int> next; ///< of each group, the number that is due
    std::map<std::string, int> running;
    int now = 0;
    int most = 0;
    int in_one_group = 0; ///< the most handlers of one group at once
    int out_of_order = 0;
    int again = 0; ///< handled before: their deletes had failed
    int threw = 0;
    int done = 0;
    std::mt19937_64 random{7};
};

awaitable<void> handle(progress& all, delivery& one) {
    const std::string group(one.group());
    const int number = std::stoi(one.body());
    all.most = std::max(all.most, ++all.now);
    all.in_one_group = std::max(all.in_one_group, ++all.running[group]);
    const auto executor = co_await boost::asio::this_coro::executor;
    for (int i = 0; i < 20; ++i) co_await boost::asio::post(executor, boost::asio::use_awaitable);
    --all.now;
    --all.running[group];
    int& due = all.next[group];
    if (number > due) ++all.out_of_order;
    if (number < due) ++all.again;
    if (std::uniform_int_distribution<int>(0, 99)(all.random) < 2) {
        ++all.threw;
        throw std::runtime_error("fails now and then");
    }
    if (number == due) {
        ++due;
        ++all.done;
    }
}

} // namespace

TEST_CASE("reader of a FIFO queue under faults: exact order in each of 1,000 groups, groups side by side") {
    boost::asio::io_context context;
    integration::local_service service(context.get_executor());
    const sluice::session session = service.session();
    std::string url;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        url = co_await integration::make_queue(session, "groups.fifo");
        sluice::sqs::set_queue_attributes_request set(url);
        set.attributes["VisibilityTimeout"] = "4";
        co_await session.sqs().set_queue_attributes(std::move(set));
        sluice::sqs::writer writer(session, url);
        for (int i = 0; i < messages_of_group; ++i) {
            std::vector<sluice::message> some;
            for (int g = 0; g < groups; ++g) {
                sluice::message one(std::to_string(i));
                one.group("g" + std::to_string(g)).deduplication_id(std::to_string(g) + "-" + std::to_string(i));
                some.push_back(std::move(one));
            }
            const auto results = co_await writer.write(std::move(some));
            for (const auto& one : results) REQUIRE(one.has_value());
        }
    });
    service.fail_now_and_then("ReceiveMessage");
    service.fail_now_and_then("DeleteMessageBatch");
    service.fail_now_and_then("ChangeMessageVisibilityBatch");
    progress all;
    sluice::sqs::reader_options options;
    options.messages_in_flight = 2'000;
    options.buffered_messages = 100;
    sluice::sqs::reader reader(session, url, options);
    auto handler = [&all](delivery& one) -> awaitable<void> { return handle(all, one); };
    sluice::sqs::run_options handlers;
    handlers.handlers = 50;
    bool ended = false;
    boost::asio::co_spawn(context, reader.run(handler, handlers), [&ended](const std::exception_ptr& thrown) {
        CHECK(thrown == nullptr);
        ended = true;
    });
    const std::uint64_t total = std::uint64_t(groups) * messages_of_group;
    const auto deadline = std::chrono::steady_clock::now() + 200s;
    context.restart();
    while (service.server->ledger().at("groups.fifo").deleted < total && std::chrono::steady_clock::now() < deadline) {
        context.run_for(50ms);
    }
    service.server->clear_faults();
    integration::run_coroutine(context, [&]() -> awaitable<void> { co_await reader.stop(); });
    context.restart();
    context.poll();
    CHECK(ended);
    const auto ledger = service.server->ledger().at("groups.fifo");
    CHECK(ledger.deleted == total);
    CHECK(ledger.in_flight == 0);
    CHECK(ledger.visible == 0);
    CHECK(all.done == static_cast<int>(total));
    CHECK(all.out_of_order == 0);
    CHECK(all.in_one_group == 1);
    CHECK(all.most > 10);
    CHECK(all.threw > 0);
    std::cout << "reader of a FIFO queue: " << total << " messages of " << groups << " groups, " << all.threw
              << " handlers threw, " << all.again << " handled again, " << all.out_of_order << " out of order, at most "
              << all.most << " handlers at once, of one group " << all.in_one_group << std::endl;
}

} // namespace reader_fifo_test
