// Until when messages are ours, when their time is renewed, and that none is kept too long.
#include "stream/lease_table.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

namespace lease_table_test {

using namespace std::chrono_literals;
using namespace sluice::stream;
using time_point = lease_table::time_point;

namespace {

lease_limits of(std::chrono::seconds visibility, std::chrono::seconds longest = 1h, bool renew = true) {
    lease_limits limits;
    limits.visibility = visibility;
    limits.longest = longest;
    limits.renew = renew;
    return limits;
}

const time_point start = time_point(1000h);

} // namespace

TEST_CASE("leases: a second is kept back from the visibility timeout, or half of a short one") {
    CHECK(ours_until(start, 30s) == start + 29s);
    CHECK(ours_until(start, 3s) == start + 2s);
    CHECK(ours_until(start, 2s) == start + 1s);
    CHECK(ours_until(start, 1s) == start + 500ms);
}

TEST_CASE("leases: renewed when six tenths of the time are over, for a whole timeout from then on") {
    lease_table leases(of(30s));
    const lease_id one = leases.add("h", start);
    const auto due = start + 17'400ms;
    CHECK(leases.next_event() == due);
    CHECK(leases.take_due(due - 2s).empty());
    auto renewals = leases.take_due(due);
    REQUIRE(renewals.size() == 1);
    CHECK(renewals[0].lease == one);
    CHECK(renewals[0].receipt_handle == "h");
    CHECK(renewals[0].timeout == 30s);
    CHECK(leases.is_being_renewed(one));
    CHECK(leases.take_due(due + 1s).empty()); // it is under way
    leases.renewed(renewals[0]);
    CHECK_FALSE(leases.is_being_renewed(one));
    CHECK(leases.end_of(one) == due + 29s);
    CHECK(leases.take_lost(start + 29s).empty());
    CHECK(leases.is_ours(one, due + 28s));
    CHECK_FALSE(leases.is_ours(one, due + 29s));
}

TEST_CASE("leases: those that are nearly due go along") {
    lease_table leases(of(30s));
    leases.add("a", start);
    leases.add("b", start + 900ms);
    leases.add("c", start + 1100ms);
    CHECK(leases.take_due(start + 17'400ms).size() == 2);
}

TEST_CASE("leases: a renewal that fails is tried again while there is time, then the lease is lost, once") {
    lease_table leases(of(30s));
    const lease_id one = leases.add("h", start);
    auto now = start + 17'400ms;
    int tries = 0;
    for (; now < start + 29s; ++tries) {
        const auto renewals = leases.take_due(now);
        REQUIRE(renewals.size() == 1);
        leases.not_renewed(renewals[0], false, now);
        REQUIRE(leases.next_event().has_value());
        REQUIRE(*leases.next_event() > now);
        now = *leases.next_event();
    }
    CHECK(tries > 5);
    CHECK(now == start + 29s);
    CHECK(leases.take_due(now).empty());
    CHECK(leases.take_lost(now) == std::vector<lease_id>{one});
    CHECK(leases.take_lost(now + 1h).empty());
    CHECK_FALSE(leases.next_event().has_value());
    CHECK(leases.size() == 1); // until it is removed
    leases.remove(one);
    CHECK(leases.size() == 0);
}

TEST_CASE("leases: what the service says is not ours is lost at once; a newer handle may be good") {
    lease_table leases(of(30s));
    const lease_id one = leases.add("old", start);
    const lease_id other = leases.add("o", start);
    auto renewals = leases.take_due(start + 18s);
    REQUIRE(renewals.size() == 2);
    leases.received_again(one, "new", start + 18s);
    for (const auto& renewal : renewals) leases.not_renewed(renewal, true, start + 18s);
    CHECK(leases.next_event() == time_point::min());
    CHECK(leases.take_lost(start + 18s) == std::vector<lease_id>{other});
    CHECK(leases.receipt_handle(one) == "new");
    CHECK(leases.end_of(one) == start + 18s + 29s);
}

TEST_CASE("leases: settled, a message is not renewed any more; one renewal may be under way") {
    lease_table leases(of(30s));
    const lease_id idle = leases.add("a", start);
    const lease_id busy = leases.add("b", start + 5s);
    CHECK_FALSE(leases.settle(idle));
    const auto renewals = leases.take_due(start + 5s + 18s);
    REQUIRE(renewals.size() == 1);
    CHECK(leases.settle(busy));
    leases.renewed(renewals[0]);
    CHECK_FALSE(leases.is_being_renewed(busy));
    CHECK(leases.take_due(start + 10h).empty());
    leases.remove(idle);
    leases.remove(busy);
    leases.renewed(renewals[0]); // a late answer for one that is gone
    CHECK(leases.size() == 0);
}

TEST_CASE("leases: no renewal reaches beyond the longest time, nor beyond 12 h") {
    for (const std::chrono::seconds longest : {std::chrono::seconds(100s), std::chrono::seconds(20h)}) {
        lease_table leases(of(30s, longest));
        const lease_id one = leases.add("h", start);
        const auto most = std::min<std::chrono::seconds>(longest, 12h - 60s);
        auto now = start;
        while (leases.take_lost(now).empty()) {
            for (const auto& renewal : leases.take_due(now)) {
                CHECK(renewal.timeout >= 1s);
                REQUIRE(now + renewal.timeout <= start + most);
                leases.renewed(renewal);
            }
            REQUIRE(leases.next_event().has_value());
            now = std::max(now, *leases.next_event());
        }
        CHECK(now > start + most - 15s);
        CHECK(now <= start + most);
        CHECK_FALSE(leases.is_ours(one, now));
    }
}

TEST_CASE("leases: without renewals a message is ours for one visibility timeout") {
    lease_table leases(of(30s, 1h, false));
    const lease_id one = leases.add("h", start);
    CHECK(leases.next_event() == start + 29s);
    CHECK(leases.take_due(start + 28s).empty());
    CHECK(leases.take_lost(start + 29s) == std::vector<lease_id>{one});
}

// The queue as the service sees it: each message is hidden until its timeout, which may be set while it is hidden, to
// at most 12 h after the receive. Replies take their time, get lost or say no; the clock of the service starts before
// the message reaches us. Once a message is to be deleted or given back, its timeout is not touched any more.
void play_random(std::chrono::seconds visibility, int longest_step_ms, std::size_t at_least_lost) {
    std::mt19937_64 random(20261124);
    const auto upto = [&random](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
    struct hidden {
        time_point received; ///< by the service's clock
        time_point until;
        bool settling = false;
    };
    lease_table leases(of(visibility, 12h));
    std::map<lease_id, hidden> messages;
    std::vector<lease_table::renewal> under_way;
    std::size_t renewed = 0;
    std::size_t lost = 0;
    std::size_t settled = 0;
    std::size_t again = 0;
    auto now = start;
    const auto pick = [&] { return std::next(messages.begin(), upto(static_cast<int>(messages.size()) - 1)); };
    const auto settle = [&](lease_id one) {
        ++settled;
        leases.remove(one);
        messages.erase(one);
    };
    for (int step = 0; step < 200'000; ++step) {
        now += std::chrono::milliseconds(upto(longest_step_ms));
        for (const lease_id one : leases.take_lost(now)) {
            ++lost;
            leases.remove(one);
            messages.erase(one);
        }
        for (auto& one : leases.take_due(now)) {
            REQUIRE_FALSE(messages.at(one.lease).settling);
            under_way.push_back(std::move(one));
        }
        // What we take for ours, the service hides from others.
        for (const auto& [one, model] : messages) {
            if (leases.is_ours(one, now)) REQUIRE(model.until > now);
        }
        switch (upto(6)) {
        case 0:
            if (messages.size() < 50) {
                const auto before = now - std::chrono::milliseconds(upto(900)); // the way of the reply
                messages[leases.add("h", now)] = hidden{before, before + visibility};
            }
            break;
        case 1:
            if (!messages.empty()) {
                const auto at = pick();
                if (at->second.settling) break;
                at->second.settling = true;
                if (!leases.settle(at->first)) settle(at->first); // else when its renewal has ended
            }
            break;
        case 2: // the queue gives it out once more, as standard queues may
            if (!messages.empty()) {
                const auto at = pick();
                if (!leases.is_ours(at->first, now)) break;
                ++again;
                at->second.until = now + visibility;
                leases.received_again(at->first, "h", now);
            }
            break;
        default:
            if (under_way.empty()) break;
            std::swap(under_way[static_cast<std::size_t>(upto(static_cast<int>(under_way.size()) - 1))],
                      under_way.back());
            const lease_table::renewal done = std::move(under_way.back());
            under_way.pop_back();
            const auto at = messages.find(done.lease);
            const int fate = upto(9);
            if (at != messages.end() && fate > 1 && at->second.until > now) { // carried out
                REQUIRE(now + done.timeout <= at->second.received + 12h);
                at->second.until = now + done.timeout;
            }
            if (fate > 2) {
                if (at == messages.end() || at->second.until > now) leases.renewed(done);
                else leases.not_renewed(done, true, now);
                ++renewed;
            } else {
                leases.not_renewed(done, false, now); // not carried out, or the reply was lost
            }
            if (at != messages.end() && at->second.settling) settle(done.lease);
        }
    }
    CHECK(renewed > 1'000);
    CHECK(settled > 10'000);
    CHECK(again > 1'000);
    CHECK(lost >= at_least_lost);
    MESSAGE("renewed " << renewed << ", settled " << settled << ", received again " << again << ", lost " << lost);
}

TEST_CASE("leases: 200,000 random steps against a model of visibility") { play_random(20s, 400, 100); }

TEST_CASE("leases: 200,000 random steps with timeouts of an hour, against the limit of 12 h") {
    play_random(3600s, 600'000, 100);
}

} // namespace lease_table_test
