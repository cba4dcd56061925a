// What a reader, its pollers, its handlers and its deliveries share.
#pragma once

#include "stream/acknowledgements.hpp"
#include "stream/dispatch_order.hpp"
#include "stream/lease_table.hpp"
#include "stream/poller_scaler.hpp"
#include "stream/receive_permits.hpp"
#include "stream/recent_ids.hpp"
#include "stream/release_delay.hpp"
#include "stream/running_handler.hpp"
#include "stream/sns_envelope.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/sqs/reader.hpp>

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice {
class session_state;
}

namespace sluice::sqs::detail {

using stream::lease_id;

/// A delivery's hold on its message. Destroyed before the message was settled, it drops it.
class claim {
  public:
    claim(std::shared_ptr<reader_core> core, lease_id lease) : core_(std::move(core)), lease_(lease) {}
    claim(const claim&) = delete;
    claim& operator=(const claim&) = delete;
    ~claim();

    [[nodiscard]] const std::shared_ptr<reader_core>& core() const noexcept { return core_; }
    [[nodiscard]] lease_id lease() const noexcept { return lease_; }

  private:
    std::shared_ptr<reader_core> core_;
    lease_id lease_;
};

/// Its parts are in reader_polls.cpp, reader_reads.cpp, reader_leases.cpp, reader_run.cpp and reader_stop.cpp.
class reader_core : public std::enable_shared_from_this<reader_core> {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    reader_core(std::shared_ptr<session_state> session, std::string queue, reader_options options);

    boost::asio::awaitable<delivery> read();
    boost::asio::awaitable<std::vector<delivery>> read_batch(std::size_t most, time_point deadline);
    /// `batch`: as many messages at a time; 1: `options.batch_messages` does not count.
    boost::asio::awaitable<void> run(batch_handler handler, run_options options, std::size_t batch);
    boost::asio::awaitable<stop_report> stop(stop_policy policy, time_point deadline);
    /// What `stop` does at once, without waiting: no further polls, waiting reads end, the buffer is handed back.
    void begin_stop();
    void pause(bool wanted);

    boost::asio::awaitable<void> acknowledge(lease_id lease);
    void acknowledge_in_background(lease_id lease);
    boost::asio::awaitable<void> release(lease_id lease, std::chrono::seconds delay);
    [[nodiscard]] std::chrono::seconds delay_of_release(int receive_count) const noexcept {
        return stream::release_delay(release_delays_, receive_count);
    }
    /// Its delivery was destroyed. Nothing when it was settled.
    void drop(lease_id lease) noexcept;
    [[nodiscard]] time_point end_of_lease(lease_id lease) const;

    [[nodiscard]] reader_statistics statistics() const;

  private:
    enum class phase {
        idle,     // nobody has read yet, or the start failed
        starting, // the queue is looked up
        running,  // the pollers poll
        stopping, // no new polls
    };
    enum class stage { buffered, taken, settling };

    /// A message that is ours.
    struct held_message {
        received_message content; ///< until it is handed out
        stream::sns_envelope envelope;
        std::string message_id;
        std::string group; ///< on FIFO queues, else empty
        std::size_t bytes = 0;
        stage at = stage::buffered;
        bool is_out = false; ///< it was taken, and its group waits for it
        bool lost = false;
        bool is_released = false; ///< it is being given back: received again, it is another delivery
        std::weak_ptr<running_handler> handler;
        std::vector<std::shared_ptr<one_shot_event>> awaits_renewal; ///< those who want to settle it
    };
    using held_place = std::unordered_map<lease_id, held_message>::iterator;

    struct waiting_read {
        explicit waiting_read(const boost::asio::any_io_executor& executor) : event(executor) {}
        one_shot_event event;
        std::optional<result<lease_id>> outcome; ///< under the core's mutex
    };

    /// One `run`.
    struct run_state {
        batch_handler handler;
        run_options options;
        std::size_t batch = 1;
        std::size_t workers = 0;             ///< under the core's mutex
        std::optional<error_info> not_begun; ///< the reader could not start; written before `ended` is set
        std::shared_ptr<one_shot_event> ended;
    };

    /// How a message is to leave.
    struct farewell {
        bool acknowledged = true;
        std::chrono::seconds delay{0}; ///< of a release
    };
    /// Messages that nobody else settles any more: one, and when it is released what there is of its group.
    struct settling {
        std::vector<lease_id> leases;
        farewell how;
        std::vector<std::shared_ptr<one_shot_event>> renewals; ///< under way: they would hide again what is given back
    };
    /// One of them, as long as it is not done.
    struct leaving {
        std::size_t place = 0; ///< in `settling::leases`
        std::string handle;
        error_info failure;
    };
    using when_settled = std::function<void(const result<void>& outcome)>; ///< that of the first message

    /// One that a poll brought and the reader did not take.
    struct unkept_message {
        std::string receipt_handle;
        std::string message_id;
    };

    /// What is to be done when the mutex is free.
    struct effects {
        std::vector<settling> settle;
        std::vector<unkept_message> hand_back;
        std::vector<unkept_message> delete_again;
        std::vector<std::shared_ptr<cancellable>> cancel;
        std::vector<std::shared_ptr<running_handler>> keep;        ///< so that none ends under the mutex
        std::vector<std::function<void(reader_observer&)>> events; ///< only when observed
    };
    void carry_out(effects out);
    void end_in_background(); ///< under the mutex: one request less that nobody awaits but a stop

    // polls
    boost::asio::awaitable<void> run_start(std::shared_ptr<reader_core> self);
    boost::asio::awaitable<result<void>> prepare();
    boost::asio::awaitable<void> run_poller(std::shared_ptr<reader_core> self, std::shared_ptr<cancellable> work);
    /// A poll that is allowed.
    struct poll_plan {
        std::size_t messages = 0; ///< to ask for; 0: wait for `parked` first
        std::chrono::seconds wait{0};
        bool stop = false; ///< the poller must end
        std::shared_ptr<one_shot_event> parked;
    };
    struct poll_outcome {
        result<receive_message_reply> reply;
        time_point sent;
        time_point hidden_since; ///< of the messages in it
    };
    /// One that came with a poll, and what was found in it.
    struct arrival {
        received_message content;
        stream::sns_envelope envelope; ///< without a topic: there was none
        bool good = false;
    };
    boost::asio::awaitable<poll_outcome> poll(poll_plan plan, std::string attempt_id);
    void start_finished(const result<void>& prepared);
    poll_plan before_poll(const std::shared_ptr<cancellable>& work);
    /// Hands out what a poll brought. The pause before the next one, zero for none.
    std::chrono::milliseconds after_poll(const std::shared_ptr<cancellable>& work, const poll_plan& plan,
                                         poll_outcome outcome);
    void poll_failed(const error_info& failure);
    /// `blocked`: groups of the reply of which one cannot be handed out; those behind it must not be either.
    void take_in(arrival one, time_point hidden_since, std::set<std::string>& blocked, effects& out);
    [[nodiscard]] arrival look_at(received_message content) const;
    /// A pause that a stop ends.
    boost::asio::awaitable<void> rest(std::chrono::milliseconds pause);
    /// False: a stop has begun, do not rest.
    bool begin_rest(const std::shared_ptr<one_shot_event>& event);
    void end_rest(const std::shared_ptr<one_shot_event>& event);
    void poller_finished();
    void one_poller_less();
    void back_off_ended();
    void wake_pollers();
    boost::asio::awaitable<void> run_delete_again(std::shared_ptr<reader_core> self, unkept_message gone);
    boost::asio::awaitable<void> run_hand_back(std::shared_ptr<reader_core> self, unkept_message gone);
    void end_unkept(const std::string& message_id, settlement how, const result<void>& outcome);

    // reads
    boost::asio::awaitable<result<delivery>> next(time_point deadline);
    /// Up to `most`, until `linger` after the first one; the failure is that of the first one.
    boost::asio::awaitable<result<std::vector<delivery>>> next_batch(std::size_t most,
                                                                     std::chrono::milliseconds linger);
    boost::asio::awaitable<delivery> run_read(std::shared_ptr<reader_core> self);
    boost::asio::awaitable<std::vector<delivery>> run_read_batch(std::shared_ptr<reader_core> self, std::size_t most,
                                                                 time_point deadline);
    std::shared_ptr<waiting_read> begin_read(std::optional<result<lease_id>>& ready);
    result<lease_id> end_read(const std::shared_ptr<waiting_read>& read, bool given_up);
    /// The first read, and the first after a failed start, looks the queue up and starts the pollers.
    void start_if_idle();
    /// Starts if need be and waits for it.
    boost::asio::awaitable<result<void>> await_start();
    /// Null: it is not starting.
    std::shared_ptr<one_shot_event> event_of_start();
    [[nodiscard]] result<void> outcome_of_start() const;
    delivery make_delivery(lease_id lease);
    /// Those whose lease ended while others were waited for.
    void drop_lost(std::vector<delivery>& batch) const;
    /// One that was taken and will not be read: with the rest of its group it goes back, unless it is lost.
    void leave_unread(lease_id taken, bool lost, effects& out);
    /// The next message that is still ours.
    std::optional<lease_id> take_next(effects& out);
    /// Space or a group became free: gives what may be taken to those who wait, and polls.
    void go_on(effects& out);
    void fail_waiting_reads(const error_info& failure);

    // leases
    boost::asio::awaitable<void> run_lease_keeper(std::shared_ptr<reader_core> self);
    boost::asio::awaitable<void> run_renewal(std::shared_ptr<reader_core> self, stream::lease_table::renewal wanted);
    /// What the keeper has to do now, and until when it may sleep. False: there will be nothing.
    bool keep_leases(std::vector<stream::lease_table::renewal>& due, std::shared_ptr<one_shot_event>& wake,
                     time_point& until, effects& out);
    void end_renewal(const stream::lease_table::renewal& done, const result<void>& outcome);
    void note_renewal(const stream::lease_table::renewal& done, const result<void>& outcome, effects& out);
    void start_keeper_if_needed();
    void lose(lease_id lost, effects& out);
    result<settling> begin_settling(lease_id lease, farewell how);
    /// Nobody else settles them from now on.
    settling claim_for(std::vector<lease_id> leases, farewell how);
    boost::asio::awaitable<result<void>> finish_settling(settling begun);
    boost::asio::awaitable<void> run_settle(std::shared_ptr<reader_core> self, lease_id lease, farewell how);
    boost::asio::awaitable<void> run_settle_in_background(std::shared_ptr<reader_core> self, settling begun,
                                                          when_settled then);
    /// Calls `then`, if any, under the mutex when it is done. A stop waits for it.
    void settle_in_background(settling begun, when_settled then = nullptr);
    void settle_counted(settling begun, when_settled then);
    /// Those that are still ours, with their newest handles; the others have their outcome.
    std::vector<leaving> those_to_settle(const settling& begun, std::vector<result<void>>& outcomes) const;
    boost::asio::awaitable<std::vector<result<void>>> send_settling(farewell how, const std::vector<leaving>& left);
    boost::asio::awaitable<std::vector<result<void>>> delete_one(std::string handle);
    /// Keeps those that are to be sent again. True: at once, as there is a newer handle.
    bool note_results(const settling& begun, const std::vector<result<void>>& results, std::vector<leaving>& left,
                      std::vector<result<void>>& outcomes) const;
    /// How long a settling that began then may go on.
    [[nodiscard]] time_point::duration time_to_settle(lease_id lease, time_point first) const;
    void end_settling(const settling& begun, const std::vector<result<void>>& outcomes);
    /// Gives its permit and its group free.
    void forget(lease_id gone);
    /// Messages that nobody handles go back to the queue, together.
    void hand_back(std::vector<lease_id> unread, effects& out);
    void tell(effects& out, const std::string& message_id, settlement how, const result<void>& outcome = {}) const;
    void tell_poll(effects& out, std::size_t messages, std::optional<error_info> failure) const;

    // run
    boost::asio::awaitable<void> run_run(std::shared_ptr<reader_core> self, std::shared_ptr<run_state> state);
    boost::asio::awaitable<void> run_workers(std::shared_ptr<reader_core> self, std::shared_ptr<run_state> state);
    boost::asio::awaitable<void> run_worker(std::shared_ptr<reader_core> self, std::shared_ptr<run_state> state);
    boost::asio::awaitable<void> run_handler(std::shared_ptr<run_state> state, std::vector<delivery> messages);
    static boost::asio::awaitable<void> call_handler(std::shared_ptr<running_handler> running,
                                                     std::shared_ptr<run_state> state);
    std::shared_ptr<running_handler> start_handler(const std::shared_ptr<run_state>& state,
                                                   std::vector<delivery> messages);
    /// Adds its cancellation to `out`, once.
    static bool cancel_handler(const std::shared_ptr<running_handler>& running, running_handler::end why, effects& out);
    std::size_t cancel_handlers(effects& out);
    void handler_is_late(const std::shared_ptr<running_handler>& running);
    struct handled {
        std::string failure; ///< empty: it ended well
        running_handler::end cancelled = running_handler::end::not_cancelled;
    };
    handled end_of_handler(const std::shared_ptr<running_handler>& running);
    /// What becomes of one of its messages; nothing: its handler has settled it, or was to.
    [[nodiscard]] std::optional<farewell> farewell_after(const handled& how, acknowledge_mode mode,
                                                         const delivery& message) const;
    boost::asio::awaitable<void> settle_handled(acknowledge_mode mode, std::shared_ptr<running_handler> running);
    void start_workers(const std::shared_ptr<run_state>& state);
    void worker_finished(run_state& state);
    [[nodiscard]] bool is_stopping() const;
    /// Until the reader polls, or stops. Fails when it cannot start for good.
    boost::asio::awaitable<result<void>> start_for_run();

    // stop
    boost::asio::awaitable<stop_report> run_stop(std::shared_ptr<reader_core> self, stop_policy policy,
                                                 time_point deadline);
    boost::asio::awaitable<bool> await_all_ended(time_point deadline);
    /// Set when polls, handlers and the acknowledgements in the background have ended. Null: they have.
    std::shared_ptr<one_shot_event> event_of_end();
    [[nodiscard]] bool have_ended() const { return pollers_ == 0 && in_background_ == 0 && workers_ == 0; }
    void end_at_once(stop_report& report, bool polls_too);
    void notice_ends();
    std::size_t cut_polls(effects& out);

    std::shared_ptr<session_state> session_;
    std::string queue_;
    reader_options options_;
    bool fifo_;
    boost::asio::any_io_executor executor_;
    std::shared_ptr<stream::delete_channel> deletes_;
    std::shared_ptr<stream::visibility_channel> visibility_changes_;

    mutable std::mutex mutex_;
    phase phase_ = phase::idle;
    bool paused_ = false;
    bool cancelling_ = false; ///< handlers are cancelled, and none begins any more
    std::string queue_url_;
    stream::lease_table leases_;
    stream::dispatch_order order_;
    stream::receive_permits permits_;
    stream::poller_scaler scaler_;
    std::chrono::seconds visibility_{0};
    stream::release_delays release_delays_;
    stream::recent_ids done_; ///< processed, but not deleted
    std::unordered_map<lease_id, held_message> held_;
    std::unordered_map<std::string, lease_id> by_message_id_;
    std::deque<std::shared_ptr<waiting_read>> waiting_reads_;
    std::vector<std::shared_ptr<one_shot_event>> parked_pollers_;
    std::vector<std::shared_ptr<one_shot_event>> resting_; ///< after a failure
    std::list<std::shared_ptr<cancellable>> polls_;        ///< under way
    std::list<std::weak_ptr<running_handler>> handlers_;
    std::vector<std::shared_ptr<one_shot_event>> start_waiters_;
    std::vector<std::shared_ptr<one_shot_event>> stop_waiters_;
    error_info start_failure_;                    ///< of the last start that failed
    std::shared_ptr<one_shot_event> keeper_wake_; ///< null: no keeper runs
    time_point keeper_until_ = time_point::max();
    std::size_t failures_ = 0;      ///< of polls, in a row
    std::size_t backing_off_ = 0;   ///< pollers that pause: nobody polls
    std::size_t pollers_ = 0;       ///< running, and the start
    std::size_t workers_ = 0;       ///< of all `run`s
    std::size_t in_background_ = 0; ///< settlings, and what goes back unread
    std::optional<time_point> last_poll_;
    reader_statistics seen_;
};

} // namespace sluice::sqs::detail
