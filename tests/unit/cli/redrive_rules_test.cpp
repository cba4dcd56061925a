// What redrive moves, keeps, and when it ends.
#include "cli/redrive_rules.hpp"

#include <sluice/error.hpp>

#include <doctest/doctest.h>

#include <string>

namespace redrive_rules_test {

using namespace sluice;
using namespace sluice::cli;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::vector<named_attribute> attributes(const char* name, const char* value) {
    return {named_attribute(name, attribute_value(value))};
}

redrive_filter filter_of(std::initializer_list<const char*> conditions) {
    redrive_filter filter;
    for (const char* one : conditions) filter.add(one);
    return filter;
}

std::string refusal(const char* condition) {
    redrive_filter filter;
    try {
        filter.add(condition);
    } catch (const error& refused) {
        CHECK(refused.code() == errc::invalid_argument);
        return refused.info().message;
    }
    return {};
}

const std::vector<named_attribute> none;

} // namespace

TEST_CASE("redrive filter: attributes by their text, bodies by what they contain, all of them") {
    CHECK(redrive_filter().matches("anything", none));
    const auto german = filter_of({"country=DE"});
    CHECK(german.matches("", attributes("country", "DE")));
    CHECK_FALSE(german.matches("", attributes("country", "DEU")));
    CHECK_FALSE(german.matches("country=DE", none));
    CHECK_FALSE(german.matches("", {named_attribute("country", attribute_value::binary("DE"))}));
    CHECK(filter_of({"n=5"}).matches("", {named_attribute("n", attribute_value::number(5))}));
    CHECK(filter_of({"empty="}).matches("", attributes("empty", "")));
    CHECK(filter_of({"a=b=c"}).matches("", attributes("a", "b=c")));
    CHECK(filter_of({"body~a=b"}).matches("xa=bx", none));
    CHECK_FALSE(filter_of({"body~a=b"}).matches("xab", none));
    CHECK(filter_of({"body=x"}).matches("", attributes("body", "x"))); // an attribute of that name
    const auto both = filter_of({"country=DE", "body~express"});
    CHECK(both.matches("an express order", attributes("country", "DE")));
    CHECK_FALSE(both.matches("an order", attributes("country", "DE")));
    CHECK_FALSE(both.matches("an express order", none));
}

TEST_CASE("redrive filter: what is no condition is refused, by name") {
    CHECK(refusal("country").find("\"country\" is neither") != std::string::npos);
    CHECK(refusal("=DE").find("\"=DE\"") != std::string::npos);
    CHECK(refusal("").find("\"\"") != std::string::npos);
    CHECK(refusal("body~").find("no text") != std::string::npos);
}

TEST_CASE("redrive judge: each message once") {
    redrive_judge judge(filter_of({"country=DE"}), {});
    CHECK(judge.judge("1", "", attributes("country", "DE")) == redrive_decision::move);
    CHECK(judge.judge("2", "", none) == redrive_decision::keep);
    CHECK(judge.judge("2", "", none) == redrive_decision::keep_seen);
    // It was moved, but could not be deleted: a second move would make a third copy.
    CHECK(judge.judge("1", "", attributes("country", "DE")) == redrive_decision::keep_seen);
    CHECK(judge.why_stopped().empty());
}

TEST_CASE("redrive judge: what dies again at once is left, so that a poison message does not go round and round") {
    redrive_judge judge(redrive_filter(), {});
    CHECK(judge.judge("old", "", none) == redrive_decision::move);
    judge.moved_as("new");
    CHECK(judge.judge("new", "", none) == redrive_decision::keep_seen);
}

TEST_CASE("redrive judge: --max counts what is moved, not what is seen") {
    redrive_judge::bounds two;
    two.moves = 2;
    redrive_judge judge(filter_of({"body~x"}), two);
    CHECK(judge.judge("1", "x", none) == redrive_decision::move);
    CHECK(judge.judge("2", "y", none) == redrive_decision::keep);
    CHECK(judge.judge("3", "x", none) == redrive_decision::move);
    CHECK_FALSE(judge.enough());
    CHECK(judge.judge("4", "y", none) == redrive_decision::keep);
    CHECK(judge.judge("5", "x", none) == redrive_decision::stop);
    CHECK(judge.enough());
    CHECK(judge.judge("6", "y", none) == redrive_decision::stop);
}

TEST_CASE("redrive judge: what is held is bounded by count and bytes, and so is what is remembered") {
    redrive_judge::bounds small;
    small.held = 3;
    small.held_bytes = 10;
    {
        redrive_judge judge(filter_of({"body~x"}), small);
        for (const char* id : {"1", "2", "3"}) CHECK(judge.judge(id, "", none) == redrive_decision::keep);
        CHECK(judge.judge("4", "", none) == redrive_decision::stop);
        CHECK(judge.why_stopped().find("3 messages") != std::string::npos);
        CHECK_FALSE(judge.enough());
        CHECK(judge.judge("5", "x", none) == redrive_decision::stop);
    }
    {
        redrive_judge judge(filter_of({"body~x"}), small);
        CHECK(judge.judge("1", "12345678", none) == redrive_decision::keep);
        CHECK(judge.judge("2", "123", none) == redrive_decision::stop);
    }
    {
        redrive_judge judge(redrive_filter(), small);
        CHECK(judge.judge("1", "", none) == redrive_decision::move);
        judge.not_moved(9); // it could not be written, and is held
        CHECK(judge.judge("1", "12", none) == redrive_decision::stop);
    }
    redrive_judge::bounds forgetful;
    forgetful.remembered = 2;
    redrive_judge judge(redrive_filter(), forgetful);
    CHECK(judge.judge("1", "", none) == redrive_decision::move);
    CHECK(judge.judge("2", "", none) == redrive_decision::move);
    CHECK(judge.judge("3", "", none) == redrive_decision::stop);
}

TEST_CASE("redrive judge: ends against any queue that gives the same messages for ever") {
    redrive_judge::bounds bounds;
    bounds.held = 100;
    redrive_judge judge(filter_of({"body~never"}), bounds);
    std::size_t received = 0;
    for (; received < 1'000; ++received) {
        if (judge.judge(std::to_string(received % 7), "body", none) == redrive_decision::stop) break;
    }
    CHECK(received == 100);
}

TEST_CASE("redriven: all that a message is stays") {
    sqs::received_message dead;
    dead.message_id = "id";
    dead.body = "body";
    dead.attributes = attributes("country", "DE");
    dead.system_attributes = {{"MessageGroupId", "g"},
                              {"AWSTraceHeader", "Root=1"},
                              {"MessageDeduplicationId", "d"},
                              {"SentTimestamp", "1700000000000"}};
    const message standard = redriven(dead, false);
    CHECK(standard.body() == "body");
    CHECK(standard.attributes() == dead.attributes);
    CHECK(standard.group() == "g");
    CHECK(standard.trace_header() == "Root=1");
    CHECK_FALSE(standard.deduplication_id().has_value());
    CHECK_FALSE(standard.delay().has_value());

    const message fifo = redriven(dead, true);
    CHECK(fifo.body() == "body");
    CHECK(fifo.attributes() == dead.attributes);
    CHECK(fifo.group() == "g");
}

TEST_CASE("redriven: two dead letters of one deduplication id are two messages, each the same in every run") {
    sqs::received_message dead;
    dead.message_id = "first";
    dead.body = "the same body";
    // Sent long ago: the queue that they go to would take the first, and drop the second.
    dead.system_attributes = {
        {"MessageGroupId", "g"}, {"MessageDeduplicationId", "d"}, {"SentTimestamp", "1700000000000"}};
    sqs::received_message another = dead;
    another.message_id = "second";
    CHECK(redriven(dead, true).deduplication_id() == "redrive-first");
    CHECK(redriven(another, true).deduplication_id() == "redrive-second");
    CHECK(redriven(dead, true).deduplication_id() == redriven(dead, true).deduplication_id());
    dead.system_attributes.clear();
    CHECK(redriven(dead, true).deduplication_id() == "redrive-first");
}

TEST_CASE("steady rate: evenly, and nothing saved up") {
    using clock = std::chrono::steady_clock;
    const clock::time_point start{seconds(1'000)};
    steady_rate four(4);
    CHECK(four.next(start) == start);
    CHECK(four.next(start) == start + milliseconds(250));
    CHECK(four.next(start) == start + milliseconds(500));
    CHECK(four.next(start + seconds(10)) == start + seconds(10));
    CHECK(four.next(start + seconds(10)) == start + seconds(10) + milliseconds(250));
    steady_rate unbounded(0);
    for (int i = 0; i < 10; ++i) CHECK(unbounded.next(start) == start);
    steady_rate slow(0.5);
    CHECK(slow.next(start) == start);
    CHECK(slow.next(start) == start + seconds(2));
}

} // namespace redrive_rules_test
