// Which message is taken next, of groups and without, and what leaves with one that fails.
#include "stream/dispatch_order.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

namespace dispatch_order_test {

using namespace sluice::stream;

namespace {

using ids = std::vector<lease_id>;

} // namespace

TEST_CASE("dispatch: without a group in the order of arrival, and back to its place") {
    dispatch_order order;
    for (const lease_id one : ids{1, 2, 3}) order.add(one, "");
    CHECK(order.size() == 3);
    CHECK(order.take() == lease_id(1));
    order.put_back(1, "");
    CHECK(order.take() == lease_id(1));
    CHECK(order.take() == lease_id(2));
    CHECK(order.take() == lease_id(3));
    CHECK(order.take() == std::nullopt);
    CHECK(order.size() == 0);
}

TEST_CASE("dispatch: of a group one at a time, and groups take turns") {
    dispatch_order order;
    order.add(1, "a");
    order.add(2, "a");
    order.add(3, "b");
    order.add(4, "b");
    CHECK(order.take() == lease_id(1));
    CHECK(order.take() == lease_id(3));
    CHECK(order.take() == std::nullopt);
    order.done("b");
    CHECK(order.take() == lease_id(4));
    order.done("a");
    CHECK(order.take() == lease_id(2));
    order.done("a");
    order.done("b");
    CHECK(order.groups() == 0); // none is remembered
}

TEST_CASE("dispatch: the rest of a group leaves with the one that failed; what comes later waits for it") {
    dispatch_order order;
    for (const lease_id one : ids{1, 2, 3}) order.add(one, "a");
    order.add(4, "b");
    CHECK(order.take() == lease_id(1));
    CHECK(order.drop_rest("a") == ids{2, 3});
    order.add(5, "a");
    CHECK(order.take() == lease_id(4));
    CHECK(order.take() == std::nullopt);
    order.done("a");
    CHECK(order.take() == lease_id(5));
    CHECK(order.drop_rest("no such group").empty());
}

TEST_CASE("dispatch: one that waits leaves with all behind it in its group, or alone without a group") {
    dispatch_order order;
    for (const lease_id one : ids{1, 2, 3}) order.add(one, "a");
    for (const lease_id one : ids{4, 5}) order.add(one, "");
    CHECK(order.drop(2, "a") == ids{2, 3});
    CHECK(order.drop(4, "") == ids{4});
    CHECK(order.drop(4, "").empty());
    CHECK(order.size() == 2);
    CHECK(order.take() == lease_id(5));
    CHECK(order.take() == lease_id(1));
    order.put_back(1, "a");
    CHECK(order.take() == lease_id(1));
}

TEST_CASE("dispatch: all that waits leaves at a stop") {
    dispatch_order order;
    for (const lease_id one : ids{1, 2}) order.add(one, "a");
    order.add(3, "");
    order.add(4, "b");
    CHECK(order.take() == lease_id(3));
    CHECK(order.take() == lease_id(1));
    CHECK(order.drop_all().size() == 2);
    CHECK(order.size() == 0);
    CHECK(order.take() == std::nullopt);
    order.done("a");
    CHECK(order.groups() == 0);
}

TEST_CASE("dispatch: 200,000 random steps keep the order of each group, one of it out at a time") {
    std::mt19937_64 random(7);
    const auto upto = [&random](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
    dispatch_order order;
    std::map<std::string, std::deque<lease_id>> waiting;
    std::map<std::string, lease_id> out;
    std::map<lease_id, std::string> group_of;
    lease_id last = 0;
    for (int step = 0; step < 200'000; ++step) {
        const std::string group = "g" + std::to_string(upto(30));
        const int what = upto(9);
        if (what < 4) {
            group_of[++last] = group;
            waiting[group].push_back(last);
            order.add(last, group);
        } else if (what < 7) {
            const auto next = order.take();
            bool possible = false;
            for (const auto& [name, messages] : waiting) {
                possible = possible || (!messages.empty() && !out.contains(name));
            }
            REQUIRE(next.has_value() == possible);
            if (!next) continue;
            const std::string& of = group_of.at(*next);
            REQUIRE(waiting[of].front() == *next);
            REQUIRE_FALSE(out.contains(of));
            waiting[of].pop_front();
            out[of] = *next;
        } else if (!out.empty()) {
            const auto one = std::next(out.begin(), upto(static_cast<int>(out.size()) - 1));
            const std::string of = one->first;
            if (what == 8) {
                waiting[of].push_front(one->second);
                out.erase(one);
                order.put_back(waiting[of].front(), of);
                continue;
            }
            if (what == 7) {
                const ids rest = order.drop_rest(of);
                REQUIRE(rest == ids(waiting[of].begin(), waiting[of].end()));
                waiting[of].clear();
            }
            out.erase(one);
            order.done(of);
        }
        if (step % 100 != 0) continue;
        std::size_t expected = 0;
        for (const auto& [name, messages] : waiting) expected += messages.size();
        REQUIRE(order.size() == expected);
    }
}

} // namespace dispatch_order_test
