// Drives coroutines to their end on an io_context of their own: no thread, no socket.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace unit_tests {

/// Runs `operation` to its end and gives its value or rethrows. Other work of `context` goes on meanwhile.
template<class T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> operation) {
    std::optional<T> value;
    std::exception_ptr failure;
    bool ended = false;
    boost::asio::co_spawn(context, std::move(operation), [&](std::exception_ptr thrown, T got) {
        failure = thrown;
        value.emplace(std::move(got));
        ended = true;
    });
    context.restart();
    while (!ended && context.run_one() > 0) {}
    if (!ended) throw std::logic_error("the coroutine waits for something that nobody will do");
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
}

inline void run(boost::asio::io_context& context, boost::asio::awaitable<void> operation) {
    std::exception_ptr failure;
    bool ended = false;
    boost::asio::co_spawn(context, std::move(operation), [&](std::exception_ptr thrown) {
        failure = thrown;
        ended = true;
    });
    context.restart();
    while (!ended && context.run_one() > 0) {}
    if (!ended) throw std::logic_error("the coroutine waits for something that nobody will do");
    if (failure) std::rethrow_exception(failure);
}

/// Everything that can go on without waiting for a timer.
inline void settle(boost::asio::io_context& context) {
    context.restart();
    while (context.poll() > 0) context.restart();
}

/// A coroutine that was started and is looked at from outside. It may outlive this object.
template<class T>
class started {
  public:
    started(boost::asio::io_context& context, boost::asio::awaitable<T> operation) {
        boost::asio::co_spawn(context, std::move(operation),
                              boost::asio::bind_cancellation_slot(state_->signal.slot(),
                                                                  [state = state_](std::exception_ptr thrown, T got) {
                                                                      state->failure = thrown;
                                                                      state->value.emplace(std::move(got));
                                                                  }));
    }

    [[nodiscard]] bool ended() const noexcept { return state_->value.has_value(); }
    /// The value, or throws what the coroutine threw.
    [[nodiscard]] T& value() {
        if (!ended()) throw std::logic_error("the coroutine has not ended");
        if (state_->failure) std::rethrow_exception(state_->failure);
        return *state_->value;
    }
    void cancel(boost::asio::cancellation_type type = boost::asio::cancellation_type::terminal) {
        state_->signal.emit(type);
    }

  private:
    struct shared {
        boost::asio::cancellation_signal signal;
        std::optional<T> value;
        std::exception_ptr failure;
    };
    std::shared_ptr<shared> state_ = std::make_shared<shared>();
};

/// The same for coroutines without a value.
inline boost::asio::awaitable<bool> then_true(boost::asio::awaitable<void> operation) {
    co_await std::move(operation);
    co_return true;
}

} // namespace unit_tests
