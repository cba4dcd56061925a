#include "stream/reader_core.hpp"

#include "client/retry.hpp"
#include "protocol/limits.hpp"
#include "service/operation.hpp"
#include "service/sqs/message_operations.hpp"
#include "service/sqs/queue_operations.hpp"
#include "session/session_state.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <charconv>

namespace sluice::sqs::detail {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::steady_clock;

reader_core::reader_core(std::shared_ptr<session_state> session, std::string queue, reader_options options)
    : session_(std::move(session)), queue_(std::move(queue)), options_(options),
      executor_(session_->caller()->executor()),
      deletes_(stream::make_delete_channel(session_, queue_, options_.acknowledge_linger)),
      visibility_changes_(stream::make_visibility_channel(session_, queue_, options_.acknowledge_linger)) {}

awaitable<delivery> reader_core::read() { return run_read(shared_from_this()); }

awaitable<delivery> reader_core::run_read([[maybe_unused]] std::shared_ptr<reader_core> self) {
    std::optional<result<held>> ready;
    const std::shared_ptr<waiting_read> waiting = begin_read(ready);
    start_if_idle();
    if (waiting) {
        co_await waiting->event.wait_until(time_point::max());
        const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        ready = end_read(waiting, state.cancelled() != asio::cancellation_type::none);
    }
    held next = std::move(*ready).value();
    co_return delivery(std::move(next.content), std::move(self));
}

std::shared_ptr<reader_core::waiting_read> reader_core::begin_read(std::optional<result<held>>& ready) {
    const std::lock_guard lock(mutex_);
    if (phase_ == phase::stopping) {
        ready.emplace(error_info(errc::closed, "the reader was stopped"));
        return nullptr;
    }
    if (auto next = buffer_.take(steady_clock::now())) {
        ready.emplace(std::move(*next));
        wake_pollers();
        return nullptr;
    }
    auto waiting = std::make_shared<waiting_read>(executor_);
    waiting_reads_.push_back(waiting);
    wake_pollers();
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

result<reader_core::held> reader_core::end_read(const std::shared_ptr<waiting_read>& read, bool cancelled) {
    std::vector<std::string> unwanted;
    {
        const std::lock_guard lock(mutex_);
        if (!cancelled && read->outcome) return std::move(*read->outcome);
        // Whoever cancelled will not look at a message that came at the same moment: the next read gets it.
        if (read->outcome && *read->outcome) pass_on(std::move(**read->outcome), unwanted);
        std::erase(waiting_reads_, read);
    }
    hand_back(std::move(unwanted));
    return error_info(errc::cancelled, "the read was cancelled; no message was taken");
}

void reader_core::pass_on(held message, std::vector<std::string>& unwanted) {
    if (phase_ == phase::stopping) {
        unwanted.push_back(std::move(message.content.receipt_handle));
        return;
    }
    if (waiting_reads_.empty()) {
        buffer_.give_back(std::move(message));
        return;
    }
    waiting_reads_.front()->outcome.emplace(std::move(message));
    waiting_reads_.front()->event.set();
    waiting_reads_.pop_front();
}

awaitable<void> reader_core::run_start([[maybe_unused]] std::shared_ptr<reader_core> self) {
    const result<void> prepared = co_await prepare();
    start_finished(prepared);
}

awaitable<result<void>> reader_core::prepare() {
    auto url = co_await session_->queues()->url_of(queue_);
    if (!url) co_return result<void>(url.error());
    queue_url_ = *url;
    if (options_.visibility_timeout) {
        visibility_timeout_ = *options_.visibility_timeout;
        co_return result<void>();
    }
    get_queue_attributes_request request(*url);
    request.names = std::vector<std::string>(1, "VisibilityTimeout");
    auto reply = co_await service::invoke<operations::get_queue_attributes>(session_->caller(), std::move(request));
    std::int64_t seconds = limits::visibility_seconds_default;
    if (reply) {
        const std::string text = reply->attributes["VisibilityTimeout"];
        std::from_chars(text.data(), text.data() + text.size(), seconds);
    } else if (reply.error().code != errc::access_denied) { // whoever may read need not be allowed to ask
        co_return result<void>(reply.error());
    }
    visibility_timeout_ = std::chrono::seconds(seconds);
    co_return result<void>();
}

void reader_core::start_finished(const result<void>& prepared) {
    std::size_t starting = 0;
    {
        const std::lock_guard lock(mutex_);
        if (prepared && phase_ == phase::starting) {
            phase_ = phase::running;
            starting = options_.pollers;
            pollers_ += starting;
        } else if (phase_ == phase::starting) {
            phase_ = phase::idle;
            seen_.last_poll_error = prepared.error().describe();
            fail_waiting_reads(prepared.error());
        }
        one_poller_less();
    }
    for (std::size_t i = 0; i < starting; ++i) {
        asio::co_spawn(executor_, run_poller(shared_from_this()), asio::detached);
    }
}

awaitable<void> reader_core::run_poller([[maybe_unused]] std::shared_ptr<reader_core> self) {
    std::size_t failures = 0;
    while (true) {
        bool stop = false;
        const std::shared_ptr<one_shot_event> parked = before_poll(stop);
        if (stop) break;
        if (parked) {
            co_await parked->wait_until(time_point::max());
            continue;
        }
        receive_message_request request(queue_url_);
        request.wait_time = options_.wait_time;
        request.visibility_timeout = options_.visibility_timeout;
        auto reply = co_await service::invoke<operations::receive_message>(session_->caller(), std::move(request));
        const std::chrono::seconds pause = after_poll(std::move(reply), failures);
        if (pause.count() == 0) continue;
        auto rest = std::make_shared<one_shot_event>(executor_);
        const bool stopping = park(rest);
        if (stopping) continue;
        co_await rest->wait_until(steady_clock::now() + pause);
    }
    poller_finished();
}

std::shared_ptr<one_shot_event> reader_core::before_poll(bool& stop) {
    const std::lock_guard lock(mutex_);
    stop = phase_ == phase::stopping;
    if (stop) return nullptr;
    if (stream::may_poll(buffer_.size(), polls_in_flight_, options_.buffered_messages)) {
        ++polls_in_flight_;
        return nullptr;
    }
    parked_pollers_.push_back(std::make_shared<one_shot_event>(executor_));
    return parked_pollers_.back();
}

std::chrono::seconds reader_core::after_poll(result<receive_message_reply> reply, std::size_t& failures) {
    std::vector<std::string> unwanted;
    std::chrono::seconds pause(0);
    {
        const std::lock_guard lock(mutex_);
        --polls_in_flight_;
        ++seen_.polls;
        if (reply) {
            failures = 0;
            if (reply->messages.empty()) ++seen_.empty_polls;
            const auto now = steady_clock::now();
            for (received_message& content : reply->messages) take_in(std::move(content), now, unwanted);
        } else {
            ++failures;
            ++seen_.failed_polls;
            seen_.last_poll_error = reply.error().describe();
            pause = stream::poll_pause(failures);
            if (calls::kind_of(reply.error()) == calls::failure_kind::permanent) fail_waiting_reads(reply.error());
        }
    }
    hand_back(std::move(unwanted));
    return pause;
}

void reader_core::take_in(received_message content, time_point now, std::vector<std::string>& unwanted) {
    ++seen_.received;
    if (!content.intact) { // left alone: it is received again after its visibility timeout, and then dead-lettered
        ++seen_.damaged;
        return;
    }
    if (phase_ == phase::stopping) {
        unwanted.push_back(std::move(content.receipt_handle));
        return;
    }
    held message{std::move(content), stream::ours_until(now, visibility_timeout_)};
    if (waiting_reads_.empty()) {
        buffer_.add(std::move(message));
        return;
    }
    waiting_reads_.front()->outcome.emplace(std::move(message));
    waiting_reads_.front()->event.set();
    waiting_reads_.pop_front();
}

void reader_core::fail_waiting_reads(const error_info& failure) {
    for (const auto& read : waiting_reads_) {
        read->outcome.emplace(failure);
        read->event.set();
    }
    waiting_reads_.clear();
}

bool reader_core::park(const std::shared_ptr<one_shot_event>& rest) {
    const std::lock_guard lock(mutex_);
    if (phase_ == phase::stopping) return true;
    resting_pollers_.push_back(rest);
    return false;
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
    if (pollers_ > 0) return;
    for (const auto& waiter : stop_waiters_) waiter->set();
    stop_waiters_.clear();
}

void reader_core::hand_back(std::vector<std::string> receipt_handles) {
    for (std::string& handle : receipt_handles) {
        asio::co_spawn(executor_, run_hand_back(shared_from_this(), std::move(handle)), asio::detached);
    }
}

awaitable<void> reader_core::run_hand_back([[maybe_unused]] std::shared_ptr<reader_core> self,
                                           std::string receipt_handle) {
    visibility_change change(std::move(receipt_handle), std::chrono::seconds(0));
    const auto outcome = co_await visibility_changes_->push(stream::addressed(std::move(change)));
    // A failure costs nothing but time: the visibility timeout gives the message back.
    const std::lock_guard lock(mutex_);
    if (outcome) ++seen_.released;
}

void reader_core::begin_stop() {
    std::vector<std::string> unread;
    {
        const std::lock_guard lock(mutex_);
        phase_ = phase::stopping;
        fail_waiting_reads(error_info(errc::closed, "the reader was stopped"));
        wake_pollers();
        for (const auto& rest : resting_pollers_) rest->set();
        resting_pollers_.clear();
        for (held& message : buffer_.take_all()) unread.push_back(std::move(message.content.receipt_handle));
    }
    hand_back(std::move(unread));
}

awaitable<void> reader_core::stop(time_point deadline) { return run_stop(shared_from_this(), deadline); }

awaitable<void> reader_core::run_stop([[maybe_unused]] std::shared_ptr<reader_core> self, time_point deadline) {
    begin_stop();
    const std::shared_ptr<one_shot_event> polls_done = await_pollers();
    if (polls_done) {
        co_await polls_done->wait_until(deadline);
    }
    co_await visibility_changes_->flush(deadline);
    co_await deletes_->flush(deadline);
}

std::shared_ptr<one_shot_event> reader_core::await_pollers() {
    const std::lock_guard lock(mutex_);
    if (pollers_ == 0) return nullptr;
    stop_waiters_.push_back(std::make_shared<one_shot_event>(executor_));
    return stop_waiters_.back();
}

awaitable<void> reader_core::acknowledge(std::string receipt_handle) {
    return run_acknowledge(shared_from_this(), std::move(receipt_handle));
}

awaitable<void> reader_core::run_acknowledge([[maybe_unused]] std::shared_ptr<reader_core> self,
                                             std::string receipt_handle) {
    auto outcome = co_await deletes_->push(stream::addressed(std::move(receipt_handle)));
    outcome.value();
}

awaitable<void> reader_core::change_visibility(std::string receipt_handle, std::chrono::seconds timeout) {
    return run_change_visibility(shared_from_this(), visibility_change(std::move(receipt_handle), timeout));
}

awaitable<void> reader_core::run_change_visibility([[maybe_unused]] std::shared_ptr<reader_core> self,
                                                   visibility_change change) {
    if (change.timeout.count() < 0 || change.timeout.count() > limits::visibility_seconds) {
        throw error(error_info(errc::invalid_argument, "the delay of " + std::to_string(change.timeout.count()) +
                                                           " s is not allowed: 0 to 43200 s (12 h)"));
    }
    auto outcome = co_await visibility_changes_->push(stream::addressed(std::move(change)));
    outcome.value();
}

reader_statistics reader_core::statistics() const {
    const stream::channel_counts deleted = deletes_->counts();
    const std::lock_guard lock(mutex_);
    reader_statistics now = seen_;
    now.expired = buffer_.expired();
    now.buffered = buffer_.size();
    now.acknowledged = deleted.accepted;
    now.failed_acknowledgements = deleted.failed;
    return now;
}

} // namespace sluice::sqs::detail
