// Which faults a request meets: rules without a broker.
#include <local/fault_plan.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace fault_plan_test {

using sluice::local::fault_id;
using sluice::local::fault_kind;
using sluice::local::fault_plan;
using sluice::local::fault_rule;
using sluice::local::reply_fate;
using sluice::local::request_kind;

namespace {

const request_kind send{"sqs", "SendMessage", "orders"};
const request_kind send_batch{"sqs", "SendMessageBatch", "orders"};

fault_rule make_rule(fault_kind kind, std::string operation = "*") {
    fault_rule rule;
    rule.kind = kind;
    rule.operation = std::move(operation);
    return rule;
}

/// `.` for a request that is spared and `x` for one that is refused.
std::string pattern(fault_plan& plan, int requests, const request_kind& request = send) {
    std::string out;
    for (int i = 0; i < requests; ++i) out += plan.for_request(request).refusal ? 'x' : '.';
    return out;
}

} // namespace

TEST_CASE("fault plan: nth and times") {
    struct row {
        std::uint64_t nth, times;
        const char* expected;
    };
    for (const row& one : {row{0, 0, "xxxxxx"}, row{3, 0, "..x..."}, row{3, 2, "..xx.."}, row{0, 2, "xx...."},
                           row{1, 1, "x....."}, row{9, 1, "......"}}) {
        fault_plan plan;
        fault_rule rule = make_rule(fault_kind::throttle);
        rule.nth = one.nth;
        rule.times = one.times;
        plan.add(rule);
        CHECK(pattern(plan, 6) == one.expected);
        CHECK(plan.list().front().seen == 6);
    }
}

TEST_CASE("fault plan: only the operation and the queue of the rule") {
    fault_plan plan;
    fault_rule rule = make_rule(fault_kind::throttle, "SendMessage");
    rule.at = "orders";
    rule.nth = 2;
    plan.add(rule);
    CHECK(pattern(plan, 1) == ".");
    CHECK(pattern(plan, 3, send_batch) == "...");
    CHECK(pattern(plan, 3, {"sqs", "SendMessage", "others"}) == "...");
    CHECK(pattern(plan, 2) == "x.");
}

TEST_CASE("fault plan: the same seed gives the same faults, at about the stated rate") {
    const auto play = [](std::uint64_t seed) {
        fault_plan plan;
        fault_rule rule = make_rule(fault_kind::throttle);
        rule.probability = 0.1;
        rule.seed = seed;
        plan.add(rule);
        return pattern(plan, 10'000);
    };
    const std::string first = play(1);
    CHECK(play(1) == first);
    CHECK(play(2) != first);
    const auto struck = std::count(first.begin(), first.end(), 'x');
    CHECK(struck > 850);
    CHECK(struck < 1150);
}

TEST_CASE("fault plan: entries") {
    fault_plan plan;
    fault_rule fourth = make_rule(fault_kind::throttle_entry, "SendMessageBatch");
    fourth.entry = 4;
    fourth.nth = 2;
    const fault_id id = plan.add(fourth);
    auto first = plan.for_request(send_batch);
    CHECK_FALSE(first.concerns_entries());
    auto second = plan.for_request(send_batch);
    REQUIRE(second.concerns_entries());
    CHECK_FALSE(second.refusal);
    for (std::size_t i = 0; i < 10; ++i) {
        const auto why = second.for_entry(i);
        CHECK(why.has_value() == (i == 3));
        if (why) CHECK(why->code == "RequestThrottled");
    }
    CHECK(plan.list().front().applied == 1);
    CHECK(plan.remove(id));
    CHECK_FALSE(plan.remove(id));

    // Each entry has dice of its own, and `times` counts entries.
    fault_rule each = make_rule(fault_kind::fail_entry, "PublishBatch");
    each.times = 3;
    each.status = 400;
    each.code = "Whatever";
    plan.add(each);
    std::string struck;
    for (int request = 0; request < 2; ++request) {
        auto met = plan.for_request({"sns", "PublishBatch", "t"});
        for (std::size_t i = 0; i < 2; ++i) struck += met.for_entry(i) ? 'x' : '.';
    }
    CHECK(struck == "xxx.");
}

TEST_CASE("fault plan: rules work together, and of two that exclude each other the earlier wins") {
    fault_plan plan;
    fault_rule slow = make_rule(fault_kind::delay_reply);
    slow.delay = std::chrono::milliseconds(50);
    plan.add(slow);
    plan.add(make_rule(fault_kind::drop_reply));
    plan.add(make_rule(fault_kind::cut_reply));
    plan.add(make_rule(fault_kind::expire_visibility));
    const auto met = plan.for_request(send);
    CHECK(met.reply.delay == std::chrono::milliseconds(50));
    CHECK(met.reply.fate == reply_fate::dropped);
    CHECK(met.expire_visibility);
    CHECK_FALSE(met.refusal);
    CHECK_FALSE(plan.for_connection());
}

TEST_CASE("fault plan: each service's own code for throttling, and well-known ones for 500 and 503") {
    fault_plan plan;
    plan.add(make_rule(fault_kind::throttle));
    CHECK(plan.for_request(send).refusal->code == "RequestThrottled");
    CHECK(plan.for_request({"sns", "Publish", ""}).refusal->code == "Throttled");
    CHECK(plan.for_request({"sns", "Publish", ""}).refusal->status == 429);
    CHECK(plan.for_request({"sts", "GetCallerIdentity", ""}).refusal->code == "Throttling");
    for (const auto& [status, code] : {std::pair(500, "InternalError"), std::pair(503, "ServiceUnavailable")}) {
        fault_plan other;
        fault_rule rule = make_rule(fault_kind::fail);
        rule.status = status;
        other.add(rule);
        CHECK(other.for_request(send).refusal->code == code);
        CHECK(other.for_request(send).refusal->status == status);
    }
}

TEST_CASE("fault plan: rules that cannot be are refused with the value and the rule") {
    const auto refusal = [](auto change) {
        fault_rule rule = make_rule(fault_kind::fail);
        change(rule);
        fault_plan plan;
        try {
            plan.add(rule);
        } catch (const std::invalid_argument& why) {
            CHECK(plan.empty());
            return std::string(why.what());
        }
        return std::string("taken");
    };
    CHECK(refusal([](fault_rule&) {}) == "taken");
    CHECK(refusal([](fault_rule& r) { r.operation = "Send Message"; }) ==
          "fault rule: operation \"Send Message\" must be the name of an operation, or * for all");
    CHECK(refusal([](fault_rule& r) { r.operation.clear(); }).starts_with("fault rule: operation \"\" must"));
    CHECK(refusal([](fault_rule& r) { r.probability = 0; }).ends_with("must be above 0 and at most 1"));
    CHECK(refusal([](fault_rule& r) { r.probability = 1.5; }).starts_with("fault rule: probability 1.5"));
    CHECK(refusal([](fault_rule& r) { r.entry = 11; }) == "fault rule: entry 11 must be from 1 to 10, or 0 for each");
    CHECK(refusal([](fault_rule& r) { r.status = 200; }) == "fault rule: status 200 must be from 400 to 599");
    CHECK(refusal([](fault_rule& r) { r.status = 404; }).find("needs a code") != std::string::npos);
    CHECK(refusal([](fault_rule& r) { r.code = "a\r\nb"; }).find("must be made of letters") != std::string::npos);
    CHECK(refusal([](fault_rule& r) { r.delay = std::chrono::hours(25); }).find("one day") != std::string::npos);
    CHECK(refusal([](fault_rule& r) {
              r.kind = fault_kind::refuse_connection;
              r.operation = "SendMessage";
          }).find("cannot be named for a connection") != std::string::npos);
}

} // namespace fault_plan_test
