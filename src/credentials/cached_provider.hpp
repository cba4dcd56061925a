// Keys that are asked for once and renewed in time, for any number of callers.
#pragma once

#include "credentials/refresh_schedule.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/credentials.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

namespace sluice {

/// `refresh_schedule` decides; this asks, waits and keeps the keys.
class cached_provider final : public credentials_provider, public std::enable_shared_from_this<cached_provider> {
  public:
    using clock = std::function<moment()>;

    cached_provider(boost::asio::any_io_executor executor, std::shared_ptr<credentials_provider> source,
                    std::chrono::milliseconds timeout, clock now = &moment::now);

    boost::asio::awaitable<result<credentials>> get() override;
    bool discard(const credentials& expired) override;

  private:
    /// One refresh under way. It runs on a strand of its own, where its deadline may end it.
    struct flight {
        explicit flight(const boost::asio::any_io_executor& executor)
            : strand(boost::asio::make_strand(executor)), deadline(strand) {}

        boost::asio::any_io_executor strand;
        boost::asio::steady_timer deadline;
        boost::asio::cancellation_signal cancel;
        std::vector<std::shared_ptr<one_shot_event>> waiting;
        bool over = false; ///< under the provider's mutex
    };

    static boost::asio::awaitable<result<credentials>> find(std::shared_ptr<cached_provider> self);
    static boost::asio::awaitable<result<credentials>> ask(std::shared_ptr<credentials_provider> source);
    void take_off(const std::shared_ptr<flight>& begun);
    void land(const std::shared_ptr<flight>& ended, result<credentials> outcome);
    // Under the mutex:
    std::shared_ptr<flight> begin_flight();
    [[nodiscard]] result<credentials> best(refresh_schedule::wall_time now) const;
    double random() { return std::uniform_real_distribution<double>(0.0, 1.0)(random_); }

    boost::asio::any_io_executor executor_;
    std::shared_ptr<credentials_provider> source_;
    std::chrono::milliseconds timeout_;
    clock now_;

    std::mutex mutex_;
    refresh_schedule schedule_;
    credentials keys_;
    error_info last_failure_;
    std::shared_ptr<flight> flight_; ///< null: none is under way
    std::mt19937_64 random_{std::random_device{}()};
};

} // namespace sluice
