// How a message leaves a reader: deleted or given back.
#include "stream/reader_core.hpp"

#include "protocol/limits.hpp"
#include "session/session_state.hpp"
#include "stream/delivery_retries.hpp"

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
    begin_in_background(1);
    asio::co_spawn(executor_, run_settle_in_background(shared_from_this(), std::move(begun), std::move(then)),
                   asio::detached);
}

awaitable<void> reader_core::run_settle_in_background([[maybe_unused]] std::shared_ptr<reader_core> self,
                                                      settling begun, std::function<void()> then) {
    co_await finish_settling(std::move(begun));
    const std::lock_guard lock(mutex_);
    if (then) then();
    end_in_background();
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
    at->second.is_released = !how.acknowledged;
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
    std::string own = handles.front();
    bool own_is_left = true; // then it is the first one
    result<void> outcome = error_info(errc::cancelled, "cancelled before the request was sent");
    for (int tries = 1;; ++tries) {
        const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) break;
        const auto outcomes = co_await send_settling(begun.how, handles);
        if (own_is_left) outcome = outcomes.front();
        const result<void> failed = keep_failed(handles, outcomes);
        // Received again meanwhile: a delete with the old handle may have had no effect, a release is over.
        if (own_is_left && begun.how.acknowledged) {
            const bool again = use_newest_handle(begun.lease, own, handles);
            own_is_left = again || !outcome;
        } else if (own_is_left && !outcome && was_superseded(begun.lease)) {
            outcome = result<void>();
            handles.erase(handles.begin());
        }
        own_is_left = own_is_left && (begun.how.acknowledged || !outcome);
        if (handles.empty()) break;
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
        deletes.reserve(handles.size());
        for (std::string& handle : handles) deletes.push_back(stream::addressed(std::move(handle)));
        return deletes_->push_all(std::move(deletes));
    }
    std::vector<stream::visibility_channel::addressed> changes;
    changes.reserve(handles.size());
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

bool reader_core::use_newest_handle(lease_id lease, std::string& used, std::vector<std::string>& handles) const {
    const std::lock_guard lock(mutex_);
    if (leases_.receipt_handle(lease) == used) return false;
    used = leases_.receipt_handle(lease);
    handles.assign(1, used);
    return true;
}

bool reader_core::was_superseded(lease_id lease) const {
    const std::lock_guard lock(mutex_);
    const auto known = by_message_id_.find(held_.at(lease).message_id);
    return known == by_message_id_.end() || known->second != lease;
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
