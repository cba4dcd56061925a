// What writers do when they are told so: limits that are read, the attributes of `streams`.
#include "stream/added_attributes.hpp"
#include "support/writer_fixture.hpp"

#include <doctest/doctest.h>
#include <sluice/sns/writer.hpp>
#include <sluice/sqs/writer.hpp>
#include <sluice/stream_attributes.hpp>

#include <map>

namespace writer_options_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using sluice::errc;
using sluice::message;
using sluice::receipt;
using sluice::result;

namespace {

sluice::writer_options reading() {
    auto options = patient();
    options.read_max_message_bytes = true;
    return options;
}

std::string attributes_reply(const char* operation, const std::string& inner) { return reply_to(operation, inner); }
std::string size_of_queue(const std::string& bytes) {
    return attributes_reply("GetQueueAttributes",
                            "<Attribute><Name>MaximumMessageSize</Name><Value>" + bytes + "</Value></Attribute>");
}
std::string size_of_topic(const std::string& bytes) {
    const std::string entry =
        bytes.empty() ? "" : "<entry><key>MaximumMessageSize</key><value>" + bytes + "</value></entry>";
    return attributes_reply("GetTopicAttributes", "<Attributes>" + entry + "</Attributes>");
}

std::map<std::string, std::string> attributes_of(const message& from) {
    std::map<std::string, std::string> all;
    for (const auto& one : from.attributes()) all[one.name] = one.value.data_type() + ":" + one.value.value();
    return all;
}

constexpr auto noon = std::chrono::system_clock::time_point(1'700'000'000'123ms);

} // namespace

TEST_CASE("limits: read once for all who write at the same time, and kept to") {
    writer_fixture test;
    test.script->expect("GetQueueAttributes").reply(200, size_of_queue("2000")).hold();
    test.script->expect("SendMessageBatch").answer(accept_sends());
    sluice::sqs::writer writer(test.session, queue_url, reading());
    std::vector<started<result<receipt>>> written;
    for (int i = 0; i < 9; ++i) written.push_back(test.write(writer, message(std::string(1'999, 'x'))));
    written.push_back(test.write(writer, message(std::string(2'000, 'x'))));
    auto too_long = test.write(writer, message(std::string(2'001, 'x')));
    CHECK(test.script->operations() == std::vector<std::string>{"GetQueueAttributes"});
    CHECK(test.script->calls()[0].parameter("AttributeName.1") == "MaximumMessageSize");
    test.script->release();
    settle(test.context);
    REQUIRE(too_long.ended());
    CHECK(too_long.value().error().code == errc::message_too_long);
    CHECK(too_long.value().error().message.find("2000") != std::string::npos);
    for (auto& one : written) CHECK(one.value().has_value());
    CHECK(test.script->operations() == std::vector<std::string>{"GetQueueAttributes", "SendMessageBatch"});
}

TEST_CASE("limits: a message whose limit cannot be read ends with that error, and the next one asks again") {
    writer_fixture test;
    test.script->expect("GetQueueAttributes").reply(403, error_xml("AccessDenied", "not yours"));
    test.script->expect("GetQueueAttributes").reply(200, size_of_queue("many"));
    sluice::sqs::writer writer(test.session, queue_url, reading());
    auto first = test.write(writer, "x");
    CHECK(first.value().error().code == errc::access_denied);
    CHECK(first.value().error().message.find("not sent") != std::string::npos);
    CHECK_FALSE(first.value().error().may_have_been_applied);
    auto second = test.write(writer, "x");
    CHECK(second.value().error().code == errc::bad_reply);
    CHECK(test.script->calls().size() == 2);
}

TEST_CASE("limits: a topic's limit is that of its batches too; without the attribute it is the usual one") {
    writer_fixture test;
    const std::string small = std::string(topic_arn) + "-small";
    const std::string large = std::string(topic_arn) + "-large";
    test.script->expect("GetTopicAttributes").reply(200, size_of_topic("3000"));
    test.script->expect("GetTopicAttributes").reply(200, size_of_topic("1048576"));
    test.script->expect("GetTopicAttributes").reply(200, size_of_topic(""));
    test.script->expect("PublishBatch").answer(accept_publishes()).always();
    sluice::sns::writer writer(test.session, reading());
    std::vector<started<result<receipt>>> written;
    for (int i = 0; i < 4; ++i) written.push_back(test.write(writer, message(std::string(1'000, 'x')).to(small)));
    for (int i = 0; i < 2; ++i) written.push_back(test.write(writer, message(std::string(400'000, 'x')).to(large)));
    auto flushed = test.flush(writer);
    for (auto& one : written) CHECK(one.value().has_value());
    std::multimap<std::string, std::size_t> batches;
    for (const auto& call : test.script->calls()) {
        if (call.operation != "PublishBatch") continue;
        batches.emplace(call.parameter("TopicArn"), call.entries("PublishBatchRequestEntries.member"));
    }
    CHECK(batches == std::multimap<std::string, std::size_t>{{large, 2}, {small, 3}, {small, 1}});
    auto too_long = test.write(writer, message(std::string(262'145, 'x')).to(topic_arn));
    CHECK(too_long.value().error().code == errc::message_too_long);
}

TEST_CASE("limits: in a vector, each message has that of its destination") {
    writer_fixture test;
    test.script->expect("GetQueueAttributes").reply(200, size_of_queue("1024"));
    test.script->expect("GetQueueAttributes").reply(200, size_of_queue("2048"));
    test.script->expect("SendMessageBatch").answer(accept_sends()).always();
    sluice::sqs::writer writer(test.session, reading());
    std::vector<message> all;
    for (const char* end : {"-a", "-b", "-a"}) {
        all.push_back(message(std::string(2'000, 'x')).to(std::string(queue_url) + end));
    }
    all.push_back(message("to nowhere"));
    started<std::vector<result<receipt>>> written(test.context, writer.write(std::move(all)));
    settle(test.context);
    auto flushed = test.flush(writer);
    const auto& results = written.value();
    REQUIRE(results.size() == 4);
    CHECK(results[0].error().code == errc::message_too_long);
    CHECK(results[1].has_value());
    CHECK(results[2].error().code == errc::message_too_long);
    CHECK(results[3].error().code == errc::invalid_argument);
    CHECK(test.script->calls().size() == 3);
}

TEST_CASE("stream attributes: what is added, and that a message's own ones stay") {
    message plain("body");
    sluice::stream::add_stream_attributes(plain, "arn:aws:sns:eu-west-1:123456789012:orders.fifo", "id-1", "", noon);
    CHECK(attributes_of(plain) == std::map<std::string, std::string>{{"streams-message-id", "String:id-1"},
                                                                     {"streams-stream-name", "String:orders.fifo"},
                                                                     {"streams-message-time", "String:1700000000123"}});
    message own("body");
    own.group("customer-7").attribute(sluice::stream_attributes::message_id, "mine").attribute("other", "o");
    sluice::stream::add_stream_attributes(own, queue_url, "id-1", "application/json", noon);
    CHECK(attributes_of(own) == std::map<std::string, std::string>{{"streams-message-id", "String:mine"},
                                                                   {"streams-stream-name", "String:orders"},
                                                                   {"streams-stream-key", "String:customer-7"},
                                                                   {"streams-content-type", "String:application/json"},
                                                                   {"streams-message-time", "String:1700000000123"},
                                                                   {"other", "String:o"}});
}

TEST_CASE("stream attributes: on the wire, with the id as deduplication id, and among the ten of a message") {
    writer_fixture test;
    test.script->expect("SendMessageBatch").answer(accept_sends());
    auto options = patient();
    options.stream_attributes = true;
    options.content_type = "text/plain";
    sluice::sqs::writer writer(test.session, std::string(queue_url) + ".fifo", options);
    auto written = test.write(writer, message("x").group("g"));
    message many("x");
    many.group("g");
    for (int i = 0; i < 6; ++i) many.attribute("a" + std::to_string(i), "v");
    auto refused = test.write(writer, many);
    CHECK(refused.value().error().code == errc::invalid_argument);
    CHECK(refused.value().error().message ==
          "the message has 6 attributes, and stream_attributes adds 5: at most 10 are allowed");
    auto flushed = test.flush(writer);
    REQUIRE(test.script->calls().size() == 1);
    const seen_call call = test.script->calls()[0];
    const std::string entry = "SendMessageBatchRequestEntry.1.";
    std::map<std::string, std::string> sent;
    for (int i = 1; i <= 5; ++i) {
        const std::string at = entry + "MessageAttribute." + std::to_string(i) + ".";
        sent[call.parameter(at + "Name")] = call.parameter(at + "Value.StringValue");
    }
    CHECK(sent.size() == 5);
    CHECK(sent["streams-stream-name"] == "orders.fifo");
    CHECK(sent["streams-content-type"] == "text/plain");
    CHECK(sent["streams-message-id"].size() == 36);
    CHECK(sent["streams-message-id"] == call.parameter(entry + "MessageDeduplicationId"));
}

} // namespace writer_options_test
