// From a delivery to its handler, and what becomes of it.
#pragma once

#include "bus/bus_core.hpp"
#include "bus/dispatch.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/bus/command_consumer.hpp>
#include <sluice/sqs/reader.hpp>
#include <sluice/sqs/writer.hpp>

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace sluice::bus {

class consumer_core : public std::enable_shared_from_this<consumer_core> {
  public:
    /// Throws `error`.
    consumer_core(std::shared_ptr<bus_core> bus, std::string queue, command_handlers_base handlers,
                  command_consumer_options options);

    boost::asio::awaitable<void> run();
    [[nodiscard]] command_consumer_statistics statistics() const;
    sqs::reader& reader() noexcept { return *reader_; }
    boost::asio::awaitable<sqs::stop_report> stop(sqs::stop_policy policy, std::chrono::milliseconds patience);
    /// Ends polling, and the look for the queues.
    void drop_reader();

  private:
    /// One delivery, on its way through the layers.
    class arrival;
    using counter = std::atomic<std::uint64_t>;

    static boost::asio::awaitable<void> run_run(std::shared_ptr<consumer_core> self);
    static boost::asio::awaitable<sqs::stop_report> run_stop(std::shared_ptr<one_shot_event> stopped,
                                                             boost::asio::awaitable<sqs::stop_report> stopping);
    /// Nothing: it was stopped meanwhile.
    std::optional<boost::asio::awaitable<void>> begin_reading();
    void check_dead_letter_queue(const result<std::string>& url) const;
    static boost::asio::awaitable<void> handle(std::shared_ptr<consumer_core> self, sqs::delivery& delivery);
    // The layers, from the outside in.
    boost::asio::awaitable<void> attempt(arrival& one);
    boost::asio::awaitable<void> once(arrival& one);
    boost::asio::awaitable<void> with_retries(arrival& one);
    boost::asio::awaitable<void> call(arrival& one);

    void look_at(arrival& one) const;
    void read_into(arrival& one) const;
    void find_reply_queue(arrival& one) const;
    void forget_failures(const arrival& one);
    /// What is thrown instead of `failure`; throws nothing itself.
    std::exception_ptr judged(arrival& one, const std::exception_ptr& failure);
    boost::asio::awaitable<void> answer(arrival& one, detail::encoded_reply reply);
    boost::asio::awaitable<void> answer_failure(arrival& one, std::string_view kind, std::string text);
    boost::asio::awaitable<result<void>> try_reply(arrival& one, bus_envelope reply);
    void count_reply(const arrival& one, const result<void>& sent);
    void count(failure_kind kind);
    void log(const arrival& one, const std::string& what) const;
    dead_letter make_dead_letter();

    std::shared_ptr<bus_core> bus_;
    std::string queue_;
    command_handlers_base handlers_;
    command_consumer_options options_;
    std::string dead_letter_queue_;
    std::string url_; ///< of the queue; known when `run` has begun
    std::shared_ptr<command_deduplication> deduplication_;
    std::optional<retry_in_place> retries_;
    sqs::writer dead_letter_writer_;
    std::optional<dead_letter> dead_letter_;
    std::optional<sqs::reader> reader_;
    std::shared_ptr<one_shot_event> stopped_; ///< set by a stop and by the destructor

    mutable std::mutex mutex_;
    failure_counts failures_;

    counter handled_{0}, duplicates_{0}, failed_{0}, rejected_{0}, unknown_{0}, undecodable_{0}, expired_{0},
        given_up_{0}, dead_letters_{0}, failed_dead_letters_{0}, replies_{0}, failed_replies_{0}, refused_replies_{0};
};

} // namespace sluice::bus
