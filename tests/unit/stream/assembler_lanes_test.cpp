// Message groups in the batch assembler: order, retries in place, corks.
#include "stream/batch_assembler.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace assembler_lanes_test {

using namespace std::chrono_literals;
using sluice::batch_reason;
using sluice::stream::batch_limits;
using assembler = sluice::stream::batch_assembler<int>;
using time_point = assembler::time_point;

namespace {

const time_point start{};

struct lanes {
    explicit lanes(std::size_t entries_of_group = 1, std::chrono::milliseconds linger = 0ms)
        : batches([&] {
              batch_limits limits;
              limits.linger = linger;
              limits.entries_of_group = entries_of_group;
              return limits;
          }()) {}

    void add(int item, const std::string& group) { batches.add(item, 1, group, now); }
    /// The items of the next batch; the entries are kept for `again`.
    std::vector<int> take() {
        last = batches.take(now);
        std::vector<int> items;
        for (const auto& one : last.entries) items.push_back(one.item);
        return items;
    }
    void accept(std::initializer_list<const char*> groups) {
        for (const char* group : groups) batches.settle(group);
        batches.finished();
    }

    assembler batches;
    assembler::batch last;
    time_point now = start;
};

using items = std::vector<int>;

} // namespace

TEST_CASE("lanes: one message of a group in a batch, and none while one is under way") {
    lanes test;
    test.add(1, "a");
    test.add(2, "a");
    test.add(3, "b");
    CHECK(test.take() == items{1, 3});
    test.add(4, "c");
    test.add(5, "b");
    CHECK(test.take() == items{4});
    CHECK(test.take().empty());
    test.accept({"a", "b"});
    CHECK(test.take() == items{2, 5});
    CHECK(test.last.reason == batch_reason::slot);
    test.accept({"c"});
    test.accept({"a", "b"});
    CHECK(test.batches.is_idle());
    CHECK(test.batches.groups() == 0);
}

TEST_CASE("lanes: what waited for its group does not linger as well") {
    lanes test(1, 1h);
    test.add(1, "a");
    test.add(2, "a");
    CHECK(test.take().empty());
    test.batches.flush();
    CHECK(test.take() == items{1});
    test.add(3, "a");
    test.accept({"a"});
    CHECK(test.take() == items{2});
    test.accept({"a"});
    CHECK(test.take() == items{3});
}

TEST_CASE("lanes: one that comes again keeps its place, and its group waits for it") {
    lanes test;
    for (int i = 1; i <= 3; ++i) test.add(i, "a");
    test.add(4, "b");
    CHECK(test.take() == items{1, 4});
    test.batches.again(std::move(test.last.entries[0]), "a", test.now + 10ms);
    test.accept({"a", "b"});
    CHECK(test.take().empty());
    CHECK(test.batches.deadline() == start + 10ms);
    test.add(5, "b"); // other groups go on
    CHECK(test.take() == items{5});
    test.accept({"b"});
    test.now += 10ms;
    CHECK(test.take() == items{1});
    test.accept({"a"});
    CHECK(test.take() == items{2});
}

TEST_CASE("lanes: runs of a group share a batch, and come again in their order") {
    lanes test(10);
    for (int i = 1; i <= 12; ++i) test.add(i, i <= 9 ? "a" : "b");
    CHECK(test.take() == items{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    auto sent = std::move(test.last);
    CHECK(test.take().empty()); // both groups are under way
    for (std::size_t i = 10; i-- > 0;) {
        const bool of_b = i == 9;
        if (!of_b && i >= 2) test.batches.again(std::move(sent.entries[i]), "a", test.now + 1ms);
        test.batches.settle(of_b ? "b" : "a");
    }
    test.batches.finished();
    CHECK(test.take() == items{11, 12}); // of b
    test.now += 1ms;
    CHECK(test.take() == items{3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("lanes: a corked group takes nothing until it is resumed") {
    lanes test;
    for (int i = 1; i <= 3; ++i) test.add(i, "a");
    CHECK(test.take() == items{1});
    CHECK(test.batches.cork("a") == items{2, 3});
    CHECK(test.batches.is_corked("a"));
    test.accept({"a"});
    CHECK(test.batches.empty());
    CHECK_FALSE(test.batches.is_idle()); // it must be remembered
    CHECK(test.batches.resume("a"));
    CHECK_FALSE(test.batches.resume("a"));
    CHECK(test.batches.is_idle());
    test.add(4, "a");
    CHECK(test.take() == items{4});
}

TEST_CASE("lanes: a corked group whose message waited to come again") {
    lanes test(10);
    test.add(1, "a");
    test.add(2, "a");
    CHECK(test.take() == items{1, 2});
    test.batches.again(std::move(test.last.entries[1]), "a", test.now + 5ms);
    test.batches.settle("a");
    CHECK(test.batches.cork("a") == items{2});
    test.accept({"a"});
    test.batches.resume("a");
    test.add(3, "a");
    test.now += 5ms;
    CHECK(test.take() == items{3});
    test.accept({"a"});
    CHECK(test.batches.is_idle());
}

TEST_CASE("lanes: one is taken out, whatever it waits for") {
    lanes test;
    for (int i = 1; i <= 3; ++i) test.add(i, "a");
    CHECK(test.take() == items{1});
    CHECK(test.batches.remove(2, "a"));
    CHECK_FALSE(test.batches.remove(2, "a"));
    CHECK_FALSE(test.batches.remove(1, "a")); // it has left
    CHECK_FALSE(test.batches.remove(9, "none"));
    test.batches.again(std::move(test.last.entries[0]), "a", test.now + 5ms);
    test.accept({"a"});
    CHECK(test.batches.remove(1, "a"));
    test.now += 5ms;
    CHECK(test.take() == items{3});
    test.accept({"a"});
    CHECK(test.batches.is_idle());
}

TEST_CASE("lanes: the only one of a group that waits to come again is taken out") {
    lanes test;
    test.add(1, "a");
    CHECK(test.take() == items{1});
    test.batches.again(std::move(test.last.entries[0]), "a", test.now + 5ms);
    test.accept({"a"});
    CHECK(test.batches.remove(1, "a"));
    test.now += 5ms;
    CHECK(test.take().empty());
    CHECK(test.batches.is_idle());
    CHECK_FALSE(test.batches.deadline().has_value());
}

TEST_CASE("without groups: what comes again goes before what came later, and does not linger") {
    batch_limits limits;
    limits.linger = 1h;
    assembler batches(limits);
    for (int i = 0; i < 10; ++i) batches.add(i, 1, "", start);
    auto first = batches.take(start);
    REQUIRE(first.entries.size() == 10);
    batches.again(std::move(first.entries[7]), "", start + 3ms);
    batches.again(std::move(first.entries[2]), "", start + 1ms);
    batches.finished();
    batches.add(10, 1, "", start);
    CHECK(batches.size() == 3);
    CHECK(batches.deadline() == start + 1ms);
    CHECK(batches.take(start).entries.empty());
    const auto second = batches.take(start + 3ms);
    CHECK(second.reason == batch_reason::retry);
    REQUIRE(second.entries.size() == 3);
    CHECK(second.entries[0].item == 2);
    CHECK(second.entries[1].item == 7);
    CHECK(second.entries[2].item == 10);
}

TEST_CASE("each reason for a batch to leave") {
    batch_limits limits;
    limits.bytes = 100;
    limits.requests_in_flight = 1;
    assembler batches(limits);
    const auto reason_of = [&](time_point now) {
        const auto taken = batches.take(now);
        REQUIRE_FALSE(taken.entries.empty());
        batches.finished();
        return taken.reason;
    };
    for (int i = 0; i < 10; ++i) batches.add(i, 1, "", start);
    CHECK(reason_of(start) == batch_reason::full);
    batches.add(1, 60, "", start);
    batches.add(2, 60, "", start);
    CHECK(reason_of(start) == batch_reason::bytes);
    CHECK(reason_of(start) == batch_reason::slot); // it was here when the only slot was busy
    batches.add(3, 1, "", start);
    CHECK(reason_of(start + 5ms) == batch_reason::linger);
    batches.add(4, 1, "", start);
    batches.flush();
    CHECK(reason_of(start) == batch_reason::flush);
}

} // namespace assembler_lanes_test
