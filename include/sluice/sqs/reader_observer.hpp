// What a reader does, told as it happens.
#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>

#include <cstddef>
#include <string_view>

namespace sluice::sqs {

/// What became of a message that a reader had.
enum class settlement {
    acknowledged, ///< deleted from the queue
    released,     ///< given back to the queue: by `release`, after a failed handler, or because the reader stopped
    dropped,      ///< its delivery was destroyed without either: it comes again after its visibility timeout
    lost,         ///< its lease ended before it was settled: others may have it
    damaged,      ///< not handed out: wrong MD5 sum, or no envelope where one is required. The queue keeps it
};

/// Override what you want to see. Without an observer nothing of this is computed.
///
/// Called on threads of the reader's executor, by several at once if it has several, in no fixed order. May use the
/// reader; must not block and must not throw. Texts are valid during the call.
class SLUICE_API reader_observer {
  public:
    reader_observer() = default;
    reader_observer(const reader_observer&) = delete;
    reader_observer& operator=(const reader_observer&) = delete;
    virtual ~reader_observer() = default;

    /// A poll was answered with so many messages, or failed.
    virtual void poll_ended(std::size_t /*messages*/, const error_info* /*failure*/) {}
    /// The reader is through with a message. With a failure the service did not confirm it: expect the message again.
    virtual void message_settled(std::string_view /*message_id*/, settlement /*how*/, const error_info* /*failure*/) {}
    /// The visibility timeout of a message could not be renewed. It is tried again while its lease lasts.
    virtual void renewal_failed(std::string_view /*message_id*/, const error_info& /*failure*/) {}
    /// A handler of `run` threw `what`; of `run_batch`: once for each message of the batch.
    virtual void handler_failed(std::string_view /*message_id*/, std::string_view /*what*/) {}
};

} // namespace sluice::sqs
