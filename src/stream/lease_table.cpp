#include "stream/lease_table.hpp"

#include "protocol/limits.hpp"

#include <algorithm>

namespace sluice::stream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using time_point = lease_table::time_point;

/// With six tenths of the time gone there is room for a second and a third try.
time_point when_to_renew(time_point from, time_point until) noexcept { return from + (until - from) * 6 / 10; }

} // namespace

time_point ours_until(time_point asked, seconds visibility) noexcept {
    const milliseconds whole = visibility;
    return asked + (whole > milliseconds(2000) ? whole - milliseconds(1000) : whole / 2);
}

lease_id lease_table::add(std::string receipt_handle, time_point received) {
    const auto at = leases_.emplace(++last_, entry()).first;
    at->second.handle = std::move(receipt_handle);
    // The service counted from before its answer came: twelve hours of ours would be more than twelve of its.
    constexpr seconds most(limits::visibility_seconds - 60);
    at->second.longest = received + std::min(limits_.longest, most);
    begin(at->second, limits_.visibility, received);
    note(at);
    return last_;
}

void lease_table::received_again(lease_id again, std::string receipt_handle, time_point received) {
    const auto at = leases_.find(again);
    at->second.handle = std::move(receipt_handle);
    if (!at->second.lost) begin(at->second, limits_.visibility, received);
    if (at->second.settling) at->second.next_try = time_point::max();
    note(at);
}

void lease_table::begin(entry& one, seconds visibility, time_point asked) {
    one.ours_until = ours_until(asked, visibility);
    one.next_try = limits_.renew ? when_to_renew(asked, one.ours_until) : time_point::max();
}

std::vector<lease_table::renewal> lease_table::take_due(time_point now) {
    const auto nearly = now + std::min<milliseconds>(milliseconds(limits_.visibility) / 10, seconds(1));
    std::vector<renewal> due;
    std::vector<place> looked_at;
    for (auto next = agenda_.begin(); next != agenda_.end() && next->first <= nearly; ++next) {
        const auto at = leases_.find(next->second);
        entry& one = at->second;
        if (one.next_try > nearly || one.ours_until <= now) continue;
        const auto rest = std::chrono::floor<seconds>(one.longest - now);
        const seconds timeout = std::min(limits_.visibility, rest);
        one.next_try = time_point::max();
        looked_at.push_back(at);
        if (timeout < seconds(1) || ours_until(now, timeout) <= one.ours_until) continue; // it gains nothing
        ++one.renewals;
        renewal wanted;
        wanted.lease = at->first;
        wanted.receipt_handle = one.handle;
        wanted.timeout = timeout;
        wanted.asked = now;
        due.push_back(std::move(wanted));
    }
    for (const place& at : looked_at) note(at);
    return due;
}

void lease_table::renewed(const renewal& done) {
    const auto at = leases_.find(done.lease);
    if (at == leases_.end()) return;
    --at->second.renewals;
    if (at->second.lost || at->second.handle != done.receipt_handle) return; // the newest handle's time counts
    begin(at->second, done.timeout, done.asked);
    if (at->second.settling) at->second.next_try = time_point::max();
    note(at);
}

void lease_table::not_renewed(const renewal& failed, bool for_good, time_point now) {
    const auto at = leases_.find(failed.lease);
    if (at == leases_.end()) return;
    entry& one = at->second;
    --one.renewals;
    if (one.lost) return;
    if (for_good && one.handle == failed.receipt_handle) return lose(at); // a newer handle may be good
    if (!one.settling)
        one.next_try = now + std::clamp<milliseconds>(std::chrono::floor<milliseconds>(one.ours_until - now) / 4,
                                                      milliseconds(50), milliseconds(5000));
    note(at);
}

std::vector<lease_id> lease_table::take_lost(time_point now) {
    std::vector<place> over;
    for (auto next = agenda_.begin(); next != agenda_.end() && next->first <= now; ++next) {
        const auto at = leases_.find(next->second);
        if (at->second.ours_until <= now) over.push_back(at);
    }
    for (const place& at : over) lose(at);
    return std::exchange(lost_, {});
}

void lease_table::lose(place at) {
    at->second.lost = true;
    at->second.next_try = time_point::max();
    lost_.push_back(at->first);
    note(at);
}

bool lease_table::settle(lease_id settled) {
    const auto at = leases_.find(settled);
    if (at == leases_.end()) return false;
    at->second.settling = true;
    at->second.next_try = time_point::max();
    note(at);
    return at->second.renewals > 0;
}

void lease_table::remove(lease_id gone) {
    const auto at = leases_.find(gone);
    if (at == leases_.end()) return;
    if (at->second.noted) agenda_.erase({*at->second.noted, gone});
    leases_.erase(at);
    std::erase(lost_, gone);
}

void lease_table::note(place at) {
    entry& one = at->second;
    if (one.noted) agenda_.erase({*one.noted, at->first});
    one.noted.reset();
    if (one.lost) return;
    one.noted = std::min(one.next_try, one.ours_until);
    agenda_.emplace(*one.noted, at->first);
}

std::optional<time_point> lease_table::next_event() const {
    if (!lost_.empty()) return time_point::min();
    if (agenda_.empty()) return std::nullopt;
    return agenda_.begin()->first;
}

bool lease_table::is_ours(lease_id asked, time_point now) const {
    const auto at = leases_.find(asked);
    return at != leases_.end() && !at->second.lost && at->second.ours_until > now;
}

bool lease_table::is_being_renewed(lease_id asked) const {
    const auto at = leases_.find(asked);
    return at != leases_.end() && at->second.renewals > 0;
}

} // namespace sluice::stream
