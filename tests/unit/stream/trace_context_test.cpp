// Trace contexts: what is taken, what is refused, and how messages carry them.
#include "stream/observability/trace_state.hpp"
#include "support/handler_fixture.hpp"

#include <sluice/middleware/compose.hpp>
#include <sluice/middleware/retry_in_place.hpp>
#include <sluice/observability/semantic_conventions.hpp>
#include <sluice/observability/trace_context.hpp>
#include <sluice/observability/tracing.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <doctest/doctest.h>

#include <array>
#include <ctime>
#include <limits>
#include <map>
#include <set>
#include <thread>

namespace trace_context_test {

using namespace unit_tests;
using boost::asio::awaitable;
using sluice::message;
using sluice::span;
using sluice::trace_carrier;
using sluice::trace_context;
using sluice::sqs::delivery;
using sluice::stream::canonical_trace_state;

namespace {

// The examples of the specification.
constexpr const char* sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr const char* not_sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
constexpr const char* xray = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

std::string refusal(std::string_view traceparent) {
    const auto read = trace_context::parse(traceparent);
    return read ? "" : read.error().message;
}

std::string xray_refusal(std::string_view header) {
    const auto read = trace_context::parse_xray(header);
    return read ? "" : read.error().message;
}

std::string changed(std::size_t at, std::string_view to) {
    std::string text = sampled;
    return text.replace(at, to.size(), to);
}

std::map<std::string, std::string> attributes_of(const message& content) {
    std::map<std::string, std::string> all;
    for (const auto& [name, value] : content.attributes()) all[name] = value.value();
    return all;
}

} // namespace

TEST_CASE("traceparent: version 00") {
    const auto read = trace_context::parse(sampled);
    REQUIRE(read.has_value());
    CHECK(read->trace_id() == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(read->span_id() == "00f067aa0ba902b7");
    CHECK(read->sampled());
    CHECK(read->traceparent() == sampled);
    CHECK_FALSE(trace_context::parse(not_sampled)->sampled());
    // Flags that nobody has defined are not passed on.
    CHECK(trace_context::parse(changed(53, "fe"))->traceparent() == not_sampled);
    CHECK(trace_context::parse(changed(53, "09"))->traceparent() == sampled);
}

TEST_CASE("traceparent: what is refused, and why") {
    CHECK(refusal("").find("less than 55") != std::string::npos);
    CHECK(refusal(std::string(sampled).substr(0, 54)).find("less than 55") != std::string::npos);
    CHECK(refusal(std::string(sampled) + "-").find("version 00 has 55") != std::string::npos);
    CHECK(refusal(std::string(sampled) + "-extra").find("version 00 has 55") != std::string::npos);
    CHECK(refusal(std::string(" ") + sampled).find("version") != std::string::npos);
    CHECK(refusal(changed(0, "ff")).find("no version ff") != std::string::npos);
    CHECK(refusal(changed(0, "0g")).find("version") != std::string::npos);
    CHECK(refusal(changed(0, "0A")).find("version") != std::string::npos);
    for (const std::size_t dash : {2U, 35U, 52U})
        CHECK(refusal(changed(dash, "_")).find("dashes") != std::string::npos);
    CHECK(refusal(changed(3, std::string(32, '0'))).find("trace id") != std::string::npos);
    CHECK(refusal(changed(3, "4BF9")).find("trace id") != std::string::npos);
    CHECK(refusal(changed(3, "x")).find("trace id") != std::string::npos);
    CHECK(refusal(changed(36, std::string(16, '0'))).find("parent id") != std::string::npos);
    CHECK(refusal(changed(36, "F")).find("parent id") != std::string::npos);
    CHECK(refusal(changed(53, "0x")).find("flags") != std::string::npos);
    CHECK(refusal(changed(53, "A0")).find("flags") != std::string::npos);
    // Hostile ones come out short and readable.
    const std::string hostile = refusal(std::string(100'000, '\n'));
    CHECK(hostile.size() < 250);
    CHECK(hostile.find('\n') == std::string::npos);
}

TEST_CASE("traceparent: of later versions, what version 00 has is read") {
    CHECK(trace_context::parse(changed(0, "01"))->traceparent() == sampled); // written as the version that we know
    CHECK(trace_context::parse(changed(0, "cc") + "-what-comes-later")->traceparent() == sampled);
    CHECK(trace_context::parse(changed(0, "fe") + "-")->traceparent() == sampled);
    CHECK(refusal(changed(0, "01") + ".what").find("dashes") != std::string::npos);
    CHECK(refusal(changed(0, "01").substr(0, 54)).find("less than 55") != std::string::npos);
    CHECK(refusal(std::string("01") + changed(3, std::string(32, '0')).substr(2)).find("trace id") !=
          std::string::npos);
}

TEST_CASE("tracestate: in canonical form") {
    CHECK(canonical_trace_state("") == "");
    CHECK(canonical_trace_state("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE") ==
          "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    CHECK(canonical_trace_state(" rojo=1 ,\tcongo=2\t, , ,") == "rojo=1,congo=2");
    CHECK(canonical_trace_state("a= spaces within ") == "a= spaces within"); // leading ones are the value's
    CHECK(canonical_trace_state("0a-_*/@z=!~") == "0a-_*/@z=!~");
    CHECK(canonical_trace_state(std::string(256, 'k') + "=v").has_value());
}

TEST_CASE("tracestate: what breaks the rules") {
    for (const char* bad : {"novalue", "=v", "k=", "K=v", "-k=v", "k=v=w", "k=\x7F", "k=\xC3\xBC", "k=v,k=w", "k v=1",
                            "k=a\tb", "k=a\nb", "k= "}) {
        INFO(bad);
        CHECK_FALSE(canonical_trace_state(bad).has_value());
    }
    CHECK_FALSE(canonical_trace_state(std::string(257, 'k') + "=v").has_value());
    CHECK_FALSE(canonical_trace_state("k=" + std::string(257, 'v')).has_value());
    std::string many = "k0=v";
    for (int i = 1; i < 32; ++i) many += ",k" + std::to_string(i) + "=v";
    CHECK(canonical_trace_state(many) == many);
    CHECK_FALSE(canonical_trace_state(many + ",k32=v").has_value());
    // The parent holds without it.
    CHECK(trace_context::parse(sampled, "no value")->tracestate().empty());
    CHECK(trace_context::parse(sampled, "a=1")->tracestate() == "a=1");
}

TEST_CASE("tracestate: beyond 512 characters whole members go, large ones first") {
    const auto member = [](const std::string& key, std::size_t length) {
        return key + "=" + std::string(length - key.size() - 1, 'v');
    };
    const std::string exact = member("a", 255) + "," + member("b", 256);
    CHECK(canonical_trace_state(exact) == exact); // 512
    CHECK(canonical_trace_state(member("a", 256) + "," + member("b", 256)) == member("a", 256));
    const std::string mixed =
        member("a", 129) + "," + member("b", 128) + "," + member("c", 128) + "," + member("d", 128);
    CHECK(canonical_trace_state(mixed) == member("b", 128) + "," + member("c", 128) + "," + member("d", 128));
    std::string small = member("a", 100);
    for (const char* key : {"b", "c", "d", "e", "f"}) small += "," + member(key, 100);
    CHECK(canonical_trace_state(small) == small.substr(0, 5 * 101 - 1));
}

TEST_CASE("X-Ray: both ways") {
    const auto read = trace_context::parse_xray(xray);
    REQUIRE(read.has_value());
    CHECK(read->traceparent() == "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01");
    CHECK(read->xray_header() == xray);
    CHECK(trace_context::parse(sampled)->xray_header() ==
          "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1");
    CHECK(*trace_context::parse_xray(trace_context::parse(not_sampled)->xray_header()) ==
          *trace_context::parse(not_sampled));
    // In any order, with what we do not know.
    CHECK(trace_context::parse_xray("Self=1-67891234-12456789abcdef012345678;Sampled=1; Parent=53995c3f42cd8ad8 ;"
                                    "Lineage=a87bd80c:1|68fd508a:5;Root=1-5759e988-bd862e3fe1be46a994272793;Name=x")
              ->xray_header() == xray);
    CHECK_FALSE(
        trace_context::parse_xray("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8")->sampled());
    CHECK_FALSE(trace_context::parse_xray("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=?")
                    ->sampled());
    const auto of_balancer = trace_context::parse_xray("Root=1-5759e988-bd862e3fe1be46a994272793");
    REQUIRE(of_balancer.has_value());
    CHECK(of_balancer->trace_id() == "5759e988bd862e3fe1be46a994272793");
    CHECK(of_balancer->span_id() != std::string(16, '0'));
}

TEST_CASE("X-Ray: what is refused, and why") {
    const std::string root = "Root=1-5759e988-bd862e3fe1be46a994272793";
    for (const char* bad : {"", ";", "Root=", "Parent=53995c3f42cd8ad8", "root=1-5759e988-bd862e3fe1be46a994272793",
                            "Root=2-5759e988-bd862e3fe1be46a994272793", "Root=1-5759E988-bd862e3fe1be46a994272793",
                            "Root=1-5759e988-bd862e3fe1be46a99427279", "Root=1-00000000-000000000000000000000000",
                            "Root=1-5759e988xbd862e3fe1be46a994272793", "Root=1-5759e988-bd862e3fe1be46a9942727933"}) {
        INFO(bad);
        CHECK(xray_refusal(bad).find("Root must") != std::string::npos);
    }
    CHECK(xray_refusal(root + ";Parent=53995c3f42cd8ad").find("Parent must") != std::string::npos);
    CHECK(xray_refusal(root + ";Parent=0000000000000000").find("Parent must") != std::string::npos);
    CHECK(xray_refusal(root + ";Sampled=yes").find("Sampled must") != std::string::npos);
    CHECK(xray_refusal(root + ";" + root).find("twice") != std::string::npos);
}

TEST_CASE("trace context: what begins a trace, and its children") {
    const auto before = std::time(nullptr);
    const auto begun = trace_context::begin();
    CHECK(begun.sampled());
    CHECK_FALSE(trace_context::begin(false).sampled());
    const auto seconds = std::stoll(begun.trace_id().substr(0, 8), nullptr, 16);
    CHECK(seconds >= before);
    CHECK(seconds <= std::time(nullptr));
    REQUIRE(trace_context::parse(begun.traceparent()).has_value());
    CHECK(*trace_context::parse(begun.traceparent()) == begun);

    const auto parent = *trace_context::parse(sampled, "a=1");
    const auto child = parent.child();
    CHECK(child.trace_id() == parent.trace_id());
    CHECK(child.span_id() != parent.span_id());
    CHECK(child.sampled());
    CHECK(child.tracestate() == "a=1");
    CHECK(child.with_sampled(false).traceparent() == "00-" + child.trace_id() + "-" + child.span_id() + "-00");
}

TEST_CASE("trace context: ids of all threads differ") {
    constexpr int each = 2'000;
    std::vector<std::vector<std::string>> made(4);
    {
        std::vector<std::jthread> threads;
        for (auto& ids : made) {
            threads.emplace_back([&ids] {
                const auto parent = *trace_context::parse(sampled);
                for (int i = 0; i < each; ++i) ids.push_back(parent.child().span_id());
            });
        }
    }
    std::set<std::string> all;
    std::array<std::set<char>, 16> digits;
    for (const auto& ids : made) {
        for (const auto& id : ids) {
            all.insert(id);
            for (std::size_t i = 0; i < id.size(); ++i) digits[i].insert(id[i]);
        }
    }
    CHECK(all.size() == 4 * each);
    for (const auto& seen : digits) CHECK(seen.size() == 16); // no digit is fixed
}

TEST_CASE("trace context: onto a message, and what the message has stays") {
    const auto context = *trace_context::parse(sampled, "a=1");
    message plain("x");
    CHECK(context.apply(plain));
    CHECK(attributes_of(plain) == std::map<std::string, std::string>{{"traceparent", sampled}, {"tracestate", "a=1"}});
    CHECK_FALSE(plain.trace_header());
    CHECK(trace_context::begin().apply(plain)); // once is enough
    CHECK(attributes_of(plain).at("traceparent") == sampled);

    message queued("x");
    CHECK(context.apply(queued, trace_carrier::both));
    CHECK(queued.attributes().size() == 2);
    CHECK(queued.trace_header() == context.xray_header());

    message only_header("x");
    CHECK(context.apply(only_header, trace_carrier::trace_header));
    CHECK(only_header.attributes().empty());
    CHECK(only_header.size_in_bytes() == 1); // the header does not count

    message own("x");
    own.trace_header(xray);
    CHECK(context.apply(own, trace_carrier::both));
    CHECK(own.trace_header() == xray);
    CHECK(own.attributes().empty()); // or there were two traces
}

TEST_CASE("trace context: never the eleventh attribute") {
    const auto context = *trace_context::parse(sampled, "a=1");
    const auto with = [](int attributes) {
        message content("x");
        for (int i = 0; i < attributes; ++i) content.attribute("a" + std::to_string(i), "v");
        return content;
    };
    message nine = with(9);
    CHECK(context.apply(nine));
    CHECK(nine.attributes().size() == 10);
    CHECK(nine.attributes().back().name == "traceparent"); // tracestate may be dropped, the parent not
    message ten = with(10);
    CHECK_FALSE(context.apply(ten));
    CHECK(ten.attributes().size() == 10);
    CHECK(context.apply(ten, trace_carrier::both));
    CHECK(ten.attributes().size() == 10);
    CHECK(ten.trace_header() == context.xray_header());
}

TEST_CASE("trace context: from a delivery, attributes first") {
    handler_fixture test;
    const auto carried = [&test](queued_message sent) {
        const delivery received = test.receive(sent);
        const auto found = trace_context::from(received);
        return found ? found->traceparent() + " " + found->tracestate() : "nothing";
    };
    CHECK(carried(queued_message("a")) == "nothing");
    CHECK(carried(queued_message("a").attribute("traceparent", sampled).attribute("tracestate", "a=1")) ==
          std::string(sampled) + " a=1");
    CHECK(carried(queued_message("a").attribute("traceparent", sampled).system("AWSTraceHeader", xray)) ==
          std::string(sampled) + " ");
    const std::string of_xray = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01 ";
    CHECK(carried(queued_message("a").system("AWSTraceHeader", xray)) == of_xray);
    // What is no trace context counts as absent.
    CHECK(carried(queued_message("a").attribute("traceparent", "hostile").system("AWSTraceHeader", xray)) == of_xray);
    CHECK(carried(queued_message("a").attribute("traceparent", "AAEC", "Binary")) == "nothing");
    CHECK(carried(queued_message("a").attribute("tracestate", "a=1")) == "nothing");
    CHECK(carried(queued_message("a").system("AWSTraceHeader", "Root=hostile")) == "nothing");
}

namespace {

struct told {
    std::vector<span> started, ended;

    sluice::tracing_options options() {
        sluice::tracing_options made;
        made.queue = "https://sqs.us-east-1.amazonaws.com/1/billing";
        made.started = [this](const span& one) { started.push_back(one); };
        made.ended = [this](const span& one) { ended.push_back(one); };
        return made;
    }
};

std::string attribute_of(const span& one, std::string_view key) {
    for (const auto& [name, value] : one.attributes) {
        if (name == key) return value;
    }
    return "none";
}

} // namespace

TEST_CASE("tracing: a child of what the message carries, told twice, and there for what the handler writes") {
    handler_fixture test;
    told seen;
    const sluice::tracing traces(seen.options());
    message reply("done");
    auto handler = [&](delivery& received) -> awaitable<void> {
        traces.context_of(received).apply(reply);
        co_return;
    };
    delivery received = test.receive(queued_message("a").attribute("traceparent", sampled));
    CHECK(test.handle(sluice::compose(handler).with(traces), received).value());
    REQUIRE(seen.started.size() == 1);
    REQUIRE(seen.ended.size() == 1);
    const span& one = seen.ended.front();
    CHECK(one.parent->traceparent() == sampled);
    CHECK(one.parent_is_in_trace);
    CHECK(one.context.trace_id() == one.parent->trace_id());
    CHECK(one.context.span_id() != one.parent->span_id());
    CHECK(one.context == seen.started.front().context);
    CHECK(one.name == "process billing");
    CHECK(one.failure == nullptr);
    CHECK(one.duration.count() >= 0);
    CHECK(attribute_of(one, "messaging.system") == "aws_sqs");
    CHECK(attribute_of(one, "messaging.destination.name") == "billing");
    CHECK(attribute_of(one, "messaging.operation.type") == "process");
    CHECK(attribute_of(one, "messaging.operation.name") == "process");
    CHECK(attribute_of(one, "messaging.message.id") == "m:a");
    CHECK(attribute_of(one, "error.type") == "none");
    CHECK(attributes_of(reply).at("traceparent") == one.context.traceparent());
    // Afterwards it is what the message carries again.
    CHECK(traces.context_of(received).traceparent() == sampled);
}

TEST_CASE("tracing: failures are told, and pass on") {
    handler_fixture test;
    told seen;
    const sluice::tracing traces(seen.options());
    auto handler = [](delivery& received) -> awaitable<void> {
        if (received.body() == "a") throw sluice::error(sluice::error_info(sluice::errc::throttled, "slow down"));
        throw std::runtime_error("no good");
        co_return;
    };
    const auto composed = sluice::compose(handler).with(traces);
    delivery first = test.receive(queued_message("a"));
    delivery second = test.receive(queued_message("b"));
    CHECK_THROWS_AS(static_cast<void>(test.handle(composed, first).value()), sluice::error);
    CHECK_THROWS_WITH(static_cast<void>(test.handle(composed, second).value()), "no good");
    REQUIRE(seen.ended.size() == 2);
    CHECK(attribute_of(seen.ended[0], "error.type") == "throttled");
    CHECK(seen.ended[0].failure != nullptr);
    CHECK(attribute_of(seen.ended[1], "error.type") == "_OTHER");
    CHECK_FALSE(seen.ended[1].parent.has_value());
}

TEST_CASE("tracing: inside of retries there is a span for each try, within one around them") {
    handler_fixture test;
    told seen;
    const sluice::tracing traces(seen.options());
    int calls = 0;
    std::vector<std::string> within;
    auto handler = [&](delivery& received) -> awaitable<void> {
        within.push_back(traces.context_of(received).span_id());
        if (++calls < 3) throw std::runtime_error("again");
        co_return;
    };
    sluice::retry_in_place_options at_once;
    at_once.first_delay = std::chrono::milliseconds(0);
    auto around = [&](delivery& received, const auto& next) -> awaitable<void> {
        within.push_back(traces.context_of(received).span_id());
        co_await next(received);
        within.push_back(traces.context_of(received).span_id());
    };
    auto composed =
        sluice::compose(handler).with(traces).with(sluice::retry_in_place(at_once)).with(around).with(traces);
    delivery received = test.receive(queued_message("a").attribute("traceparent", sampled));
    CHECK(test.handle(composed, received).value());
    REQUIRE(within.size() == 5);
    CHECK(std::set<std::string>(within.begin(), within.end()).size() == 4);
    CHECK(within.front() == within.back()); // the outer one is back
    CHECK(seen.ended.size() == 4);
}

TEST_CASE("tracing: new traces, and their share that is sampled") {
    handler_fixture test;
    told seen;
    auto options = seen.options();
    options.new_traces = true;
    options.sample_ratio = 0;
    const sluice::tracing traces(options);
    auto handler = [](delivery&) -> awaitable<void> { co_return; };
    delivery received = test.receive(queued_message("a").attribute("traceparent", sampled));
    CHECK(test.handle(sluice::compose(handler).with(traces), received).value());
    const span& one = seen.ended.front();
    CHECK(one.parent->traceparent() == sampled);
    CHECK_FALSE(one.parent_is_in_trace);
    CHECK(one.context.trace_id() != one.parent->trace_id());
    CHECK_FALSE(one.context.sampled()); // the message's wish does not count

    sluice::tracing_options half;
    half.sample_ratio = 0.5;
    const sluice::tracing halved(half);
    const delivery plain = test.receive(queued_message("b"));
    int share = 0;
    for (int i = 0; i < 1'000; ++i) share += halved.context_of(plain).sampled() ? 1 : 0;
    CHECK(share > 380); // 7 standard deviations
    CHECK(share < 620);
    for (const double bad : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
        half.sample_ratio = bad;
        CHECK_THROWS_AS(sluice::tracing{half}, sluice::error);
    }
}

TEST_CASE("tracing: a hook that throws harms nobody; a handler that is destroyed ends its span") {
    handler_fixture test;
    told seen;
    auto options = seen.options();
    options.started = [](const span&) { throw std::runtime_error("the exporter is full"); };
    {
        boost::asio::io_context stopped;
        delivery received = test.receive(queued_message("a"));
        auto handler = [](delivery&) -> awaitable<void> {
            const auto executor = co_await boost::asio::this_coro::executor;
            boost::asio::steady_timer never(executor, std::chrono::steady_clock::time_point::max());
            co_await never.async_wait(boost::asio::use_awaitable);
        };
        const auto composed = sluice::compose(handler).with(sluice::tracing(options));
        boost::asio::co_spawn(stopped, composed(received), boost::asio::detached);
        stopped.poll();
        CHECK(seen.ended.empty());
    }
    REQUIRE(seen.ended.size() == 1);
    CHECK(attribute_of(seen.ended.front(), "error.type") == "cancelled");
}

TEST_CASE("semantic conventions: every code has a name of its own, and topics are told from queues") {
    namespace names = sluice::semantic_conventions;
    std::set<std::string_view> all;
    const int last = static_cast<int>(sluice::errc::service_error);
    for (int code = 1; code <= last; ++code) all.insert(names::error_type_of(static_cast<sluice::errc>(code)));
    CHECK(all.size() == static_cast<std::size_t>(last));
    CHECK_FALSE(all.contains("_OTHER"));
    CHECK(names::error_type_of(static_cast<sluice::errc>(last + 1)) == "_OTHER");
    CHECK(names::system_of("arn:aws:sns:us-east-1:1:orders") == "aws.sns");
    CHECK(names::system_of("arn:aws-cn:sns:cn-north-1:1:orders") == "aws.sns");
    CHECK(names::system_of("arn:aws:sqs:us-east-1:1:sns:") == "aws_sqs");
    CHECK(names::system_of("https://sqs.us-east-1.amazonaws.com/1/orders") == "aws_sqs");
    CHECK(names::system_of("orders") == "aws_sqs");
    CHECK(names::system_of("") == "aws_sqs");
}

} // namespace trace_context_test
