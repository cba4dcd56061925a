// What a handler knows of the command that it handles, and what it sends because of it.
#pragma once

#include <sluice/bus/command_traits.hpp>
#include <sluice/bus/envelope.hpp>
#include <sluice/bus/send_options.hpp>
#include <sluice/export.hpp>
#include <sluice/sqs/delivery.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace sluice {

namespace bus {
class bus_core;
}

/// A handler throws this to say that the command was understood and is refused: it would be so the next time, too. It
/// is not tried again. Whoever awaits a reply gets the text; without that the command is a dead letter of the kind
/// `rejected`.
class SLUICE_API command_rejected : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The part of a context that knows no codecs.
class SLUICE_API command_context_base {
  public:
    command_context_base(const bus_envelope& envelope, sqs::delivery& delivery, std::shared_ptr<bus::bus_core> bus,
                         bool wants_reply, std::string deduplication_key = {})
        : envelope_(&envelope), delivery_(&delivery), bus_(std::move(bus)),
          deduplication_key_(deduplication_key.empty() ? envelope.id : std::move(deduplication_key)),
          wants_reply_(wants_reply) {}

    /// The same at each delivery of a command, and of no other one: the key to doing it once. The command's id; of
    /// CloudEvents, whose ids are unique for each source, source and id.
    [[nodiscard]] const std::string& deduplication_key() const noexcept { return deduplication_key_; }
    /// The same at each delivery of a command.
    [[nodiscard]] const std::string& command_id() const noexcept { return envelope_->id; }
    [[nodiscard]] const std::string& type() const noexcept { return envelope_->type; }
    /// Never empty: the command's own id where it is the first of its kind.
    [[nodiscard]] const std::string& correlation_id() const noexcept { return envelope_->correlation_id; }
    [[nodiscard]] const std::string& causation_id() const noexcept { return envelope_->causation_id; } ///< may be empty
    [[nodiscard]] const std::string& aggregate_id() const noexcept { return envelope_->subject; }      ///< may be empty
    [[nodiscard]] const std::string& source() const noexcept { return envelope_->source; }             ///< may be empty
    /// By the sender's clock.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> sent_at() const noexcept {
        return envelope_->time;
    }
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> deadline() const noexcept {
        return envelope_->deadline;
    }
    /// This time included. On FIFO queues also for commands that waited behind one that failed.
    [[nodiscard]] int receive_count() const noexcept { return delivery_->receive_count(); }
    /// Somebody awaits what the handler returns.
    [[nodiscard]] bool wants_reply() const noexcept { return wants_reply_; }
    [[nodiscard]] sqs::delivery& delivery() const noexcept { return *delivery_; }
    [[nodiscard]] const bus_envelope& envelope() const noexcept { return *envelope_; }

  protected:
    boost::asio::awaitable<command_receipt> send_encoded(detail::encoded_payload content, send_options options) const;
    boost::asio::awaitable<command_receipt> publish_encoded(detail::encoded_payload content,
                                                            send_options options) const;

  private:
    const bus_envelope* envelope_;
    sqs::delivery* delivery_;
    std::shared_ptr<bus::bus_core> bus_;
    std::string deduplication_key_;
    bool wants_reply_;
};

/// Given to a handler; good until the handler has ended.
///
/// Threads: one at a time, as the handler.
template<class... Codecs>
class basic_command_context : public command_context_base {
  public:
    explicit basic_command_context(const command_context_base& base) : command_context_base(base) {}

    /// As `command_bus::send`: it gets this command's correlation id, and this command as its cause. When it is not
    /// accepted its message group is not corked for later ones: the handler fails, and the command comes again.
    /// A handler that sends and then fails sends again when it is called again, unless it gives the same id.
    template<class Command>
    boost::asio::awaitable<command_receipt> send(const Command& command, send_options options = send_options()) const {
        static_assert(!detail::has_event_name<Command>, "an event is published, not sent");
        return send_encoded(detail::encode_payload<first_codec>(command), std::move(options));
    }

    /// As `command_bus::publish`, likewise.
    template<class Event>
    boost::asio::awaitable<command_receipt> publish(const Event& event, send_options options = send_options()) const {
        static_assert(!detail::has_command_name<Event>, "a command is sent, not published");
        return publish_encoded(detail::encode_payload<first_codec>(event), std::move(options));
    }

  private:
    using first_codec = typename detail::first_of<Codecs...>::type;
};

} // namespace sluice
