// How a reader keeps its messages and lets them go.
#include "stream/reader_core.hpp"

#include "client/retry.hpp"
#include "protocol/limits.hpp"
#include "session/session_state.hpp"
#include "stream/delivery_retries.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace sluice::sqs::detail {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

error_info not_ours() {
    return {errc::lease_lost,
            "the visibility timeout of the message has passed, or could not be renewed: somebody else "
            "may have it. It was neither deleted nor released"};
}
/// Keeps the handles whose turn failed, and tells the first reason.
result<void> keep_failed(std::vector<std::string>& handles, const std::vector<result<void>>& outcomes) {
    result<void> first;
    std::vector<std::string> left;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i]) continue;
        if (left.empty()) first = outcomes[i];
        left.push_back(std::move(handles[i]));
    }
    handles = std::move(left);
    return first;
}

error_info settled_before() { return {errc::invalid_argument, "the message was acknowledged or released before"}; }

} // namespace

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
        hand_back(behind, out);
        return;
    }
    ++seen_.lost_leases;
    message.lost = true;
    if (const auto running = message.handler.lock()) {
        cancel_handler(running, running_handler::end::lease_is_lost, out);
    }
    hand_back(order_.drop_rest(group), out);
}

void reader_core::hand_back(const std::vector<lease_id>& unread, effects& out) {
    for (const lease_id one : unread) {
        out.hand_back.push_back(leases_.receipt_handle(one));
        tell(out, held_.at(one).message_id, settlement::released);
        forget(one);
    }
}

void reader_core::forget(lease_id gone) {
    const auto at = held_.find(gone);
    if (at == held_.end()) return;
    permits_.gave_back(at->second.bytes);
    leases_.remove(gone);
    const auto known = by_message_id_.find(at->second.message_id);
    if (known != by_message_id_.end() && known->second == gone) by_message_id_.erase(known);
    const bool was_taken = at->second.at != stage::buffered;
    const std::string group = std::move(at->second.group);
    held_.erase(at);
    if (was_taken && !group.empty()) order_.done(group);
    if (leases_.size() == 0 && keeper_wake_) keeper_wake_->set();
}

void reader_core::drop(lease_id lease) noexcept {
    try {
        effects out;
        {
            const std::lock_guard lock(mutex_);
            const auto at = held_.find(lease);
            if (at == held_.end() || at->second.at == stage::settling) return;
            if (!at->second.lost) {
                ++seen_.dropped;
                tell(out, at->second.message_id, settlement::dropped);
            }
            hand_back(order_.drop_rest(at->second.group), out);
            forget(lease);
            go_on(out);
        }
        carry_out(std::move(out));
    } catch (const std::exception&) { // no memory: its lease ends it
    }
}

reader_core::time_point reader_core::end_of_lease(lease_id lease) const {
    const std::lock_guard lock(mutex_);
    const auto at = held_.find(lease);
    if (at == held_.end() || at->second.lost) return time_point::min();
    return leases_.end_of(lease);
}

awaitable<void> reader_core::acknowledge(lease_id lease) { return run_settle(shared_from_this(), lease, farewell()); }

awaitable<void> reader_core::release(lease_id lease, seconds delay) {
    farewell back;
    back.acknowledged = false;
    back.delay = delay;
    return run_settle(shared_from_this(), lease, back);
}

awaitable<void> reader_core::run_settle([[maybe_unused]] std::shared_ptr<reader_core> self, lease_id lease,
                                        farewell how) {
    if (how.delay.count() < 0 || how.delay.count() > limits::visibility_seconds) {
        throw error(error_info(errc::invalid_argument, "the delay of " + std::to_string(how.delay.count()) +
                                                           " s is not allowed: 0 to 43200 s (12 h)"));
    }
    auto outcome = co_await settle(lease, how);
    outcome.value();
}

void reader_core::acknowledge_in_background(lease_id lease) {
    // Begun now: the delivery may be gone before a coroutine runs.
    settle_in_background(begin_settling(lease, farewell()).value());
}

void reader_core::settle_in_background(settling begun, std::function<void()> then) {
    {
        const std::lock_guard lock(mutex_);
        ++settling_;
    }
    asio::co_spawn(executor_, run_settle_in_background(shared_from_this(), std::move(begun), std::move(then)),
                   asio::detached);
}

awaitable<void> reader_core::run_settle_in_background([[maybe_unused]] std::shared_ptr<reader_core> self,
                                                      settling begun, std::function<void()> then) {
    co_await finish_settling(std::move(begun));
    const std::lock_guard lock(mutex_);
    --settling_;
    if (then) then();
    notice_ends();
}

awaitable<result<void>> reader_core::settle(lease_id lease, farewell how) {
    auto begun = begin_settling(lease, how);
    if (!begun) co_return result<void>(begun.error());
    auto outcome = co_await finish_settling(std::move(*begun));
    co_return outcome;
}

result<reader_core::settling> reader_core::begin_settling(lease_id lease, farewell how) {
    const std::lock_guard lock(mutex_);
    const auto at = held_.find(lease);
    if (at == held_.end() || at->second.at == stage::settling) return settled_before();
    if (at->second.lost || !leases_.is_ours(lease, steady_clock::now())) {
        if (how.acknowledged) done_.add(at->second.message_id);
        return not_ours();
    }
    at->second.at = stage::settling;
    settling begun;
    begun.lease = lease;
    begun.how = how;
    if (leases_.settle(lease)) {
        begun.renewed = std::make_shared<one_shot_event>(executor_);
        at->second.awaits_renewal.push_back(begun.renewed);
    }
    return begun;
}

awaitable<result<void>> reader_core::finish_settling(settling begun) {
    co_await asio::this_coro::throw_if_cancelled(false); // whatever happens, the message is forgotten at the end
    // Its heartbeat must not hide again what is given back.
    if (begun.renewed) co_await begun.renewed->wait_until(time_point::max());
    const auto first = steady_clock::now();
    std::vector<std::string> handles = handles_to_settle(begun.lease, begun.how.acknowledged);
    const std::size_t messages = handles.size();
    result<void> outcome;
    std::string own = handles.front();
    bool own_is_left = true; // then it is the first one
    for (int tries = 1;; ++tries) {
        const auto outcomes = co_await send_settling(begun.how, handles);
        if (own_is_left) outcome = outcomes.front();
        const result<void> failed = keep_failed(handles, outcomes);
        if (own_is_left && outcome) {
            // Received again meanwhile: what was said of the old handle may have had no effect.
            own_is_left = newest_handle_if_new(begun.lease, own, handles);
        }
        const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        if (handles.empty() || state.cancelled() != asio::cancellation_type::none) break;
        if (failed) continue;
        const auto pause = stream::next_try(failed.error(), tries, steady_clock::now() - first,
                                            time_to_settle(begun.lease, first), session_->caller()->random());
        if (!pause) break;
        one_shot_event rest(executor_);
        co_await rest.wait_until(steady_clock::now() + *pause);
    }
    end_settling(begun, messages, outcome);
    co_return outcome;
}

awaitable<std::vector<result<void>>> reader_core::send_settling(farewell how, std::vector<std::string> handles) {
    if (how.acknowledged) {
        std::vector<stream::delete_channel::addressed> deletes;
        for (std::string& handle : handles) deletes.push_back(stream::addressed(std::move(handle)));
        return deletes_->push_all(std::move(deletes));
    }
    std::vector<stream::visibility_channel::addressed> changes;
    for (std::string& handle : handles) {
        changes.push_back(stream::addressed(visibility_change(std::move(handle), how.delay)));
    }
    return visibility_changes_->push_all(std::move(changes));
}

std::vector<std::string> reader_core::handles_to_settle(lease_id lease, bool acknowledged) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> handles(1, leases_.receipt_handle(lease));
    if (acknowledged) return handles;
    for (const lease_id behind : order_.drop_rest(held_.at(lease).group)) {
        handles.push_back(leases_.receipt_handle(behind));
        forget(behind);
    }
    return handles;
}

bool reader_core::newest_handle_if_new(lease_id lease, std::string& used, std::vector<std::string>& handles) const {
    const std::lock_guard lock(mutex_);
    if (leases_.receipt_handle(lease) == used) return false;
    used = leases_.receipt_handle(lease);
    handles.insert(handles.begin(), used);
    return true;
}

reader_core::time_point::duration reader_core::time_to_settle(lease_id lease, time_point first) const {
    const std::lock_guard lock(mutex_);
    return std::max(leases_.end_of(lease) - first, time_point::duration(1));
}

void reader_core::end_settling(const settling& begun, std::size_t messages, const result<void>& outcome) {
    const bool acknowledged = begun.how.acknowledged;
    effects out;
    {
        const std::lock_guard lock(mutex_);
        const held_message& message = held_.at(begun.lease);
        if (outcome && acknowledged) ++seen_.acknowledged;
        else if (outcome) seen_.released += messages;
        else if (acknowledged) ++seen_.failed_acknowledgements;
        if (!outcome && acknowledged) {
            done_.add(message.message_id);
            hand_back(order_.drop_rest(message.group), out); // it comes again, and they must not come before it
        }
        tell(out, message.message_id, acknowledged ? settlement::acknowledged : settlement::released, outcome);
        forget(begun.lease);
        go_on(out);
    }
    carry_out(std::move(out));
}

} // namespace sluice::sqs::detail
