// The awaitable channel under every writer and every acknowledgement: pushing suspends while the buffer is full, and
// each push completes with the result of its own entry. What it decides is in `channel_core`.
//
// Asio's own channels are not used: those of Boost 1.81 drop buffered values on close and lose values under `||`.
#pragma once

#include "stream/channel_core.hpp"
#include "stream/spinning_mutex.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::stream {

/// `send` takes the destination and the entries of a batch and gives one outcome for each, in their order. The entries
/// stay where they are until it has ended. It never throws.
template<class Entry, class Value>
class batch_channel : public std::enable_shared_from_this<batch_channel<Entry, Value>> {
  public:
    using outcome = result<Value>;
    using addressed = addressed_entry<Entry>;
    using entry_list = std::vector<const Entry*>;
    using sender = std::function<boost::asio::awaitable<std::vector<outcome>>(std::string destination, entry_list)>;
    using time_point = std::chrono::steady_clock::time_point;

    /// `retries` null: nothing is sent again. `observer` may be null. `only`: where entries go that name no
    /// destination.
    batch_channel(boost::asio::any_io_executor executor, const channel_limits& limits, sender send,
                  std::shared_ptr<entry_retries> retries = nullptr, std::shared_ptr<writer_observer> observer = nullptr,
                  std::string only = {})
        : executor_(std::move(executor)), send_(std::move(send)), observer_(std::move(observer)),
          core_(limits, std::move(retries), observer_ != nullptr, std::move(only)), timer_(executor_) {}

    /// Completes with the entry's own outcome. Cancellation: before the entry's batch left it ends as
    /// `errc::cancelled` and is not sent; afterwards as `errc::unknown_outcome`. Neighbours are not touched.
    boost::asio::awaitable<outcome> push(addressed entry, when_full full = when_full::wait) {
        auto start = [](auto handler, std::shared_ptr<batch_channel> self, addressed given, when_full then) {
            const auto slot = boost::asio::get_associated_cancellation_slot(handler);
            // Straight to where the caller waits: a stop at our own executor costs as much as the way there.
            const boost::asio::any_io_executor home = boost::asio::get_associated_executor(handler, self->executor_);
            auto added = make_item(home, std::move(handler));
            static_cast<addressed&>(*added) = std::move(given);
            self->add(std::move(added), then, slot);
        };
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(outcome)>(
            start, boost::asio::use_awaitable, this->shared_from_this(), std::move(entry), full);
    }

    /// The two halves of `push`, for who fills the entry in place: it is made, and `add` or `refuse` follows.
    /// `handler` takes an outcome, once, on the executor `home`.
    template<class Handler>
    [[nodiscard]] static auto make_item(boost::asio::any_io_executor home, Handler handler) {
        return std::make_shared<waiting_item<Entry, Value, Handler>>(std::move(handler), std::move(home));
    }

    void add(std::shared_ptr<channel_item<Entry, Value>> added, when_full full, boost::asio::cancellation_slot slot) {
        if (slot.is_connected()) cancel_through(slot, {added});
        change([&](auto& out) { core_.add(std::move(added), full, now(), out); });
    }

    /// It ends without having been in the channel.
    void refuse(std::shared_ptr<channel_item<Entry, Value>> refused, error_info why) {
        refused->outcome = std::move(why);
        refused->at = entry_stage::done;
        complete(std::move(refused));
    }

    /// All of them, in their order. Completes when the last one has its outcome. Cancellation: each as for `push`.
    boost::asio::awaitable<std::vector<outcome>> push_all(std::vector<addressed> entries) {
        auto start = [](auto handler, std::shared_ptr<batch_channel> self, std::vector<addressed> given) {
            const auto slot = boost::asio::get_associated_cancellation_slot(handler);
            auto all = std::make_shared<channel_collection<Value>>(self->executor_, given.size(), std::move(handler));
            std::vector<item_ptr> items;
            for (std::size_t i = 0; i < given.size(); ++i) {
                auto set = [all, i](outcome one) { all->set(i, std::move(one)); };
                items.push_back(make_item(self->executor_, std::move(set)));
                static_cast<addressed&>(*items.back()) = std::move(given[i]);
            }
            if (slot.is_connected()) self->cancel_through(slot, items);
            for (item_ptr& one : items) self->add(std::move(one), when_full::wait, {});
            if (items.empty()) all->complete();
        };
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(std::vector<outcome>)>(
            start, boost::asio::use_awaitable, this->shared_from_this(), std::move(entries));
    }

    /// Returns when everything pushed before has its outcome, or at the deadline: true when nothing is left.
    boost::asio::awaitable<bool> flush(time_point deadline) { return run_flush(this->shared_from_this(), deadline); }

    /// Refuses further pushes with `errc::closed`, drains until the deadline, then ends what is left: not sent as
    /// `errc::closed`, in flight as `errc::unknown_outcome`.
    boost::asio::awaitable<void> close(time_point deadline) { return run_close(this->shared_from_this(), deadline); }

    /// A group that was corked takes entries again. False when it was not corked.
    bool resume(const entry_address& address) {
        const std::lock_guard lock(mutex_);
        return core_.resume(address);
    }

    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

    [[nodiscard]] channel_counts counts() const {
        const std::lock_guard lock(mutex_);
        return core_.counts();
    }

  private:
    using core = channel_core<Entry, Value, std::shared_ptr<one_shot_event>>;
    using item = typename core::item;
    using item_ptr = typename core::item_ptr;

    /// Held by whatever will go on with the entries: a request under way, the timer. Destroyed before it was `done`,
    /// the executor is going and nobody will: then the handlers go too, for the coroutines in them may own this
    /// channel.
    class driver {
      public:
        explicit driver(std::shared_ptr<batch_channel> channel) : channel_(std::move(channel)) {}
        driver(driver&&) noexcept = default;
        driver& operator=(driver&&) = delete;
        ~driver() {
            if (channel_) channel_->drop_handlers();
        }

        /// It runs: whoever is left without an outcome now has another driver.
        [[nodiscard]] std::shared_ptr<batch_channel> done() noexcept { return std::move(channel_); }

      private:
        std::shared_ptr<batch_channel> channel_;
    };

    void cancel_through(boost::asio::cancellation_slot slot, const std::vector<item_ptr>& items) {
        std::vector<std::weak_ptr<item>> targets(items.begin(), items.end());
        slot.assign([weak = this->weak_from_this(), targets = std::move(targets)](boost::asio::cancellation_type) {
            const auto channel = weak.lock();
            for (const auto& target : targets) {
                const auto cancelled = target.lock();
                if (channel && cancelled) channel->cancel(cancelled);
            }
        });
    }

    static void complete(item_ptr ended) {
        const boost::asio::any_io_executor home = std::move(ended->home); // the item may go before the call returns
        post_completion(home, std::move(ended));
    }

    static time_point now() { return std::chrono::steady_clock::now(); }

    /// Lets the core decide under the mutex, and does what it says when that is free.
    template<class Decide>
    void change(Decide decide) {
        typename core::effects out;
        {
            const std::lock_guard lock(mutex_);
            decide(out);
            arm_timer();
        }
        carry_out(std::move(out));
    }

    void cancel(const item_ptr& cancelled) {
        change([&](auto& out) { core_.cancel(cancelled, now(), out); });
    }

    // One timer, for the earliest deadline of all. A batch that left full does not cancel it: it finds nothing due and
    // is armed again.
    void arm_timer() {
        const auto earliest = core_.next_deadline();
        if (!earliest || (armed_for_ && *armed_for_ <= *earliest)) return;
        armed_for_ = earliest;
        const std::uint64_t mine = ++timer_generation_;
        timer_.expires_at(*earliest);
        timer_.async_wait([waiting = driver(this->shared_from_this()), mine](const boost::system::error_code&) mutable {
            const std::shared_ptr<batch_channel> self = waiting.done();
            self->change([&](auto& out) {
                if (mine != self->timer_generation_) return; // another one was armed since
                self->armed_for_.reset();
                self->core_.pass_time(now(), out);
            });
        });
    }

    void carry_out(typename core::effects out) {
        for (const auto& event : out.events) event(*observer_);
        for (item_ptr& ended : out.ended) complete(std::move(ended));
        for (const auto& waiter : out.flushed) waiter->set();
        for (auto& one : out.batches) {
            auto sending = send_batch(driver(this->shared_from_this()), one.from, std::move(one.what));
            boost::asio::co_spawn(executor_, std::move(sending), boost::asio::detached);
        }
    }

    boost::asio::awaitable<void> send_batch(driver sending, typename core::box* from,
                                            std::shared_ptr<typename core::batch> taken) {
        entry_list entries;
        entries.reserve(taken->entries.size());
        for (const auto& one : taken->entries) entries.push_back(&one.item->entry);
        std::vector<outcome> outcomes;
        std::string reason = "no result was given for this entry";
        try {
            outcomes = co_await send_(from->name, std::move(entries));
        } catch (const std::exception& failure) { // no memory: nobody may be left waiting
            reason = failure.what();
        }
        const std::shared_ptr<batch_channel> self = sending.done();
        finish_batch(*from, taken, std::move(outcomes), reason);
    }

    void finish_batch(typename core::box& from, const std::shared_ptr<typename core::batch>& sent,
                      std::vector<outcome> outcomes, const std::string& reason) {
        change([&](auto& out) { core_.finish(from, sent, std::move(outcomes), reason, now(), out); });
    }

    boost::asio::awaitable<bool> run_flush([[maybe_unused]] std::shared_ptr<batch_channel> self, time_point deadline) {
        auto done = std::make_shared<one_shot_event>(executor_);
        const bool pending = start_flush(done);
        if (!pending) co_return true;
        co_await done->wait_until(deadline);
        co_return done->is_set();
    }

    bool start_flush(const std::shared_ptr<one_shot_event>& done) {
        bool wait = false;
        change([&](auto& out) { wait = core_.flush(done, now(), out); });
        return wait;
    }

    boost::asio::awaitable<void> run_close([[maybe_unused]] std::shared_ptr<batch_channel> self, time_point deadline) {
        refuse_pushes();
        const bool drained = co_await flush(deadline);
        if (!drained) abandon();
    }

    void refuse_pushes() {
        const std::lock_guard lock(mutex_);
        core_.close();
    }
    void abandon() {
        change([&](auto& out) { core_.abandon(out); });
    }

    void drop_handlers() noexcept {
        std::vector<item_ptr> dropped;
        {
            const std::lock_guard lock(mutex_);
            dropped = core_.drop();
        }
        for (const item_ptr& one : dropped) one->drop_handler();
    }

    boost::asio::any_io_executor executor_;
    sender send_;
    std::shared_ptr<writer_observer> observer_;

    mutable spinning_mutex mutex_;
    core core_;
    boost::asio::steady_timer timer_;
    std::optional<time_point> armed_for_;
    std::uint64_t timer_generation_ = 0;
};

} // namespace sluice::stream
