// What the command bus puts around a payload, and how that travels in a message.
#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <sluice/message.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::sqs {
class delivery;
}

namespace sluice::stream_attributes {

// Of the command bus, besides those of sluice/stream_attributes.hpp and sluice/middleware/message_context.hpp.
inline constexpr const char* message_type = "streams-message-type"; ///< the name of the command, event or reply
inline constexpr const char* source = "streams-source";             ///< the program that wrote it
inline constexpr const char* reply_to = "streams-reply-to";         ///< URL of the queue that waits for the answer
inline constexpr const char* deadline = "streams-deadline"; ///< after this nobody wants it, in ms since 1970 (UTC)

} // namespace sluice::stream_attributes

namespace sluice {

/// A command, event or reply as the bus sees it, whatever it looks like in the queue. Texts are UTF-8; empty ones are
/// absent.
class bus_envelope {
  public:
    bus_envelope() = default;

    using time_point = std::chrono::system_clock::time_point;

    std::string id;             ///< of the command: 1 to 128 printable ASCII characters; never absent after `read`
    std::string type;           ///< its name; never absent after `read`
    std::string source;         ///< the program that sent it
    std::string subject;        ///< what it is about: the aggregate's id
    std::string correlation_id; ///< the same for all that one command set off; `read` gives `id` where there is none
    std::string causation_id;   ///< the id of the one that this one answers to or follows from
    std::string reply_to;       ///< the queue that waits for the answer, by its URL
    std::string content_type;   ///< of the payload, such as `application/json`
    std::string payload;        ///< any bytes
    std::optional<time_point> time;     ///< when it was sent; whole milliseconds
    std::optional<time_point> deadline; ///< nobody wants it any more after this; whole milliseconds

    friend bool operator==(const bus_envelope&, const bus_envelope&) = default;
};

/// What a queue delivered, as an envelope format sees it: body and attributes out of an SNS envelope already. Views:
/// good as long as what they were made of.
class SLUICE_API received_content {
  public:
    received_content() = default;
    explicit received_content(const sqs::delivery& from);

    std::string_view body;
    std::span<const named_attribute> attributes;
    std::string_view message_id; ///< the queue's own

    /// Null when there is no attribute of that name.
    [[nodiscard]] const attribute_value* attribute(std::string_view name) const noexcept;
    /// The value of an attribute; empty when there is none, and for a Binary one.
    [[nodiscard]] std::string_view text(std::string_view name) const noexcept;
};

/// How envelopes become messages and come back. Implement it for a format of your own; a bus writes the first of its
/// `command_bus_options::formats` and reads all of them.
///
/// A format decides about body, attributes, subject and trace header of a message. Group, deduplication id, delay and
/// destination are the bus's own affair and are overwritten. Ten attributes is all that a message may have, and room
/// for others (a trace, the reasons of a dead letter) is a courtesy.
///
/// Threads: called by several at once. Lifetime: shared by all that use it.
class SLUICE_API envelope_format {
  public:
    envelope_format() = default;
    envelope_format(const envelope_format&) = delete;
    envelope_format& operator=(const envelope_format&) = delete;
    virtual ~envelope_format();

    /// For error texts, such as `streams attributes`.
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    /// Whether a message is in this format, right or wrong: a look at its attributes or the first bytes of its body,
    /// as it is asked of every message. The first format that says yes reads the message, and no other one is asked.
    [[nodiscard]] virtual bool recognises(const received_content& what) const noexcept = 0;

    /// `errc::invalid_argument` that names the value and the rule for what the format cannot carry.
    /// Reads back as it was: `read` of it gives an equal envelope, with `correlation_id` filled in.
    [[nodiscard]] virtual result<message> write(bus_envelope envelope) const = 0;

    /// Of something that it recognises; may be hostile. `errc::invalid_argument` with a text for people: such a message
    /// is a dead letter at once. `id` and `type` are there on success.
    [[nodiscard]] virtual result<bus_envelope> read(const received_content& what) const = 0;

    /// What makes two commands the same, of what `read` gave: the key of deduplication, and by which failures are
    /// counted. The id, unless a format's ids are unique only together with something else.
    [[nodiscard]] virtual std::string deduplication_key(const bus_envelope& envelope) const { return envelope.id; }
};

/// The default. The payload is the body, and everything else an attribute of its own:
///
/// | member           | attribute                | when                                  |
/// |------------------|--------------------------|---------------------------------------|
/// | `id`             | `streams-message-id`     | always; the queue's own id where others left it out |
/// | `type`           | `streams-message-type`   | always: a message without it is not in this format |
/// | `content_type`   | `streams-content-type`   | always                                |
/// | `time`           | `streams-message-time`   | when set; RFC 3339 is read, too       |
/// | `subject`        | `streams-stream-key`     | when set                              |
/// | `correlation_id` | `streams-correlation-id` | when it is not `id`                   |
/// | `causation_id`   | `streams-causation-id`   | when set                              |
/// | `source`         | `streams-source`         | when set                              |
/// | `reply_to`       | `streams-reply-to`       | when set                              |
/// | `deadline`       | `streams-deadline`       | when set                              |
///
/// All ten are never more than a message may have; a command without a reply that follows from another one has seven.
/// Bodies are text in SQS and SNS: a payload that is not (RFC 3629 without control characters, at least one character)
/// travels in base64, marked as in data URLs by `;base64` at the end of the content type.
[[nodiscard]] SLUICE_API std::shared_ptr<const envelope_format> streams_envelope_format();

} // namespace sluice
