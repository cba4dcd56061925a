// Between those who bring requests (connections, the in-process transport) and the one who carries them out.
#pragma once

#include "local/broker_core.hpp"

#include <memory>
#include <optional>

namespace sluice::local {

/// Who waits for the answer to a poll. All members may be called from any thread.
class answer_receiver {
  public:
    answer_receiver() = default;
    answer_receiver(const answer_receiver&) = delete;
    answer_receiver& operator=(const answer_receiver&) = delete;
    virtual ~answer_receiver() = default;
    virtual void answer(http_answer answer) = 0;
    /// There will be no answer: the broker stops or restarts.
    virtual void close() = 0;
};

/// All members may be called from any thread.
class call_handler {
  public:
    call_handler() = default;
    call_handler(const call_handler&) = delete;
    call_handler& operator=(const call_handler&) = delete;
    virtual ~call_handler() = default;
    /// Without an answer, `answer` of the receiver follows, from any thread.
    virtual call_outcome handle(const http_call& call, const std::shared_ptr<answer_receiver>& from) = 0;
    /// How a new connection ends at once, as a fault rule wants it; nothing: it goes on.
    [[nodiscard]] virtual std::optional<connection_end> meet_connection() = 0;
    /// The client of a waiting poll went away.
    virtual void forget(poll_id poll) = 0;
    /// For the header Date.
    [[nodiscard]] virtual time_point date() const = 0;
};

} // namespace sluice::local
