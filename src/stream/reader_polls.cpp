// How a reader polls.
#include "stream/reader_core.hpp"

#include "client/retry.hpp"
#include "protocol/limits.hpp"
#include "protocol/reply_document.hpp"
#include "service/operation.hpp"
#include "service/sqs/message_operations.hpp"
#include "service/sqs/queue_operations.hpp"
#include "session/session_state.hpp"
#include "stream/poll_rules.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>

namespace sluice::sqs::detail {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

/// SQS forgets the id of a receive after this long; the same one would begin a new one.
constexpr std::chrono::minutes attempt_id_lifetime(5);

std::size_t size_of(const received_message& content) {
    std::size_t bytes = content.body.size() + content.receipt_handle.size();
    for (const auto& [name, value] : content.attributes) {
        bytes += name.size() + value.data_type().size() + value.value().size();
    }
    return bytes;
}

/// The id of receives on FIFO queues. The same id again, after a receive that may have been carried out, brings the
/// same messages again: without it their groups would be blocked until the visibility timeout.
class receive_attempt {
  public:
    const std::string& id(steady_clock::time_point now) {
        if (id_.empty() || now - begun_ >= attempt_id_lifetime) {
            id_ = boost::uuids::to_string(boost::uuids::random_generator()());
            begun_ = now;
        }
        return id_;
    }
    void ended(const result<receive_message_reply>& reply) {
        const bool may_be_there = !reply && reply.error().may_have_been_applied;
        if (!may_be_there) id_.clear();
    }

  private:
    std::string id_;
    steady_clock::time_point begun_;
};

} // namespace

awaitable<void> reader_core::run_start([[maybe_unused]] std::shared_ptr<reader_core> self) {
    const result<void> prepared = co_await prepare();
    start_finished(prepared);
}

awaitable<result<void>> reader_core::prepare() {
    auto url = co_await session_->queues()->url_of(queue_);
    if (!url) co_return result<void>(url.error());
    std::int64_t visibility = limits::visibility_seconds_default;
    if (options_.visibility_timeout) {
        visibility = options_.visibility_timeout->count();
    } else {
        get_queue_attributes_request request(*url);
        request.names = std::vector<std::string>(1, "VisibilityTimeout");
        auto reply = co_await service::invoke<operations::get_queue_attributes>(session_->caller(), std::move(request));
        // Whoever may read need not be allowed to ask.
        if (!reply && reply.error().code != errc::access_denied) co_return result<void>(reply.error());
        if (reply) visibility = protocol::parse_number(reply->attributes["VisibilityTimeout"]).value_or(visibility);
    }
    if (visibility < 1) {
        co_return result<void>(
            error_info(errc::invalid_argument, "the queue " + queue_ +
                                                   " has the VisibilityTimeout 0, with which no message would be ours: "
                                                   "set reader_options::visibility_timeout"));
    }
    stream::lease_limits limits;
    limits.visibility = seconds(visibility);
    limits.longest = options_.max_lease;
    limits.renew = options_.renew_leases;
    const std::lock_guard lock(mutex_);
    queue_url_ = *url;
    visibility_ = limits.visibility;
    leases_ = stream::lease_table(limits);
    co_return result<void>();
}

awaitable<result<void>> reader_core::await_start() {
    start_if_idle();
    const auto started = event_of_start();
    if (started) co_await started->wait_until(time_point::max());
    co_return outcome_of_start();
}

std::shared_ptr<one_shot_event> reader_core::event_of_start() {
    const std::lock_guard lock(mutex_);
    if (phase_ != phase::starting) return nullptr;
    start_waiters_.push_back(std::make_shared<one_shot_event>(executor_));
    return start_waiters_.back();
}

result<void> reader_core::outcome_of_start() const {
    const std::lock_guard lock(mutex_);
    if (phase_ == phase::idle) return start_failure_;
    return {};
}

void reader_core::start_finished(const result<void>& prepared) {
    std::size_t starting = 0;
    effects out;
    {
        const std::lock_guard lock(mutex_);
        if (prepared && phase_ == phase::starting) {
            phase_ = phase::running;
            starting = options_.pollers;
            pollers_ += starting;
        } else if (phase_ == phase::starting) {
            phase_ = phase::idle;
            seen_.last_poll_error = prepared.error().describe();
            start_failure_ = prepared.error();
            fail_waiting_reads(start_failure_);
            tell_poll(out, 0, start_failure_);
        }
        for (const auto& waiter : start_waiters_) waiter->set();
        start_waiters_.clear();
        one_poller_less();
    }
    carry_out(std::move(out));
    for (std::size_t i = 0; i < starting; ++i) {
        auto work = std::make_shared<cancellable>(executor_);
        auto polling = run_poller(shared_from_this(), work);
        asio::co_spawn(work->strand(), std::move(polling), asio::bind_cancellation_slot(work->slot(), asio::detached));
    }
}

awaitable<void> reader_core::run_poller([[maybe_unused]] std::shared_ptr<reader_core> self,
                                        std::shared_ptr<cancellable> work) {
    // A poll that is cut ends with a value; what it leaves is cleaned up as after any other.
    co_await asio::this_coro::throw_if_cancelled(false);
    receive_attempt attempt;
    while (true) {
        const poll_plan plan = before_poll(work);
        if (plan.stop) break;
        if (plan.messages == 0) {
            co_await plan.parked->wait_until(time_point::max());
            continue;
        }
        std::string attempt_id;
        if (fifo_) attempt_id = attempt.id(steady_clock::now());
        poll_outcome outcome = co_await poll(plan, std::move(attempt_id));
        attempt.ended(outcome.reply);
        const milliseconds pause = after_poll(work, plan, std::move(outcome));
        if (pause.count() == 0) continue;
        co_await rest(pause);
        back_off_ended();
    }
    poller_finished();
}

awaitable<reader_core::poll_outcome> reader_core::poll(poll_plan plan, std::string attempt_id) {
    receive_message_request request(queue_url_);
    request.max_messages = static_cast<int>(plan.messages);
    request.wait_time = plan.wait;
    request.visibility_timeout = visibility_;
    request.receive_attempt_id = std::move(attempt_id);
    calls::call_history history;
    poll_outcome outcome;
    outcome.reply =
        co_await service::invoke<operations::receive_message>(session_->caller(), std::move(request), &history);
    outcome.sent = history.sent;
    outcome.hidden_since = stream::hidden_since(history.sent, history.answered, plan.wait);
    co_return outcome;
}

reader_core::poll_plan reader_core::before_poll(const std::shared_ptr<cancellable>& work) {
    poll_plan plan;
    const std::lock_guard lock(mutex_);
    plan.stop = phase_ == phase::stopping;
    if (plan.stop) return plan;
    const bool may = !paused_ && backing_off_ == 0 && polls_.size() < scaler_.wanted();
    plan.messages = may ? permits_.reserve(order_.ready()) : 0;
    plan.wait = scaler_.wait();
    if (plan.messages == 0) {
        plan.parked = std::make_shared<one_shot_event>(executor_);
        parked_pollers_.push_back(plan.parked);
    } else {
        polls_.push_back(work);
    }
    return plan;
}

milliseconds reader_core::after_poll(const std::shared_ptr<cancellable>& work, const poll_plan& plan,
                                     poll_outcome outcome) {
    result<receive_message_reply>& reply = outcome.reply;
    std::vector<arrival> arrived;
    if (reply) {
        for (received_message& content : reply->messages) arrived.push_back(look_at(std::move(content)));
    }
    milliseconds pause(0);
    effects out;
    {
        const std::lock_guard lock(mutex_);
        polls_.remove(work);
        permits_.answered(plan.messages);
        last_poll_ = steady_clock::now();
        if (reply) {
            failures_ = 0;
            ++seen_.polls;
            if (arrived.empty()) ++seen_.empty_polls;
            scaler_.answered(arrived.size(), plan.messages);
            std::set<std::string> blocked;
            for (arrival& one : arrived) take_in(std::move(one), outcome.hidden_since, blocked, out);
            if (arrived.empty()) pause = stream::pause_after_empty(outcome.sent, *last_poll_);
        } else if (phase_ != phase::stopping) {
            poll_failed(reply.error());
            pause = stream::poll_pause(failures_, session_->caller()->random());
        }
        tell_poll(out, arrived.size(), reply ? std::nullopt : std::optional(reply.error()));
        if (pause.count() > 0) ++backing_off_; // the other pollers rest with it
        go_on(out);
    }
    carry_out(std::move(out));
    return pause;
}

void reader_core::poll_failed(const error_info& failure) {
    if (backing_off_ == 0 || failures_ == 0) ++failures_; // polls that fail together count once
    ++seen_.failed_polls;
    scaler_.failed();
    seen_.last_poll_error = failure.describe();
    if (stream::is_over_limit(failure)) {
        // As soon as messages are deleted, by whomever, the queue gives more: that is not to be slept through.
        ++seen_.over_limit;
        failures_ = std::min<std::size_t>(failures_, 2);
    } else if (calls::kind_of(failure) == calls::failure_kind::permanent && failure.code != errc::bad_reply) {
        fail_waiting_reads(failure);
    }
}

reader_core::arrival reader_core::look_at(received_message content) const {
    arrival one;
    one.good = content.intact;
    if (options_.envelope != sns_envelope::raw) {
        auto found = stream::parse_sns_envelope(content.body);
        const auto& topics = options_.topics;
        const bool taken = found && (topics.empty() || std::ranges::find(topics, found->topic_arn) != topics.end());
        if (taken) one.envelope = std::move(*found);
        else if (options_.envelope == sns_envelope::required) one.good = false;
    }
    one.content = std::move(content);
    return one;
}

void reader_core::take_in(arrival one, time_point hidden_since, std::set<std::string>& blocked, effects& out) {
    received_message& content = one.content;
    ++seen_.received;
    const auto known = by_message_id_.find(content.message_id);
    const held_message* const ours = known == by_message_id_.end() ? nullptr : &held_.at(known->second);
    if (ours != nullptr && !ours->lost && !ours->is_released) {
        // The queue gave it out twice. Who has it goes on, with the newest handle: an old one deletes nothing.
        ++seen_.received_again;
        leases_.received_again(known->second, content.receipt_handle, hidden_since);
        start_keeper_if_needed();
        return;
    }
    unkept_message gone;
    gone.receipt_handle = content.receipt_handle;
    gone.message_id = content.message_id;
    if (done_.contains(content.message_id)) {
        ++seen_.deleted_again;
        ++in_background_;
        out.delete_again.push_back(std::move(gone));
        return;
    }
    std::string group;
    if (fifo_) group = content.system_attributes["MessageGroupId"];
    if (phase_ == phase::stopping || blocked.contains(group)) {
        ++in_background_;
        out.hand_back.push_back(std::move(gone));
        return;
    }
    if (!one.good) { // left alone: it is received again after its visibility timeout, and then dead-lettered
        ++seen_.damaged;
        if (!group.empty()) blocked.insert(group);
        tell(out, content.message_id, settlement::damaged);
        return;
    }
    held_message taken;
    taken.message_id = content.message_id;
    taken.bytes = size_of(content);
    taken.group = std::move(group);
    taken.envelope = std::move(one.envelope);
    const lease_id lease = leases_.add(content.receipt_handle, hidden_since);
    taken.content = std::move(content);
    permits_.took(taken.bytes);
    by_message_id_[taken.message_id] = lease;
    order_.add(lease, taken.group);
    held_.emplace(lease, std::move(taken));
    start_keeper_if_needed();
}

awaitable<void> reader_core::rest(milliseconds pause) {
    auto event = std::make_shared<one_shot_event>(executor_);
    const bool resting = begin_rest(event);
    if (!resting) co_return;
    co_await event->wait_until(steady_clock::now() + pause);
    end_rest(event);
}

bool reader_core::begin_rest(const std::shared_ptr<one_shot_event>& event) {
    const std::lock_guard lock(mutex_);
    if (phase_ == phase::stopping) return false;
    resting_.push_back(event);
    return true;
}

void reader_core::end_rest(const std::shared_ptr<one_shot_event>& event) {
    const std::lock_guard lock(mutex_);
    std::erase(resting_, event);
}

void reader_core::back_off_ended() {
    const std::lock_guard lock(mutex_);
    if (--backing_off_ == 0) wake_pollers();
}

void reader_core::wake_pollers() {
    for (const auto& parked : parked_pollers_) parked->set();
    parked_pollers_.clear();
}

void reader_core::poller_finished() {
    const std::lock_guard lock(mutex_);
    one_poller_less();
}

void reader_core::one_poller_less() {
    --pollers_;
    notice_ends();
}

awaitable<void> reader_core::run_delete_again([[maybe_unused]] std::shared_ptr<reader_core> self, unkept_message gone) {
    auto entry = stream::addressed(std::move(gone.receipt_handle));
    const auto outcome = co_await deletes_->push(std::move(entry));
    end_unkept(gone.message_id, settlement::acknowledged, outcome);
}

awaitable<void> reader_core::run_hand_back([[maybe_unused]] std::shared_ptr<reader_core> self, unkept_message gone) {
    auto entry = stream::addressed(visibility_change(std::move(gone.receipt_handle), seconds(0)));
    const auto outcome = co_await visibility_changes_->push(std::move(entry));
    end_unkept(gone.message_id, settlement::released, outcome);
}

// A failure costs nothing but time: the message comes once more after its visibility timeout.
void reader_core::end_unkept(const std::string& message_id, settlement how, const result<void>& outcome) {
    effects out;
    {
        const std::lock_guard lock(mutex_);
        if (outcome && how == settlement::released) ++seen_.released;
        tell(out, message_id, how, outcome);
        end_in_background();
    }
    carry_out(std::move(out));
}

} // namespace sluice::sqs::detail
