// The memory of handled keys exactly, with a time of its own.
#include "stream/middleware/deduplication_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace middleware_deduplication_table_test {

using namespace std::chrono_literals;
using sluice::deduplication_claim;
using sluice::errc;
using sluice::memory_deduplication_options;
using sluice::memory_deduplication_store;
using sluice::stream::deduplication_table;
using state = sluice::deduplication_state;
using time_point = deduplication_table::time_point;

namespace {

struct fake_time {
    time_point now = time_point(1h);
    void advance(std::chrono::milliseconds by) { now += by; }
};

memory_deduplication_options bounds(std::size_t most_keys, std::chrono::milliseconds time_to_live = 10s,
                                    std::chrono::milliseconds claim_time = 60s) {
    memory_deduplication_options options;
    options.most_keys = most_keys;
    options.time_to_live = time_to_live;
    options.claim_time = claim_time;
    return options;
}

void handle_key(deduplication_table& table, const std::string& key, time_point now) {
    const auto claim = table.begin(key, now);
    REQUIRE(claim->state() == state::granted);
    table.commit(*claim, now);
}

} // namespace

TEST_CASE("deduplication table: granted once, under way meanwhile, committed afterwards") {
    fake_time time;
    deduplication_table table(bounds(10));
    const auto first = table.begin("a", time.now);
    CHECK(first->state() == state::granted);
    CHECK(table.begin("a", time.now)->state() == state::under_way);
    CHECK(table.begin("b", time.now)->state() == state::granted);
    table.commit(*first, time.now);
    CHECK(table.begin("a", time.now)->state() == state::committed);
    const auto seen = table.statistics(time.now);
    CHECK(seen.committed == 1);
    CHECK(seen.under_way == 1);
    CHECK(seen.duplicates == 1);
    CHECK(seen.collisions == 1);
}

TEST_CASE("deduplication table: a forgotten key is granted again") {
    fake_time time;
    deduplication_table table(bounds(10));
    const auto first = table.begin("a", time.now);
    table.forget(*first, time.now);
    const auto second = table.begin("a", time.now);
    CHECK(second->state() == state::granted);
    CHECK(second->token() != first->token());
    table.forget(*first, time.now); // it is somebody else's by now
    CHECK(table.begin("a", time.now)->state() == state::under_way);
    table.commit(*second, time.now);
    table.forget(*second, time.now); // too late
    CHECK(table.begin("a", time.now)->state() == state::committed);
}

TEST_CASE("deduplication table: a committed key is remembered exactly for its time; asking does not prolong it") {
    fake_time time;
    deduplication_table table(bounds(10, 10s));
    handle_key(table, "a", time.now);
    time.advance(9'999ms);
    CHECK(table.begin("a", time.now)->state() == state::committed);
    time.advance(1ms);
    CHECK(table.statistics(time.now).committed == 0);
    CHECK(table.begin("a", time.now)->state() == state::granted);
    CHECK(table.statistics(time.now).evicted == 0);
}

TEST_CASE("deduplication table: the time counts from the commit") {
    fake_time time;
    deduplication_table table(bounds(10, 10s, 60s));
    const auto claim = table.begin("a", time.now);
    time.advance(50s);
    table.commit(*claim, time.now);
    time.advance(9'999ms);
    CHECK(table.begin("a", time.now)->state() == state::committed);
}

TEST_CASE("deduplication table: when it is full, the key that was asked for longest ago goes") {
    fake_time time;
    deduplication_table table(bounds(3));
    for (const char* key : {"a", "b", "c"}) handle_key(table, key, time.now);
    CHECK(table.begin("a", time.now)->state() == state::committed); // now b is the oldest
    handle_key(table, "d", time.now);
    CHECK(table.statistics(time.now).evicted == 1);
    CHECK(table.begin("a", time.now)->state() == state::committed);
    CHECK(table.begin("c", time.now)->state() == state::committed);
    CHECK(table.begin("d", time.now)->state() == state::committed);
    CHECK(table.begin("b", time.now)->state() == state::granted); // and a, asked for before c and d, goes
    CHECK(table.begin("a", time.now)->state() == state::granted);
    CHECK(table.statistics(time.now).evicted == 3);
}

TEST_CASE("deduplication table: what has expired goes before what has not") {
    fake_time time;
    deduplication_table table(bounds(2, 10s));
    handle_key(table, "old", time.now);
    time.advance(9s);
    handle_key(table, "young", time.now);
    CHECK(table.begin("old", time.now)->state() == state::committed); // used last, but its time ends first
    time.advance(1s);
    handle_key(table, "new", time.now);
    CHECK(table.begin("young", time.now)->state() == state::committed);
    CHECK(table.statistics(time.now).evicted == 0);
}

TEST_CASE("deduplication table: claims are not evicted; when all are claims, the next one is refused") {
    fake_time time;
    deduplication_table table(bounds(2));
    handle_key(table, "a", time.now);
    const auto b = table.begin("b", time.now);
    const auto c = table.begin("c", time.now); // a goes
    const auto d = table.begin("d", time.now);
    REQUIRE_FALSE(d.has_value());
    CHECK(d.error().code == errc::buffer_full);
    CHECK(d.error().message == "all of the 2 keys that the deduplication store may hold are under way");
    CHECK(table.begin("b", time.now)->state() == state::under_way);
    table.forget(*b, time.now);
    CHECK(table.begin("d", time.now)->state() == state::granted);
    CHECK(table.begin("c", time.now)->state() == state::under_way);
}

TEST_CASE("deduplication table: a claim lapses; its late owner may still commit, but not forget for another") {
    fake_time time;
    deduplication_table table(bounds(10, 10s, 60s));
    const auto dead = table.begin("a", time.now);
    time.advance(59'999ms);
    CHECK(table.begin("a", time.now)->state() == state::under_way);
    time.advance(1ms);
    const auto heir = table.begin("a", time.now);
    CHECK(heir->state() == state::granted);
    CHECK(table.statistics(time.now).lapsed == 1);
    table.forget(*dead, time.now);
    CHECK(table.begin("a", time.now)->state() == state::under_way);
    table.commit(*dead, time.now); // it was handled after all
    CHECK(table.begin("a", time.now)->state() == state::committed);
    time.advance(5s);
    table.commit(*heir, time.now); // twice: the time begins anew
    time.advance(9'999ms);
    CHECK(table.begin("a", time.now)->state() == state::committed);
    time.advance(1ms);
    CHECK(table.begin("a", time.now)->state() == state::granted);
    const auto b = table.begin("b", time.now);
    time.advance(60s);
    table.commit(*b, time.now);
    CHECK(table.begin("b", time.now)->state() == state::committed);
}

TEST_CASE("deduplication table: a late commit finds no room among claims, and evicts nothing of them") {
    fake_time time;
    deduplication_table table(bounds(1, 10s, 60s));
    const auto late = table.begin("a", time.now);
    time.advance(60s);
    CHECK(table.begin("b", time.now)->state() == state::granted);
    table.commit(*late, time.now);
    CHECK(table.statistics(time.now).committed == 0);
    CHECK(table.statistics(time.now).evicted == 1);
    CHECK(table.begin("b", time.now)->state() == state::under_way);
}

TEST_CASE("deduplication table: keys of 1 to 1,024 bytes") {
    fake_time time;
    deduplication_table table(bounds(10));
    CHECK(table.begin("", time.now).error().message == "a deduplication key has 0 bytes: it must have 1 to 1024");
    CHECK(table.begin(std::string(1024, 'k'), time.now)->state() == state::granted);
    CHECK(table.begin(std::string(1025, 'k'), time.now).error().code == errc::invalid_argument);
}

TEST_CASE("deduplication table: 200,000 random steps as a slow model has them") {
    struct row {
        std::string key;
        bool committed = false;
        std::uint64_t token = 0;
        time_point until;
        int used = 0;
    };
    std::mt19937 random(20260101);
    const auto pick = [&random](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
    const auto limits = bounds(5, 20ms, 30ms);
    deduplication_table table(limits);
    std::vector<row> model;
    std::vector<deduplication_claim> claims;
    fake_time time;
    int step = 0;
    std::uint64_t evicted = 0;
    const auto find = [&model](const std::string& key) { return std::ranges::find(model, key, &row::key); };
    const auto room = [&] {
        if (model.size() < limits.most_keys) return true;
        auto oldest = model.end();
        for (auto at = model.begin(); at != model.end(); ++at) {
            if (at->committed && (oldest == model.end() || at->used < oldest->used)) oldest = at;
        }
        if (oldest == model.end()) return false;
        model.erase(oldest);
        ++evicted;
        return true;
    };
    for (; step < 200'000; ++step) {
        time.advance(std::chrono::milliseconds(pick(4)));
        std::erase_if(model, [&time](const row& one) { return one.until <= time.now; });
        const int what = pick(4);
        if (what < 2 || claims.empty()) {
            const std::string key(1, static_cast<char>('a' + pick(9)));
            const auto got = table.begin(key, time.now);
            if (const auto known = find(key); known != model.end()) {
                REQUIRE(got->state() == (known->committed ? state::committed : state::under_way));
                known->used = step;
            } else if (room()) {
                REQUIRE(got->state() == state::granted);
                model.push_back({key, false, got->token(), time.now + limits.claim_time, step});
                claims.push_back(*got);
            } else {
                REQUIRE(got.error().code == errc::buffer_full);
            }
        } else {
            const auto at = claims.begin() + pick(static_cast<int>(claims.size()));
            const deduplication_claim claim = *at;
            if (pick(3) > 0) claims.erase(at); // else it is settled twice
            const auto known = find(claim.key());
            if (what == 2) {
                table.commit(claim, time.now);
                const row committed{claim.key(), true, 0, time.now + limits.time_to_live, step};
                if (known != model.end()) *known = committed;
                else if (room()) model.push_back(committed);
                else ++evicted;
            } else {
                table.forget(claim, time.now);
                if (known != model.end() && !known->committed && known->token == claim.token()) model.erase(known);
            }
        }
        const auto seen = table.statistics(time.now);
        REQUIRE(seen.committed + seen.under_way == model.size());
        REQUIRE(model.size() <= limits.most_keys);
        REQUIRE(seen.evicted == evicted);
    }
    CHECK(evicted > 1000);
    CHECK(table.statistics(time.now).lapsed > 1000);
}

TEST_CASE("memory store: options out of range are refused with the value and the rule") {
    const auto refusal = [](const memory_deduplication_options& options) {
        try {
            const memory_deduplication_store store(options);
        } catch (const sluice::error& failure) {
            return failure.info().message;
        }
        return std::string("accepted");
    };
    CHECK(refusal(bounds(1)) == "accepted");
    CHECK(refusal(bounds(0)) == "most_keys is 0: it must be 1 or more");
    CHECK(refusal(bounds(1, 0ms)) == "time_to_live is 0 ms: it must be more than 0 and at most ten years");
    CHECK(refusal(bounds(1, 1s, std::chrono::milliseconds::max())).find("claim_time is ") == 0);
}

} // namespace middleware_deduplication_table_test
