// How a consumer finds its queues, begins and stops.
#include "bus/consumer_core.hpp"
#include "client/retry.hpp"
#include "session/session_state.hpp"
#include "stream/poll_rules.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sqs/client.hpp>

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace sluice::bus {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

bool has_been_cancelled(const asio::cancellation_state& state) {
    return state.cancelled() != asio::cancellation_type::none;
}

using stop_event = std::shared_ptr<one_shot_event>;

/// The URL of a queue that exists, as far as we may ask.
awaitable<result<std::string>> ask_for_queue(session session, std::string queue) {
    auto asking = session.state()->queues()->url_of(queue);
    auto url = co_await std::move(asking);
    if (!url || *url != queue) co_return url;
    sqs::get_queue_attributes_request ask(queue); // the URL of what is a URL is not asked for
    ask.names = std::vector<std::string>(1, "QueueArn");
    auto looking = as_result(session.sqs().get_queue_attributes(std::move(ask)));
    const auto seen = co_await std::move(looking);
    if (seen || seen.error().code == errc::access_denied) co_return url;
    co_return result<std::string>(seen.error());
}

/// What may pass is waited for, as a reader does when it starts. `errc::closed` once `stopped` is set.
awaitable<result<std::string>> find_queue(session session, std::string queue, stop_event stopped) {
    for (std::size_t failures = 1;; ++failures) {
        auto asking = ask_for_queue(session, queue);
        auto url = co_await std::move(asking);
        if (url || calls::kind_of(url.error()) == calls::failure_kind::permanent) co_return url;
        const asio::cancellation_state before = co_await asio::this_coro::cancellation_state;
        if (!has_been_cancelled(before)) {
            const auto pause = stream::poll_pause(failures, session.state()->caller()->random());
            co_await stopped->wait_until(std::chrono::steady_clock::now() + pause);
        }
        if (stopped->is_set()) co_return result<std::string>(error_info(errc::closed, "the consumer was stopped"));
        const asio::cancellation_state after = co_await asio::this_coro::cancellation_state;
        if (has_been_cancelled(after)) {
            co_return result<std::string>(error_info(errc::cancelled, "cancelled while " + queue + " was looked up"));
        }
    }
}

} // namespace

awaitable<void> consumer_core::run() { return run_run(shared_from_this()); }

awaitable<void> consumer_core::run_run(std::shared_ptr<consumer_core> self) {
    auto finding = find_queue(self->bus_->used_session(), self->queue_, self->stopped_);
    auto url = co_await std::move(finding);
    if (self->stopped_->is_set()) co_return;
    self->url_ = std::move(url).value();
    if (self->options_.dead_letters) {
        auto finding_letters = find_queue(self->bus_->used_session(), self->dead_letter_queue_, self->stopped_);
        const auto letters = co_await std::move(finding_letters);
        if (self->stopped_->is_set()) co_return;
        self->check_dead_letter_queue(letters);
    }
    auto running = self->begin_reading();
    if (!running) co_return;
    co_await std::move(*running);
}

void consumer_core::check_dead_letter_queue(const result<std::string>& url) const {
    if (url && *url == url_) {
        throw error(error_info(errc::invalid_argument, "dead_letter_queue is the queue itself: " + url_));
    }
    if (url) return;
    error_info why = url.error();
    if (why.code != errc::cancelled) {
        why.message = "the dead-letter queue " + dead_letter_queue_ + " of " + queue_ +
                      " cannot be found (make it, name another one, or set dead_letters = false): " + why.message;
    }
    throw error(std::move(why));
}

std::optional<awaitable<void>> consumer_core::begin_reading() {
    sqs::message_handler handler = [this](sqs::delivery& delivery) { return handle(shared_from_this(), delivery); };
    const std::lock_guard lock(mutex_);
    if (stopped_->is_set() || !reader_) return std::nullopt;
    return reader_->run(std::move(handler), options_.run);
}

awaitable<sqs::stop_report> consumer_core::stop(sqs::stop_policy policy, std::chrono::milliseconds patience) {
    return run_stop(stopped_, reader_->stop(policy, patience));
}

awaitable<sqs::stop_report> consumer_core::run_stop(std::shared_ptr<one_shot_event> stopped,
                                                    awaitable<sqs::stop_report> stopping) {
    stopped->set();
    auto report = co_await std::move(stopping);
    co_return report;
}

void consumer_core::drop_reader() {
    stopped_->set();
    std::optional<sqs::reader> ended; // not under the mutex: its observer is told
    const std::lock_guard lock(mutex_);
    ended.swap(reader_);
}

} // namespace sluice::bus

namespace sluice {

using boost::asio::awaitable;

command_consumer::command_consumer(const command_bus_base& bus, std::string queue,
                                   const command_handlers_base& handlers, command_consumer_options options)
    : core_(std::make_shared<bus::consumer_core>(bus.core(), std::move(queue), handlers, std::move(options))) {}

command_consumer& command_consumer::operator=(command_consumer&& other) noexcept {
    core_.swap(other.core_);
    return *this;
}

command_consumer::~command_consumer() {
    if (core_) core_->drop_reader();
}

awaitable<void> command_consumer::run() { return core_->run(); }
awaitable<sqs::stop_report> command_consumer::stop(std::chrono::milliseconds patience) {
    return core_->stop(sqs::stop_policy::drain, patience);
}
awaitable<sqs::stop_report> command_consumer::stop(sqs::stop_policy policy, std::chrono::milliseconds patience) {
    return core_->stop(policy, patience);
}
void command_consumer::pause() { core_->reader().pause(); }
void command_consumer::resume() { core_->reader().resume(); }
command_consumer_statistics command_consumer::statistics() const { return core_->statistics(); }

} // namespace sluice
