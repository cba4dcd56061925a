#include "stream/batch_assembler.hpp"
#include "stream/flush_epochs.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

namespace batch_assembler_test {

using namespace std::chrono_literals;
using sluice::stream::batch_limits;
using assembler = sluice::stream::batch_assembler<int>;
using time_point = assembler::time_point;

namespace {

const time_point start{};

batch_limits limits_with(std::size_t bytes, std::size_t slots = 8, std::chrono::milliseconds linger = 5ms) {
    batch_limits limits;
    limits.bytes = bytes;
    limits.requests_in_flight = slots;
    limits.linger = linger;
    return limits;
}

std::vector<int> take(assembler& from, time_point now) {
    std::vector<int> items;
    for (const auto& one : from.take(now).entries) items.push_back(one.item);
    return items;
}

} // namespace

TEST_CASE("a full batch leaves at once, in order") {
    assembler batches(limits_with(0));
    for (int i = 0; i < 9; ++i) batches.add(i, 1, "", start);
    CHECK(take(batches, start).empty());
    batches.add(9, 1, "", start);
    batches.add(10, 1, "", start);
    CHECK(take(batches, start) == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(take(batches, start).empty());
    CHECK(batches.size() == 1);
}

TEST_CASE("the linger counts from the first entry") {
    assembler batches(limits_with(0));
    CHECK_FALSE(batches.deadline().has_value());
    batches.add(1, 1, "", start);
    batches.add(2, 1, "", start + 4ms);
    CHECK(batches.deadline() == start + 5ms);
    CHECK(take(batches, start + 4999us).empty());
    CHECK(take(batches, start + 5ms) == std::vector<int>{1, 2});
    CHECK_FALSE(batches.deadline().has_value());
}

TEST_CASE("bytes: exactly the limit fits, one more does not") {
    assembler batches(limits_with(100));
    batches.add(1, 60, "", start);
    batches.add(2, 40, "", start);
    CHECK(take(batches, start).empty()); // 100 of 100: more entries without bytes could still come
    batches.add(3, 1, "", start);
    CHECK(take(batches, start) == std::vector<int>{1, 2});
    CHECK(take(batches, start).empty());
    CHECK(take(batches, start + 5ms) == std::vector<int>{3});
}

TEST_CASE("an entry over the limit goes alone") {
    assembler batches(limits_with(100));
    batches.add(1, 101, "", start);
    batches.add(2, 1, "", start);
    CHECK(take(batches, start) == std::vector<int>{1});
    CHECK(take(batches, start + 5ms) == std::vector<int>{2});
}

TEST_CASE("while all slots are busy entries gather, and leave at once when one frees") {
    assembler batches(limits_with(0, 1, 1h));
    batches.add(1, 1, "", start);
    batches.flush();
    CHECK(take(batches, start) == std::vector<int>{1});
    for (int i = 2; i < 5; ++i) batches.add(i, 1, "", start);
    CHECK(take(batches, start + 2h).empty());
    CHECK_FALSE(batches.deadline().has_value());
    batches.finished();
    CHECK(take(batches, start) == std::vector<int>{2, 3, 4});
    CHECK(batches.in_flight() == 1);
}

TEST_CASE("flush concerns what is there, not what comes later") {
    assembler batches(limits_with(0));
    batches.add(1, 1, "", start);
    batches.flush();
    CHECK(take(batches, start) == std::vector<int>{1});
    batches.add(2, 1, "", start);
    CHECK(take(batches, start).empty());
}

TEST_CASE("remove and drop") {
    assembler batches(limits_with(0));
    for (int i = 0; i < 4; ++i) batches.add(i, 1, "", start);
    CHECK(batches.remove(2, ""));
    CHECK_FALSE(batches.remove(2, ""));
    CHECK(batches.drop() == std::vector<int>{0, 1, 3});
    CHECK(batches.empty());
}

TEST_CASE("half a million random entries: each in one batch, in order, within all limits") {
    std::mt19937 random(20261123);
    constexpr std::size_t byte_limit = 1000;
    constexpr std::size_t slots = 3;
    assembler batches(limits_with(byte_limit, slots));
    std::vector<std::size_t> sizes;
    time_point now = start;
    int next_out = 0;
    bool good = true;
    const auto take_all = [&] {
        for (auto batch = take(batches, now); !batch.empty(); batch = take(batches, now)) {
            std::size_t bytes = 0;
            for (const int entry : batch) {
                good = good && entry == next_out++;
                bytes += sizes[static_cast<std::size_t>(entry)];
            }
            good = good && batch.size() <= 10 && (bytes <= byte_limit || batch.size() == 1) &&
                   batches.in_flight() <= slots;
        }
    };
    for (int i = 0; i < 500'000; ++i) {
        sizes.push_back(random() % 400 == 0 ? 1500 : random() % 300);
        batches.add(i, sizes.back(), "", now);
        take_all();
        if (random() % 3 == 0 && batches.in_flight() > 0) batches.finished();
        now += std::chrono::microseconds(random() % 3000);
        take_all();
    }
    while (!batches.empty() || batches.in_flight() > 0) {
        if (batches.in_flight() > 0) batches.finished();
        now += 5ms;
        take_all();
    }
    CHECK(good);
    CHECK(next_out == 500'000);
}

TEST_CASE("flush epochs: a flush waits for what came before it, in order") {
    sluice::stream::flush_epochs<int> epochs;
    CHECK_FALSE(epochs.flush(1)); // nothing to wait for
    const auto a = epochs.enter();
    const auto b = epochs.enter();
    CHECK(epochs.flush(2));
    CHECK(epochs.flushing());
    const auto c = epochs.enter();
    CHECK(epochs.flush(3));
    CHECK(epochs.leave(c).empty()); // later entries first: the earlier flush is not complete
    CHECK(epochs.leave(a).empty());
    CHECK(epochs.leave(b) == std::vector<int>{2, 3});
    CHECK_FALSE(epochs.flushing());
}

} // namespace batch_assembler_test
