// How a reader stops.
#include "stream/reader_core.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice::sqs::detail {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

void reader_core::begin_stop() {
    effects out;
    {
        const std::lock_guard lock(mutex_);
        phase_ = phase::stopping;
        fail_waiting_reads(error_info(errc::closed, "the reader was stopped"));
        for (const auto& waiter : start_waiters_) waiter->set();
        start_waiters_.clear();
        wake_pollers();
        for (const auto& rest : resting_) rest->set();
        resting_.clear();
        hand_back(order_.drop_all(), out);
        notice_ends();
    }
    carry_out(std::move(out));
}

awaitable<stop_report> reader_core::stop(stop_policy policy, time_point deadline) {
    return run_stop(shared_from_this(), policy, deadline);
}

awaitable<stop_report> reader_core::run_stop([[maybe_unused]] std::shared_ptr<reader_core> self, stop_policy policy,
                                             time_point deadline) {
    // What a cut poll or a cancelled handler leaves needs this long to be cleaned up.
    constexpr milliseconds aftermath(400);
    stop_report report;
    const std::size_t released_before = statistics().released;
    begin_stop();
    if (policy == stop_policy::fast) {
        deadline = std::min(deadline, steady_clock::now() + aftermath);
        end_at_once(report, true);
    }
    report.complete = co_await await_all_ended(deadline);
    if (!report.complete && policy == stop_policy::drain) {
        end_at_once(report, false);
        report.complete = co_await await_all_ended(steady_clock::now() + aftermath);
    }
    deadline = std::max(deadline, steady_clock::now() + aftermath);
    const bool handed_back = co_await visibility_changes_->flush(deadline);
    const bool deleted = co_await deletes_->flush(deadline);
    report.complete = report.complete && handed_back && deleted;
    const reader_statistics seen = statistics();
    report.released = seen.released - released_before;
    report.polls_left = seen.polls_under_way;
    report.handlers_left = seen.handlers;
    report.still_out = seen.in_flight;
    co_return report;
}

void reader_core::end_at_once(stop_report& report, bool polls_too) {
    effects out;
    {
        const std::lock_guard lock(mutex_);
        report.handlers_cancelled += cancel_handlers(out);
        if (polls_too) report.polls_cut += cut_polls(out);
    }
    carry_out(std::move(out));
}

std::size_t reader_core::cut_polls(effects& out) {
    out.cancel.insert(out.cancel.end(), polls_.begin(), polls_.end());
    seen_.polls_cut += polls_.size();
    return polls_.size();
}

awaitable<bool> reader_core::await_all_ended(time_point deadline) {
    const auto ended = event_of_end();
    if (!ended) co_return true;
    co_await ended->wait_until(deadline);
    co_return ended->is_set();
}

std::shared_ptr<one_shot_event> reader_core::event_of_end() {
    const std::lock_guard lock(mutex_);
    if (have_ended()) return nullptr;
    stop_waiters_.push_back(std::make_shared<one_shot_event>(executor_));
    return stop_waiters_.back();
}

void reader_core::notice_ends() {
    if (!have_ended()) return;
    for (const auto& waiter : stop_waiters_) waiter->set();
    stop_waiters_.clear();
}

} // namespace sluice::sqs::detail
