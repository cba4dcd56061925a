// What SNS and SQS writers have in common.
#pragma once

#include <sluice/writer_observer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

/// What `write` does when the buffer is full.
enum class full_buffer {
    wait,   ///< for space, in the order of the calls
    reject, ///< fails at once with `errc::buffer_full`
};

/// How the messages of a group share requests, on FIFO queues and topics.
enum class group_ordering {
    strict, ///< at most one message of a group in a request: order holds whatever fails
    /// Messages of a group share a request. Should the service refuse one and accept one behind it, then the receipts
    /// of those behind it are marked, the group is corked, and `writer_statistics::order_breaks` counts it.
    run,
};

struct writer_options {
    /// How long a batch that is not full waits for more, counted from its first message. 0: not at all; messages then
    /// still gather while all requests are under way.
    std::chrono::milliseconds linger{5};
    /// Batches under way at once, for each destination. Of a message group there is one at most.
    std::size_t requests_in_flight = 8;
    /// Messages in the buffer or under way. No destination of a writer for many holds more than half of them.
    std::size_t pending_messages = 1000;
    /// The same by size.
    std::size_t pending_bytes = std::size_t(16) << 20;
    full_buffer when_full = full_buffer::wait;
    /// The largest message of the destinations. 0: the service's default, 1 MiB for queues and 256 KiB for topics.
    std::size_t max_message_bytes = 0;
    /// The limit is read from each destination (its attribute MaximumMessageSize) before the first message to it, and
    /// `max_message_bytes` does not count. Takes the right to GetQueueAttributes or GetTopicAttributes. A message ends
    /// with the error of that call when it fails.
    bool read_max_message_bytes = false;
    /// A message that fails in a way that may pass (throttling, 5xx, connections) is sent again, without the others of
    /// its batch, until this long after it was first sent; on FIFO destinations at most as long as these remember
    /// deduplication ids, 5 min. Each time costs the session's retry budget. 0: only what one call tries.
    std::chrono::milliseconds delivery_timeout{120'000};
    group_ordering ordering = group_ordering::strict;
    /// FIFO: a message without a deduplication id gets a random one, so that sending it again is harmless. True: it
    /// goes without, as the queue or topic has ContentBasedDeduplication.
    bool content_based_deduplication = false;
    /// Adds the attributes of sluice/stream_attributes.hpp that a message does not have itself. They count in its size
    /// and among the ten attributes that a message may have.
    bool stream_attributes = false;
    std::string content_type;                  ///< of all messages, for `streams-content-type`; empty: none
    std::shared_ptr<writer_observer> observer; ///< null: none
};

struct writer_statistics {
    std::size_t requests = 0;     ///< batches sent
    std::size_t entries = 0;      ///< messages in them
    std::size_t accepted = 0;     ///< messages that the service took
    std::size_t failed = 0;       ///< messages that ended with an error, sent or not
    std::size_t retried = 0;      ///< times that a message was put back to be sent again
    std::size_t corked = 0;       ///< times that a message group was corked
    std::size_t order_breaks = 0; ///< messages that were accepted after one before them in their group was refused
    std::size_t possible_duplicates = 0; ///< messages accepted after a try whose outcome is unknown; not of FIFO
    std::uint64_t billed = 0;            ///< requests as AWS bills them: each 64 KiB that a batch begins is one
    std::size_t pending = 0;             ///< in the buffer or under way now
    std::size_t pending_bytes = 0;
    std::size_t waiting = 0;      ///< `write` calls that wait for space now
    std::size_t destinations = 0; ///< that something is pending for, or that have corked groups

    [[nodiscard]] double entries_per_request() const noexcept {
        return requests == 0 ? 0 : static_cast<double>(entries) / static_cast<double>(requests);
    }
};

} // namespace sluice
