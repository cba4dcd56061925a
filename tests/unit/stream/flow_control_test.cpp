#include "stream/flow_control.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace flow_control_test {

using flow = sluice::stream::flow_control<int>;
using sluice::stream::flow_limits;

namespace {

flow_limits limits_of(std::size_t entries, std::size_t bytes, std::size_t of_destination) {
    flow_limits limits;
    limits.entries = entries;
    limits.bytes = bytes;
    limits.entries_of_destination = of_destination;
    return limits;
}

std::vector<int> admit(flow& from) {
    std::vector<int> items;
    while (auto next = from.admit_next()) items.push_back(next->second);
    return items;
}

} // namespace

TEST_CASE("flow control: count and bytes, and who came first goes first") {
    flow gate(limits_of(2, 100, 100));
    flow::share queue;
    CHECK(gate.try_enter(queue, 60));
    CHECK_FALSE(gate.try_enter(queue, 41));
    gate.wait(queue, 1, 41);
    CHECK_FALSE(gate.try_enter(queue, 1)); // it would fit, but not before who waits
    gate.wait(queue, 2, 1);
    CHECK(admit(gate).empty());
    gate.leave(queue, 60);
    CHECK(admit(gate) == std::vector<int>{1, 2});
    CHECK(gate.entries() == 2);
    CHECK(gate.bytes() == 42);
    gate.wait(queue, 3, 1);
    gate.leave(queue, 41);
    CHECK(admit(gate) == std::vector<int>{3});
    CHECK(gate.waiting() == 0);
}

TEST_CASE("flow control: what is larger than all of it goes through alone") {
    flow gate(limits_of(10, 100, 10));
    flow::share queue;
    CHECK(gate.try_enter(queue, 1));
    CHECK_FALSE(gate.try_enter(queue, 1000));
    gate.wait(queue, 1, 1000);
    gate.leave(queue, 1);
    CHECK(admit(gate) == std::vector<int>{1});
    gate.wait(queue, 2, 1);
    CHECK(admit(gate).empty());
    gate.leave(queue, 1000);
    CHECK(admit(gate) == std::vector<int>{2});
}

TEST_CASE("flow control: a destination that takes nothing holds half, the others go on past those who wait for it") {
    flow gate(limits_of(10, 1000, 5));
    flow::share dead;
    flow::share good;
    for (int i = 0; i < 5; ++i) CHECK(gate.try_enter(dead, 1));
    CHECK_FALSE(gate.try_enter(dead, 1));
    for (int i = 0; i < 100; ++i) gate.wait(dead, i, 1);
    for (int i = 0; i < 5; ++i) CHECK(gate.try_enter(good, 1));
    CHECK_FALSE(gate.try_enter(good, 1));
    gate.wait(good, 1000, 1);
    gate.leave(good, 1);
    CHECK(admit(gate) == std::vector<int>{1000});
    gate.leave(dead, 1);
    CHECK(admit(gate) == std::vector<int>{0});
}

TEST_CASE("flow control: who gives up leaves the line") {
    flow gate(limits_of(1, 100, 1));
    flow::share queue;
    CHECK(gate.try_enter(queue, 1));
    for (int i = 1; i <= 4; ++i) gate.wait(queue, i, 1);
    CHECK(gate.remove(queue, 1));
    CHECK(gate.remove(queue, 3));
    CHECK_FALSE(gate.remove(queue, 3));
    CHECK(gate.waiting() == 2);
    gate.leave(queue, 1);
    CHECK(admit(gate) == std::vector<int>{2});
    CHECK(gate.drop(queue).size() == 1);
    gate.leave(queue, 1);
    CHECK(admit(gate).empty());
    CHECK(flow::is_idle(queue));
}

TEST_CASE("flow control: a million random steps keep all bounds, and lose nobody") {
    std::mt19937 random(7);
    flow gate(limits_of(20, 2000, 10));
    std::vector<flow::share> queues(5);
    std::vector<std::size_t> sizes;          // by item
    std::vector<std::vector<int>> inside(5); // items by queue
    std::vector<int> home;                   // queue by item
    std::size_t entered = 0;
    std::size_t bytes = 0;
    bool good = true;
    const auto enter = [&](int item) {
        inside[static_cast<std::size_t>(home[static_cast<std::size_t>(item)])].push_back(item);
        bytes += sizes[static_cast<std::size_t>(item)];
        ++entered;
    };
    for (int step = 0; step < 1'000'000; ++step) {
        const std::size_t q = random() % queues.size();
        if (random() % 2 == 0 && gate.waiting() < 50) {
            const int item = static_cast<int>(sizes.size());
            sizes.push_back(random() % 300);
            home.push_back(static_cast<int>(q));
            if (gate.try_enter(queues[q], sizes.back())) enter(item);
            else gate.wait(queues[q], item, sizes.back());
        } else if (!inside[q].empty()) {
            const int item = inside[q].back();
            inside[q].pop_back();
            bytes -= sizes[static_cast<std::size_t>(item)];
            gate.leave(queues[q], sizes[static_cast<std::size_t>(item)]);
            for (const int next : admit(gate)) enter(next);
        }
        good = good && gate.entries() <= 20 && gate.bytes() <= 2000 && gate.bytes() == bytes &&
               queues[q].entries <= 10 && queues[q].entries == inside[q].size();
    }
    for (std::size_t q = 0; q < queues.size(); ++q) {
        while (!inside[q].empty()) {
            gate.leave(queues[q], sizes[static_cast<std::size_t>(inside[q].back())]);
            inside[q].pop_back();
            for (const int next : admit(gate)) enter(next);
        }
    }
    // Who was admitted to a queue that was emptied before is inside again.
    while (gate.entries() > 0) {
        for (std::size_t q = 0; q < queues.size(); ++q) {
            if (inside[q].empty()) continue;
            gate.leave(queues[q], sizes[static_cast<std::size_t>(inside[q].back())]);
            inside[q].pop_back();
            for (const int next : admit(gate)) enter(next);
        }
    }
    CHECK(good);
    CHECK(entered == sizes.size());
    CHECK(gate.waiting() == 0);
    CHECK(gate.bytes() == 0);
}

} // namespace flow_control_test
