// Dead letters: when, what is written, and what becomes of the message.
#include "support/handler_fixture.hpp"

#include <sluice/error.hpp>
#include <sluice/middleware/compose.hpp>
#include <sluice/middleware/dead_letter.hpp>
#include <sluice/middleware/deduplicate.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <functional>

namespace middleware_dead_letter_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using boost::asio::awaitable;
using sluice::dead_letter_options;
using sluice::errc;
using sluice::message;
using sluice::named_attribute;
using sluice::receipt;
using sluice::sqs::delivery;

namespace names = sluice::dead_letter_attributes;

namespace {

struct dead_letter_fixture : handler_fixture {
    std::vector<message> written;
    std::function<void(const message&)> refuse; ///< throws what the writer is to throw
    std::exception_ptr failure = std::make_exception_ptr(std::runtime_error("cannot be handled"));

    sluice::dead_letter::write_function writer() {
        return [this](message letter) { return write(this, std::move(letter)); };
    }
    /// "dead" or "passes on: " and the exception's text.
    std::string outcome(delivery& received, const dead_letter_options& options = {}) {
        auto base = [this](delivery&) -> awaitable<void> {
            std::rethrow_exception(failure);
            co_return;
        };
        auto handled = handle(sluice::compose(base).with(sluice::dead_letter(writer(), options)), received);
        try {
            static_cast<void>(handled.value());
        } catch (const std::exception& thrown) {
            return std::string("passes on: ") + thrown.what();
        }
        return "dead";
    }
    const message& last() const { return written.back(); }

  private:
    static awaitable<receipt> write(dead_letter_fixture* self, message letter) {
        if (self->refuse) self->refuse(letter);
        self->written.push_back(std::move(letter));
        co_return receipt();
    }
};

std::string value_of(const message& letter, const std::string& name) {
    const auto found = std::ranges::find(letter.attributes(), name, &named_attribute::name);
    return found == letter.attributes().end() ? "absent" : found->value.value();
}

std::vector<std::string> names_of(const message& letter) {
    std::vector<std::string> out;
    for (const named_attribute& one : letter.attributes()) out.push_back(one.name);
    return out;
}

queued_message with_attributes(int count) {
    queued_message made("a");
    for (int i = 0; i < count; ++i) std::move(made).attribute("n" + std::to_string(i), "v");
    return std::move(made).received(5);
}

dead_letter_options at_once() {
    dead_letter_options options;
    options.attempts = 1;
    return options;
}

} // namespace

TEST_CASE("dead letter: names that SQS allows") {
    using sluice::dead_letter_name;
    CHECK(dead_letter_name("orders") == "orders-dlq");
    CHECK(dead_letter_name("orders.fifo") == "orders-dlq.fifo");
    CHECK(dead_letter_name("https://sqs.eu-west-1.amazonaws.com/123456789012/orders") == "orders-dlq");
    CHECK(dead_letter_name("arn:aws:sqs:eu-west-1:123456789012:orders.fifo") == "orders-dlq.fifo");
    CHECK(dead_letter_name(std::string(76, 'q')) == std::string(76, 'q') + "-dlq");
    CHECK_THROWS_AS(static_cast<void>(dead_letter_name(std::string(77, 'q'))), sluice::error);
    CHECK_THROWS_AS(static_cast<void>(dead_letter_name(std::string(72, 'q') + ".fifo")), sluice::error);
    CHECK(dead_letter_name(std::string(71, 'q') + ".fifo").size() == 80);
    CHECK_THROWS_AS(static_cast<void>(dead_letter_name("orders.dlq")), sluice::error);
    CHECK_THROWS_AS(static_cast<void>(dead_letter_name("")), sluice::error);
}

TEST_CASE("dead letter: options out of range are refused with the value and the rule") {
    const auto refusal = [](const dead_letter_options& options) {
        try {
            const sluice::dead_letter middleware([](message) -> awaitable<receipt> { co_return receipt(); }, options);
        } catch (const sluice::error& failure) {
            CHECK(failure.code() == errc::invalid_argument);
            return failure.info().message;
        }
        return std::string("accepted");
    };
    dead_letter_options options;
    CHECK(refusal(options) == "accepted");
    options.attempts = -1;
    CHECK(refusal(options) == "attempts is -1: it must be 0 or more");
    options.attempts = 0;
    options.reason_bytes = 0;
    CHECK(refusal(options) == "reason_bytes is 0: it must be 1 to 65536");
    options.reason_bytes = 65'537;
    CHECK(refusal(options).find("65537") != std::string::npos);
    options.reason_bytes = 65'536;
    options.source = "a\x01";
    CHECK(refusal(options) == "source has a character at byte 1 that attributes do not take");
    const sluice::dead_letter::write_function nothing;
    CHECK_THROWS_AS(static_cast<void>(sluice::dead_letter(nothing)), sluice::error);
}

TEST_CASE("dead letter: after so many receives, not before; a count of 0 says nothing") {
    dead_letter_fixture test;
    dead_letter_options options;
    options.attempts = 3;
    for (const int times : {1, 2, 3, 4}) {
        delivery received = test.receive(queued_message("a").received(times));
        CHECK(test.outcome(received, options) == (times < 3 ? "passes on: cannot be handled" : "dead"));
    }
    delivery uncounted = test.receive(queued_message("a"));
    options.attempts = 1;
    CHECK(test.outcome(uncounted, options) == "passes on: cannot be handled");
    options.attempts = 0;
    delivery often = test.receive(queued_message("a").received(1000));
    CHECK(test.outcome(often, options) == "passes on: cannot be handled");
    CHECK(test.written.size() == 2);
}

TEST_CASE("dead letter: at once when there is no hope") {
    dead_letter_fixture test;
    dead_letter_options options;
    options.hopeless = [](const std::exception_ptr& failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const std::invalid_argument&) {
            return true;
        } catch (...) {
            return false;
        }
    };
    delivery received = test.receive(queued_message("a").received(1));
    CHECK(test.outcome(received, options) == "passes on: cannot be handled");
    test.failure = std::make_exception_ptr(std::invalid_argument("no JSON"));
    CHECK(test.outcome(received, options) == "dead");
    CHECK(value_of(test.last(), names::reason) == "no JSON");
}

TEST_CASE("dead letter: never for a cancellation, a duplicate under way, or a message that is not ours any more") {
    dead_letter_fixture test;
    delivery received = test.receive(queued_message("a").received(9));
    test.failure = std::make_exception_ptr(sluice::error(sluice::error_info(errc::cancelled, "stop")));
    CHECK(test.outcome(received).find("passes on: ") == 0);
    test.failure = std::make_exception_ptr(boost::system::system_error(boost::asio::error::operation_aborted));
    CHECK(test.outcome(received).find("passes on: ") == 0);
    test.failure = std::make_exception_ptr(sluice::duplicate_under_way("m:a"));
    CHECK(test.outcome(received).find("passes on: ") == 0);
    CHECK(test.written.empty());

    test.failure = std::make_exception_ptr(std::runtime_error("late"));
    dead_letter_options hopeless;
    hopeless.hopeless = [](const std::exception_ptr&) { return true; };
    delivery lost; // its lease has ended
    CHECK(test.outcome(lost, hopeless) == "passes on: late");
    CHECK(test.written.empty());
    CHECK(test.outcome(received) == "dead");
}

TEST_CASE("dead letter: a handler that was cancelled and throws something else is no dead letter") {
    dead_letter_fixture test;
    delivery received = test.receive(queued_message("a").received(9));
    auto waits = [](delivery&) -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer timer(executor, 10h);
        try {
            co_await timer.async_wait(boost::asio::use_awaitable);
        } catch (const boost::system::system_error&) {
            throw std::runtime_error("what I make of it");
        }
    };
    auto handled = test.handle(sluice::compose(waits).with(sluice::dead_letter(test.writer(), at_once())), received);
    handled.cancel();
    settle(test.context);
    CHECK_THROWS_WITH_AS(static_cast<void>(handled.value()), "what I make of it", std::runtime_error);
    CHECK(test.written.empty());
}

TEST_CASE("dead letter: has the body and attributes of the message, and says why") {
    dead_letter_fixture test;
    auto options = at_once();
    options.source = "orders";
    delivery received = test.receive(queued_message("a")
                                         .attribute("kind", "order")
                                         .attribute("weight", "1.5", "Number.float")
                                         .attribute("blob", "AAEC", "Binary")
                                         .received(7));
    CHECK(test.outcome(received, options) == "dead");
    const message& letter = test.last();
    CHECK(letter.body() == "a");
    CHECK(names_of(letter) == std::vector<std::string>{"kind", "weight", "blob", names::reason, names::message_id,
                                                       names::source, names::receive_count});
    CHECK(letter.attributes()[1].value == sluice::attribute_value::typed("Number.float", "1.5"));
    CHECK(letter.attributes()[2].value == sluice::attribute_value::binary(std::string("\0\1\2", 3)));
    CHECK(value_of(letter, names::reason) == "cannot be handled");
    CHECK(value_of(letter, names::message_id) == "m:a");
    CHECK(value_of(letter, names::source) == "orders");
    CHECK(letter.attributes()[6].value == sluice::attribute_value::number(std::int64_t(7)));
    CHECK_FALSE(letter.group());
    CHECK_FALSE(letter.deduplication_id());
    CHECK_FALSE(letter.destination());
    CHECK_FALSE(letter.delay());
}

TEST_CASE("dead letter: what does not fit among ten attributes is left out in its order, never the message") {
    dead_letter_fixture test;
    auto options = at_once();
    options.source = "orders";
    const std::vector<std::string> reasons{names::reason, names::message_id, names::source, names::receive_count};
    for (int own = 0; own <= 12; ++own) {
        delivery received = test.receive(with_attributes(own));
        CHECK(test.outcome(received, options) == "dead");
        const std::size_t kept = std::min<std::size_t>(static_cast<std::size_t>(own), 10);
        const std::size_t fitting = std::min<std::size_t>(4, 10 - kept);
        const auto names = names_of(test.last());
        REQUIRE(names.size() == kept + fitting);
        for (std::size_t i = 0; i < kept; ++i) CHECK(names[i] == "n" + std::to_string(i));
        for (std::size_t i = 0; i < fitting; ++i) CHECK(names[kept + i] == reasons[i]);
    }
}

TEST_CASE("dead letter: what is expendable makes room for the reasons, no more of it than it takes, in its order") {
    dead_letter_fixture test;
    auto options = at_once();
    options.source = "orders";
    options.expendable = {"n3", "absent", "n1", "n0"};
    const auto after = [&](int own) {
        delivery received = test.receive(with_attributes(own));
        CHECK(test.outcome(received, options) == "dead");
        return names_of(test.last());
    };
    const std::vector<std::string> reasons{names::reason, names::message_id, names::source, names::receive_count};
    const auto with_reasons = [&reasons](std::vector<std::string> own, std::size_t fitting) {
        own.insert(own.end(), reasons.begin(), reasons.begin() + static_cast<std::ptrdiff_t>(fitting));
        return own;
    };
    CHECK(after(6) == with_reasons({"n0", "n1", "n2", "n3", "n4", "n5"}, 4));
    CHECK(after(7) == with_reasons({"n0", "n1", "n2", "n4", "n5", "n6"}, 4));
    CHECK(after(8) == with_reasons({"n0", "n2", "n4", "n5", "n6", "n7"}, 4));
    CHECK(after(10) == with_reasons({"n2", "n4", "n5", "n6", "n7", "n8", "n9"}, 3));
}

TEST_CASE("dead letter: more attributes stand behind the reason, and replace those of an earlier death") {
    dead_letter_fixture test;
    auto options = at_once();
    options.more_attributes = [](const delivery& received, const std::exception_ptr& failure) {
        CHECK(received.body() == "a");
        CHECK(failure != nullptr);
        return std::vector<named_attribute>{{"why", "bad"}, {"empty", ""}};
    };
    delivery received = test.receive(queued_message("a").attribute("why", "before").attribute("own", "x").received(5));
    CHECK(test.outcome(received, options) == "dead");
    CHECK(names_of(test.last()) ==
          std::vector<std::string>{"own", names::reason, "why", names::message_id, names::receive_count});
    CHECK(value_of(test.last(), "why") == "bad");
}

TEST_CASE("dead letter: of a dead letter, tells of the later death") {
    dead_letter_fixture test;
    delivery received = test.receive(queued_message("a")
                                         .attribute(names::reason, "the first time")
                                         .attribute("kind", "order")
                                         .attribute(names::receive_count, "5", "Number")
                                         .received(2));
    CHECK(test.outcome(received, at_once()) == "dead");
    CHECK(names_of(test.last()) ==
          std::vector<std::string>{"kind", names::reason, names::message_id, names::receive_count});
    CHECK(value_of(test.last(), names::reason) == "cannot be handled");
    CHECK(value_of(test.last(), names::receive_count) == "2");
}

TEST_CASE("dead letter: the reason is cut and cleaned of what SQS refuses") {
    dead_letter_fixture test;
    delivery received = test.receive(queued_message("a").received(1));
    test.failure = std::make_exception_ptr(std::runtime_error("bad \x01\xFF byte"));
    CHECK(test.outcome(received, at_once()) == "dead");
    CHECK(value_of(test.last(), names::reason) == "bad ?? byte");
    test.failure = std::make_exception_ptr(std::runtime_error(std::string(5000, 'x')));
    CHECK(test.outcome(received, at_once()) == "dead");
    CHECK(value_of(test.last(), names::reason) == std::string(1024, 'x'));
    test.failure = std::make_exception_ptr(std::runtime_error(""));
    CHECK(test.outcome(received, at_once()) == "dead");
    CHECK(value_of(test.last(), names::reason) == "an exception without a text");
    test.failure = std::make_exception_ptr(std::runtime_error("\xF0\x9F\x98\x80"));
    auto options = at_once();
    options.reason_bytes = 3; // less than the one character: an empty attribute would be refused
    CHECK(test.outcome(received, options) == "dead");
    CHECK(value_of(test.last(), names::reason) == "absent");
}

TEST_CASE("dead letter: groups, and deduplication ids for FIFO destinations") {
    dead_letter_fixture test;
    auto options = at_once();
    delivery plain = test.receive(queued_message("a").received(1));
    delivery grouped = test.receive(queued_message("b").system("MessageGroupId", "g").received(1));
    CHECK(test.outcome(grouped, options) == "dead");
    CHECK(test.last().group() == "g");
    CHECK_FALSE(test.last().deduplication_id());
    options.fifo = true;
    CHECK(test.outcome(grouped, options) == "dead");
    CHECK(test.last().group() == "g");
    CHECK(test.last().deduplication_id() == "m:b");
    CHECK(test.outcome(plain, options) == "dead");
    CHECK(test.last().group() == "m:a");
    options.fifo = false;
    options.to = "orders-dlq.fifo";
    CHECK(test.outcome(plain, options) == "dead");
    CHECK(test.last().destination() == "orders-dlq.fifo");
    CHECK(test.last().deduplication_id() == "m:a");
    options.to = "orders-dlq";
    CHECK(test.outcome(plain, options) == "dead");
    CHECK(test.last().destination() == "orders-dlq");
    CHECK_FALSE(test.last().group());
}

TEST_CASE("dead letter: one that is too long or refused with its reasons is written as it was received") {
    for (const errc refusal : {errc::message_too_long, errc::invalid_argument}) {
        dead_letter_fixture test;
        test.refuse = [refusal](const message& letter) {
            if (letter.attributes().size() > 2) throw sluice::error(sluice::error_info(refusal, "too much"));
        };
        delivery received = test.receive(
            queued_message("a").attribute("kind", "order").attribute(names::reason, "the first time").received(1));
        CHECK(test.outcome(received, at_once()) == "dead");
        CHECK(names_of(test.last()) == std::vector<std::string>{"kind", names::reason});
        CHECK(value_of(test.last(), names::reason) == "the first time");
    }
}

TEST_CASE("dead letter: when the write fails the handler's own exception passes on, and somebody is told why") {
    dead_letter_fixture test;
    int tries = 0;
    errc refusal = errc::access_denied;
    test.refuse = [&](const message&) {
        ++tries;
        throw sluice::error(sluice::error_info(refusal, "no"));
    };
    auto options = at_once();
    std::vector<errc> told;
    options.write_failed = [&told](const delivery&, const std::exception_ptr& failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const sluice::error& thrown) {
            told.push_back(thrown.info().code);
        }
    };
    delivery received = test.receive(queued_message("a").received(1));
    CHECK(test.outcome(received, options) == "passes on: cannot be handled");
    CHECK(tries == 1);
    refusal = errc::message_too_long;
    CHECK(test.outcome(received, options) == "passes on: cannot be handled");
    CHECK(tries == 3);
    CHECK(told == std::vector<errc>{errc::access_denied, errc::message_too_long});
    CHECK(test.outcome(received, at_once()) == "passes on: cannot be handled"); // nobody asked
}

TEST_CASE("dead letter: a write that is cancelled leaves the message to the queue") {
    dead_letter_fixture test;
    const auto waits = [](message) -> awaitable<receipt> {
        const auto executor = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer timer(executor, 10h);
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_return receipt();
    };
    auto base = [](delivery&) -> awaitable<void> {
        throw std::runtime_error("handler");
        co_return;
    };
    delivery received = test.receive(queued_message("a").received(1));
    auto handled = test.handle(sluice::compose(base).with(sluice::dead_letter(waits, at_once())), received);
    CHECK_FALSE(handled.ended());
    handled.cancel();
    settle(test.context);
    CHECK_THROWS_WITH_AS(static_cast<void>(handled.value()), "handler", std::runtime_error);
}

TEST_CASE("dead letter: by an SQS writer, with the trace header; by an SNS writer, without") {
    dead_letter_fixture test;
    auto script = std::make_shared<scripted_transport>(test.context.get_executor());
    script->expect("SendMessageBatch").answer(accept_sends());
    script->expect("PublishBatch").answer(accept_publishes());
    const auto session = scripted_session(test.context.get_executor(), script);
    sluice::writer_options at_once_too;
    at_once_too.linger = 0ms;
    auto base = [](delivery&) -> awaitable<void> {
        throw std::runtime_error("handler");
        co_return;
    };
    delivery received = test.receive(queued_message("a").system("AWSTraceHeader", "Root=1").received(1));
    const sluice::sqs::writer to_queue(session, "https://sqs.eu-west-1.amazonaws.com/123456789012/orders-dlq",
                                       at_once_too);
    const sluice::sns::writer to_topic(session, topic_arn, at_once_too);
    auto handled = test.handle(sluice::compose(base).with(sluice::dead_letter(to_queue, at_once())), received);
    while (!handled.ended() && test.context.run_one() > 0) {}
    CHECK(handled.value());
    const std::string entry = "SendMessageBatchRequestEntry.1.";
    const auto sent = script->calls().at(0);
    CHECK(sent.parameter("QueueUrl").ends_with("/orders-dlq"));
    CHECK(sent.parameter(entry + "MessageBody") == "a");
    CHECK(sent.parameter(entry + "MessageAttribute.1.Name") == names::reason);
    CHECK(sent.parameter(entry + "MessageAttribute.1.Value.StringValue") == "handler");
    CHECK(sent.parameter(entry + "MessageSystemAttribute.1.Value.StringValue") == "Root=1");

    handled = test.handle(sluice::compose(base).with(sluice::dead_letter(to_topic, at_once())), received);
    while (!handled.ended() && test.context.run_one() > 0) {}
    CHECK(handled.value());
    CHECK(script->calls().at(1).parameter("PublishBatchRequestEntries.member.1.Message") == "a");
}

TEST_CASE("dead letter: inside deduplicate it is a success, so a redelivery is not handled again") {
    dead_letter_fixture test;
    int calls = 0;
    auto base = [&calls](delivery&) -> awaitable<void> {
        ++calls;
        throw std::runtime_error("handler");
        co_return;
    };
    delivery received = test.receive(queued_message("a").received(1));
    const auto handler =
        sluice::compose(base).with(sluice::dead_letter(test.writer(), at_once())).with(sluice::deduplicate());
    CHECK(test.handle(handler, received).value());
    CHECK(test.handle(handler, received).value());
    CHECK(calls == 1);
    CHECK(test.written.size() == 1);
}

} // namespace middleware_dead_letter_test
