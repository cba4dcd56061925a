// The cache around a provider: one request for any number of callers, old keys while they are valid, a deadline.
#include "credentials/cached_provider.hpp"

#include "support/function_transport.hpp"
#include "support/run_coroutine.hpp"

#include <sluice/session.hpp>
#include <sluice/sts/client.hpp>

#include <doctest/doctest.h>

#include <boost/asio/this_coro.hpp>

#include <deque>

namespace cached_provider_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using boost::asio::awaitable;
using sluice::cached_provider;
using sluice::credentials;
using sluice::errc;
using sluice::error_info;
using sluice::moment;
using sluice::result;

namespace {

constexpr std::size_t crowd = 1'000;

/// Answers when the test says so.
class slow_source final : public sluice::credentials_provider {
  public:
    explicit slow_source(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    awaitable<result<credentials>> get() override {
        asked.push_back(std::make_shared<inquiry>(executor_));
        return wait_for(asked.back());
    }
    bool discard(const credentials& expired) override {
        discarded.push_back(expired.access_key_id);
        return true;
    }

    void answer(std::size_t index, result<credentials> outcome) {
        asked.at(index)->outcome = std::move(outcome);
        asked.at(index)->answered.set();
    }

    struct inquiry {
        explicit inquiry(const boost::asio::any_io_executor& executor) : answered(executor) {}
        sluice::one_shot_event answered;
        result<credentials> outcome{error_info(errc::cancelled, "cancelled")};
    };
    std::deque<std::shared_ptr<inquiry>> asked;
    std::vector<std::string> discarded;

  private:
    static awaitable<result<credentials>> wait_for(std::shared_ptr<inquiry> one) {
        co_await one->answered.wait_until(std::chrono::steady_clock::time_point::max());
        co_return one->outcome;
    }
    boost::asio::any_io_executor executor_;
};

struct fixture {
    boost::asio::io_context context;
    std::shared_ptr<slow_source> source = std::make_shared<slow_source>(context.get_executor());
    moment now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 26), std::chrono::steady_clock::time_point(1h)};
    std::shared_ptr<cached_provider> cache =
        std::make_shared<cached_provider>(context.get_executor(), source, 60s, [this] { return now; });

    void pass(std::chrono::seconds time) {
        now.wall += time;
        now.steady += time;
    }
    [[nodiscard]] credentials keys(const std::string& id, std::chrono::seconds life) const {
        credentials made(id, "secret of " + id, "token");
        made.expiration = now.wall + life;
        return made;
    }
    /// The id of the keys that it gives, or the error's text.
    std::string get() {
        started<result<credentials>> one(context, cache->get());
        settle(context);
        if (!one.ended()) return "waits";
        return one.value() ? one.value()->access_key_id : one.value().error().message;
    }
    /// The first keys.
    void load(const std::string& id, std::chrono::seconds life) {
        started<result<credentials>> one(context, cache->get());
        settle(context);
        source->answer(source->asked.size() - 1, keys(id, life));
        settle(context);
        REQUIRE(one.ended());
    }
};

} // namespace

TEST_CASE("cached provider: 1,000 callers on expired keys cause one request") {
    fixture test;
    test.load("old", 1h);
    test.pass(2h);
    std::vector<started<result<credentials>>> callers;
    for (std::size_t i = 0; i < crowd; ++i) callers.emplace_back(test.context, test.cache->get());
    settle(test.context);
    CHECK(test.source->asked.size() == 2); // the first keys, and this one
    test.source->answer(1, test.keys("new", 1h));
    settle(test.context);
    std::size_t served = 0;
    for (auto& one : callers) {
        if (one.ended() && one.value() && one.value()->access_key_id == "new") ++served;
    }
    CHECK(served == crowd);
    CHECK(test.source->asked.size() == 2);
}

TEST_CASE("cached provider: in the advisory window nobody waits, and one request is made") {
    fixture test;
    test.load("old", 1h);
    test.pass(49min);
    for (int i = 0; i < 10; ++i) CHECK(test.get() == "old");
    CHECK(test.source->asked.size() == 2);
    test.source->answer(1, test.keys("new", 1h));
    settle(test.context);
    CHECK(test.get() == "new");
    CHECK(test.source->asked.size() == 2);
}

TEST_CASE("cached provider: a refresh that fails while keys are valid disturbs nobody") {
    fixture test;
    test.load("old", 1h);
    test.pass(55min); // in the mandatory window: these wait
    std::vector<started<result<credentials>>> callers;
    for (std::size_t i = 0; i < crowd; ++i) callers.emplace_back(test.context, test.cache->get());
    settle(test.context);
    test.source->answer(1, error_info(errc::credentials, "no"));
    settle(test.context);
    for (auto& one : callers) {
        REQUIRE(one.ended());
        CHECK(one.value()->access_key_id == "old");
    }
    CHECK(test.get() == "old"); // no further request yet
    CHECK(test.source->asked.size() == 2);
    test.pass(1s);
    CHECK(test.get() == "waits");
    CHECK(test.source->asked.size() == 3);
    test.source->answer(2, error_info(errc::credentials, "still not"));
    settle(test.context);
    test.pass(5min); // now they have expired
    started<result<credentials>> late(test.context, test.cache->get());
    settle(test.context);
    test.source->answer(3, error_info(errc::credentials, "never"));
    settle(test.context);
    REQUIRE(late.ended());
    CHECK(late.value().error().message == "never");
    CHECK(test.get() == "never"); // at once: it is too early to ask again
    CHECK(test.source->asked.size() == 4);
}

TEST_CASE("cached provider: a request that hangs is cut by its deadline, and its late answer is of no account") {
    fixture test;
    test.cache = std::make_shared<cached_provider>(test.context.get_executor(), test.source, 200ms,
                                                   [&test] { return test.now; });
    const auto got = run(test.context, test.cache->get());
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == errc::credentials);
    CHECK(got.error().message == "the credentials were not there within 200 ms");
    settle(test.context);
    CHECK(test.source->asked.front().use_count() == 1); // the request was cancelled
    test.pass(1s);
    started<result<credentials>> next(test.context, test.cache->get());
    settle(test.context);
    CHECK(test.source->asked.size() == 2);
    test.source->answer(1, test.keys("new", 1h));
    settle(test.context);
    CHECK(next.value()->access_key_id == "new");
}

TEST_CASE("cached provider: keys stay in use while a refresh hangs until its deadline") {
    fixture test;
    test.cache = std::make_shared<cached_provider>(test.context.get_executor(), test.source, 200ms,
                                                   [&test] { return test.now; });
    test.load("old", 1h);
    test.pass(55min);
    const auto got = run(test.context, test.cache->get());
    CHECK(got->access_key_id == "old");
}

TEST_CASE("cached provider: a caller that is cancelled stops neither the request nor the others") {
    fixture test;
    started<result<credentials>> first(test.context, test.cache->get());
    started<result<credentials>> second(test.context, test.cache->get());
    settle(test.context);
    first.cancel();
    settle(test.context);
    REQUIRE(first.ended());
    CHECK(first.value().error().code == errc::cancelled);
    CHECK_FALSE(second.ended());
    test.source->answer(0, test.keys("new", 1h));
    settle(test.context);
    CHECK(second.value()->access_key_id == "new");
    CHECK(test.source->asked.size() == 1);
}

TEST_CASE("cached provider: keys that a service refused are not used again; newer ones are kept") {
    fixture test;
    test.load("old", 1h);
    const credentials old = test.keys("old", 1h);
    CHECK(test.cache->discard(old));
    CHECK(test.source->discarded == std::vector<std::string>{"old"});
    CHECK(test.get() == "waits");
    test.source->answer(1, test.keys("new", 1h));
    settle(test.context);
    CHECK(test.get() == "new");
    CHECK(test.cache->discard(old)); // says a call that began before
    CHECK(test.get() == "new");
    CHECK(test.source->asked.size() == 2);
}

TEST_CASE("cached provider: long-term keys do not expire, whatever a service says") {
    fixture test;
    started<result<credentials>> one(test.context, test.cache->get());
    settle(test.context);
    test.source->answer(0, credentials("id", "secret"));
    settle(test.context);
    CHECK_FALSE(test.cache->discard(credentials("id", "secret")));
    CHECK(test.get() == "id");
}

TEST_CASE("cached provider: it may go while a request is under way") {
    fixture test;
    started<result<credentials>> one(test.context, test.cache->get());
    settle(test.context);
    test.cache.reset();
    test.source->answer(0, test.keys("new", 1h));
    settle(test.context);
    CHECK(one.value()->access_key_id == "new");
}

TEST_CASE("cached provider: 1,000 concurrent calls of a session on expired keys cause one refresh") {
    fixture test;
    test.load("old", 1h);
    test.pass(2h);
    const auto network = std::make_shared<function_transport>([](const sluice::http_request&) {
        return function_transport::reply(
            200,
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId><Account>1</Account>"
            "</GetCallerIdentityResult></GetCallerIdentityResponse>");
    });
    sluice::session_options options;
    options.read_environment = false;
    options.region = "eu-west-1";
    options.credentials = test.cache;
    options.transport = network;
    const sluice::session session(test.context.get_executor(), options);
    std::vector<started<sluice::sts::caller_identity>> calls;
    for (std::size_t i = 0; i < crowd; ++i) calls.emplace_back(test.context, session.sts().get_caller_identity());
    settle(test.context);
    CHECK(test.source->asked.size() == 2);
    CHECK(network->requests.empty());
    test.source->answer(1, test.keys("new", 1h));
    settle(test.context);
    for (auto& one : calls) CHECK(one.value().account == "1");
    CHECK(network->requests.size() == crowd);
    CHECK(test.source->asked.size() == 2);
}

} // namespace cached_provider_test
