#include "credentials/cached_provider.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using asio::awaitable;

cached_provider::cached_provider(asio::any_io_executor executor, std::shared_ptr<credentials_provider> source,
                                 std::chrono::milliseconds timeout, clock now)
    : executor_(std::move(executor)), source_(std::move(source)), timeout_(timeout), now_(std::move(now)) {}

awaitable<result<credentials>> cached_provider::get() { return find(shared_from_this()); }

awaitable<result<credentials>> cached_provider::find(std::shared_ptr<cached_provider> self) {
    std::shared_ptr<one_shot_event> landed;
    std::shared_ptr<flight> begun;
    std::optional<result<credentials>> at_once;
    {
        const std::lock_guard lock(self->mutex_);
        const moment now = self->now_();
        const refresh_step step = self->schedule_.next(now);
        const bool ask = step == refresh_step::wait || step == refresh_step::refresh_behind;
        if (ask && !self->flight_) begun = self->begin_flight();
        if (step == refresh_step::wait) {
            landed = std::make_shared<one_shot_event>(self->executor_);
            self->flight_->waiting.push_back(landed);
        } else {
            at_once.emplace(self->best(now.wall));
        }
    }
    if (begun) self->take_off(begun);
    if (at_once) co_return std::move(*at_once);
    // The flight has a deadline of its own, so this ends.
    co_await landed->wait_until(one_shot_event::time_point::max());
    if (!landed->is_set()) {
        co_return result<credentials>(error_info(errc::cancelled, "cancelled while the credentials were renewed"));
    }
    const std::lock_guard lock(self->mutex_);
    co_return self->best(self->now_().wall);
}

result<credentials> cached_provider::best(refresh_schedule::wall_time now) const {
    if (schedule_.usable(now)) return keys_;
    return last_failure_;
}

std::shared_ptr<cached_provider::flight> cached_provider::begin_flight() {
    flight_ = std::make_shared<flight>(executor_);
    return flight_;
}

awaitable<result<credentials>> cached_provider::ask(std::shared_ptr<credentials_provider> source) {
    auto asking = source->get();
    auto answer = co_await std::move(asking);
    co_return std::move(answer);
}

void cached_provider::take_off(const std::shared_ptr<flight>& begun) {
    asio::post(begun->strand, [self = shared_from_this(), begun] {
        begun->deadline.expires_at(deadline_after(self->timeout_));
        begun->deadline.async_wait([self, begun](const boost::system::error_code& stopped) {
            if (stopped) return;
            self->land(begun, error_info(errc::credentials, "the credentials were not there within " +
                                                                std::to_string(self->timeout_.count()) + " ms"));
            begun->cancel.emit(asio::cancellation_type::terminal);
        });
        auto arrived = [self, begun](std::exception_ptr thrown, result<credentials> answer) {
            begun->deadline.cancel();
            if (!thrown) return self->land(begun, std::move(answer));
            try {
                std::rethrow_exception(thrown);
            } catch (const error& failure) {
                self->land(begun, failure.info());
            } catch (const std::exception& failure) {
                self->land(begun, error_info(errc::credentials, failure.what()));
            }
        };
        asio::co_spawn(begun->strand, ask(self->source_),
                       asio::bind_cancellation_slot(begun->cancel.slot(), std::move(arrived)));
    });
}

void cached_provider::land(const std::shared_ptr<flight>& ended, result<credentials> outcome) {
    std::vector<std::shared_ptr<one_shot_event>> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (ended->over) return;
        ended->over = true;
        const moment now = now_();
        if (outcome) {
            schedule_.loaded(outcome->expiration, now, random());
            keys_ = std::move(*outcome);
        } else {
            schedule_.failed(now, random());
            last_failure_ = outcome.error();
        }
        flight_.reset();
        waiting.swap(ended->waiting);
    }
    for (const auto& event : waiting) event->set();
}

bool cached_provider::discard(const credentials& expired) {
    {
        const std::lock_guard lock(mutex_);
        const bool current =
            keys_.access_key_id == expired.access_key_id && keys_.session_token == expired.session_token;
        if (!current) return true;                                          // newer ones are there already
        if (keys_.session_token.empty() && !keys_.expiration) return false; // long-term keys do not expire
        schedule_.refused();
    }
    source_->discard(expired);
    return true;
}

} // namespace sluice
