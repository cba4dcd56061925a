// A handler of `reader::run` at work, and what cancels it.
#pragma once

#include "transport/one_shot_event.hpp"

#include <sluice/sqs/delivery.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sqs::detail {

/// A coroutine that can be cancelled from any thread: it runs on a strand of its own.
class cancellable {
  public:
    explicit cancellable(const boost::asio::any_io_executor& executor) : strand_(boost::asio::make_strand(executor)) {}

    [[nodiscard]] const boost::asio::strand<boost::asio::any_io_executor>& strand() const noexcept { return strand_; }
    [[nodiscard]] boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }
    static void cancel(const std::shared_ptr<cancellable>& self);

  private:
    boost::asio::strand<boost::asio::any_io_executor> strand_;
    boost::asio::cancellation_signal signal_;
};

/// A handler that runs.
struct running_handler {
    enum class end { not_cancelled, time_is_over, lease_is_lost, reader_stops };

    running_handler(const boost::asio::any_io_executor& executor, std::vector<delivery> given)
        : work(std::make_shared<cancellable>(executor)), ended(std::make_shared<one_shot_event>(executor)),
          messages(std::move(given)) {}

    std::shared_ptr<cancellable> work;
    std::shared_ptr<one_shot_event> ended;
    std::vector<delivery> messages; ///< the handler may have moved some away
    std::vector<std::string> message_ids;
    std::exception_ptr failure;         ///< written before `ended` is set
    end cancelled = end::not_cancelled; ///< under the core's mutex: the first reason
};

} // namespace sluice::sqs::detail
