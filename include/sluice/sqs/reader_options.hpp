// How a reader reads, how `run` handles, and what they tell.
#pragma once

#include <sluice/sqs/reader_observer.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::sqs {

/// What to do with the JSON that SNS wraps around a message where RawMessageDelivery is off.
enum class sns_envelope {
    automatic, ///< bodies that are an envelope are unwrapped, all others stay as they are
    raw,       ///< bodies stay as they are
    required,  ///< a message that did not come in an envelope is damaged: it is not handed out
};

struct reader_options {
    /// How long a poll of a quiet queue waits for a message, 0 to 20 s. Longer is cheaper.
    std::chrono::seconds wait_time{20};
    /// How long a poll waits while messages come, 0 s to `wait_time`: each poll that finds nothing doubles it. `stop`
    /// waits for the polls under way, so a busy reader stops within this time.
    std::chrono::seconds shortest_wait_time{1};
    /// How long a message stays hidden from other readers, 1 s to 12 h. Not set: the queue's own. It is asked for once,
    /// when the reader starts; who may not ask (`sqs:GetQueueAttributes`) gets 30 s. Every poll names it, so that a
    /// later change of the queue does not make leases wrong.
    std::optional<std::chrono::seconds> visibility_timeout;
    /// The most polls under way at once, 1 or more. One while the queue is quiet; more while polls come back full.
    std::size_t pollers = 4;
    /// Messages that wait in the reader and can be taken now, 1 or more. Those of a FIFO queue that wait for another
    /// one of their group do not count.
    std::size_t buffered_messages = 20;
    /// Messages that the reader has, from their receive until they are settled, 1 to 120,000 (what SQS lets be in
    /// flight of a queue): a bound on all that are buffered and handed out together.
    std::size_t messages_in_flight = 1'000;
    /// The same by size, 1 or more; passed by one receive at most.
    std::size_t bytes_in_flight = std::size_t(64) << 20;
    /// The visibility timeout of every message that the reader has is renewed before it passes, until `max_lease` after
    /// the receive (1 s to 12 h). False: a message is ours for one visibility timeout.
    bool renew_leases = true;
    std::chrono::seconds max_lease = std::chrono::hours(1);
    /// How long an acknowledgement waits for others to share its request, 0 to 1 s.
    std::chrono::milliseconds acknowledge_linger{5};
    /// A message that is released without a delay, or whose handler failed, can be received again after this long:
    /// doubled with each receive of the message, up to `longest_release_delay`. 1 s to 12 h.
    std::chrono::seconds release_delay{1};
    std::chrono::seconds longest_release_delay{300};
    sns_envelope envelope = sns_envelope::automatic;
    /// ARNs: what comes in the envelope of another topic counts as not being in an envelope. Empty: all are good.
    std::vector<std::string> topics;
    std::shared_ptr<reader_observer> observer; ///< null: none
};

/// When `run` deletes a message.
enum class acknowledge_mode {
    on_success, ///< after its handler has returned
    always,     ///< also after its handler has thrown, but not when it was cancelled
    manual,     ///< the handler calls `ack`, or else the message comes again
};

struct run_options {
    /// Handlers at once, 1 or more. Of a message group of a FIFO queue there is one at most.
    std::size_t handlers = 10;
    /// A handler that takes longer is cancelled. 0: when its message's lease is lost, after `max_lease` at the latest.
    std::chrono::milliseconds handler_timeout{0};
    acknowledge_mode acknowledge = acknowledge_mode::on_success;
    /// For `run_batch`: the most messages for one call of the handler, 1 or more, and how long the first one waits for
    /// others.
    std::size_t batch_messages = 10;
    std::chrono::milliseconds batch_linger{20};
};

enum class stop_policy {
    drain, ///< wait for polls and handlers: nothing stays behind invisible
    fast,  ///< cut the polls and cancel the handlers; what a cut poll took comes again after its visibility timeout
};

/// What `stop` did.
struct stop_report {
    std::size_t released = 0;           ///< messages that were handed back
    std::size_t polls_cut = 0;          ///< each may have taken up to ten messages, which stay hidden for a while
    std::size_t polls_left = 0;         ///< still under way at the deadline: what they bring is handed back
    std::size_t handlers_cancelled = 0; ///< their messages were handed back
    std::size_t handlers_left = 0;      ///< that did not heed their cancellation; their messages are ours until they do
    std::size_t still_out = 0;          ///< deliveries that were neither settled nor dropped yet
    bool complete = false;              ///< polls, handlers and acknowledgements had ended before the deadline
};

struct reader_statistics {
    std::size_t polls = 0;       ///< answered
    std::size_t empty_polls = 0; ///< of these, without a message
    std::size_t failed_polls = 0;
    std::size_t polls_cut = 0;
    std::size_t over_limit = 0;     ///< failed polls, as too many of the queue's messages are in flight
    std::size_t received = 0;       ///< messages
    std::size_t received_again = 0; ///< of these, while the reader still had them: their leases go on
    std::size_t deleted_again = 0;  ///< of these, processed before but not deleted: deleted without being handed out
    std::size_t expired = 0;        ///< dropped from the buffer unread: their leases had ended
    std::size_t damaged = 0;        ///< not handed out: wrong MD5 sum, or no envelope where one is required
    std::size_t released = 0;       ///< handed back
    std::size_t acknowledged = 0;
    std::size_t failed_acknowledgements = 0;
    std::size_t dropped = 0;         ///< deliveries destroyed without being settled
    std::size_t renewals = 0;        ///< of leases
    std::size_t failed_renewals = 0; ///< tried again while there is time
    std::size_t lost_leases = 0;     ///< of messages that were handed out
    std::size_t handled = 0;         ///< handlers of `run` that ended well
    std::size_t failed_handlers = 0;
    std::size_t buffered = 0;  ///< now
    std::size_t in_flight = 0; ///< messages that the reader has now
    std::size_t in_flight_bytes = 0;
    std::size_t handlers = 0;                   ///< running now
    std::size_t polls_under_way = 0;            ///< now
    std::chrono::seconds visibility_timeout{0}; ///< that polls ask for; 0: not started yet
    /// Since the last poll was answered or failed; nothing before the first one. Grows beyond `wait_time` when the
    /// reader is full, paused, or cannot reach the service.
    std::optional<std::chrono::milliseconds> last_poll_age;
    std::string last_poll_error; ///< of the last failed poll, in one line
};

} // namespace sluice::sqs
