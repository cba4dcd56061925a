// What a reader, its pollers and its deliveries share.
#pragma once

#include "stream/acknowledgements.hpp"
#include "stream/delivery_buffer.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/sqs/reader.hpp>

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sluice {
class session_state;
}

namespace sluice::sqs::detail {

class reader_core : public std::enable_shared_from_this<reader_core> {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    reader_core(std::shared_ptr<session_state> session, std::string queue, reader_options options);

    boost::asio::awaitable<delivery> read();
    boost::asio::awaitable<void> stop(time_point deadline);
    /// What `stop` does at once, without waiting: no further polls, waiting reads end, the buffer is handed back.
    void begin_stop();

    boost::asio::awaitable<void> acknowledge(std::string receipt_handle);
    boost::asio::awaitable<void> change_visibility(std::string receipt_handle, std::chrono::seconds timeout);

    [[nodiscard]] reader_statistics statistics() const;

  private:
    enum class phase {
        idle,     // nobody has read yet, or the start failed
        starting, // the queue is looked up
        running,  // the pollers poll
        stopping, // no new polls
    };

    using held = stream::delivery_buffer::held;

    struct waiting_read {
        explicit waiting_read(const boost::asio::any_io_executor& executor) : event(executor) {}
        one_shot_event event;
        std::optional<result<held>> outcome; ///< under the core's mutex
    };

    boost::asio::awaitable<delivery> run_read(std::shared_ptr<reader_core> self);
    boost::asio::awaitable<void> run_start(std::shared_ptr<reader_core> self);
    boost::asio::awaitable<result<void>> prepare();
    boost::asio::awaitable<void> run_poller(std::shared_ptr<reader_core> self);
    boost::asio::awaitable<void> run_stop(std::shared_ptr<reader_core> self, time_point deadline);
    boost::asio::awaitable<void> run_acknowledge(std::shared_ptr<reader_core> self, std::string receipt_handle);
    boost::asio::awaitable<void> run_change_visibility(std::shared_ptr<reader_core> self, visibility_change change);
    boost::asio::awaitable<void> run_hand_back(std::shared_ptr<reader_core> self, std::string receipt_handle);

    /// Registers a read that has to wait, or returns nothing and sets `ready`.
    std::shared_ptr<waiting_read> begin_read(std::optional<result<held>>& ready);
    /// The first read, and the first after a failed start, looks the queue up and starts the pollers.
    void start_if_idle();
    result<held> end_read(const std::shared_ptr<waiting_read>& read, bool cancelled);
    void start_finished(const result<void>& prepared);
    /// The event to wait for before the next poll; null: poll now. `stop` is set when the poller must end.
    std::shared_ptr<one_shot_event> before_poll(bool& stop);
    /// Hands out what a poll brought. The pause before the next one, zero for none.
    std::chrono::seconds after_poll(result<receive_message_reply> reply, std::size_t& failures);
    /// False: `rest` is woken by a stop. True: a stop has begun, do not rest.
    bool park(const std::shared_ptr<one_shot_event>& rest);
    void poller_finished();
    void one_poller_less();
    /// Set when the last poller has ended; null when none runs.
    std::shared_ptr<one_shot_event> await_pollers();
    /// A message that was taken for a read which does not want it any more.
    void pass_on(held message, std::vector<std::string>& unwanted);
    void take_in(received_message content, time_point now, std::vector<std::string>& unwanted);
    void fail_waiting_reads(const error_info& failure);
    void wake_pollers();
    void hand_back(std::vector<std::string> receipt_handles);

    std::shared_ptr<session_state> session_;
    std::string queue_;
    reader_options options_;
    boost::asio::any_io_executor executor_;
    std::shared_ptr<stream::delete_channel> deletes_;
    std::shared_ptr<stream::visibility_channel> visibility_changes_;

    mutable std::mutex mutex_;
    phase phase_ = phase::idle;
    std::string queue_url_;
    std::chrono::seconds visibility_timeout_{0};
    stream::delivery_buffer buffer_;
    std::deque<std::shared_ptr<waiting_read>> waiting_reads_;
    std::vector<std::shared_ptr<one_shot_event>> parked_pollers_;
    std::vector<std::shared_ptr<one_shot_event>> resting_pollers_; ///< after a failure
    std::vector<std::shared_ptr<one_shot_event>> stop_waiters_;
    std::size_t pollers_ = 0; ///< running, and the start
    std::size_t polls_in_flight_ = 0;
    reader_statistics seen_;
};

} // namespace sluice::sqs::detail
