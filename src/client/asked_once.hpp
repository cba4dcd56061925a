// Facts that are asked for once and remembered, such as the URL of a queue.
#pragma once

#include "transport/one_shot_event.hpp"

#include <sluice/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::calls {

/// One request for any number of coroutines that want the same fact at the same time. What went well is remembered;
/// failures are not. Usable from several coroutines and threads.
template<class Value>
class asked_once : public std::enable_shared_from_this<asked_once<Value>> {
  public:
    using ask_function = std::function<boost::asio::awaitable<result<Value>>(std::string about)>;

    asked_once(boost::asio::any_io_executor executor, ask_function ask)
        : executor_(std::move(executor)), ask_(std::move(ask)) {}

    boost::asio::awaitable<result<Value>> get(std::string about) {
        return find(this->shared_from_this(), std::move(about));
    }

    void forget(const std::string& about) {
        const std::lock_guard lock(mutex_);
        known_.erase(about);
    }

  private:
    // They are few; a program with thousands asks again now and then.
    static constexpr std::size_t remembered = 10'000;

    struct inquiry {
        std::vector<std::shared_ptr<one_shot_event>> waiting;
        std::optional<result<Value>> outcome; ///< none: whoever asked was cancelled
    };

    /// Ends the inquiry also when the coroutine that asks is destroyed.
    class running_inquiry {
      public:
        running_inquiry(std::shared_ptr<asked_once> owner, std::string about, std::shared_ptr<inquiry> begun)
            : owner_(std::move(owner)), about_(std::move(about)), inquiry_(std::move(begun)) {}
        running_inquiry(const running_inquiry&) = delete;
        running_inquiry& operator=(const running_inquiry&) = delete;
        ~running_inquiry() { owner_->end(about_, inquiry_); }

        void set(result<Value> outcome) { inquiry_->outcome.emplace(std::move(outcome)); }

      private:
        std::shared_ptr<asked_once> owner_;
        std::string about_;
        std::shared_ptr<inquiry> inquiry_;
    };

    static boost::asio::awaitable<result<Value>> find(std::shared_ptr<asked_once> self, std::string about) {
        for (;;) {
            std::shared_ptr<inquiry> current;
            std::shared_ptr<one_shot_event> ended;
            {
                const std::lock_guard lock(self->mutex_);
                const auto known = self->known_.find(about);
                if (known != self->known_.end()) co_return result<Value>(known->second);
                std::shared_ptr<inquiry>& running = self->running_[about];
                if (running) {
                    ended = std::make_shared<one_shot_event>(self->executor_);
                    running->waiting.push_back(ended);
                } else {
                    running = std::make_shared<inquiry>();
                }
                current = running;
            }
            if (!ended) {
                running_inquiry asking(self, about, current);
                auto outcome = co_await self->ask_(about);
                if (outcome) self->remember(about, *outcome);
                const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
                const bool cancelled = cancellation.cancelled() != boost::asio::cancellation_type::none;
                if (outcome || !cancelled) asking.set(outcome);
                co_return outcome;
            }
            co_await ended->wait_until(one_shot_event::time_point::max());
            if (!ended->is_set()) {
                co_return result<Value>(error_info(errc::cancelled, "cancelled while " + about + " was looked up"));
            }
            if (current->outcome) co_return *current->outcome;
        }
    }

    void remember(const std::string& about, const Value& answer) {
        const std::lock_guard lock(mutex_);
        if (known_.size() >= remembered) known_.clear();
        known_.insert_or_assign(about, answer);
    }

    /// Wakes those who wait for it. Without an outcome one of them asks anew.
    void end(const std::string& about, const std::shared_ptr<inquiry>& ended) {
        std::vector<std::shared_ptr<one_shot_event>> waiting;
        {
            const std::lock_guard lock(mutex_);
            running_.erase(about);
            waiting.swap(ended->waiting);
        }
        for (const auto& event : waiting) event->set();
    }

    boost::asio::any_io_executor executor_;
    ask_function ask_;
    std::mutex mutex_;
    std::map<std::string, Value> known_;
    std::map<std::string, std::shared_ptr<inquiry>> running_;
};

} // namespace sluice::calls
