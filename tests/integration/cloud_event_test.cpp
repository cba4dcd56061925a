// CloudEvents through topics and queues, against every server: in both modes, in SNS envelopes and without, beside the
// `streams-*` attributes.
#include "support/reader_suite.hpp"
#include "support/resources.hpp"

#include <sluice/cloud_event.hpp>

#include <doctest/doctest.h>

#include <boost/asio/this_coro.hpp>

#include <map>
#include <string>

namespace cloud_event_test {

using boost::asio::awaitable;
using integration::quick_reads;
using integration::stage;
using integration::unique_name;
using sluice::cloud_event;
using sluice::cloud_event_mode;
using std::chrono::seconds;

namespace {

cloud_event created(const std::string& id) {
    cloud_event event(id, "https://example.com/orders", "com.example.created");
    event.subject("Bestellung ü 7").time_text("2026-03-01T10:00:00.123456Z").extension("tenant", "north");
    event.data_content_type("application/json").data("{\"b\":1.0, \"a\":\"<&>\\n€\"}");
    return event;
}

/// Reads all of a queue's messages; the events by their ids.
awaitable<std::map<std::string, cloud_event>> read_events(sluice::session session, std::string queue,
                                                          std::size_t count) {
    std::map<std::string, cloud_event> events;
    sluice::sqs::reader reader(session, std::move(queue), quick_reads());
    auto batch = co_await reader.read_batch(count, seconds(60));
    for (auto& one : batch) {
        const cloud_event event = sluice::cloud_event_from(one);
        events.insert_or_assign(event.id(), event);
        one.ack_in_background();
    }
    co_await reader.stop();
    co_return events;
}

awaitable<void> through_a_topic(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    sluice::chain_queue wrapped(unique_name("wrapped"));
    wrapped.raw_delivery = false;
    sluice::chain_queue raw(unique_name("raw"));
    raw.raw_delivery = true;
    sluice::chain_queue filtered(unique_name("filtered"), R"({"ce-type":[{"prefix":"com.example."}]})");
    const std::string wrapped_name = wrapped.name;
    const std::string raw_name = raw.name;
    const std::string filtered_name = filtered.name;
    sluice::chain definition(unique_name("events"));
    definition.queue(std::move(wrapped));
    definition.queue(std::move(raw));
    definition.queue(std::move(filtered));
    const sluice::chain_report links = co_await sluice::ensure(session, definition);

    sluice::sns::writer publisher(session, links.topic_arn);
    const cloud_event first = created("structured");
    const cloud_event second = created("binary");
    co_await publisher.write(sluice::to_message(first));
    co_await publisher.write(sluice::to_message(second, cloud_event_mode::binary));
    co_await publisher.close();

    const auto from_envelopes = co_await read_events(session, wrapped_name, 2);
    const auto from_raw = co_await read_events(session, raw_name, 2);
    for (const auto& events : {from_envelopes, from_raw}) {
        REQUIRE_MESSAGE(events.size() == 2, at.name);
        CHECK_MESSAGE(events.at("structured") == first, at.name);
        CHECK_MESSAGE(events.at("binary") == second, at.name);
    }
    // Topics filter by attributes, which structured mode does not have.
    const auto chosen = co_await read_events(session, filtered_name, 1);
    REQUIRE_MESSAGE(chosen.size() == 1, at.name);
    CHECK_MESSAGE(chosen.at("binary") == second, at.name);
}

/// The writer's attributes come to those of the event, and none takes the place of another.
awaitable<void> beside_stream_attributes(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string queue = unique_name("both");
    co_await integration::make_queue(session, queue);
    sluice::writer_options with_attributes;
    with_attributes.stream_attributes = true;
    with_attributes.content_type = "text/plain"; // of what else it writes
    sluice::sqs::writer writer(session, queue, with_attributes);
    const cloud_event first = created("structured");
    cloud_event second("binary", "/orders", "com.example.created"); // six attributes
    second.subject("7").data("1").data_content_type("application/json");
    co_await writer.write(sluice::to_message(first));
    co_await writer.write(sluice::to_message(second, cloud_event_mode::binary));
    auto third = sluice::to_message(created("too many"), cloud_event_mode::binary); // eight
    auto writing = writer.write(std::move(third));
    const auto refused = co_await sluice::as_result(std::move(writing));
    REQUIRE_MESSAGE(!refused, at.name);
    CHECK_MESSAGE(refused.error().code == sluice::errc::invalid_argument, at.name);
    CHECK_MESSAGE(refused.error().message == "the message has 8 attributes, and stream_attributes adds 3: at most 10 "
                                             "are allowed",
                  at.name);
    co_await writer.close();

    const auto events = co_await read_events(session, queue, 2);
    REQUIRE_MESSAGE(events.size() == 2, at.name);
    CHECK_MESSAGE(events.at("structured") == first, at.name);
    CHECK_MESSAGE(events.at("binary") == second, at.name);
}

} // namespace

TEST_CASE("CloudEvents through a topic: structured and binary, in SNS envelopes and raw") {
    integration::play_everywhere(&through_a_topic, true);
}

TEST_CASE("CloudEvents beside streams attributes: ten at most, and a refusal that says who adds them") {
    integration::play_everywhere(&beside_stream_attributes);
}

} // namespace cloud_event_test
