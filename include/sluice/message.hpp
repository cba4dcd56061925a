// What is written: a body, attributes, and the ids that order and deduplicate it.
#pragma once

#include <sluice/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// The value of a message attribute: String, Number or Binary, with an optional custom suffix ("Number.float").
class SLUICE_API attribute_value {
  public:
    attribute_value() = default;
    /// A String.
    attribute_value(std::string text) : type_("String"), value_(std::move(text)) {}
    attribute_value(const char* text) : attribute_value(std::string(text)) {}

    /// Any type, as on the wire: `data_type` starts with `String`, `Number` or `Binary`; Binary `value` is raw bytes.
    static attribute_value typed(std::string data_type, std::string value);
    /// A Number, as decimal text: up to 38 digits, 1e-128 to 1e126.
    static attribute_value number(std::string digits) { return typed("Number", std::move(digits)); }
    static attribute_value number(std::int64_t value) { return typed("Number", std::to_string(value)); }
    static attribute_value binary(std::string bytes) { return typed("Binary", std::move(bytes)); }
    /// A String.Array: SNS filter policies match when any of the values does.
    /// Throws `error` with `errc::invalid_argument` for what is not UTF-8.
    static attribute_value string_array(const std::vector<std::string>& values);

    [[nodiscard]] const std::string& data_type() const noexcept { return type_; }
    /// Text, decimal digits, or raw bytes.
    [[nodiscard]] const std::string& value() const noexcept { return value_; }
    [[nodiscard]] bool is_binary() const noexcept { return type_.starts_with("Binary"); }

    friend bool operator==(const attribute_value&, const attribute_value&) = default;

  private:
    std::string type_ = "String";
    std::string value_;
};

struct named_attribute {
    named_attribute() = default;
    named_attribute(std::string attribute_name, attribute_value attribute)
        : name(std::move(attribute_name)), value(std::move(attribute)) {}

    std::string name;
    attribute_value value;

    friend bool operator==(const named_attribute&, const named_attribute&) = default;
};

/// A message to be written. Setters chain. Nothing is checked here: `write` checks everything before it sends.
class SLUICE_API message {
  public:
    message() = default;
    message(std::string body) : body_(std::move(body)) {}
    message(const char* body) : body_(body) {}

    message& attribute(std::string name, attribute_value value) & {
        attributes_.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    message&& attribute(std::string name, attribute_value value) && {
        return std::move(attribute(std::move(name), std::move(value)));
    }

    /// The message group: order on FIFO destinations, fairness on standard ones.
    message& group(std::string id) & {
        group_ = std::move(id);
        return *this;
    }
    message&& group(std::string id) && { return std::move(group(std::move(id))); }

    message& deduplication_id(std::string id) & {
        deduplication_id_ = std::move(id);
        return *this;
    }
    message&& deduplication_id(std::string id) && { return std::move(deduplication_id(std::move(id))); }

    /// SQS only, 0 to 900 s. Not set means the queue's own delay.
    message& delay(std::chrono::seconds time) & {
        delay_ = time;
        return *this;
    }
    message&& delay(std::chrono::seconds time) && { return std::move(delay(time)); }

    /// For a writer that was made without a destination: the queue (URL, ARN or name) or topic (ARN) of this message.
    message& to(std::string destination) & {
        destination_ = std::move(destination);
        return *this;
    }
    message&& to(std::string destination) && { return std::move(to(std::move(destination))); }

    /// SNS only: under 100 characters, no line breaks or control characters.
    message& subject(std::string text) & {
        subject_ = std::move(text);
        return *this;
    }
    message&& subject(std::string text) && { return std::move(subject(std::move(text))); }

    /// SNS only: `json` says that the body is a JSON object with a text for each protocol, such as `sqs` or `email`,
    /// and one under `default` for the others.
    message& structure(std::string name) & {
        structure_ = std::move(name);
        return *this;
    }
    message&& structure(std::string name) && { return std::move(structure(std::move(name))); }

    /// SQS only: the X-Ray header, sent as the system attribute AWSTraceHeader. It does not count in the size.
    message& trace_header(std::string text) & {
        trace_header_ = std::move(text);
        return *this;
    }
    message&& trace_header(std::string text) && { return std::move(trace_header(std::move(text))); }

    [[nodiscard]] const std::string& body() const noexcept { return body_; }
    [[nodiscard]] const std::vector<named_attribute>& attributes() const noexcept { return attributes_; }
    [[nodiscard]] const std::optional<std::string>& group() const noexcept { return group_; }
    [[nodiscard]] const std::optional<std::string>& deduplication_id() const noexcept { return deduplication_id_; }
    [[nodiscard]] std::optional<std::chrono::seconds> delay() const noexcept { return delay_; }
    [[nodiscard]] const std::optional<std::string>& destination() const noexcept { return destination_; }
    [[nodiscard]] const std::optional<std::string>& subject() const noexcept { return subject_; }
    [[nodiscard]] const std::optional<std::string>& structure() const noexcept { return structure_; }
    [[nodiscard]] const std::optional<std::string>& trace_header() const noexcept { return trace_header_; }

    /// What the services count: UTF-8 bytes of the body and of every attribute's name, type and (raw) value.
    [[nodiscard]] std::size_t size_in_bytes() const noexcept;

  private:
    std::string body_;
    std::vector<named_attribute> attributes_;
    std::optional<std::string> group_;
    std::optional<std::string> deduplication_id_;
    std::optional<std::chrono::seconds> delay_;
    std::optional<std::string> destination_;
    std::optional<std::string> subject_;
    std::optional<std::string> structure_;
    std::optional<std::string> trace_header_;
};

/// The service's answer to an accepted message.
struct receipt {
    receipt() = default;

    std::string message_id;
    std::string sequence_number; ///< FIFO only, else empty
    /// With `group_ordering::run`: a message before this one in its group, and in the same request, was refused.
    bool order_broken = false;
    /// It was sent again after a request whose outcome stayed unknown, and nothing has kept the service from taking it
    /// twice: no deduplication id.
    bool possible_duplicate = false;
};

} // namespace sluice
