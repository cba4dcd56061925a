// SIGINT, SIGTERM and SIGHUP as a wish to stop. A second one kills, as the first is not waited for again.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <memory>
#include <utility>

#include <unistd.h>

namespace sluice::cli {

/// A signal that was ignored when the program started stays ignored: `nohup sluice … &` survives the logout.
inline void add_unless_ignored(boost::asio::signal_set& signals, std::initializer_list<int> wanted) {
    for (const int signal : wanted) {
        struct sigaction current{};
        const bool known = ::sigaction(signal, nullptr, &current) == 0;
        const bool ignored = known && (current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == SIG_IGN;
        if (!ignored) signals.add(signal);
    }
}

/// Until it is destroyed; `stop` is called once, on the executor.
class stop_signals {
  public:
    stop_signals(const boost::asio::any_io_executor& executor, std::function<void()> stop)
        : state_(std::make_shared<state>(executor, std::move(stop))) {
        state_->signals.async_wait([state = state_](const boost::system::error_code& failure, int signal) {
            if (failure) return;
            if (signal == SIGINT && ::isatty(STDERR_FILENO) == 1) std::cerr << '\n'; // it stands after a ^C
            state->seen = true;
            boost::system::error_code ignored;
            state->signals.clear(ignored); // the next one has its usual effect
            if (state->stop) state->stop();
        });
    }
    stop_signals(const stop_signals&) = delete;
    stop_signals& operator=(const stop_signals&) = delete;
    ~stop_signals() {
        state_->stop = nullptr;
        boost::system::error_code ignored;
        state_->signals.cancel(ignored);
    }

    [[nodiscard]] bool seen() const noexcept { return state_->seen; }

  private:
    struct state {
        state(const boost::asio::any_io_executor& executor, std::function<void()> callback)
            : signals(executor), stop(std::move(callback)) {
            add_unless_ignored(signals, {SIGINT, SIGTERM, SIGHUP});
        }

        boost::asio::signal_set signals;
        std::function<void()> stop;
        bool seen = false;
    };
    std::shared_ptr<state> state_;
};

} // namespace sluice::cli
