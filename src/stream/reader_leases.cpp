// How a reader keeps its messages.
#include "stream/reader_core.hpp"

#include "client/retry.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

namespace sluice::sqs::detail {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::steady_clock;

void reader_core::start_keeper_if_needed() {
    const auto event = leases_.next_event().value_or(time_point::max());
    if (keeper_wake_) {
        if (event < keeper_until_) keeper_wake_->set();
        return;
    }
    keeper_wake_ = std::make_shared<one_shot_event>(executor_);
    keeper_until_ = time_point::min(); // it looks for itself first
    asio::post(executor_, [self = shared_from_this()] {
        asio::co_spawn(self->executor_, self->run_lease_keeper(self), asio::detached);
    });
}

awaitable<void> reader_core::run_lease_keeper([[maybe_unused]] std::shared_ptr<reader_core> self) {
    while (true) {
        std::vector<stream::lease_table::renewal> due;
        std::shared_ptr<one_shot_event> wake;
        time_point until;
        effects out;
        const bool goes_on = keep_leases(due, wake, until, out);
        carry_out(std::move(out));
        for (stream::lease_table::renewal& one : due) {
            asio::co_spawn(executor_, run_renewal(shared_from_this(), std::move(one)), asio::detached);
        }
        if (!goes_on) co_return;
        co_await wake->wait_until(until);
    }
}

bool reader_core::keep_leases(std::vector<stream::lease_table::renewal>& due, std::shared_ptr<one_shot_event>& wake,
                              time_point& until, effects& out) {
    const std::lock_guard lock(mutex_);
    const auto now = steady_clock::now();
    due = leases_.take_due(now);
    for (const lease_id one : leases_.take_lost(now)) lose(one, out);
    go_on(out);
    if (leases_.size() == 0) { // the next message starts it again
        keeper_wake_ = nullptr;
        return false;
    }
    until = leases_.next_event().value_or(time_point::max());
    keeper_until_ = until;
    keeper_wake_ = std::make_shared<one_shot_event>(executor_);
    wake = keeper_wake_;
    return true;
}

awaitable<void> reader_core::run_renewal([[maybe_unused]] std::shared_ptr<reader_core> self,
                                         stream::lease_table::renewal wanted) {
    visibility_change change(wanted.receipt_handle, wanted.timeout);
    const auto outcome = co_await visibility_changes_->push(stream::addressed(std::move(change)));
    end_renewal(wanted, outcome);
}

void reader_core::end_renewal(const stream::lease_table::renewal& done, const result<void>& outcome) {
    effects out;
    note_renewal(done, outcome, out);
    carry_out(std::move(out));
}

void reader_core::note_renewal(const stream::lease_table::renewal& done, const result<void>& outcome, effects& out) {
    const std::lock_guard lock(mutex_);
    const auto at = held_.find(done.lease);
    if (outcome) {
        ++seen_.renewals;
        leases_.renewed(done);
    } else {
        ++seen_.failed_renewals;
        const bool for_good = calls::kind_of(outcome.error()) == calls::failure_kind::permanent &&
                              outcome.error().code == errc::service_error; // not a missing right, which may come
        leases_.not_renewed(done, for_good, steady_clock::now());
        if (options_.observer && at != held_.end()) {
            out.events.emplace_back([id = at->second.message_id, failure = outcome.error()](reader_observer& seen) {
                seen.renewal_failed(id, failure);
            });
        }
    }
    if (at != held_.end()) {
        for (const auto& waiting : at->second.awaits_renewal) waiting->set();
        at->second.awaits_renewal.clear();
    }
    if (keeper_wake_ && leases_.next_event().value_or(time_point::max()) < keeper_until_) keeper_wake_->set();
}

void reader_core::lose(lease_id lost, effects& out) {
    const auto at = held_.find(lost);
    if (at == held_.end() || at->second.at == stage::settling) return; // who settles it sees when its time is over
    held_message& message = at->second;
    const std::string group = message.group;
    tell(out, message.message_id, settlement::lost);
    if (message.at == stage::buffered) {
        ++seen_.expired;
        std::vector<lease_id> behind = order_.drop(lost, group);
        if (!behind.empty()) behind.erase(behind.begin()); // itself
        forget(lost);
        hand_back(std::move(behind), out);
        return;
    }
    ++seen_.lost_leases;
    message.lost = true;
    if (auto running = message.handler.lock()) {
        cancel_handler(running, running_handler::end::lease_is_lost, out);
        out.keep.push_back(std::move(running));
    }
    hand_back(order_.drop_rest(group), out);
}

void reader_core::hand_back(std::vector<lease_id> unread, effects& out) {
    if (unread.empty()) return;
    farewell at_once;
    at_once.acknowledged = false;
    out.settle.push_back(claim_for(std::move(unread), at_once));
    ++in_background_;
}

void reader_core::forget(lease_id gone) {
    const auto at = held_.find(gone);
    if (at == held_.end()) return;
    permits_.gave_back(at->second.bytes);
    leases_.remove(gone);
    const auto known = by_message_id_.find(at->second.message_id);
    if (known != by_message_id_.end() && known->second == gone) by_message_id_.erase(known);
    const bool group_waits = at->second.is_out;
    const std::string group = std::move(at->second.group);
    held_.erase(at);
    if (group_waits && !group.empty()) order_.done(group);
    if (leases_.size() == 0 && keeper_wake_) keeper_wake_->set();
}

void reader_core::drop(lease_id lease) noexcept {
    try {
        effects out;
        {
            const std::lock_guard lock(mutex_);
            const auto at = held_.find(lease);
            if (at == held_.end() || at->second.at == stage::settling) return;
            if (!at->second.lost) { // else the rest of its group went then, and what is there came again
                ++seen_.dropped;
                tell(out, at->second.message_id, settlement::dropped);
                hand_back(order_.drop_rest(at->second.group), out);
            }
            forget(lease);
            go_on(out);
        }
        carry_out(std::move(out));
    } catch (const std::exception&) {
        return; // no memory: its lease ends it
    }
}

reader_core::time_point reader_core::end_of_lease(lease_id lease) const {
    const std::lock_guard lock(mutex_);
    const auto at = held_.find(lease);
    if (at == held_.end() || at->second.lost) return time_point::min();
    return leases_.end_of(lease);
}

} // namespace sluice::sqs::detail
