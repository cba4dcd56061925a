// What is posted to endpoints when, and what becomes of what fails.
#include <local/endpoint_deliveries.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace endpoint_deliveries_test {

using namespace sluice::local;
using namespace std::chrono_literals;

namespace {

const time_point start = time_point(1'000'000s);

endpoint_delivery to(const std::string& subscription, const std::string& body = "m", retry_policy retries = {}) {
    endpoint_delivery made;
    made.subscription_arn = subscription;
    made.message_id = body;
    made.url = "http://e/";
    made.to = parse_endpoint_url(made.url).value();
    made.body = body;
    made.policy.retries = retries;
    return made;
}

post_result status(int code) { return {code, ""}; }

struct fixture {
    explicit fixture(delivery_bounds bounds = {}) : deliveries(last_id, bounds) {}
    std::uint64_t last_id = 0;
    endpoint_deliveries deliveries;

    std::vector<std::string> posted() {
        std::vector<std::string> bodies;
        for (const endpoint_post& one : deliveries.take_posts()) bodies.push_back(one.body);
        return bodies;
    }
};

} // namespace

TEST_CASE("endpoint URLs: what can be posted to, and what cannot") {
    const auto plain = parse_endpoint_url("http://Host.example:8080/hook?a=b");
    REQUIRE(plain);
    CHECK_FALSE(plain->tls);
    CHECK(plain->host == "host.example");
    CHECK(plain->port == 8080);
    CHECK(plain->target == "/hook?a=b");
    const auto secure = parse_endpoint_url("https://[::1]");
    REQUIRE(secure);
    CHECK(secure->tls);
    CHECK(secure->host == "::1");
    CHECK(secure->port == 443);
    CHECK(secure->target == "/");
    CHECK(parse_endpoint_url("http://h?x")->target == "/?x");
    for (const char* wrong : {"", "http://", "ftp://h/", "http:///x", "http://h:0/", "http://h:65536/", "http://h:x/",
                              "http://u:p@h/", "http://h/#f", "http://h/a b", "http://h/\r\nX: y", "http://[::1",
                              "http://[::1]x/", "HTTP://h/", "http://h/\xC3\xA4", "http://h\\x/"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_endpoint_url(wrong));
    }
}

TEST_CASE("endpoint deliveries: 2xx ends it, 5xx and 429 and silence are tried again, anything else is permanent") {
    for (const int good : {200, 202, 204, 299}) {
        fixture of;
        REQUIRE(of.deliveries.add(to("s"), start).empty());
        CHECK(of.posted() == std::vector<std::string>{"m"});
        const auto step = of.deliveries.finished(1, status(good), start + 1s);
        REQUIRE(step);
        CHECK_FALSE(step->given_up);
        CHECK_FALSE(step->next_attempt);
        CHECK(step->line.empty());
        CHECK_FALSE(of.deliveries.next_event());
    }
    for (const int bad : {100, 199, 301, 302, 307, 400, 403, 404, 410, 499, 600}) {
        fixture of;
        REQUIRE(of.deliveries.add(to("s"), start).empty());
        const auto step = of.deliveries.finished(1, status(bad), start);
        REQUIRE(step);
        REQUIRE(step->given_up);
        CHECK(step->given_up->body == "m");
        CHECK(step->line.find("HTTP status " + std::to_string(bad) + ", which is not tried again") !=
              std::string::npos);
    }
    for (const int busy : {429, 500, 503, 599, 0}) {
        fixture of;
        REQUIRE(of.deliveries.add(to("s"), start).empty());
        CHECK(of.posted().size() == 1);
        const auto step = of.deliveries.finished(1, {busy, "nobody listens"}, start + 15s);
        REQUIRE(step);
        CHECK(step->next_attempt == start + 35s);
        const std::string why = busy == 0 ? "nobody listens" : "HTTP status " + std::to_string(busy);
        CHECK(step->line == "message m did not reach http://e/: " + why + "; retry 1 of 3 in 20 s");
        CHECK(of.deliveries.next_event() == start + 35s);
        of.deliveries.advance(start + 34s);
        CHECK(of.posted().empty());
        of.deliveries.advance(start + 35s);
        CHECK(of.posted() == std::vector<std::string>{"m"});
    }
}

TEST_CASE("endpoint deliveries: after the last retry it is given up") {
    fixture of;
    REQUIRE(of.deliveries.add(to("s"), start).empty());
    time_point now = start;
    for (std::uint64_t id = 1; id <= 3; ++id) {
        CHECK(of.posted().size() == 1);
        const auto step = of.deliveries.finished(id, status(503), now);
        REQUIRE(step->next_attempt);
        now = *step->next_attempt;
        of.deliveries.advance(now);
    }
    CHECK(of.posted().size() == 1);
    const auto last = of.deliveries.finished(4, status(503), now);
    REQUIRE(last->given_up);
    CHECK(last->line == "message m did not reach http://e/: HTTP status 503; it was the last attempt");
    CHECK(now == start + 60s);
    CHECK_FALSE(of.deliveries.next_event());
    CHECK_FALSE(of.deliveries.finished(4, status(200), now)); // once
}

TEST_CASE("endpoint deliveries: so many at once for a subscription, the others in their order") {
    delivery_bounds bounds;
    bounds.running = 2;
    fixture of(bounds);
    for (const char* body : {"a", "b", "c", "d"}) REQUIRE(of.deliveries.add(to("s", body), start).empty());
    REQUIRE(of.deliveries.add(to("other", "x"), start).empty());
    CHECK(of.posted() == std::vector<std::string>{"a", "b", "x"});
    CHECK_FALSE(of.deliveries.next_event()); // a place comes free with an answer, not with time
    CHECK(of.deliveries.finished(2, status(200), start));
    CHECK(of.posted() == std::vector<std::string>{"c"});
    CHECK(of.deliveries.finished(1, status(404), start));
    CHECK(of.posted() == std::vector<std::string>{"d"});
}

TEST_CASE("endpoint deliveries: bounded by messages and by bytes") {
    delivery_bounds bounds;
    bounds.messages = 3;
    bounds.bytes = 10;
    bounds.bytes_of_all = 12;
    fixture of(bounds);
    CHECK(of.deliveries.add(to("s", "1234"), start).empty());
    CHECK(of.deliveries.add(to("s", "1234"), start).empty());
    CHECK(of.deliveries.add(to("s", "1234"), start) == "8 bytes wait for this endpoint already");
    CHECK(of.deliveries.add(to("s", "1"), start).empty());
    CHECK(of.deliveries.add(to("s", "1"), start) == "3 messages wait for this endpoint already");
    CHECK(of.deliveries.add(to("other", "1234"), start) == "9 bytes wait for all endpoints already");
    CHECK(of.deliveries.finished(1, status(200), start));
    CHECK(of.deliveries.add(to("other", "1234"), start).empty());
    of.deliveries.forget("s");
    CHECK(of.deliveries.add(to("s", "1234567"), start).empty());
    CHECK(of.deliveries.add(to("s", "12"), start) == "11 bytes wait for all endpoints already");
}

TEST_CASE("endpoint deliveries: a subscription that is gone takes its deliveries with it") {
    fixture of;
    retry_policy at_once;
    at_once.no_delay_retries = 3;
    REQUIRE(of.deliveries.add(to("s", "runs", at_once), start).empty());
    REQUIRE(of.deliveries.add(to("s", "waits"), start).empty());
    CHECK(of.posted().size() == 2);
    REQUIRE(of.deliveries.finished(2, status(500), start)->next_attempt);
    of.deliveries.forget("s");
    CHECK_FALSE(of.deliveries.finished(1, status(500), start));
    CHECK_FALSE(of.deliveries.next_event());
    of.deliveries.advance(start + 1h);
    CHECK(of.posted().empty());
}

TEST_CASE("endpoint deliveries: a throttle spreads them, retries too") {
    fixture of;
    for (const char* body : {"a", "b", "c"}) {
        endpoint_delivery one = to("s", body);
        one.policy.max_receives_per_second = 2;
        REQUIRE(of.deliveries.add(std::move(one), start).empty());
    }
    CHECK(of.posted() == std::vector<std::string>{"a"});
    CHECK(of.deliveries.next_event() == start + 500ms);
    of.deliveries.advance(start + 500ms);
    CHECK(of.posted() == std::vector<std::string>{"b"});
    of.deliveries.advance(start + 999ms);
    CHECK(of.posted().empty());
    of.deliveries.advance(start + 1s);
    CHECK(of.posted() == std::vector<std::string>{"c"});
    // All have been sent; whoever comes next still waits for its turn.
    for (std::uint64_t id = 1; id <= 3; ++id) CHECK(of.deliveries.finished(id, status(200), start + 1s));
    endpoint_delivery next = to("s", "d");
    next.policy.max_receives_per_second = 2;
    REQUIRE(of.deliveries.add(std::move(next), start + 1s).empty());
    CHECK(of.posted().empty());
    CHECK(of.deliveries.next_event() == start + 1'500ms);
}

} // namespace endpoint_deliveries_test
