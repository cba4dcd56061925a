// Who gives way when unfinished requests are too many.
#include <local/unfinished_bytes.hpp>

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace unfinished_bytes_test {

using sluice::local::connection;
using sluice::local::unfinished_bytes;

namespace {

/// Names of connections that are never looked into.
const connection* client(std::size_t number) {
    static const char names[64] = {};
    return reinterpret_cast<const connection*>(&names[number]);
}

using clients = std::vector<const connection*>;

} // namespace

TEST_CASE("below the limit nobody gives way") {
    unfinished_bytes all(100);
    CHECK(all.hold(client(1), 60).empty());
    CHECK(all.hold(client(2), 40).empty());
    CHECK(all.hold(client(1), 30).empty()); // what it holds, not more of it
    CHECK(all.total() == 70);
    all.release(client(1));
    all.release(client(1));
    all.release(client(3));
    CHECK(all.total() == 40);
}

TEST_CASE("who has waited longest for its next piece gives way, and no more than must") {
    unfinished_bytes all(100);
    all.hold(client(1), 40);
    all.hold(client(2), 20);
    all.hold(client(3), 30);
    all.hold(client(1), 45); // another piece: now 2 has waited longest
    CHECK(all.hold(client(4), 10) == clients{client(2)});
    CHECK(all.total() == 85);
    CHECK(all.hold(client(5), 60) == clients{client(3), client(1)});
    CHECK(all.total() == 70);
}

TEST_CASE("one that alone is too much gives way itself") {
    unfinished_bytes all(100);
    all.hold(client(1), 50);
    CHECK(all.hold(client(2), 101) == clients{client(1), client(2)});
    CHECK(all.total() == 0);
}

TEST_CASE("whatever comes, the total is that of those that hold, and within the limit") {
    std::mt19937 random(20261127);
    unfinished_bytes all(1000);
    std::vector<std::size_t> held(64);
    for (int step = 0; step < 20'000; ++step) {
        const std::size_t who = random() % held.size();
        if (random() % 4 == 0) {
            all.release(client(who));
            held[who] = 0;
        } else {
            held[who] = random() % 200;
            for (const connection* const one : all.hold(client(who), held[who])) {
                for (std::size_t i = 0; i < held.size(); ++i) {
                    if (client(i) == one) held[i] = 0;
                }
            }
        }
        std::size_t sum = 0;
        for (const std::size_t bytes : held) sum += bytes;
        REQUIRE(all.total() == sum);
        REQUIRE(sum <= 1000);
    }
}

} // namespace unfinished_bytes_test
