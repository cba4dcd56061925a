// How messages leave a reader.
#include "stream/reader_core.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::sqs::detail {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::steady_clock;

awaitable<delivery> reader_core::read() { return run_read(shared_from_this()); }

awaitable<delivery> reader_core::run_read([[maybe_unused]] std::shared_ptr<reader_core> self) {
    auto got = co_await next(time_point::max());
    co_return std::move(got).value();
}

awaitable<std::vector<delivery>> reader_core::read_batch(std::size_t most, time_point deadline) {
    return run_read_batch(shared_from_this(), most, deadline);
}

awaitable<std::vector<delivery>> reader_core::run_read_batch([[maybe_unused]] std::shared_ptr<reader_core> self,
                                                             std::size_t most, time_point deadline) {
    if (most == 0) throw error(error_info(errc::invalid_argument, "read_batch of 0 messages: it must be 1 or more"));
    std::vector<delivery> batch;
    while (batch.size() < most) {
        // What was taken is not lost with a cancellation.
        const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        const bool cancelled = state.cancelled() != asio::cancellation_type::none;
        if (cancelled && batch.empty()) throw error(error_info(errc::cancelled, "the read was cancelled"));
        if (cancelled) break;
        auto more = co_await next(deadline);
        if (more) {
            batch.push_back(std::move(*more));
            continue;
        }
        if (batch.empty() && more.error().code != errc::timeout) throw error(more.error());
        break;
    }
    drop_lost(batch);
    co_return batch;
}

awaitable<result<std::vector<delivery>>> reader_core::next_batch(std::size_t most, std::chrono::milliseconds linger) {
    std::vector<delivery> batch;
    auto first = co_await next(time_point::max());
    if (!first) co_return result<std::vector<delivery>>(first.error());
    batch.push_back(std::move(*first));
    const auto deadline = deadline_after(linger);
    while (batch.size() < most) {
        auto more = co_await next(deadline);
        if (!more) break; // the deadline, or a stop: what there is has been taken
        batch.push_back(std::move(*more));
    }
    drop_lost(batch);
    co_return result<std::vector<delivery>>(std::move(batch));
}

void reader_core::drop_lost(std::vector<delivery>& batch) const {
    const auto now = steady_clock::now();
    std::erase_if(batch, [this, now](const delivery& one) { return end_of_lease(one.claim_->lease()) <= now; });
}

awaitable<result<delivery>> reader_core::next(time_point deadline) {
    while (true) {
        std::optional<result<lease_id>> taken;
        const std::shared_ptr<waiting_read> waiting = begin_read(taken);
        start_if_idle();
        if (waiting) {
            co_await waiting->event.wait_until(deadline);
            const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
            taken = end_read(waiting, state.cancelled() != asio::cancellation_type::none);
        }
        if (*taken) co_return result<delivery>(make_delivery(**taken));
        if (taken->error().code != errc::lease_lost) co_return result<delivery>(taken->error());
    }
}

std::shared_ptr<reader_core::waiting_read> reader_core::begin_read(std::optional<result<lease_id>>& ready) {
    std::shared_ptr<waiting_read> waiting;
    effects out;
    {
        const std::lock_guard lock(mutex_);
        if (phase_ == phase::stopping) {
            ready.emplace(error_info(errc::closed, "the reader was stopped"));
            return nullptr;
        }
        const std::optional<lease_id> next = paused_ ? std::nullopt : take_next(out);
        if (next) {
            ready.emplace(*next);
        } else {
            waiting = std::make_shared<waiting_read>(executor_);
            waiting_reads_.push_back(waiting);
        }
        wake_pollers();
    }
    carry_out(std::move(out));
    return waiting;
}

void reader_core::start_if_idle() {
    {
        const std::lock_guard lock(mutex_);
        if (phase_ != phase::idle) return;
        phase_ = phase::starting;
        ++pollers_;
    }
    // Outside the mutex: co_spawn may run the coroutine at once.
    asio::co_spawn(executor_, run_start(shared_from_this()), asio::detached);
}

void reader_core::leave_unread(lease_id taken, bool lost, effects& out) {
    const held_message& message = held_.at(taken);
    std::vector<lease_id> unread = order_.drop_rest(message.group);
    if (lost) {
        ++seen_.expired;
        tell(out, message.message_id, settlement::lost);
        forget(taken);
    } else {
        unread.insert(unread.begin(), taken);
    }
    hand_back(std::move(unread), out);
}

result<lease_id> reader_core::end_read(const std::shared_ptr<waiting_read>& read, bool cancelled) {
    bool late = false;
    effects out;
    {
        const std::lock_guard lock(mutex_);
        std::erase(waiting_reads_, read);
        const bool has_message = read->outcome && *read->outcome;
        if (!cancelled && read->outcome && !has_message) return std::move(*read->outcome);
        if (has_message) {
            const lease_id lease = **read->outcome;
            held_message& message = held_.at(lease); // nobody else forgets what was given out
            late = message.lost || !leases_.is_ours(lease, steady_clock::now());
            if (!cancelled && !late) return lease;
            // Whoever cancelled will not look at a message that came at the same moment: the next read gets it.
            if (!late && phase_ != phase::stopping) {
                message.at = stage::buffered;
                message.is_out = false;
                order_.put_back(lease, message.group);
            } else {
                leave_unread(lease, late, out);
            }
        }
        go_on(out);
    }
    carry_out(std::move(out));
    if (late && !cancelled) return error_info(errc::lease_lost, "its lease ended before it could be handed out");
    if (cancelled) return error_info(errc::cancelled, "the read was cancelled; no message was taken");
    return error_info(errc::timeout, "no message came in time");
}

delivery reader_core::make_delivery(lease_id lease) {
    delivery made;
    made.claim_ = std::make_unique<claim>(shared_from_this(), lease);
    const std::lock_guard lock(mutex_);
    held_message& from = held_.at(lease);
    made.content_ = std::move(from.content);
    stream::sns_envelope& envelope = from.envelope;
    if (!envelope.topic_arn.empty()) {
        made.content_.body = std::move(envelope.message);
        made.topic_arn_ = std::move(envelope.topic_arn);
        made.subject_ = std::move(envelope.subject);
        // Those inside are the publisher's; the queue's own come behind them.
        auto& outside = made.content_.attributes;
        outside.insert(outside.begin(), std::make_move_iterator(envelope.attributes.begin()),
                       std::make_move_iterator(envelope.attributes.end()));
    }
    return made;
}

std::optional<lease_id> reader_core::take_next(effects& out) {
    const auto now = steady_clock::now();
    while (const auto next = order_.take()) {
        held_message& message = held_.at(*next);
        message.at = stage::taken;
        message.is_out = true;
        if (!leases_.is_ours(*next, now)) {
            leave_unread(*next, true, out);
        } else if (done_.contains(message.message_id)) { // processed since it came again
            ++seen_.deleted_again;
            out.settle.push_back(claim_for(std::vector<lease_id>(1, *next), farewell()));
            ++in_background_;
        } else {
            return next;
        }
    }
    return std::nullopt;
}

void reader_core::go_on(effects& out) {
    while (!paused_ && !waiting_reads_.empty()) {
        const auto next = take_next(out);
        if (!next) break;
        waiting_reads_.front()->outcome.emplace(*next);
        waiting_reads_.front()->event.set();
        waiting_reads_.pop_front();
    }
    wake_pollers();
}

void reader_core::fail_waiting_reads(const error_info& failure) {
    for (const auto& read : waiting_reads_) {
        read->outcome.emplace(failure);
        read->event.set();
    }
    waiting_reads_.clear();
}

} // namespace sluice::sqs::detail
