// How a reader runs handlers.
#include "stream/reader_core.hpp"

#include "client/retry.hpp"
#include "session/session_state.hpp"
#include "stream/poll_rules.hpp"

#include <sluice/middleware/failure.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
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

void check(const batch_handler& handler, const run_options& options) {
    const auto require = [](bool holds, const std::string& text) {
        if (!holds) throw error(error_info(errc::invalid_argument, text));
    };
    require(handler != nullptr, "the handler is empty");
    require(options.handlers >= 1, "handlers is 0: it must be 1 or more");
    require(options.handler_timeout.count() >= 0, "handler_timeout is negative");
    require(options.batch_messages >= 1, "batch_messages is 0: it must be 1 or more");
    require(options.batch_linger.count() >= 0, "batch_linger is negative");
}

const char* text_of(running_handler::end reason) noexcept {
    switch (reason) {
    case running_handler::end::time_is_over: return "cancelled after handler_timeout: ";
    case running_handler::end::lease_is_lost: return "cancelled, as its lease was lost: ";
    case running_handler::end::reader_stops: return "cancelled, as the reader stops: ";
    case running_handler::end::not_cancelled: break;
    }
    return "";
}

} // namespace

awaitable<void> reader_core::run(batch_handler handler, run_options options, std::size_t batch) {
    auto state = std::make_shared<run_state>();
    state->handler = std::move(handler);
    state->options = options;
    state->batch = batch;
    return run_run(shared_from_this(), std::move(state));
}

awaitable<void> reader_core::run_run([[maybe_unused]] std::shared_ptr<reader_core> self,
                                     std::shared_ptr<run_state> state) {
    check(state->handler, state->options);
    state->ended = std::make_shared<one_shot_event>(executor_);
    // The caller's own cancellation stays as it is set: a flag of all its coroutines, not of this one.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    asio::co_spawn(executor_, run_workers(shared_from_this(), state), asio::detached);
    co_await state->ended->wait_until(time_point::max());
    const bool cancelled = !state->ended->is_set();
    if (cancelled) {
        auto stopping = run_stop(shared_from_this(), stop_policy::fast, steady_clock::now() + seconds(1));
        asio::co_spawn(executor_, std::move(stopping), asio::detached);
        bool ended = false;
        while (!ended) { // also for handlers that do not heed their cancellation
            co_await state->ended->wait_until(time_point::max());
            ended = state->ended->is_set();
        }
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (state->not_begun) throw error(*state->not_begun);
    if (cancelled) throw error(error_info(errc::cancelled, "run was cancelled: the reader has stopped"));
}

awaitable<void> reader_core::run_workers([[maybe_unused]] std::shared_ptr<reader_core> self,
                                         std::shared_ptr<run_state> state) {
    const auto started = co_await start_for_run();
    if (started) {
        start_workers(state);
        co_return;
    }
    state->not_begun = started.error();
    state->ended->set();
}

awaitable<result<void>> reader_core::start_for_run() {
    for (std::size_t failures = 1;; ++failures) {
        auto started = co_await await_start();
        if (started) co_return started;
        if (calls::kind_of(started.error()) == calls::failure_kind::permanent) co_return started;
        co_await rest(stream::poll_pause(failures, session_->caller()->random()));
    }
}

void reader_core::start_workers(const std::shared_ptr<run_state>& state) {
    {
        const std::lock_guard lock(mutex_);
        state->workers = state->options.handlers;
        workers_ += state->workers;
    }
    for (std::size_t i = 0; i < state->options.handlers; ++i) {
        asio::co_spawn(executor_, run_worker(shared_from_this(), state), asio::detached);
    }
}

awaitable<void> reader_core::run_worker([[maybe_unused]] std::shared_ptr<reader_core> self,
                                        std::shared_ptr<run_state> state) {
    while (true) {
        auto taken = co_await next_batch(state->batch, state->options.batch_linger);
        // A poll that failed for good ends no worker: the pollers try again, with pauses.
        if (taken) co_await run_handler(state, std::move(*taken));
        else if (is_stopping()) break;
    }
    worker_finished(*state);
}

bool reader_core::is_stopping() const {
    const std::lock_guard lock(mutex_);
    return phase_ == phase::stopping;
}

void reader_core::worker_finished(run_state& state) {
    const std::lock_guard lock(mutex_);
    --workers_;
    notice_ends();
    if (--state.workers == 0) state.ended->set();
}

awaitable<void> reader_core::run_handler(std::shared_ptr<run_state> state, std::vector<delivery> messages) {
    if (messages.empty()) co_return; // their leases ended as they waited for others
    const auto running = start_handler(state, std::move(messages));
    const auto timeout = state->options.handler_timeout;
    const auto limit = timeout.count() == 0 ? time_point::max() : deadline_after(timeout);
    co_await running->ended->wait_until(limit);
    if (!running->ended->is_set()) {
        handler_is_late(running);
        co_await running->ended->wait_until(time_point::max());
    }
    co_await settle_handled(state->options.acknowledge, running);
}

std::shared_ptr<running_handler> reader_core::start_handler(const std::shared_ptr<run_state>& state,
                                                            std::vector<delivery> messages) {
    auto running = std::make_shared<running_handler>(executor_, std::move(messages));
    effects out;
    {
        const std::lock_guard lock(mutex_);
        handlers_.push_back(running);
        for (const delivery& one : running->messages) {
            held_message& message = held_.at(one.claim_->lease());
            message.handler = running;
            running->message_ids.push_back(message.message_id);
            if (message.lost) cancel_handler(running, running_handler::end::lease_is_lost, out);
        }
        // Handlers were cancelled as this one was about to begin.
        if (cancelling_) running->cancelled = running_handler::end::reader_stops;
        if (running->cancelled != running_handler::end::not_cancelled) {
            running->failure = std::make_exception_ptr(error(error_info(errc::cancelled, "it was not begun")));
            running->ended->set();
            return running;
        }
    }
    auto called = call_handler(running, state);
    auto completion = [running](const std::exception_ptr& failure) {
        running->failure = failure;
        running->ended->set();
    };
    asio::co_spawn(running->work->strand(), std::move(called),
                   asio::bind_cancellation_slot(running->work->slot(), std::move(completion)));
    return running;
}

awaitable<void> reader_core::call_handler(std::shared_ptr<running_handler> running, std::shared_ptr<run_state> state) {
    co_await state->handler(running->messages);
}

bool reader_core::cancel_handler(const std::shared_ptr<running_handler>& running, running_handler::end why,
                                 effects& out) {
    if (running->cancelled != running_handler::end::not_cancelled) return false;
    running->cancelled = why;
    out.cancel.push_back(running->work);
    return true;
}

std::size_t reader_core::cancel_handlers(effects& out) {
    cancelling_ = true;
    std::size_t cancelled = 0;
    for (const auto& one : handlers_) {
        auto running = one.lock();
        if (!running) continue;
        cancelled += cancel_handler(running, running_handler::end::reader_stops, out) ? 1 : 0;
        out.keep.push_back(std::move(running));
    }
    return cancelled;
}

void reader_core::handler_is_late(const std::shared_ptr<running_handler>& running) {
    effects out;
    {
        const std::lock_guard lock(mutex_);
        cancel_handler(running, running_handler::end::time_is_over, out);
    }
    carry_out(std::move(out));
}

reader_core::handled reader_core::end_of_handler(const std::shared_ptr<running_handler>& running) {
    handled how;
    if (running->failure) how.failure = describe_failure(running->failure);
    effects out;
    {
        const std::lock_guard lock(mutex_);
        handlers_.remove_if([&running](const std::weak_ptr<running_handler>& one) {
            return !one.owner_before(running) && !running.owner_before(one);
        });
        how.cancelled = running->cancelled;
        if (running->failure) how.failure.insert(0, text_of(how.cancelled));
        ++(how.failure.empty() ? seen_.handled : seen_.failed_handlers);
        if (!how.failure.empty() && options_.observer) {
            for (const std::string& one : running->message_ids) {
                out.events.emplace_back(
                    [id = one, what = how.failure](reader_observer& seen) { seen.handler_failed(id, what); });
            }
        }
    }
    carry_out(std::move(out));
    return how;
}

std::optional<reader_core::farewell> reader_core::farewell_after(const handled& how, acknowledge_mode mode,
                                                                 const delivery& message) const {
    const bool cancelled = how.cancelled != running_handler::end::not_cancelled;
    if (how.failure.empty() && mode == acknowledge_mode::manual) return std::nullopt;
    if (how.failure.empty() || (mode == acknowledge_mode::always && !cancelled)) return farewell();
    farewell back;
    back.acknowledged = false;
    // A stop is no failure of the message: others may have it at once.
    if (how.cancelled != running_handler::end::reader_stops) back.delay = delay_of_release(message.receive_count());
    return back;
}

awaitable<void> reader_core::settle_handled(acknowledge_mode mode, std::shared_ptr<running_handler> running) {
    const handled how = end_of_handler(running);
    // What comes of it is in the statistics and the observer. Settled by its handler, a message is not settled again.
    std::vector<settling> begun;
    for (const delivery& one : running->messages) {
        const auto wanted = farewell_after(how, mode, one);
        if (!wanted || !one.claim_) continue; // the handler has moved it away: it is whose it is now
        auto claimed = begin_settling(one.claim_->lease(), *wanted);
        if (claimed) begun.push_back(std::move(*claimed));
    }
    if (begun.size() == 1) {
        co_await finish_settling(std::move(begun.front()));
    } else if (!begun.empty()) {
        auto left = std::make_shared<std::size_t>(begun.size());
        auto all_settled = std::make_shared<one_shot_event>(executor_);
        for (settling& one : begun) {
            settle_in_background(std::move(one), [left, all_settled](const result<void>&) {
                if (--*left == 0) all_settled->set();
            });
        }
        co_await all_settled->wait_until(time_point::max());
    }
    running->messages.clear(); // what was not settled, by hand or here, is dropped
}

} // namespace sluice::sqs::detail
