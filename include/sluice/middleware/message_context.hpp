// Which messages belong together, and which one caused which.
#pragma once

#include <sluice/export.hpp>
#include <sluice/message.hpp>

#include <string>

namespace sluice::sqs {
class delivery;
}

namespace sluice::stream_attributes {

inline constexpr const char* correlation_id = "streams-correlation-id"; ///< the same for all that one event set off
inline constexpr const char* causation_id = "streams-causation-id";     ///< the message that this one answers to

} // namespace sluice::stream_attributes

namespace sluice {

/// The ids of a message that was received. A handler gets it as its second argument when it has one
/// (`handler(delivery, context)`, see `compose`), or makes it: `message_context(delivery)`.
///
/// Threads: as for any value; nothing is kept elsewhere.
class SLUICE_API message_context {
  public:
    message_context() = default;
    /// Copies what it needs from the delivery's attributes; empty and Binary ones count as absent.
    explicit message_context(const sqs::delivery& delivery);

    /// `streams-message-id`, which all copies of a message have that a topic sends to its queues; else the queue's own
    /// message id.
    [[nodiscard]] const std::string& message_id() const noexcept { return message_id_; }
    /// `streams-correlation-id`; else `message_id()`: a message without one is the first of its kind.
    [[nodiscard]] const std::string& correlation_id() const noexcept { return correlation_id_; }
    /// `streams-causation-id`; empty: none.
    [[nodiscard]] const std::string& causation_id() const noexcept { return causation_id_; }

    /// Marks a message that is about to be written as caused by this one: it gets the correlation id, and this
    /// message's id as its causation id. Attributes that it has itself stay. Of the ten attributes that a message may
    /// have this takes two.
    void apply(message& outgoing) const;

  private:
    std::string message_id_;
    std::string correlation_id_;
    std::string causation_id_;
};

} // namespace sluice
