#include "cli/redrive_run.hpp"

#include "cli/end_of_queue.hpp"
#include "cli/error_advice.hpp"
#include "cli/poll_trouble.hpp"
#include "cli/terminal_text.hpp"
#include "protocol/arn.hpp"

#include <sluice/as_result.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <iostream>
#include <utility>

namespace sluice::cli {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

/// What the reader may have beside what is held: buffers and messages that are being moved.
constexpr std::size_t slack = 5'000;

redrive_judge::bounds bounds_of(const redrive_order& order) {
    redrive_judge::bounds bounds;
    bounds.moves = order.max;
    return bounds;
}

sqs::reader_options reader_options_of(const redrive_judge::bounds& bounds,
                                      std::shared_ptr<sqs::reader_observer> observer) {
    sqs::reader_options options;
    options.wait_time = std::chrono::seconds(1); // the end of the queue is seen after two of them
    options.buffered_messages = bounds.moves > 0 && bounds.moves < 40 ? 10 : 40;
    options.messages_in_flight = bounds.held + slack;
    options.bytes_in_flight = bounds.held_bytes + (std::size_t(64) << 20);
    // Short, so that what a killed run had comes back soon; renewed while this one lives.
    options.visibility_timeout = std::chrono::seconds(60);
    options.max_lease = std::chrono::hours(12);
    options.envelope = sqs::sns_envelope::raw; // a body is moved as it is
    options.observer = std::move(observer);
    return options;
}

sqs::received_message content_of(const sqs::delivery& dead) {
    sqs::received_message content;
    content.message_id = dead.message_id();
    content.body = dead.body();
    content.attributes = dead.attributes();
    content.system_attributes = dead.system_attributes();
    return content;
}

} // namespace

void damaged_messages::message_settled(std::string_view message_id, sqs::settlement how,
                                       const error_info* /*failure*/) {
    if (how != sqs::settlement::damaged || !ids_.emplace(message_id).second) return;
    if (ids_.size() > most_reported) return;
    std::cerr << "sluice: " << escaped(message_id) << " not moved: it is damaged: not the MD5 sum that SQS states\n";
    if (ids_.size() == most_reported) std::cerr << "sluice: further damaged messages are only counted\n";
}

redrive_run::redrive_run(const session& session, redrive_order order)
    : executor_(session.get_executor()), order_(std::move(order)), fifo_(protocol::is_fifo(order_.to)),
      bounds_(bounds_of(order_)), judge_(std::move(order_.filter), bounds_), rate_(order_.rate),
      damaged_(std::make_shared<damaged_messages>()),
      reader_(session, order_.from, reader_options_of(bounds_, damaged_)), writer_(session, order_.to),
      done_(std::make_shared<one_shot_event>(executor_)), workers_gone_(std::make_shared<one_shot_event>(executor_)),
      bar_(order_.dry_run ? "looked at" : "moved", 0) {}

void redrive_run::stop(const std::string& why) {
    if (ended_) return;
    ended_ = true;
    result_.why_not = why;
    result_.complete = why.empty();
    done_->set();
}

awaitable<redrive_result> redrive_run::run() {
    const auto self = shared_from_this();
    workers_ = most_workers;
    for (std::size_t i = 0; i < most_workers; ++i) asio::co_spawn(executor_, work(), asio::detached);
    asio::co_spawn(executor_, watch(), asio::detached);
    co_await done_->wait_until(one_shot_event::time_point::max());
    reader_.pause(); // what is handed back must not come to us again
    co_await hand_back();
    co_await reader_.stop();
    co_await workers_gone_->wait_until(one_shot_event::time_point::max());
    co_await hand_back(); // what workers held meanwhile
    co_await writer_.close();
    bar_.finish();
    result_.failed += damaged_->count();
    co_return result_;
}

awaitable<void> redrive_run::work() {
    const auto self = shared_from_this();
    while (!ended_) {
        auto next = co_await as_result(reader_.read());
        if (!next) {
            if (next.error().code != errc::closed && !ended_) {
                std::cerr << "sluice: " << escaped(order_.from) << ": " << advice_for(next.error()) << '\n';
                stop("the dead-letter queue cannot be read");
            }
            break;
        }
        ++busy_;
        sqs::delivery dead = std::move(*next);
        const auto decision =
            ended_ ? redrive_decision::stop : judge_.judge(dead.message_id(), dead.body(), dead.attributes());
        if (decision == redrive_decision::move && !order_.dry_run) {
            co_await move(std::move(dead));
        } else if (decision == redrive_decision::move) {
            ++result_.moved;
            judge_.not_moved(dead.body().size());
            hold(std::move(dead));
        } else {
            if (decision == redrive_decision::stop) stop(judge_.enough() ? "" : judge_.why_stopped());
            else ++result_.left;
            hold(std::move(dead));
        }
        bar_.update(order_.dry_run ? result_.moved + result_.left : result_.moved);
        --busy_;
    }
    if (--workers_ == 0) workers_gone_->set();
}

awaitable<void> redrive_run::move(sqs::delivery dead) {
    const auto now = std::chrono::steady_clock::now();
    const auto permit = rate_.next(now);
    if (permit > now) {
        // The end of the run is not waited for here: done_ has its waiter.
        asio::steady_timer pause(executor_);
        while (!ended_ && std::chrono::steady_clock::now() < permit) {
            pause.expires_at(std::min(permit, std::chrono::steady_clock::now() + std::chrono::milliseconds(100)));
            co_await pause.async_wait(as_values);
        }
        if (ended_) {
            hold(std::move(dead));
            co_return;
        }
    }
    const sqs::received_message content = content_of(dead);
    auto writing = writer_.write(redriven(content, fifo_));
    const auto written = co_await as_result(std::move(writing));
    if (!written) {
        ++result_.failed;
        report(dead, "not moved", written.error());
        judge_.not_moved(dead.body().size());
        hold(std::move(dead));
        if (hopeless(written.error())) stop("the queue to move to does not take messages");
        co_return;
    }
    ++result_.moved;
    judge_.moved_as(written->message_id);
    auto acknowledging = dead.ack();
    const auto acknowledged = co_await as_result(std::move(acknowledging));
    if (acknowledged) co_return;
    ++result_.not_deleted;
    report(dead, "moved, but not deleted from the dead-letter queue: it is in both", acknowledged.error());
}

void redrive_run::hold(sqs::delivery kept) { held_.push_back(std::move(kept)); }

awaitable<void> redrive_run::hand_back() {
    releasing_ = std::min(most_workers, held_.size());
    if (releasing_ == 0) co_return;
    const auto released = std::make_shared<one_shot_event>(executor_);
    const std::size_t starting = releasing_;
    for (std::size_t i = 0; i < starting; ++i) {
        asio::co_spawn(executor_, release_held(), [this, released](const std::exception_ptr&) {
            if (--releasing_ == 0) released->set();
        });
    }
    co_await released->wait_until(one_shot_event::time_point::max());
}

/// In the order in which they came, so far as several at once can.
awaitable<void> redrive_run::release_held() {
    while (!held_.empty()) {
        sqs::delivery one = std::move(held_.back());
        held_.pop_back();
        auto releasing = one.release(std::chrono::seconds(0));
        const auto released = co_await as_result(std::move(releasing));
        if (!released && released.error().code != errc::lease_lost) {
            report(one, "not handed back, so hidden for up to 60 s", released.error());
        }
    }
}

/// Ends the run when the queue looks empty, or the reader has as much as it may hold.
awaitable<void> redrive_run::watch() {
    const auto self = shared_from_this();
    asio::steady_timer tick(executor_);
    end_of_queue end;
    poll_trouble trouble;
    const sqs::reader_options limits = reader_options_of(bounds_, nullptr);
    while (!ended_) {
        tick.expires_after(std::chrono::milliseconds(50));
        co_await tick.async_wait(as_values);
        const sqs::reader_statistics now = reader_.statistics();
        const bool empty = end.reached(now, busy_ > 0);
        const bool full =
            now.in_flight + 10 > limits.messages_in_flight || now.in_flight_bytes >= limits.bytes_in_flight;
        if (end.idle() && full) stop("no more messages that stay can be held");
        else if (empty) stop("");
        const auto news = trouble.news(now, std::chrono::steady_clock::now());
        if (news) {
            std::cerr << "sluice: the dead-letter queue cannot be read, trying again: " << escaped(*news) << '\n';
        }
    }
}

void redrive_run::report(const sqs::delivery& about, std::string_view what, const error_info& why) {
    if (++reported_ > most_reported) return;
    std::cerr << "sluice: " << escaped(about.message_id()) << " " << what << ": " << advice_for(why) << '\n';
    if (reported_ == most_reported) std::cerr << "sluice: further failures are only counted\n";
}

bool redrive_run::hopeless(const error_info& why) noexcept {
    return why.code == errc::not_found || why.code == errc::access_denied || why.code == errc::credentials;
}

} // namespace sluice::cli
