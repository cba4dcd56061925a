// How a message leaves a reader: deleted or given back.
#include "stream/reader_core.hpp"

#include "protocol/limits.hpp"
#include "session/session_state.hpp"
#include "stream/delivery_retries.hpp"
#include "stream/settle_attempt.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
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
error_info settled_before() { return {errc::invalid_argument, "the message was acknowledged or released before"}; }

/// What a caller that does not wait any more finds later.
struct awaited_outcome {
    explicit awaited_outcome(const boost::asio::any_io_executor& executor) : there(executor) {}
    one_shot_event there;
    result<void> outcome;
};

} // namespace

awaitable<void> reader_core::acknowledge(lease_id lease) { return run_settle(shared_from_this(), lease, farewell()); }

awaitable<void> reader_core::release(lease_id lease, seconds delay) {
    farewell back;
    back.acknowledged = false;
    back.delay = delay;
    return run_settle(shared_from_this(), lease, back);
}

void reader_core::acknowledge_in_background(lease_id lease) {
    // Begun now: the delivery may be gone before a coroutine runs.
    settle_in_background(begin_settling(lease, farewell()).value());
}

// What was processed is deleted, whoever stops waiting for it: a cancellation ends the wait alone.
awaitable<void> reader_core::run_settle([[maybe_unused]] std::shared_ptr<reader_core> self, lease_id lease,
                                        farewell how) {
    if (how.delay.count() < 0 || how.delay.count() > limits::visibility_seconds) {
        throw error(error_info(errc::invalid_argument, "the delay of " + std::to_string(how.delay.count()) +
                                                           " s is not allowed: 0 to 43200 s (12 h)"));
    }
    auto begun = begin_settling(lease, how);
    if (!begun) throw error(begun.error());
    auto awaited = std::make_shared<awaited_outcome>(executor_);
    settle_in_background(std::move(*begun), [awaited](const result<void>& outcome) {
        awaited->outcome = outcome;
        awaited->there.set();
    });
    co_await awaited->there.wait_until(time_point::max());
    if (!awaited->there.is_set()) {
        error_info gone(errc::unknown_outcome, "cancelled while the message was settled, which goes on");
        gone.may_have_been_applied = true;
        throw error(std::move(gone));
    }
    awaited->outcome.value();
}

void reader_core::settle_in_background(settling begun, when_settled then) {
    {
        const std::lock_guard lock(mutex_);
        ++in_background_;
    }
    settle_counted(std::move(begun), std::move(then));
}

void reader_core::settle_counted(settling begun, when_settled then) {
    asio::co_spawn(executor_, run_settle_in_background(shared_from_this(), std::move(begun), std::move(then)),
                   asio::detached);
}

awaitable<void> reader_core::run_settle_in_background([[maybe_unused]] std::shared_ptr<reader_core> self,
                                                      settling begun, when_settled then) {
    const auto outcome = co_await finish_settling(std::move(begun));
    const std::lock_guard lock(mutex_);
    if (then) then(outcome);
    end_in_background();
}

result<reader_core::settling> reader_core::begin_settling(lease_id lease, farewell how) {
    const std::lock_guard lock(mutex_);
    const auto at = held_.find(lease);
    if (at == held_.end() || at->second.at == stage::settling) return settled_before();
    if (at->second.lost || !leases_.is_ours(lease, steady_clock::now())) {
        if (how.acknowledged) done_.add(at->second.message_id);
        return not_ours();
    }
    std::vector<lease_id> leases(1, lease);
    if (!how.acknowledged) {
        const std::vector<lease_id> behind = order_.drop_rest(at->second.group);
        leases.insert(leases.end(), behind.begin(), behind.end());
    }
    return claim_for(std::move(leases), how);
}

reader_core::settling reader_core::claim_for(std::vector<lease_id> leases, farewell how) {
    settling begun;
    begun.how = how;
    for (const lease_id one : leases) {
        held_message& message = held_.at(one);
        message.at = stage::settling;
        message.is_released = !how.acknowledged;
        if (!leases_.settle(one)) continue;
        begun.renewals.push_back(std::make_shared<one_shot_event>(executor_));
        message.awaits_renewal.push_back(begun.renewals.back());
    }
    begun.leases = std::move(leases);
    return begun;
}

awaitable<result<void>> reader_core::finish_settling(settling begun) {
    // A heartbeat must not hide again what is given back.
    for (const auto& renewed : begun.renewals) co_await renewed->wait_until(time_point::max());
    const auto first = steady_clock::now();
    std::vector<result<void>> outcomes(begun.leases.size());
    std::vector<leaving> left = those_to_settle(begun, outcomes);
    for (int tries = 1; !left.empty(); ++tries) {
        const auto results = co_await send_settling(begun.how, left);
        const bool at_once = note_results(begun, results, left, outcomes);
        if (at_once || left.empty()) continue;
        const auto pause =
            stream::next_try(left.front().failure, tries, steady_clock::now() - first,
                             time_to_settle(begun.leases[left.front().place], first), session_->caller()->random());
        if (!pause) break;
        one_shot_event rest(executor_);
        co_await rest.wait_until(steady_clock::now() + *pause);
    }
    for (leaving& one : left) outcomes[one.place] = std::move(one.failure);
    end_settling(begun, outcomes);
    co_return outcomes.front();
}

std::vector<reader_core::leaving> reader_core::those_to_settle(const settling& begun,
                                                               std::vector<result<void>>& outcomes) const {
    const std::lock_guard lock(mutex_);
    const auto now = steady_clock::now();
    std::vector<leaving> left;
    for (std::size_t i = 0; i < begun.leases.size(); ++i) {
        if (!leases_.is_ours(begun.leases[i], now)) { // its time passed as its renewal hung
            outcomes[i] = not_ours();
            continue;
        }
        leaving one;
        one.place = i;
        one.handle = leases_.receipt_handle(begun.leases[i]);
        left.push_back(std::move(one));
    }
    return left;
}

awaitable<std::vector<result<void>>> reader_core::delete_one(std::string handle) {
    auto entry = stream::addressed(std::move(handle));
    auto outcome = co_await deletes_->push(std::move(entry));
    std::vector<result<void>> results;
    results.push_back(std::move(outcome));
    co_return results;
}

awaitable<std::vector<result<void>>> reader_core::send_settling(farewell how, const std::vector<leaving>& left) {
    if (how.acknowledged && left.size() == 1) return delete_one(left.front().handle); // nearly always
    if (how.acknowledged) {
        std::vector<stream::delete_channel::addressed> deletes;
        deletes.reserve(left.size());
        for (const leaving& one : left) deletes.push_back(stream::addressed(one.handle));
        return deletes_->push_all(std::move(deletes));
    }
    std::vector<stream::visibility_channel::addressed> changes;
    changes.reserve(left.size());
    for (const leaving& one : left) changes.push_back(stream::addressed(visibility_change(one.handle, how.delay)));
    return visibility_changes_->push_all(std::move(changes));
}

bool reader_core::note_results(const settling& begun, const std::vector<result<void>>& results,
                               std::vector<leaving>& left, std::vector<result<void>>& outcomes) const {
    const std::lock_guard lock(mutex_);
    bool at_once = false;
    std::vector<leaving> kept;
    for (std::size_t i = 0; i < left.size(); ++i) {
        leaving& one = left[i];
        const lease_id lease = begun.leases[one.place];
        const auto known = by_message_id_.find(held_.at(lease).message_id);
        stream::settle_attempt attempt;
        attempt.acknowledged = begun.how.acknowledged;
        attempt.has_newer_handle = leases_.receipt_handle(lease) != one.handle;
        attempt.came_again = known == by_message_id_.end() || known->second != lease;
        switch (stream::step_after(attempt, results[i])) {
        case stream::settle_step::done: outcomes[one.place] = result<void>(); continue;
        case stream::settle_step::failed: outcomes[one.place] = results[i]; continue;
        case stream::settle_step::again: one.failure = results[i].error(); break;
        case stream::settle_step::again_at_once:
            one.handle = leases_.receipt_handle(lease);
            at_once = true;
            break;
        }
        kept.push_back(std::move(one));
    }
    left = std::move(kept);
    return at_once;
}

reader_core::time_point::duration reader_core::time_to_settle(lease_id lease, time_point first) const {
    const std::lock_guard lock(mutex_);
    return std::max(leases_.end_of(lease) - first, time_point::duration(1));
}

void reader_core::end_settling(const settling& begun, const std::vector<result<void>>& outcomes) {
    const bool acknowledged = begun.how.acknowledged;
    effects out;
    {
        const std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i < begun.leases.size(); ++i) {
            const held_message& message = held_.at(begun.leases[i]);
            const result<void>& outcome = outcomes[i];
            if (outcome) ++(acknowledged ? seen_.acknowledged : seen_.released);
            else if (acknowledged) ++seen_.failed_acknowledgements;
            if (!outcome && acknowledged) {
                done_.add(message.message_id);
                hand_back(order_.drop_rest(message.group), out); // it comes again, and they must not come before it
            }
            tell(out, message.message_id, acknowledged ? settlement::acknowledged : settlement::released, outcome);
            forget(begun.leases[i]);
        }
        go_on(out);
    }
    carry_out(std::move(out));
}

} // namespace sluice::sqs::detail
