// The reader's handlers against every server: message groups in order and side by side, batches of messages, and
// acknowledgements that share requests. What a server does not fulfil is in the table in support/reader_suite.cpp.
#include "support/reader_suite.hpp"
#include "support/resources.hpp"

#include "transport/http_transport.hpp"

#include <doctest/doctest.h>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

namespace reader_handlers_test {

using boost::asio::awaitable;
using integration::counts_of;
using integration::make_queue;
using integration::quick_reads;
using integration::stage;
using integration::unique_name;
using sluice::sqs::delivery;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

awaitable<void> write_all(sluice::session session, std::string url, std::vector<sluice::message> contents,
                          std::string name) {
    sluice::sqs::writer writer(session, std::move(url));
    const auto written = co_await writer.write(std::move(contents));
    for (const auto& one : written) CHECK_MESSAGE(one.has_value(), name);
    co_await writer.close();
}

std::vector<sluice::message> numbered(int count) {
    std::vector<sluice::message> all;
    for (int i = 0; i < count; ++i) all.emplace_back(std::to_string(i));
    return all;
}

constexpr int groups = 8;
constexpr int messages_of_group = 6;

/// What the handlers of a FIFO queue saw. Bodies are `group:number`.
struct group_record {
    explicit group_record(const boost::asio::any_io_executor& executor)
        : all_done(std::make_shared<sluice::one_shot_event>(executor)) {}

    std::shared_ptr<sluice::one_shot_event> all_done;
    std::set<std::string> busy; ///< groups with a handler that runs
    std::size_t most_busy = 0;
    std::size_t overlaps = 0; ///< two handlers of one group at once
    std::set<std::string> failed, done;
    std::map<std::string, std::vector<int>> first_successes; ///< by group
};

awaitable<void> handle_of_group(std::shared_ptr<group_record> seen, delivery& one) {
    const std::string group(one.group());
    if (!seen->busy.insert(group).second) ++seen->overlaps;
    seen->most_busy = std::max(seen->most_busy, seen->busy.size());
    co_await integration::pause(milliseconds(20));
    seen->busy.erase(group);
    const std::string body = one.body();
    const int number = std::stoi(body.substr(body.find(':') + 1));
    if (number % 3 == 1 && seen->failed.insert(body).second) throw std::runtime_error("fails the first time");
    if (seen->done.insert(body).second) seen->first_successes[group].push_back(number);
    if (seen->done.size() == std::size_t(groups) * messages_of_group) seen->all_done->set();
}

awaitable<void> groups_in_order(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string url = co_await make_queue(session, unique_name("groups") + ".fifo");
    std::vector<sluice::message> all;
    for (int i = 0; i < groups * messages_of_group; ++i) {
        const std::string group = "g" + std::to_string(i % groups);
        sluice::message one(group + ":" + std::to_string(i / groups));
        one.group(group).deduplication_id("id-" + std::to_string(i));
        all.push_back(std::move(one));
    }
    co_await write_all(session, url, std::move(all), at.name);
    auto options = quick_reads();
    options.longest_release_delay = seconds(1); // what waits behind a failure is received as often
    sluice::sqs::reader reader(session, url, options);
    const auto seen = std::make_shared<group_record>(executor);
    sluice::sqs::message_handler handler = [seen](delivery& one) { return handle_of_group(seen, one); };
    const auto running = integration::start(executor, reader.run(std::move(handler)));
    co_await integration::await(seen->all_done, "the last message of the last group");
    const auto stop = co_await reader.stop();
    co_await integration::join(running);
    CHECK_MESSAGE(stop.complete, at.name);
    CHECK_MESSAGE(seen->overlaps == 0, at.name);
    CHECK_MESSAGE(seen->most_busy >= 2, at.name);
    CHECK_MESSAGE(seen->failed.size() == std::size_t(groups) * 2, at.name); // 1 and 4 of each group
    std::vector<int> in_order(messages_of_group);
    for (int i = 0; i < messages_of_group; ++i) in_order[static_cast<std::size_t>(i)] = i;
    CHECK_MESSAGE(seen->first_successes.size() == std::size_t(groups), at.name);
    for (auto& [group, numbers] : seen->first_successes) {
        if (at.deviates("order of a group after a release")) std::sort(numbers.begin(), numbers.end());
        CHECK_MESSAGE(numbers == in_order, at.name << ", group " << group);
    }
    const auto left = co_await counts_of(session, url);
    CHECK_MESSAGE(left.visible == "0", at.name);
    CHECK_MESSAGE(left.in_flight == "0", at.name);
}

struct batch_record {
    explicit batch_record(const boost::asio::any_io_executor& executor)
        : all_done(std::make_shared<sluice::one_shot_event>(executor)) {}

    std::shared_ptr<sluice::one_shot_event> all_done;
    std::vector<std::size_t> sizes;
    std::map<std::string, std::vector<int>> receives; ///< by body
    std::set<std::string> acknowledged_by_hand, failed, done;
};

/// The first batch: every second message is acknowledged by hand, then the batch fails.
awaitable<void> handle_batch(std::shared_ptr<batch_record> seen, std::vector<delivery>& batch, std::size_t expected) {
    const bool first = seen->sizes.empty();
    seen->sizes.push_back(batch.size());
    for (const delivery& one : batch) seen->receives[one.body()].push_back(one.receive_count());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const bool by_hand = first && i % 2 == 0;
        if (by_hand) {
            co_await batch[i].ack();
            seen->acknowledged_by_hand.insert(batch[i].body());
        }
        if (first && !by_hand) seen->failed.insert(batch[i].body());
        else seen->done.insert(batch[i].body());
    }
    if (seen->done.size() == expected) seen->all_done->set();
    if (first) throw std::runtime_error("the first batch fails");
}

awaitable<void> batches(const stage& at) {
    constexpr int count = 30;
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string url = co_await make_queue(session, unique_name("batches"));
    co_await write_all(session, url, numbered(count), at.name);
    sluice::sqs::reader reader(session, url, quick_reads());
    const auto seen = std::make_shared<batch_record>(executor);
    sluice::sqs::batch_handler handler = [seen](std::vector<delivery>& batch) {
        return handle_batch(seen, batch, count);
    };
    sluice::sqs::run_options options;
    options.handlers = 2;
    options.batch_messages = 8;
    options.batch_linger = milliseconds(1000); // whole batches also from a slow server
    const auto running = integration::start(executor, reader.run_batch(std::move(handler), options));
    co_await integration::await(seen->all_done, "the last message of the last batch");
    const auto stop = co_await reader.stop();
    co_await integration::join(running);
    CHECK_MESSAGE(stop.complete, at.name);
    const auto largest = *std::max_element(seen->sizes.begin(), seen->sizes.end());
    CHECK_MESSAGE(largest > 1, at.name);
    CHECK_MESSAGE(largest <= 8, at.name);
    CHECK_MESSAGE(seen->acknowledged_by_hand.size() == (seen->sizes.front() + 1) / 2, at.name);
    // What the failed batch had not acknowledged came again, nothing else did.
    for (const auto& [body, receives] : seen->receives) {
        const bool again = seen->failed.contains(body);
        const std::vector<int> expected = again ? std::vector<int>{1, 2} : std::vector<int>{1};
        CHECK_MESSAGE(receives == expected, at.name << ", message " << body);
    }
    CHECK_MESSAGE(reader.statistics().acknowledged == count, at.name);
    CHECK_MESSAGE(reader.statistics().failed_handlers == 1, at.name);
    const auto left = co_await counts_of(session, url);
    CHECK_MESSAGE(left.visible == "0", at.name);
    CHECK_MESSAGE(left.in_flight == "0", at.name);
}

awaitable<void> reads_of_many(const stage& at) {
    constexpr std::size_t count = 25;
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string url = co_await make_queue(session, unique_name("read-batch"));
    co_await write_all(session, url, numbered(count), at.name);
    sluice::sqs::reader reader(session, url, quick_reads());
    std::set<std::string> bodies;
    for (const std::size_t wanted : {std::size_t(10), std::size_t(1), std::size_t(14)}) {
        auto batch = co_await reader.read_batch(wanted, seconds(60)); // it does not wait when it has so many
        CHECK_MESSAGE(batch.size() == wanted, at.name);
        for (delivery& one : batch) {
            bodies.insert(one.body());
            one.ack_in_background();
        }
    }
    CHECK_MESSAGE(bodies.size() == count, at.name);
    const auto begun = steady_clock::now();
    const auto none = co_await reader.read_batch(10, milliseconds(500));
    CHECK_MESSAGE(none.empty(), at.name);
    CHECK_MESSAGE(steady_clock::now() - begun >= milliseconds(500), at.name);
    const auto stop = co_await reader.stop();
    CHECK_MESSAGE(stop.complete, at.name);
    CHECK_MESSAGE(reader.statistics().acknowledged == count, at.name);
    CHECK_MESSAGE(reader.statistics().failed_acknowledgements == 0, at.name);
}

/// Counts the requests that delete messages.
class counting_transport : public sluice::transport {
  public:
    explicit counting_transport(std::shared_ptr<sluice::transport> below) : below_(std::move(below)) {}

    awaitable<sluice::result<sluice::http_reply>> send(sluice::http_request request) override {
        const std::string_view operation = "DeleteMessage";
        const bool in_body = request.body.find("Action=" + std::string(operation)) != std::string::npos;
        const bool in_header = std::any_of(request.headers.begin(), request.headers.end(), [&](const auto& header) {
            return header.value.find(operation) != std::string::npos;
        });
        if (in_body || in_header) ++deletes;
        return below_->send(std::move(request));
    }

    int deletes = 0;

  private:
    std::shared_ptr<sluice::transport> below_;
};

awaitable<void> shared_acknowledgements(const stage& at) {
    constexpr std::size_t count = 20;
    const auto executor = co_await boost::asio::this_coro::executor;
    sluice::session_options session_options = at.options();
    std::shared_ptr<sluice::transport> below = session_options.transport;
    if (!below) below = std::make_shared<sluice::http_transport>(executor, sluice::http_transport_options());
    const auto transport = std::make_shared<counting_transport>(std::move(below));
    session_options.transport = transport;
    const sluice::session session(executor, std::move(session_options));
    const std::string url = co_await make_queue(session, unique_name("acks"));
    co_await write_all(session, url, numbered(count), at.name);
    auto options = quick_reads();
    options.acknowledge_linger = milliseconds(1000); // full requests do not wait for it
    sluice::sqs::reader reader(session, url, options);
    auto batch = co_await reader.read_batch(count, seconds(60));
    REQUIRE_MESSAGE(batch.size() == count, at.name);
    for (delivery& one : batch) one.ack_in_background();
    const auto stop = co_await reader.stop();
    CHECK_MESSAGE(stop.complete, at.name);
    CHECK_MESSAGE(reader.statistics().acknowledged == count, at.name);
    CHECK_MESSAGE(transport->deletes == 2, at.name);
    const auto left = co_await counts_of(session, url);
    CHECK_MESSAGE(left.visible == "0", at.name);
    CHECK_MESSAGE(left.in_flight == "0", at.name);
}

} // namespace

TEST_CASE("FIFO: groups are handled in their order and side by side, also when handlers fail") {
    integration::play_everywhere(&groups_in_order);
}

TEST_CASE("batch handlers: what a failed batch has acknowledged stays deleted, the rest comes again") {
    integration::play_everywhere(&batches);
}

TEST_CASE("read_batch takes as many as are wanted, or what there is in time") {
    integration::play_everywhere(&reads_of_many);
}

TEST_CASE("acknowledgements share requests, ten to each") { integration::play_everywhere(&shared_acknowledgements); }

} // namespace reader_handlers_test
