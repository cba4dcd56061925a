// How one command or event is sent, and what comes of it.
#pragma once

#include <sluice/export.hpp>
#include <sluice/message.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace sluice {

/// Setters chain. What is not set is what the bus thinks of.
class SLUICE_API send_options {
  public:
    send_options() = default;

    /// The id of the command, by which it is deduplicated: 1 to 128 printable ASCII characters without space. Not set:
    /// a random UUID. Whoever sends again after `errc::unknown_outcome` sets the same one both times.
    send_options& id(std::string value) & { return set(id_, std::move(value)); }
    send_options&& id(std::string value) && { return std::move(id(std::move(value))); }
    /// Instead of the type's own `aggregate_id()`.
    send_options& aggregate(std::string value) & { return set(aggregate_, std::move(value)); }
    send_options&& aggregate(std::string value) && { return std::move(aggregate(std::move(value))); }
    /// Not set: that of the command which is being handled; outside of handlers, the new id.
    send_options& correlation_id(std::string value) & { return set(correlation_id_, std::move(value)); }
    send_options&& correlation_id(std::string value) && { return std::move(correlation_id(std::move(value))); }
    /// Not set: the id of the command which is being handled; outside of handlers, none.
    send_options& causation_id(std::string value) & { return set(causation_id_, std::move(value)); }
    send_options&& causation_id(std::string value) && { return std::move(causation_id(std::move(value))); }
    /// Another queue (URL, ARN or name) or topic (ARN) than that of the bus's options.
    send_options& to(std::string value) & { return set(to_, std::move(value)); }
    send_options&& to(std::string value) && { return std::move(to(std::move(value))); }
    /// Of the message in the queue, 0 to 900 s; not on FIFO queues, not of events.
    send_options& delay(std::chrono::seconds value) & {
        delay_ = value;
        return *this;
    }
    send_options&& delay(std::chrono::seconds value) && { return std::move(delay(value)); }
    /// Not handled any more after this time; it is then a dead letter. By the clocks of sender and consumer.
    send_options& deadline(std::chrono::system_clock::time_point value) & {
        deadline_ = value;
        return *this;
    }
    send_options&& deadline(std::chrono::system_clock::time_point value) && { return std::move(deadline(value)); }

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] const std::optional<std::string>& aggregate() const noexcept { return aggregate_; }
    [[nodiscard]] const std::string& correlation_id() const noexcept { return correlation_id_; }
    [[nodiscard]] const std::string& causation_id() const noexcept { return causation_id_; }
    [[nodiscard]] const std::string& to() const noexcept { return to_; }
    [[nodiscard]] std::optional<std::chrono::seconds> delay() const noexcept { return delay_; }
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> deadline() const noexcept { return deadline_; }

  private:
    template<class Member>
    send_options& set(Member& member, std::string value) {
        member = std::move(value);
        return *this;
    }

    std::string id_;
    std::optional<std::string> aggregate_;
    std::string correlation_id_;
    std::string causation_id_;
    std::string to_;
    std::optional<std::chrono::seconds> delay_;
    std::optional<std::chrono::system_clock::time_point> deadline_;
};

/// The service has taken it.
struct command_receipt {
    command_receipt() = default;

    std::string command_id; ///< of an event: its id
    receipt sent;
};

} // namespace sluice
