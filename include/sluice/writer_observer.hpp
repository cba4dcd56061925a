// What a writer does, told as it happens.
#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>

#include <chrono>
#include <cstddef>
#include <string_view>

namespace sluice {

/// Why a batch left.
enum class batch_reason {
    full,   ///< it had as many messages as a request can have
    bytes,  ///< the next message did not fit
    slot,   ///< it had gathered while all requests, or those of its message groups, were under way
    linger, ///< its first message had waited long enough
    flush,  ///< somebody wanted everything out: `flush()` or `close()`
    retry,  ///< its first message comes again
};

/// Override what you want to see. Without an observer nothing of this is computed.
///
/// Called on threads of the writer's executor, by several at once if it has several, in no fixed order. May use the
/// writer; must not block and must not throw. Texts are valid during the call.
class SLUICE_API writer_observer {
  public:
    writer_observer() = default;
    writer_observer(const writer_observer&) = delete;
    writer_observer& operator=(const writer_observer&) = delete;
    virtual ~writer_observer() = default;

    /// `bytes` as the service counts them.
    virtual void batch_sent(std::string_view /*destination*/, std::size_t /*messages*/, std::size_t /*bytes*/,
                            batch_reason /*reason*/) {}
    /// A message has its final result. Null: it was accepted.
    virtual void message_ended(std::string_view /*destination*/, std::string_view /*group*/,
                               const error_info* /*failure*/) {}
    /// A message failed and is sent again after `pause`. `tries` batches had it so far.
    virtual void message_retried(std::string_view /*destination*/, std::string_view /*group*/,
                                 const error_info& /*failure*/, int /*tries*/,
                                 std::chrono::steady_clock::duration /*pause*/) {}
    /// A write waits for space in the buffer.
    virtual void write_waits(std::string_view /*destination*/) {}
    /// A message was not accepted: its message group takes nothing until `resume()`.
    virtual void group_corked(std::string_view /*destination*/, std::string_view /*group*/,
                              const error_info& /*failure*/) {}
};

} // namespace sluice
