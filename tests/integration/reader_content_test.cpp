// What a delivery tells, against every server: system attributes, and messages out of SNS envelopes. What a server does
// not fulfil is in the table in support/reader_suite.cpp.
#include "support/reader_suite.hpp"
#include "support/resources.hpp"

#include <doctest/doctest.h>

#include <boost/asio/this_coro.hpp>

#include <map>
#include <string>

namespace reader_content_test {

using boost::asio::awaitable;
using integration::make_queue;
using integration::quick_reads;
using integration::stage;
using integration::unique_name;
using sluice::sqs::delivery;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

awaitable<void> system_attributes(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string url = co_await make_queue(session, unique_name("told") + ".fifo");
    sluice::sqs::writer writer(session, url);
    sluice::message content("told");
    content.group("group-a").deduplication_id("id-1");
    const auto before = system_clock::now() - seconds(2); // its clock may count whole seconds
    const sluice::receipt sent = co_await writer.write(std::move(content));
    sluice::sqs::reader reader(session, url, quick_reads());
    delivery first = co_await reader.read();
    const auto after = system_clock::now() + seconds(2);
    CHECK_MESSAGE(first.message_id() == sent.message_id, at.name);
    CHECK_MESSAGE(first.receive_count() == 1, at.name);
    CHECK_MESSAGE(first.group() == "group-a", at.name);
    CHECK_MESSAGE(first.deduplication_id() == "id-1", at.name);
    CHECK_MESSAGE(!first.sequence_number().empty(), at.name);
    if (!at.deviates("sequence numbers of receipts")) {
        CHECK_MESSAGE(first.sequence_number() == sent.sequence_number, at.name);
    }
    REQUIRE_MESSAGE(first.sent_at().has_value(), at.name);
    CHECK_MESSAGE(*first.sent_at() >= before, at.name);
    CHECK_MESSAGE(*first.sent_at() <= after, at.name);
    REQUIRE_MESSAGE(first.first_received_at().has_value(), at.name);
    CHECK_MESSAGE(*first.first_received_at() >= *first.sent_at(), at.name);
    CHECK_MESSAGE(*first.first_received_at() <= after, at.name);
    CHECK_MESSAGE(first.topic_arn().empty(), at.name);
    CHECK_MESSAGE(!first.receipt_handle().empty(), at.name);

    co_await first.release(seconds(0));
    delivery second = co_await reader.read();
    CHECK_MESSAGE(second.receive_count() == 2, at.name);
    CHECK_MESSAGE(second.sent_at() == first.sent_at(), at.name);
    CHECK_MESSAGE(second.first_received_at() == first.first_received_at(), at.name);
    CHECK_MESSAGE(second.sequence_number() == first.sequence_number(), at.name);
    CHECK_MESSAGE(second.receipt_handle() != first.receipt_handle(), at.name);
    co_await second.ack();
    co_await reader.stop();
}

awaitable<std::string> topic_with(const sluice::session& session, std::string queue) {
    sluice::chain_queue wrapped(std::move(queue));
    wrapped.raw_delivery = false;
    sluice::chain definition(unique_name("topic"));
    definition.queue(std::move(wrapped));
    const sluice::chain_report links = co_await sluice::ensure(session, definition);
    co_return links.topic_arn;
}

/// Two topics before one queue, and what is sent to it directly: only what came from the topic that the reader trusts
/// is taken out of its envelope.
awaitable<void> envelopes(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string queue = unique_name("envelopes");
    const std::string trusted = co_await topic_with(session, queue);
    const std::string foreign = co_await topic_with(session, queue);
    sluice::sns::writer publisher(session);
    sluice::message known("from the trusted topic: \"x\" & <ü>");
    known.to(trusted).subject("a subject").attribute("kind", "order");
    co_await publisher.write(std::move(known));
    sluice::message strange("from another one");
    strange.to(foreign);
    co_await publisher.write(std::move(strange));
    sluice::sqs::writer writer(session, queue);
    co_await writer.write("sent directly");

    auto options = quick_reads();
    options.topics.push_back(trusted);
    sluice::sqs::reader reader(session, queue, options);
    auto batch = co_await reader.read_batch(3, seconds(60));
    REQUIRE_MESSAGE(batch.size() == 3, at.name);
    int unwrapped = 0;
    int direct = 0;
    int wrapped = 0;
    for (delivery& one : batch) {
        if (!one.topic_arn().empty()) {
            ++unwrapped;
            CHECK_MESSAGE(one.topic_arn() == trusted, at.name);
            CHECK_MESSAGE(one.body() == "from the trusted topic: \"x\" & <ü>", at.name);
            CHECK_MESSAGE(one.subject() == "a subject", at.name);
            REQUIRE_MESSAGE(one.attribute("kind") != nullptr, at.name);
            CHECK_MESSAGE(one.attribute("kind")->value() == "order", at.name);
        } else if (one.body() == "sent directly") {
            ++direct;
        } else {
            ++wrapped;
            CHECK_MESSAGE(one.body().find("\"from another one\"") != std::string::npos, at.name);
            CHECK_MESSAGE(one.body().find(foreign) != std::string::npos, at.name);
        }
        one.ack_in_background();
    }
    CHECK_MESSAGE(unwrapped == 1, at.name);
    CHECK_MESSAGE(direct == 1, at.name);
    CHECK_MESSAGE(wrapped == 1, at.name);
    const auto stop = co_await reader.stop();
    CHECK_MESSAGE(stop.complete, at.name);
    CHECK_MESSAGE(reader.statistics().acknowledged == 3, at.name);
    CHECK_MESSAGE(reader.statistics().damaged == 0, at.name);
}

} // namespace

TEST_CASE("a delivery tells its group, its numbers and its times") { integration::play_everywhere(&system_attributes); }

TEST_CASE("only what comes from a topic that is listed is taken out of its envelope") {
    integration::play_everywhere(&envelopes, true);
}

} // namespace reader_content_test
