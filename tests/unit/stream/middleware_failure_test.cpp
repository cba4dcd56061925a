// What middlewares make of exceptions: which are cancellations, what they say, and the log of errors.
#include "stream/middleware/plain_text.hpp"
#include "support/handler_fixture.hpp"

#include <sluice/error.hpp>
#include <sluice/middleware/compose.hpp>
#include <sluice/middleware/failure.hpp>
#include <sluice/middleware/log_errors.hpp>

#include <boost/asio/error.hpp>
#include <doctest/doctest.h>

#include <system_error>

namespace middleware_failure_test {

using namespace unit_tests;
using boost::asio::awaitable;
using sluice::errc;
using sluice::stream::allowed_text;
using sluice::stream::one_line;

namespace {

template<class Exception>
std::exception_ptr thrown(Exception exception) {
    return std::make_exception_ptr(std::move(exception));
}

sluice::error error_of(errc code) { return sluice::error(sluice::error_info(code, "text")); }

} // namespace

TEST_CASE("failure: what a cancelled operation throws is a cancellation, nothing else is") {
    using sluice::is_cancellation;
    CHECK(is_cancellation(thrown(error_of(errc::cancelled))));
    CHECK(is_cancellation(thrown(boost::system::system_error(boost::asio::error::operation_aborted))));
    CHECK(is_cancellation(thrown(std::system_error(std::make_error_code(std::errc::operation_canceled)))));
    CHECK_FALSE(is_cancellation(thrown(error_of(errc::timeout))));
    CHECK_FALSE(is_cancellation(thrown(error_of(errc::unknown_outcome))));
    CHECK_FALSE(is_cancellation(thrown(boost::system::system_error(boost::asio::error::eof))));
    CHECK_FALSE(is_cancellation(thrown(std::runtime_error("cancelled"))));
    CHECK_FALSE(is_cancellation(thrown(1)));
    CHECK_FALSE(is_cancellation(nullptr));
}

TEST_CASE("failure: its text is never empty") {
    CHECK(sluice::describe_failure(thrown(std::runtime_error("why"))) == "why");
    CHECK(sluice::describe_failure(thrown(std::runtime_error(""))) == "an exception without a text");
    CHECK(sluice::describe_failure(thrown(1)) == "something that is no std::exception");
    CHECK(sluice::describe_failure(thrown(error_of(errc::timeout))).find("text") != std::string::npos);
}

TEST_CASE("plain text: what SQS refuses becomes a question mark, byte for byte") {
    CHECK(allowed_text("plain\ttext\r\n", 100) == "plain\ttext\r\n");
    CHECK(allowed_text(std::string("a\0b\x01\x1F", 5), 100) == "a?b??");
    CHECK(allowed_text("\xC3\xA4 \xF0\x9F\x98\x80", 100) == "\xC3\xA4 \xF0\x9F\x98\x80");
    CHECK(allowed_text("\xC3", 100) == "?");           // cut short
    CHECK(allowed_text("\x80\xFF", 100) == "??");      // no UTF-8
    CHECK(allowed_text("\xEF\xBF\xBF", 100) == "???"); // U+FFFF
    CHECK(allowed_text("\xED\xA0\x80", 100) == "???"); // a surrogate
    CHECK(allowed_text("", 100).empty());
    CHECK(one_line("a\tb\nc\rd\x7F", 100) == "a b c d ");
    CHECK(one_line("\xC2\x9B"
                   "2J",
                   100) == "?2J");                   // CSI as one character
    CHECK(one_line("a\xC2\x85z", 100) == "a?z");     // NEL
    CHECK(one_line("a\xE2\x80\xA8z", 100) == "a?z"); // line separator
    CHECK(one_line("a\xE2\x80\xA9z", 100) == "a?z"); // paragraph separator
    CHECK(one_line("a\xE2\x80\xAEz", 100) == "a?z"); // right-to-left override
    CHECK(one_line("a\xE2\x81\xA6z", 100) == "a?z"); // left-to-right isolate
    CHECK(one_line("\x1B[2J\x9B", 100) == "?[2J?");  // as before: not allowed in a message at all
    CHECK(one_line("\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80", 100) == "\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80");
}

TEST_CASE("plain text: is cut between two characters") {
    const std::string four = "\xF0\x9F\x98\x80"; // U+1F600
    CHECK(allowed_text("ab" + four, 6) == "ab" + four);
    CHECK(allowed_text("ab" + four, 5) == "ab");
    CHECK(allowed_text("ab" + four, 3) == "ab");
    CHECK(allowed_text("ab" + four, 2) == "ab");
    CHECK(allowed_text(four, 3).empty());
    CHECK(allowed_text("abc", 0).empty());
    CHECK(allowed_text(std::string(10, '\x80'), 7) == "???????"); // no character to keep whole
    for (std::size_t most = 0; most <= 12; ++most) {
        const std::string text = allowed_text("\xC3\xA4\xE2\x82\xAC" + four + "xyz", most);
        CHECK(text.size() <= most);
        CHECK(text.find('?') == std::string::npos);
    }
}

TEST_CASE("log_errors: one line for each failure, which passes on; nothing for success") {
    handler_fixture test;
    auto message = test.receive(queued_message("a").received(3));
    std::vector<std::string> lines;
    const sluice::log_errors log([&lines](std::string_view line) { lines.emplace_back(line); });
    bool fails = true;
    auto base = [&fails](sluice::sqs::delivery&) -> awaitable<void> {
        if (fails) throw std::runtime_error("first line\nsecond\x01line");
        co_return;
    };
    const auto handler = sluice::compose(base).with(log);
    auto failed = test.handle(handler, message);
    CHECK_THROWS_WITH_AS(static_cast<void>(failed.value()), "first line\nsecond\x01line", std::runtime_error);
    CHECK(lines == std::vector<std::string>{"message m:a, receive 3: first line second?line"});
    fails = false;
    CHECK(test.handle(handler, message).value());
    CHECK(lines.size() == 1);
}

TEST_CASE("log_errors: a sink may take the delivery and the exception; what it throws does not matter") {
    handler_fixture test;
    auto message = test.receive(queued_message("a"));
    std::string seen;
    const auto sink = [&seen](const sluice::sqs::delivery& failed, const std::exception_ptr& failure) {
        seen = failed.body() + ": " + sluice::describe_failure(failure);
        throw std::logic_error("the disk is full");
    };
    auto base = [](sluice::sqs::delivery&) -> awaitable<void> {
        throw std::runtime_error("handler");
        co_return;
    };
    auto failed = test.handle(sluice::compose(base).with(sluice::log_errors(sink)), message);
    CHECK_THROWS_WITH_AS(static_cast<void>(failed.value()), "handler", std::runtime_error);
    CHECK(seen == "a: handler");
}

TEST_CASE("log_errors: a long text makes a line of at most 2,000 bytes") {
    handler_fixture test;
    auto message = test.receive(queued_message("a"));
    std::size_t length = 0;
    auto base = [](sluice::sqs::delivery&) -> awaitable<void> {
        throw std::runtime_error(std::string(100'000, 'x'));
        co_return;
    };
    const sluice::log_errors log([&length](std::string_view line) { length = line.size(); });
    auto failed = test.handle(sluice::compose(base).with(log), message);
    CHECK_THROWS_AS(static_cast<void>(failed.value()), std::runtime_error);
    CHECK(length == 2'000);
}

} // namespace middleware_failure_test
