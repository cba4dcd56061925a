// What the batch channel is told and what it tells.
#pragma once

#include "stream/batch_assembler.hpp"
#include "stream/flow_control.hpp"

#include <sluice/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice::stream {

struct channel_limits {
    batch_limits batch; ///< of each destination
    flow_limits flow;
};

struct channel_counts {
    std::size_t requests = 0;            ///< batches sent
    std::size_t entries = 0;             ///< entries in them
    std::size_t accepted = 0;            ///< entries that ended well
    std::size_t failed = 0;              ///< entries that ended with an error, sent or not
    std::size_t retried = 0;             ///< times that an entry was put back to be sent again
    std::size_t corked = 0;              ///< times that a group was corked
    std::size_t order_breaks = 0;        ///< entries accepted after one before them in their group was refused
    std::size_t possible_duplicates = 0; ///< accepted after a try whose outcome is unknown
    std::uint64_t billed = 0;            ///< requests as they are billed: one for each 64 KiB that began
    std::size_t pending = 0;             ///< entries in the buffer or in flight now
    std::size_t pending_bytes = 0;
    std::size_t waiting = 0;      ///< pushes that wait for space now
    std::size_t destinations = 0; ///< with something to do now, or with corked groups
};

/// Where an entry goes.
struct entry_address {
    std::string destination; ///< one that is used alone needs no name
    std::string group;       ///< entries of a group keep their order; empty: none to keep
};

enum class when_full { wait, reject };

/// Decides whether an entry that failed is sent again. Called under the channel's mutex: it must not call back.
class entry_retries {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    entry_retries() = default;
    entry_retries(const entry_retries&) = delete;
    entry_retries& operator=(const entry_retries&) = delete;
    virtual ~entry_retries() = default;

    /// The pause before the next try; nothing: the failure is final. `tries` have been made, the first at `first`.
    virtual std::optional<std::chrono::steady_clock::duration>
    pause(const error_info& failure, int tries, time_point first, time_point now, bool in_group) = 0;
    /// An entry was accepted after `tries` of 2 or more.
    virtual void succeeded(int tries) = 0;
};

} // namespace sluice::stream
