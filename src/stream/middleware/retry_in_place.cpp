#include <sluice/middleware/retry_in_place.hpp>

#include "protocol/limits.hpp"
#include "stream/middleware/retry_pause.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/error.hpp>
#include <sluice/middleware/failure.hpp>

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <mutex>
#include <random>
#include <string>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace stream {

std::optional<milliseconds> retry_pause(const retry_in_place_options& options, int failures,
                                        milliseconds lease_remaining, double random) {
    if (failures >= options.attempts) return std::nullopt;
    const int doublings = std::clamp(failures - 1, 0, 30);
    const milliseconds bound = std::min<milliseconds>(options.longest_delay, options.first_delay * (1LL << doublings));
    const milliseconds pause(static_cast<milliseconds::rep>(random * static_cast<double>(bound.count())));
    // A lease that has ended is no lease, also when nothing is reserved.
    if (lease_remaining.count() <= 0 || pause + options.lease_reserve > lease_remaining) return std::nullopt;
    return pause;
}

} // namespace stream

namespace {

void check(const retry_in_place_options& options) {
    const auto require = [](bool holds, const std::string& text) {
        if (!holds) throw error(error_info(errc::invalid_argument, text));
    };
    const auto check_time = [&require](const char* name, milliseconds time) {
        require(time.count() >= 0 && time <= std::chrono::seconds(limits::visibility_seconds),
                std::string(name) + " is " + std::to_string(time.count()) + " ms: it must be 0 to 43200000 ms (12 h)");
    };
    require(options.attempts >= 1, "attempts is " + std::to_string(options.attempts) + ": it must be 1 or more");
    check_time("first_delay", options.first_delay);
    check_time("longest_delay", options.longest_delay);
    check_time("lease_reserve", options.lease_reserve);
}

} // namespace

struct retry_in_place::shared {
    explicit shared(retry_in_place_options given) : options(std::move(given)), generator_(std::random_device()()) {}

    double random() {
        const std::lock_guard lock(mutex_);
        return std::uniform_real_distribution<double>(0.0, 1.0)(generator_);
    }

    const retry_in_place_options options;

  private:
    std::mutex mutex_;
    std::mt19937_64 generator_;
};

retry_in_place::retry_in_place() : retry_in_place(retry_in_place_options()) {}

retry_in_place::retry_in_place(retry_in_place_options options) {
    check(options);
    shared_ = std::make_shared<shared>(std::move(options));
}

asio::awaitable<void> retry_in_place::pause_or_rethrow(const sqs::delivery& delivery, std::exception_ptr failure,
                                                       int attempt) const {
    const retry_in_place_options& options = shared_->options;
    if (is_cancellation(failure) || (options.retried && !options.retried(failure))) std::rethrow_exception(failure);
    const auto pause = stream::retry_pause(options, attempt, delivery.lease_remaining(), shared_->random());
    if (!pause) std::rethrow_exception(failure);
    if (pause->count() == 0) co_return;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, *pause);
    const auto waited = co_await timer.async_wait(as_values);
    if (std::get<0>(waited)) {
        throw error(
            error_info(errc::cancelled, "the message was to be handled again after: " + describe_failure(failure)));
    }
}

} // namespace sluice
