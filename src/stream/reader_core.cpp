// The frame of a reader: what it is made of, and what it tells.
#include "stream/reader_core.hpp"

#include "protocol/arn.hpp"
#include "session/session_state.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace sluice::sqs::detail {

namespace asio = boost::asio;
using std::chrono::steady_clock;

claim::~claim() { core_->drop(lease_); }

void cancellable::cancel(const std::shared_ptr<cancellable>& self) {
    asio::post(self->strand_, [self] { self->signal_.emit(asio::cancellation_type::terminal); });
}

namespace {

/// What goes back of a message group shares a request.
constexpr std::chrono::milliseconds shortest_linger_of_groups(1);
/// Renewals use the same requests, and have a lease to keep.
constexpr std::chrono::milliseconds longest_linger_of_renewals(50);

stream::permit_limits permit_limits_of(const reader_options& options) {
    stream::permit_limits limits;
    limits.buffered = options.buffered_messages;
    limits.messages = options.messages_in_flight;
    limits.bytes = options.bytes_in_flight;
    return limits;
}

stream::poller_limits poller_limits_of(const reader_options& options) {
    stream::poller_limits limits;
    limits.most = options.pollers;
    limits.shortest_wait = options.shortest_wait_time;
    limits.longest_wait = options.wait_time;
    return limits;
}

stream::release_delays release_delays_of(const reader_options& options) {
    stream::release_delays delays;
    delays.first = options.release_delay;
    delays.longest = options.longest_release_delay;
    return delays;
}

} // namespace

reader_core::reader_core(std::shared_ptr<session_state> session, std::string queue, reader_options options)
    : session_(std::move(session)), queue_(std::move(queue)), options_(std::move(options)),
      fifo_(protocol::is_fifo(queue_)), executor_(session_->caller()->executor()),
      deletes_(stream::make_delete_channel(session_, queue_, options_.acknowledge_linger)),
      visibility_changes_(stream::make_visibility_channel(
          session_, queue_,
          std::clamp(options_.acknowledge_linger, shortest_linger_of_groups, longest_linger_of_renewals))),
      permits_(permit_limits_of(options_)), scaler_(poller_limits_of(options_)),
      release_delays_(release_delays_of(options_)) {}

void reader_core::carry_out(effects out) {
    for (const auto& event : out.events) event(*options_.observer);
    for (const auto& work : out.cancel) cancellable::cancel(work);
    for (settling& begun : out.settle) settle_counted(std::move(begun), nullptr);
    for (unkept_message& gone : out.delete_again) {
        asio::co_spawn(executor_, run_delete_again(shared_from_this(), std::move(gone)), asio::detached);
    }
    for (unkept_message& gone : out.hand_back) {
        asio::co_spawn(executor_, run_hand_back(shared_from_this(), std::move(gone)), asio::detached);
    }
}

void reader_core::end_in_background() {
    --in_background_;
    notice_ends();
}

void reader_core::tell(effects& out, const std::string& message_id, settlement how, const result<void>& outcome) const {
    if (!options_.observer) return;
    out.events.emplace_back([message_id, how, outcome](reader_observer& seen) {
        if (outcome) return seen.message_settled(message_id, how, nullptr);
        const error_info failure = outcome.error();
        seen.message_settled(message_id, how, &failure);
    });
}

void reader_core::tell_poll(effects& out, std::size_t messages, std::optional<error_info> failure) const {
    if (!options_.observer) return;
    out.events.emplace_back([messages, kept = std::move(failure)](reader_observer& seen) {
        seen.poll_ended(messages, kept ? &*kept : nullptr);
    });
}

void reader_core::pause(bool wanted) {
    effects out;
    {
        const std::lock_guard lock(mutex_);
        paused_ = wanted;
        if (!paused_) go_on(out);
    }
    carry_out(std::move(out));
}

reader_statistics reader_core::statistics() const {
    const std::lock_guard lock(mutex_);
    reader_statistics now = seen_;
    now.buffered = order_.size();
    now.in_flight = permits_.held();
    now.in_flight_bytes = permits_.held_bytes();
    now.handlers = handlers_.size();
    now.polls_under_way = polls_.size();
    now.visibility_timeout = visibility_;
    if (last_poll_) {
        now.last_poll_age = std::chrono::floor<std::chrono::milliseconds>(steady_clock::now() - *last_poll_);
    }
    return now;
}

} // namespace sluice::sqs::detail
