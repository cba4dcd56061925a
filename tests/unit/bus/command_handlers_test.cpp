// The registry of handlers, and codecs: names, what is refused, and which codec reads what.
#include "bus/failures.hpp"
#include "support/run_coroutine.hpp"

#include <sluice/command_bus.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>

namespace command_handlers_test {

using boost::asio::awaitable;
using sluice::errc;

namespace {

struct place_order {
    static constexpr std::string_view command_name = "order.place";
    std::string order;
    int amount = 0;
    std::string aggregate_id() const { return order; }
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(place_order, order, amount)
};

struct order_placed {
    static constexpr const char* event_name = "order.placed";
    std::string order;
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(order_placed, order)
};

/// A type of somebody else.
using foreign = std::map<std::string, int>;

/// `order|amount`; any bytes in the order.
struct bar_codec {
    static constexpr std::string_view content_type = "text/x-bar";
    template<class T>
    static std::string encode(const T& value) {
        return value.order + "|" + std::to_string(value.amount);
    }
    template<class T>
    static T decode(std::string_view text) {
        const auto bar = text.find('|');
        if (bar == std::string_view::npos) throw std::runtime_error("no bar");
        T made;
        made.order = text.substr(0, bar);
        made.amount = std::stoi(std::string(text.substr(bar + 1)));
        return made;
    }
};

std::string refusal(const std::function<void()>& what) {
    try {
        what();
    } catch (const sluice::error& failure) {
        CHECK(failure.code() == errc::invalid_argument);
        return failure.info().message;
    }
    return "taken";
}

sluice::bus_envelope envelope_of(std::string payload, std::string content_type = {}) {
    sluice::bus_envelope one;
    one.id = "c-1";
    one.type = "order.place";
    one.content_type = std::move(content_type);
    one.payload = std::move(payload);
    return one;
}

awaitable<void> ignore(const place_order&) { co_return; }

/// What a handler of both codecs gets of a payload: "order amount", or why it does not.
std::string decoded(const sluice::bus_envelope& envelope) {
    std::string seen;
    sluice::basic_command_handlers<sluice::json_codec, bar_codec> handlers;
    auto handler = [&seen](const place_order& command) -> awaitable<void> {
        seen = command.order + " " + std::to_string(command.amount);
        co_return;
    };
    handlers.on<place_order>(handler);
    boost::asio::io_context context;
    sluice::sqs::delivery delivery;
    const sluice::command_context_base base(envelope, delivery, nullptr, false);
    try {
        const auto reply = unit_tests::run(context, (*handlers.find("order.place"))(envelope, base));
        CHECK(reply.how == sluice::detail::encoded_reply::kind::nothing);
    } catch (const sluice::bus::given_up& failure) {
        CHECK(failure.kind() == sluice::bus::failure_kind::undecodable);
        CHECK(failure.type() == "order.place");
        CHECK(seen.empty());
        return failure.what();
    }
    return seen;
}

} // namespace

} // namespace command_handlers_test

template<>
struct sluice::command_traits<command_handlers_test::foreign> {
    static constexpr std::string_view name = "foreign.thing";
    static std::string aggregate_id(const command_handlers_test::foreign& one) { return one.begin()->first; }
};

namespace command_handlers_test {

TEST_CASE("handlers: names of types, their own and given from outside") {
    sluice::command_handlers handlers;
    auto foreign_handler = [](const foreign&) -> awaitable<void> { co_return; };
    auto event_handler = [](const order_placed&, sluice::command_context&) -> awaitable<void> { co_return; };
    handlers.on<place_order>(ignore).on<foreign>(foreign_handler).on<order_placed>(event_handler);
    CHECK(handlers.names() == std::vector<std::string>{"foreign.thing", "order.place", "order.placed"});
    CHECK(handlers.find("order.place") != nullptr);
    CHECK(handlers.find("order.Place") == nullptr);
    CHECK(sluice::detail::aggregate_of(place_order{"o-7", 1}) == "o-7");
    CHECK(sluice::detail::aggregate_of(foreign{{"key", 1}}) == "key");
    CHECK(sluice::detail::aggregate_of(order_placed{"o-7"}).empty());
}

TEST_CASE("handlers: a second one and an empty one are refused") {
    sluice::command_handlers handlers;
    handlers.on<place_order>(ignore);
    CHECK(refusal([&] { handlers.on<place_order>(ignore); }) == "order.place has a handler already: a type has one");
    const std::function<awaitable<void>(const order_placed&)> empty;
    CHECK(refusal([&] { handlers.on<order_placed>(empty); }) == "the handler of order.placed is empty");
    awaitable<void> (*none)(const order_placed&) = nullptr;
    CHECK(refusal([&] { handlers.on<order_placed>(none); }) == "the handler of order.placed is empty");
    CHECK(handlers.size() == 1);
}

TEST_CASE("codecs: chosen by content type; the first one where nothing is said") {
    CHECK(decoded(envelope_of(R"({"order":"o","amount":3})")) == "o 3");
    CHECK(decoded(envelope_of(R"({"order":"o","amount":3})", "Application/JSON; charset=utf-8")) == "o 3");
    CHECK(decoded(envelope_of("o|4", "text/x-bar")) == "o 4");
    CHECK(decoded(envelope_of("o|4", "text/xml")) ==
          "undecodable: the payload of order.place: the content type is \"text/xml\": this process reads "
          "application/json, text/x-bar");
}

TEST_CASE("codecs: hostile payloads end as undecodable, with the codec's reason, in one line") {
    CHECK(decoded(envelope_of("{")).starts_with("undecodable: the payload of order.place: "));
    CHECK(decoded(envelope_of("")).starts_with("undecodable: the payload of order.place: "));
    CHECK(decoded(envelope_of(R"({"order":"o"})")).find("key 'amount' not found") != std::string::npos);
    CHECK(decoded(envelope_of(R"({"order":7,"amount":3})")).find("type must be string") != std::string::npos);
    CHECK(decoded(envelope_of("no separator\n", "text/x-bar")) == "undecodable: the payload of order.place: no bar");
    std::string deep(100'000, '[');
    CHECK(decoded(envelope_of(deep)).find("the JSON nests deeper than 64") != std::string::npos);
    const std::string long_text = decoded(envelope_of(std::string(100'000, 'x')));
    CHECK(long_text.size() < 700);
    CHECK(long_text.find('\n') == std::string::npos);
}

TEST_CASE("codecs: JSON refuses texts that are not UTF-8 before anything is sent") {
    CHECK(refusal([] {
              static_cast<void>(sluice::json_codec::encode(place_order{"\xFF", 1}));
          }).starts_with("no JSON can be made of it: "));
    CHECK(sluice::json_codec::encode(place_order{"ü", 1}) == R"({"amount":1,"order":"ü"})");
}

TEST_CASE("send options and results are no aggregates, and default-constructible") {
    static_assert(!std::is_aggregate_v<sluice::send_options>);
    static_assert(!std::is_aggregate_v<sluice::bus_envelope>);
    static_assert(!std::is_aggregate_v<sluice::command_receipt>);
    static_assert(!std::is_aggregate_v<sluice::sweep_report>);
    static_assert(!std::is_aggregate_v<sluice::detail::encoded_payload>);
    static_assert(!std::is_aggregate_v<sluice::detail::encoded_reply>);
    CHECK(sluice::send_options().id("a").to("b").delay(std::chrono::seconds(3)).id() == "a");
}

} // namespace command_handlers_test
