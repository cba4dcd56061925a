// Writers that end with much to do: closed while a thousand calls wait, let go, cancelled.
#include "support/writer_fixture.hpp"

#include <doctest/doctest.h>
#include <sluice/sqs/writer.hpp>

#include <map>

namespace writer_ending_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using sluice::errc;
using sluice::message;
using sluice::receipt;
using sluice::result;

namespace {

constexpr std::size_t space = 100;
constexpr std::size_t calls = 1'100;

/// 20 messages under way in two requests that are held, 80 in the buffer, 1,000 `write` calls that wait for space.
struct crowd : writer_fixture {
    crowd() {
        script->expect("SendMessageBatch").answer(accept_sends()).hold().always();
        auto options = patient();
        options.pending_messages = space;
        options.requests_in_flight = 2;
        writer = std::make_unique<sluice::sqs::writer>(session, queue_url, options);
        for (std::size_t i = 0; i < calls; ++i) {
            auto writing = writer->write(message("m" + std::to_string(i)));
            written.emplace_back(context, sluice::as_result(std::move(writing)));
        }
        settle(context);
        const auto seen = writer->statistics();
        REQUIRE(seen.pending == space);
        REQUIRE(seen.waiting == calls - space);
        REQUIRE(script->held() == 2);
    }

    started<bool> close(std::chrono::milliseconds patience) {
        started<bool> closed(context, then_true(writer->close(patience)));
        settle(context);
        return closed;
    }
    std::map<errc, std::size_t> failures() {
        std::map<errc, std::size_t> all;
        for (auto& one : written) {
            REQUIRE(one.ended());
            if (!one.value()) ++all[one.value().error().code];
        }
        return all;
    }

    std::unique_ptr<sluice::sqs::writer> writer;
    std::vector<started<result<receipt>>> written;
};

} // namespace

TEST_CASE("writers: closed while 1,000 calls wait, with time: everything that was begun is sent") {
    crowd test;
    auto closed = test.close(1h);
    CHECK_FALSE(closed.ended());
    auto refused = test.write(*test.writer, "late");
    CHECK(refused.value().error().code == errc::closed);
    test.script->hold_nothing_more();
    test.script->release_all();
    settle(test.context);
    CHECK(closed.ended());
    CHECK(test.failures().empty());
    CHECK(test.writer->statistics().accepted == calls);
    CHECK(test.writer->statistics().pending == 0);
    CHECK(test.writer->statistics().pending_bytes == 0);
}

TEST_CASE("writers: closed while 1,000 calls wait, without time: each call ends, as unknown or as not sent") {
    crowd test;
    auto closed = test.close(0ms);
    run(test.context, test.writer->close(0ms)); // the deadline is a timer's; a second close may end before the first
    settle(test.context);
    CHECK(closed.ended());
    CHECK(test.failures() == std::map<errc, std::size_t>{{errc::unknown_outcome, 20}, {errc::closed, calls - 20}});
    for (auto& one : test.written) {
        const bool unknown = one.value().error().code == errc::unknown_outcome;
        CHECK(one.value().error().may_have_been_applied == unknown);
    }
    const auto seen = test.writer->statistics();
    CHECK(seen.waiting == 0);
    CHECK(seen.requests == 2);
    test.script->release_all(); // late answers harm nobody
    settle(test.context);
    CHECK(test.writer->statistics().pending == 0);
    CHECK(test.writer->statistics().pending_bytes == 0);
}

TEST_CASE("writers: let go while 1,000 calls wait, each call still gets its own receipt") {
    crowd test;
    test.writer.reset();
    test.script->hold_nothing_more();
    test.script->release_all();
    settle(test.context);
    CHECK(test.failures().empty());
    for (std::size_t i = 0; i < calls; ++i) CHECK(test.written[i].value()->message_id == "m:m" + std::to_string(i));
}

TEST_CASE("writers: of 1,100 calls every second one is cancelled, wherever its message is") {
    crowd test;
    for (std::size_t i = 0; i < calls; i += 2) test.written[i].cancel();
    settle(test.context);
    for (std::size_t i = 0; i < calls; i += 2) {
        REQUIRE(test.written[i].ended());
        CHECK(test.written[i].value().error().code == (i < 20 ? errc::unknown_outcome : errc::cancelled));
    }
    test.script->hold_nothing_more();
    test.script->release_all();
    settle(test.context);
    auto flushed = test.flush(*test.writer);
    CHECK(flushed.ended());
    for (std::size_t i = 1; i < calls; i += 2) CHECK(test.written[i].value()->message_id == "m:m" + std::to_string(i));
    CHECK(test.writer->statistics().pending == 0);
    CHECK(test.writer->statistics().entries == 20 + (calls - 20) / 2);
}

} // namespace writer_ending_test
