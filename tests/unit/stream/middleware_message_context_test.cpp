// Correlation and causation ids, from a message that was received to one that is written.
#include "support/handler_fixture.hpp"

#include <sluice/middleware/compose.hpp>
#include <sluice/middleware/message_context.hpp>
#include <sluice/stream_attributes.hpp>

#include <doctest/doctest.h>

namespace middleware_message_context_test {

using namespace unit_tests;
using boost::asio::awaitable;
using sluice::message_context;
using sluice::named_attribute;
using sluice::sqs::delivery;

namespace names = sluice::stream_attributes;

TEST_CASE("message context: without attributes the message is the first of its kind") {
    handler_fixture test;
    const delivery message = test.receive(queued_message("a"));
    const message_context ids(message);
    CHECK(ids.message_id() == "m:a");
    CHECK(ids.correlation_id() == "m:a");
    CHECK(ids.causation_id().empty());
}

TEST_CASE("message context: ids of attributes win; what is empty or Binary counts as absent") {
    handler_fixture test;
    const delivery full = test.receive(queued_message("a")
                                           .attribute(names::message_id, "id-1")
                                           .attribute(names::correlation_id, "c-1")
                                           .attribute(names::causation_id, "id-0"));
    const message_context ids(full);
    CHECK(ids.message_id() == "id-1");
    CHECK(ids.correlation_id() == "c-1");
    CHECK(ids.causation_id() == "id-0");

    const delivery only_id = test.receive(queued_message("b").attribute(names::message_id, "id-2"));
    CHECK(message_context(only_id).correlation_id() == "id-2");

    const delivery odd = test.receive(
        queued_message("c").attribute(names::message_id, "AAEC", "Binary").attribute(names::correlation_id, ""));
    CHECK(message_context(odd).message_id() == "m:c");
    CHECK(message_context(odd).correlation_id() == "m:c");
}

TEST_CASE("message context: what is written keeps the correlation id and names its cause") {
    handler_fixture test;
    const delivery received = test.receive(queued_message("a").attribute(names::correlation_id, "c-1"));
    const message_context ids(received);
    sluice::message reply("done");
    reply.attribute("kind", "reply");
    ids.apply(reply);
    CHECK(reply.attributes() == std::vector<named_attribute>{
                                    {"kind", "reply"}, {names::correlation_id, "c-1"}, {names::causation_id, "m:a"}});
    ids.apply(reply); // once is enough
    CHECK(reply.attributes().size() == 3);

    sluice::message own("done");
    own.attribute(names::correlation_id, "of my own");
    ids.apply(own);
    CHECK(own.attributes() ==
          std::vector<named_attribute>{{names::correlation_id, "of my own"}, {names::causation_id, "m:a"}});

    sluice::message of_nothing("x");
    message_context().apply(of_nothing);
    CHECK(of_nothing.attributes().empty());
}

TEST_CASE("message context: a handler gets it as its second argument, inside of all middlewares") {
    handler_fixture test;
    delivery received = test.receive(queued_message("a").attribute(names::correlation_id, "c-1"));
    std::vector<std::string> seen;
    auto base = [&seen](delivery& message, const message_context& ids) -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        co_await boost::asio::post(executor, boost::asio::use_awaitable); // it outlives a suspension
        seen.push_back(message.body() + " " + ids.correlation_id() + " " + ids.message_id());
    };
    const auto twice = [](delivery& message, const auto& next) -> awaitable<void> {
        co_await next(message);
        co_await next(message);
    };
    CHECK(test.handle(sluice::compose(base).with(twice), received).value());
    CHECK(seen == std::vector<std::string>{"a c-1 m:a", "a c-1 m:a"});
}

} // namespace middleware_message_context_test
