// The awaitable channel under every writer and every acknowledgement: pushing suspends while the buffer is full, and
// each push completes with the result of its own entry.
//
// Asio's own channels are not used: those of Boost 1.81 drop buffered values on close and lose values under `||`.
#pragma once

#include "stream/batch_assembler.hpp"
#include "stream/flush_epochs.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sluice::stream {

struct channel_limits {
    batch_limits batch;
    std::size_t pending_entries = 1000;
    std::size_t pending_bytes = std::size_t(16) << 20;
};

struct channel_counts {
    std::size_t requests = 0; ///< batches sent
    std::size_t entries = 0;  ///< entries in them
    std::size_t accepted = 0; ///< entries that ended well
    std::size_t failed = 0;   ///< entries that ended with an error, sent or not
    std::size_t pending = 0;  ///< entries in the buffer or in flight now
    std::size_t waiting = 0;  ///< pushes that wait for space now
};

/// `send` takes the entries of a batch and gives one outcome for each, in their order. It never throws.
template<class Entry, class Value>
class batch_channel : public std::enable_shared_from_this<batch_channel<Entry, Value>> {
  public:
    using outcome = result<Value>;
    using sender = std::function<boost::asio::awaitable<std::vector<outcome>>(std::vector<Entry>)>;
    using time_point = std::chrono::steady_clock::time_point;

    batch_channel(boost::asio::any_io_executor executor, channel_limits limits, sender send)
        : executor_(std::move(executor)), limits_(limits), send_(std::move(send)), assembler_(limits.batch),
          timer_(executor_) {}

    /// Completes with the entry's own outcome. Cancellation: before the entry's batch left it ends as
    /// `errc::cancelled` and is not sent; afterwards as `errc::unknown_outcome`. Neighbours are not touched.
    boost::asio::awaitable<outcome> push(Entry entry, std::size_t bytes) {
        auto start = [](auto handler, std::shared_ptr<batch_channel> self, Entry given, std::size_t size) {
            const auto slot = boost::asio::get_associated_cancellation_slot(handler);
            auto added = std::make_shared<item>(std::move(given), size, std::move(handler));
            if (slot.is_connected()) {
                boost::asio::cancellation_slot(slot).assign(
                    [weak = self->weak_from_this(),
                     target = std::weak_ptr<item>(added)](boost::asio::cancellation_type) {
                        const auto channel = weak.lock();
                        const auto cancelled = target.lock();
                        if (channel && cancelled) channel->cancel(cancelled);
                    });
            }
            self->add(std::move(added));
        };
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(outcome)>(
            start, boost::asio::use_awaitable, this->shared_from_this(), std::move(entry), bytes);
    }

    /// Returns when everything pushed before has its outcome, or at the deadline: true when nothing is left.
    boost::asio::awaitable<bool> flush(time_point deadline) { return run_flush(this->shared_from_this(), deadline); }

    /// Refuses further pushes with `errc::closed`, drains until the deadline, then ends what is left: not sent as
    /// `errc::closed`, in flight as `errc::unknown_outcome`.
    boost::asio::awaitable<void> close(time_point deadline) { return run_close(this->shared_from_this(), deadline); }

    [[nodiscard]] channel_counts counts() const {
        const std::lock_guard lock(mutex_);
        channel_counts now = counts_;
        now.pending = pending_entries_;
        now.waiting = waiting_.size();
        return now;
    }

  private:
    enum class stage {
        waiting,   // for space in the buffer
        pending,   // in the buffer
        in_flight, // its batch has left
        done,      // its outcome was given
    };

    struct item {
        template<class Handler>
        item(Entry given, std::size_t size, Handler completion)
            : entry(std::move(given)), bytes(size), handler(std::move(completion)) {}

        Entry entry;
        std::size_t bytes;
        boost::asio::any_completion_handler<void(outcome)> handler;
        stage at = stage::waiting;
        std::uint64_t epoch = 0;
    };
    using item_ptr = std::shared_ptr<item>;
    using batch = std::vector<item_ptr>;

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

    /// What is to be done once the mutex is free: other people's code runs in it.
    struct deferred {
        std::vector<std::pair<item_ptr, outcome>> outcomes;
        std::vector<std::shared_ptr<batch>> batches;
        std::vector<std::shared_ptr<one_shot_event>> flushed;
    };

    void add(item_ptr added) {
        deferred later;
        {
            const std::lock_guard lock(mutex_);
            added->epoch = epochs_.enter();
            if (closed_) {
                end(added, error_info(errc::closed, "the writer is closed; this was not sent"), later);
            } else if (waiting_.empty() && has_space(added->bytes)) {
                admit(std::move(added));
            } else {
                waiting_.push_back(std::move(added));
            }
            pump(later);
        }
        run(std::move(later));
    }

    [[nodiscard]] bool has_space(std::size_t bytes) const noexcept {
        // An entry larger than the whole bound goes through an empty buffer: it must not wait for ever.
        return pending_entries_ == 0 ||
               (pending_entries_ < limits_.pending_entries && pending_bytes_ + bytes <= limits_.pending_bytes);
    }

    void admit(item_ptr added) {
        added->at = stage::pending;
        ++pending_entries_;
        pending_bytes_ += added->bytes;
        const std::size_t bytes = added->bytes;
        assembler_.add(std::move(added), bytes, std::chrono::steady_clock::now());
    }

    /// Gives an entry its outcome, once; later ones are dropped.
    void end(const item_ptr& ended, outcome with, deferred& later) {
        if (ended->at == stage::done) return;
        ended->at = stage::done;
        ++(with ? counts_.accepted : counts_.failed);
        for (auto& waiter : epochs_.leave(ended->epoch)) later.flushed.push_back(std::move(waiter));
        later.outcomes.emplace_back(ended, std::move(with));
    }

    void free_space(const item_ptr& left) {
        --pending_entries_;
        pending_bytes_ -= left->bytes;
    }

    void pump(deferred& later) {
        while (!waiting_.empty() && has_space(waiting_.front()->bytes)) {
            admit(std::move(waiting_.front()));
            waiting_.pop_front();
        }
        if (epochs_.flushing()) assembler_.flush();
        const auto now = std::chrono::steady_clock::now();
        for (batch taken = assembler_.take(now); !taken.empty(); taken = assembler_.take(now)) {
            for (const item_ptr& one : taken) one->at = stage::in_flight;
            ++counts_.requests;
            counts_.entries += taken.size();
            in_flight_.push_back(std::make_shared<batch>(std::move(taken)));
            later.batches.push_back(in_flight_.back());
        }
        arm_timer();
    }

    // One timer, armed when there is a deadline and it rests. A batch that left full does not cancel it: it finds
    // nothing due and is armed again for the next deadline.
    void arm_timer() {
        const auto deadline = assembler_.deadline();
        if (timer_armed_ || !deadline) return;
        timer_armed_ = true;
        timer_.expires_at(*deadline);
        timer_.async_wait([waiting = driver(this->shared_from_this())](const boost::system::error_code&) mutable {
            const std::shared_ptr<batch_channel> self = waiting.done();
            deferred later;
            {
                const std::lock_guard lock(self->mutex_);
                self->timer_armed_ = false;
                self->pump(later);
            }
            self->run(std::move(later));
        });
    }

    void run(deferred later) {
        for (auto& [ended, with] : later.outcomes) {
            // Posted: the handler's owner may destroy the channel, or push again, inside it.
            boost::asio::any_completion_handler<void(outcome)> handler(std::move(ended->handler));
            boost::asio::post(executor_, boost::asio::append(std::move(handler), std::move(with)));
        }
        for (const auto& waiter : later.flushed) waiter->set();
        for (auto& taken : later.batches) {
            auto sending = send_batch(driver(this->shared_from_this()), std::move(taken));
            boost::asio::co_spawn(executor_, std::move(sending), boost::asio::detached);
        }
    }

    boost::asio::awaitable<void> send_batch(driver sending, std::shared_ptr<batch> taken) {
        std::vector<Entry> entries;
        entries.reserve(taken->size());
        for (const item_ptr& one : *taken) entries.push_back(std::move(one->entry));
        std::vector<outcome> outcomes;
        std::string reason = "no result was given for this entry";
        try {
            outcomes = co_await send_(std::move(entries));
        } catch (const std::exception& failure) { // no memory: nobody may be left waiting
            reason = failure.what();
        }
        const std::shared_ptr<batch_channel> self = sending.done();
        finish_batch(taken, std::move(outcomes), reason);
    }

    void finish_batch(const std::shared_ptr<batch>& sent, std::vector<outcome> outcomes, const std::string& reason) {
        deferred later;
        {
            const std::lock_guard lock(mutex_);
            for (std::size_t i = 0; i < sent->size(); ++i) {
                const item_ptr& one = (*sent)[i];
                if (i < outcomes.size()) end(one, std::move(outcomes[i]), later);
                else end(one, unknown(reason), later);
                free_space(one);
            }
            std::erase(in_flight_, sent);
            assembler_.finished();
            pump(later);
        }
        run(std::move(later));
    }

    void cancel(const item_ptr& cancelled) {
        deferred later;
        {
            const std::lock_guard lock(mutex_);
            switch (cancelled->at) {
            case stage::waiting:
                std::erase(waiting_, cancelled);
                end(cancelled, error_info(errc::cancelled, "cancelled while it waited for space"), later);
                break;
            case stage::pending:
                assembler_.remove(cancelled);
                free_space(cancelled);
                end(cancelled, error_info(errc::cancelled, "cancelled before its batch left"), later);
                break;
            case stage::in_flight: end(cancelled, unknown("given up while its request was under way"), later); break;
            case stage::done: break;
            }
            pump(later);
        }
        run(std::move(later));
    }

    static error_info unknown(std::string why) {
        error_info info(errc::unknown_outcome, std::move(why));
        info.may_have_been_applied = true;
        return info;
    }

    boost::asio::awaitable<bool> run_flush([[maybe_unused]] std::shared_ptr<batch_channel> self, time_point deadline) {
        auto done = std::make_shared<one_shot_event>(executor_);
        const bool pending = start_flush(done);
        if (!pending) co_return true;
        co_await done->wait_until(deadline);
        co_return done->is_set();
    }

    bool start_flush(const std::shared_ptr<one_shot_event>& done) {
        deferred later;
        bool wait = false;
        {
            const std::lock_guard lock(mutex_);
            wait = epochs_.flush(done);
            pump(later);
        }
        run(std::move(later));
        return wait;
    }

    boost::asio::awaitable<void> run_close([[maybe_unused]] std::shared_ptr<batch_channel> self, time_point deadline) {
        refuse_pushes();
        const bool drained = co_await flush(deadline);
        if (!drained) abandon();
    }

    void refuse_pushes() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }

    void abandon() {
        deferred later;
        {
            const std::lock_guard lock(mutex_);
            const error_info not_sent(errc::closed, "the writer was closed before this was sent");
            for (const item_ptr& one : waiting_) end(one, not_sent, later);
            waiting_.clear();
            for (const item_ptr& one : assembler_.drop()) {
                end(one, not_sent, later);
                free_space(one);
            }
            for (const auto& sent : in_flight_) {
                for (const item_ptr& one : *sent)
                    end(one, unknown("the writer was closed while its request was under way"), later);
            }
        }
        run(std::move(later));
    }

    void drop_handlers() noexcept {
        std::vector<item_ptr> dropped;
        {
            const std::lock_guard lock(mutex_);
            dropped.assign(waiting_.begin(), waiting_.end());
            waiting_.clear();
            for (item_ptr& one : assembler_.drop()) dropped.push_back(std::move(one));
            for (const auto& sent : in_flight_) dropped.insert(dropped.end(), sent->begin(), sent->end());
            for (const item_ptr& one : dropped) one->at = stage::done;
        }
        for (const item_ptr& one : dropped) one->handler = nullptr;
    }

    boost::asio::any_io_executor executor_;
    channel_limits limits_;
    sender send_;

    mutable std::mutex mutex_;
    batch_assembler<item_ptr> assembler_;
    std::deque<item_ptr> waiting_;
    std::vector<std::shared_ptr<batch>> in_flight_;
    flush_epochs<std::shared_ptr<one_shot_event>> epochs_;
    std::size_t pending_entries_ = 0;
    std::size_t pending_bytes_ = 0;
    channel_counts counts_;
    boost::asio::steady_timer timer_;
    bool timer_armed_ = false;
    bool closed_ = false;
};

} // namespace sluice::stream
