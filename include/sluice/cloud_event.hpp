// CloudEvents 1.0: an event as a value, and how it travels in a message.
#pragma once

#include <sluice/export.hpp>
#include <sluice/message.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::sqs {
class delivery;
}

namespace sluice {

/// The value of a context attribute: a type of CloudEvents, and the text that the specification writes it as. What was
/// read out of a message is a Boolean, an Integer or a String, as the wire tells no more; the `as_…` functions find the
/// other types in a String.
/// Source: CloudEvents 1.0.2, "Type System".
class SLUICE_API cloud_event_value {
  public:
    enum class type { boolean, integer, string, binary, uri, uri_reference, timestamp };

    cloud_event_value() = default; ///< an empty String
    cloud_event_value(std::string text) : text_(std::move(text)) {}
    cloud_event_value(const char* text) : text_(text) {}
    template<std::same_as<bool> Bool>
    cloud_event_value(Bool value) : type_(type::boolean), text_(value ? "true" : "false") {}
    /// -2,147,483,648 to 2,147,483,647: `to_message` refuses others.
    template<std::integral Integer>
        requires(!std::same_as<Integer, bool> && !std::same_as<Integer, char>)
    cloud_event_value(Integer value) : type_(type::integer), text_(std::to_string(value)) {}
    static cloud_event_value binary(std::string_view bytes);
    static cloud_event_value uri(std::string text) { return {type::uri, std::move(text)}; }
    static cloud_event_value uri_reference(std::string text) { return {type::uri_reference, std::move(text)}; }
    /// RFC 3339, such as `2018-04-05T17:31:00Z`.
    static cloud_event_value timestamp(std::string text) { return {type::timestamp, std::move(text)}; }
    static cloud_event_value timestamp(std::chrono::system_clock::time_point when);

    [[nodiscard]] type kind() const noexcept { return type_; }
    /// `true`, `-5`, the text itself, base64 of a Binary.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// What the text is as that type; nothing when it is none.
    [[nodiscard]] std::optional<bool> as_boolean() const noexcept;
    [[nodiscard]] std::optional<std::int32_t> as_integer() const noexcept;
    [[nodiscard]] std::optional<std::string> as_binary() const;
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> as_timestamp() const noexcept;

    friend bool operator==(const cloud_event_value&, const cloud_event_value&) = default;

  private:
    cloud_event_value(type of, std::string text) : type_(of), text_(std::move(text)) {}

    type type_ = type::string;
    std::string text_;
};

/// An extension attribute, such as `traceparent`.
struct cloud_event_extension {
    cloud_event_extension() = default;
    cloud_event_extension(std::string extension_name, cloud_event_value extension_value)
        : name(std::move(extension_name)), value(std::move(extension_value)) {}

    std::string name;
    cloud_event_value value;

    friend bool operator==(const cloud_event_extension&, const cloud_event_extension&) = default;
};

/// An event of CloudEvents 1.0. Setters chain. Nothing is checked here: `to_message` checks everything.
class SLUICE_API cloud_event {
  public:
    enum class data_kind {
        none,
        text,   ///< UTF-8: what the content type says, JSON when there is none
        binary, ///< bytes
    };

    cloud_event() = default;
    /// All three are required and not empty. `source` is a URI-reference; `source` and `id` together are unique for
    /// each event; `type` should begin with a reversed domain name.
    cloud_event(std::string id, std::string source, std::string type)
        : id_(std::move(id)), source_(std::move(source)), type_(std::move(type)) {}

    cloud_event& id(std::string text) & {
        id_ = std::move(text);
        return *this;
    }
    cloud_event&& id(std::string text) && { return std::move(id(std::move(text))); }

    cloud_event& source(std::string text) & {
        source_ = std::move(text);
        return *this;
    }
    cloud_event&& source(std::string text) && { return std::move(source(std::move(text))); }

    cloud_event& type(std::string text) & {
        type_ = std::move(text);
        return *this;
    }
    cloud_event&& type(std::string text) && { return std::move(type(std::move(text))); }

    cloud_event& subject(std::string text) & {
        subject_ = std::move(text);
        return *this;
    }
    cloud_event&& subject(std::string text) && { return std::move(subject(std::move(text))); }

    /// When it happened. In milliseconds.
    cloud_event& time(std::chrono::system_clock::time_point when) & {
        return time_text(cloud_event_value::timestamp(when).text());
    }
    cloud_event&& time(std::chrono::system_clock::time_point when) && { return std::move(time(when)); }
    /// The same as RFC 3339, as precise as you like.
    cloud_event& time_text(std::string text) & {
        time_ = std::move(text);
        return *this;
    }
    cloud_event&& time_text(std::string text) && { return std::move(time_text(std::move(text))); }

    /// The media type of the data, such as `application/json`.
    cloud_event& data_content_type(std::string text) & {
        data_content_type_ = std::move(text);
        return *this;
    }
    cloud_event&& data_content_type(std::string text) && { return std::move(data_content_type(std::move(text))); }

    /// A URI.
    cloud_event& data_schema(std::string text) & {
        data_schema_ = std::move(text);
        return *this;
    }
    cloud_event&& data_schema(std::string text) && { return std::move(data_schema(std::move(text))); }

    /// Names are of a-z and 0-9, and should have at most 20 characters.
    cloud_event& extension(std::string name, cloud_event_value value) & {
        extensions_.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    cloud_event&& extension(std::string name, cloud_event_value value) && {
        return std::move(extension(std::move(name), std::move(value)));
    }

    /// A text of the content type. Of JSON (the content type is `…/json` or `…+json`, or there is none) it is the JSON
    /// text, which goes out as it stands here: a string of JSON has its quotes.
    cloud_event& data(std::string text) & {
        data_ = std::move(text);
        data_kind_ = data_kind::text;
        return *this;
    }
    cloud_event&& data(std::string text) && { return std::move(data(std::move(text))); }

    cloud_event& binary_data(std::string bytes) & {
        data_ = std::move(bytes);
        data_kind_ = data_kind::binary;
        return *this;
    }
    cloud_event&& binary_data(std::string bytes) && { return std::move(binary_data(std::move(bytes))); }

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] const std::string& source() const noexcept { return source_; }
    [[nodiscard]] const std::string& type() const noexcept { return type_; }
    [[nodiscard]] std::string_view spec_version() const noexcept { return "1.0"; }
    [[nodiscard]] const std::optional<std::string>& subject() const noexcept { return subject_; }
    [[nodiscard]] const std::optional<std::string>& time_text() const noexcept { return time_; }
    /// Cut to milliseconds. Nothing when there is none, or none that can be read.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> time() const noexcept;
    [[nodiscard]] const std::optional<std::string>& data_content_type() const noexcept { return data_content_type_; }
    [[nodiscard]] const std::optional<std::string>& data_schema() const noexcept { return data_schema_; }
    /// In the order in which they were set; of an event that was read, in no order that says anything.
    [[nodiscard]] const std::vector<cloud_event_extension>& extensions() const noexcept { return extensions_; }
    /// Null when there is none of that name.
    [[nodiscard]] const cloud_event_value* extension(std::string_view name) const noexcept;
    [[nodiscard]] data_kind kind_of_data() const noexcept { return data_kind_; }
    /// Text or bytes; empty: also when there is none.
    [[nodiscard]] const std::string& data() const noexcept { return data_; }

    friend bool operator==(const cloud_event&, const cloud_event&) = default;

  private:
    std::string id_;
    std::string source_;
    std::string type_;
    std::optional<std::string> subject_;
    std::optional<std::string> time_;
    std::optional<std::string> data_content_type_;
    std::optional<std::string> data_schema_;
    std::vector<cloud_event_extension> extensions_;
    data_kind data_kind_ = data_kind::none;
    std::string data_;
};

/// How an event is laid out in a message.
enum class cloud_event_mode {
    /// All of it is the body, as JSON, in one of the ten attributes that a message may have: `streams-content-type` is
    /// `application/cloudevents+json`.
    structured,
    /// The body is the data; each context attribute is an attribute of the message, by which a topic can filter:
    /// `ce-specversion`, `ce-id`, `ce-source`, `ce-type` and so on, and `streams-content-type`, which is the content
    /// type of the data.
    binary,
};

/// The largest body of structured mode that is written and read, and the largest data that is written.
inline constexpr std::size_t longest_cloud_event = std::size_t(16) << 20;

/// A message with the event; group, destination and further attributes are yours to add. There is no binding of
/// CloudEvents to SQS and SNS: these layouts follow those of HTTP and Kafka.
///
/// Throws `error` with `errc::invalid_argument` that names the value and the rule for what CloudEvents forbids
/// (required attributes, names, characters, URIs, RFC 3339, media types, integers, JSON data that is no JSON), and in
/// binary mode for what a message cannot hold: more than ten attributes, no or empty data, empty values, and data that
/// is not text. `errc::message_too_long`: see `longest_cloud_event`. Source: CloudEvents 1.0.2, JSON Event Format for
/// CloudEvents 1.0.2.
[[nodiscard]] SLUICE_API message to_message(const cloud_event& event,
                                            cloud_event_mode mode = cloud_event_mode::structured);

/// The event in a message, whichever mode it was written in. Structured: the content type says
/// `application/cloudevents+json`, or none says that it is something else than JSON and the body is an object with
/// `specversion`, as many send them without attributes. Binary: there is `ce-specversion`. The content type is
/// `content-type`, else `streams-content-type`. In binary mode the data is text, and values are Strings.
///
/// Throws `error` with `errc::invalid_argument` for what is no event, for one that breaks a rule (which it names), for
/// other versions than 1.0, other formats than JSON, and batches: a message is one event. `errc::message_too_long`: see
/// `longest_cloud_event`.
[[nodiscard]] SLUICE_API cloud_event cloud_event_from(const sqs::delivery& delivery);
[[nodiscard]] SLUICE_API cloud_event cloud_event_from(std::string_view body,
                                                      std::span<const named_attribute> attributes);

/// Whether the message claims to be an event: `cloud_event_from` then gives it, or says what is wrong with it. For
/// queues where events and others come. Structured mode without a content type is seen when it begins with `{`, and
/// `"specversion"` is somewhere in it.
[[nodiscard]] SLUICE_API bool is_cloud_event(const sqs::delivery& delivery);
[[nodiscard]] SLUICE_API bool is_cloud_event(std::string_view body, std::span<const named_attribute> attributes);

} // namespace sluice
