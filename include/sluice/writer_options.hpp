// What SNS and SQS writers have in common.
#pragma once

#include <chrono>
#include <cstddef>

namespace sluice {

/// The defaults are bounded and work. Sizes are bytes as the services count them: body and attributes.
struct writer_options {
    /// How long a batch that is not full waits for more, counted from its first message. 0: not at all; messages then
    /// still gather while all requests are under way.
    std::chrono::milliseconds linger{5};
    /// Batches under way at once. A FIFO destination always has one: order would be lost otherwise.
    std::size_t requests_in_flight = 8;
    /// Messages in the buffer or under way; `write` waits when there are as many.
    std::size_t pending_messages = 1000;
    /// The same by size.
    std::size_t pending_bytes = std::size_t(16) << 20;
    /// The largest message of this destination. 0: the service's default, 1 MiB for queues and 256 KiB for topics.
    std::size_t max_message_bytes = 0;
};

/// A snapshot.
struct writer_statistics {
    std::size_t requests = 0; ///< batches sent
    std::size_t entries = 0;  ///< messages in them
    std::size_t accepted = 0; ///< messages that the service took
    std::size_t failed = 0;   ///< messages that ended with an error, sent or not
    std::size_t pending = 0;  ///< in the buffer or under way now
    std::size_t waiting = 0;  ///< `write` calls that wait for space now
};

} // namespace sluice
