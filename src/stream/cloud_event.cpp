#include "stream/cloud_event.hpp"

#include "protocol/base64.hpp"
#include "protocol/limits.hpp"
#include "protocol/message_rules.hpp"
#include "protocol/strict_json.hpp"
#include "protocol/timestamp.hpp"
#include "stream/cloud_event_rules.hpp"
#include "stream/middleware/plain_text.hpp"

#include <sluice/sqs/delivery.hpp>
#include <sluice/stream_attributes.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice {
namespace stream {
namespace {

using nlohmann::json;
using data_kind = cloud_event::data_kind;

constexpr std::string_view prefix = "ce-";
constexpr const char* structured_type = "application/cloudevents+json";

/// Calls `each(name, value)` for all context attributes that are set, but for the content type.
template<class Each>
void for_each_attribute(const cloud_event& event, Each each) {
    each("specversion", cloud_event_value(std::string(event.spec_version())));
    each("id", cloud_event_value(event.id()));
    each("source", cloud_event_value(event.source()));
    each("type", cloud_event_value(event.type()));
    if (event.subject()) each("subject", cloud_event_value(*event.subject()));
    if (event.time_text()) each("time", cloud_event_value(*event.time_text()));
    if (event.data_schema()) each("dataschema", cloud_event_value(*event.data_schema()));
    for (const auto& [name, value] : event.extensions()) each(name, value);
}

/// A string of JSON that SQS and SNS take. Throws json::exception for what is not UTF-8.
std::string json_string(const std::string& text) {
    std::string plain = json(text).dump();
    std::size_t offset = 0;
    // U+FFFE and U+FFFF are characters of JSON, and none that a message may have.
    if (protocol::is_allowed_text(plain, offset)) return plain;
    return json(text).dump(-1, ' ', true);
}

void append_data(std::string& body, const cloud_event& event) {
    const auto& type = event.data_content_type();
    if (event.kind_of_data() == data_kind::none) return;
    if (event.kind_of_data() == data_kind::binary) {
        body += R"(,"data_base64":")" + protocol::base64_encode(event.data()) + '"';
    } else {
        body += R"(,"data":)";
        body += !type || declares_json(*type) ? event.data() : json_string(event.data());
    }
}

result<message> encode_structured(const cloud_event& event) {
    std::string body = "{";
    const auto append = [&body](std::string_view name, const cloud_event_value& value) {
        const bool bare =
            value.kind() == cloud_event_value::type::boolean || value.kind() == cloud_event_value::type::integer;
        if (body.size() > 1) body += ',';
        body.append("\"").append(name).append("\":").append(bare ? value.text() : json_string(value.text()));
    };
    for_each_attribute(event, append);
    if (event.data_content_type()) append("datacontenttype", *event.data_content_type());
    try {
        append_data(body, event);
    } catch (const json::exception&) {
        return wrong_cloud_event("the CloudEvent's data is a text that is not UTF-8: give it as binary_data");
    }
    body += '}';
    if (body.size() > longest_cloud_event) {
        return error_info(errc::message_too_long, "the CloudEvent has " + std::to_string(body.size()) +
                                                      " bytes as JSON; at most " + std::to_string(longest_cloud_event) +
                                                      " are written");
    }
    message made(std::move(body));
    made.attribute(stream_attributes::content_type, structured_type);
    return made;
}

result<message> encode_binary(const cloud_event& event) {
    const auto refuse = [](const std::string& why) {
        return result<message>(
            wrong_cloud_event("the CloudEvent cannot be written in binary mode: " + why + "; use structured mode"));
    };
    // A message's body is at least one character of text.
    if (event.data().empty()) return refuse("it has no data, which would be the body of the message");
    std::size_t offset = 0;
    if (!protocol::is_allowed_text(event.data(), offset)) {
        return refuse("at byte " + std::to_string(offset) + " its data is no text that SQS and SNS take");
    }
    message made(event.data());
    std::string empty;
    for_each_attribute(event, [&](std::string_view name, const cloud_event_value& value) {
        if (value.text().empty()) empty = name;
        made.attribute(std::string(prefix).append(name), value.text());
    });
    if (!empty.empty()) {
        return refuse("its attribute " + in_quotes(empty) + " is empty, and an attribute of a message must not be");
    }
    // Without one it is JSON for those who read it out of JSON, and unknown to those who read it from here.
    const std::string implied = event.kind_of_data() == data_kind::text ? "application/json" : "";
    const std::string type = event.data_content_type().value_or(implied);
    if (media_type_name(type).starts_with("application/cloudevents")) {
        return refuse("its data is itself of " + in_quotes(type) + ", which would be taken for structured mode");
    }
    if (!type.empty()) made.attribute(stream_attributes::content_type, type);
    if (made.attributes().size() > limits::message_attributes) {
        return refuse("it would take " + std::to_string(made.attributes().size()) +
                      " attributes of a message, which has at most 10");
    }
    return made;
}

const attribute_value* find(std::span<const named_attribute> attributes, std::string_view name) noexcept {
    const auto found = std::ranges::find(attributes, name, &named_attribute::name);
    return found == attributes.end() || found->value.is_binary() ? nullptr : &found->value;
}

std::string_view content_type_of(std::span<const named_attribute> attributes) noexcept {
    const attribute_value* type = find(attributes, "content-type");
    if (type == nullptr) type = find(attributes, stream_attributes::content_type);
    return type == nullptr ? std::string_view() : std::string_view(type->value());
}

enum class layout { structured, binary, batch, other_format, unmarked };

layout layout_of(std::span<const named_attribute> attributes) {
    const std::string type = media_type_name(content_type_of(attributes));
    if (type == structured_type) return layout::structured;
    if (type.starts_with("application/cloudevents-batch")) return layout::batch;
    if (type == "application/cloudevents" || type.starts_with("application/cloudevents+")) return layout::other_format;
    if (find(attributes, "ce-specversion") != nullptr) return layout::binary;
    return layout::unmarked;
}

/// Puts together what was found in a message. The first thing that is wrong is kept.
class event_builder {
  public:
    void set(std::string_view name, cloud_event_value value) {
        using setter = cloud_event& (cloud_event::*)(std::string)&;
        struct core_attribute {
            std::string_view name;
            setter set;
        };
        constexpr std::array<core_attribute, 7> core{{{"id", &cloud_event::id},
                                                      {"source", &cloud_event::source},
                                                      {"type", &cloud_event::type},
                                                      {"subject", &cloud_event::subject},
                                                      {"time", &cloud_event::time_text},
                                                      {"datacontenttype", &cloud_event::data_content_type},
                                                      {"dataschema", &cloud_event::data_schema}}};
        const auto known = std::ranges::find(core, name, &core_attribute::name);
        if (known == core.end() && name != "specversion") {
            event_.extension(std::string(name), std::move(value));
        } else if (value.kind() != cloud_event_value::type::string) {
            refuse("the CloudEvent's " + std::string(name) + " is " + value.text() + ", which is no string");
        } else if (known != core.end()) {
            (event_.*known->set)(value.text());
        } else {
            version_ = value.text();
        }
    }
    void refuse(std::string why) {
        if (!broken_) broken_ = wrong_cloud_event(std::move(why));
    }
    [[nodiscard]] cloud_event& event() noexcept { return event_; }

    result<cloud_event> take() && {
        if (broken_) return std::move(*broken_);
        if (!version_) return wrong_cloud_event("the CloudEvent has no specversion");
        if (*version_ != event_.spec_version()) {
            return wrong_cloud_event("the CloudEvent has the specversion " + in_quotes(*version_) +
                                     "; 1.0 is what is read");
        }
        if (auto failure = check_cloud_event(event_, false)) return std::move(*failure);
        return std::move(event_);
    }

  private:
    cloud_event event_;
    std::optional<std::string> version_;
    std::optional<error_info> broken_;
};

/// Of the JSON of a context attribute. Nothing for other types than CloudEvents has.
std::optional<cloud_event_value> value_of(const json& member) {
    if (member.is_boolean()) return cloud_event_value(member.get<bool>());
    if (member.is_string()) return cloud_event_value(member.get<std::string>());
    if (member.is_number_unsigned()) return cloud_event_value(member.get<std::uint64_t>());
    if (member.is_number_integer()) return cloud_event_value(member.get<std::int64_t>());
    return std::nullopt;
}

/// `text` is that of `document`, as its data goes on as it stands there.
void take_data(event_builder& builder, const json& document, std::string_view text) {
    const auto binary = document.find("data_base64");
    const auto data = document.find("data");
    cloud_event& event = builder.event();
    if (binary != document.end() && !binary->is_null()) {
        if (data != document.end()) builder.refuse("the CloudEvent has both data and data_base64");
        auto bytes =
            binary->is_string() ? protocol::base64_decode(binary->get_ref<const std::string&>()) : std::nullopt;
        if (!bytes) builder.refuse("the CloudEvent's data_base64 is not base64");
        else event.binary_data(std::move(*bytes));
    } else if (data != document.end()) {
        const auto& type = event.data_content_type();
        if (!type || declares_json(*type)) event.data(std::string(protocol::json_member_text(text, "data")));
        else if (data->is_string()) event.data(data->get<std::string>());
        else
            builder.refuse("the CloudEvent's data is no string, but its datacontenttype " + in_quotes(*type) +
                           " is not JSON");
    }
}

result<cloud_event> decode_structured(std::string_view body) {
    const auto document = protocol::parse_strict_json(body, "the CloudEvent", {longest_cloud_event, 64});
    if (!document) return document.error();
    if (document->is_array()) return wrong_cloud_event("the body is a batch of CloudEvents: a message is one event");
    if (!document->is_object()) return wrong_cloud_event("the CloudEvent is not a JSON object");
    event_builder builder;
    for (const auto& [name, member] : document->items()) {
        if (member.is_null() || name == "data" || name == "data_base64") continue; // null: not set
        auto value = value_of(member);
        if (value) builder.set(name, std::move(*value));
        else builder.refuse("the CloudEvent's " + in_quotes(name) + " is no string, Boolean or Integer");
    }
    take_data(builder, *document, body);
    return std::move(builder).take();
}

result<cloud_event> decode_binary(std::string_view body, std::span<const named_attribute> attributes) {
    event_builder builder;
    if (const std::string_view type = content_type_of(attributes); !type.empty()) {
        builder.event().data_content_type(std::string(type));
    }
    for (const auto& [name, value] : attributes) {
        if (!name.starts_with(prefix)) continue;
        // An envelope that was forged may have thousands.
        if (builder.event().extensions().size() > most_extensions) break;
        if (value.is_binary())
            builder.refuse("the attribute " + in_quotes(name) + " is Binary: CloudEvents has texts there");
        // A queue's own attribute behind one that was in the envelope.
        if (find(attributes, name) != &value) continue;
        builder.set(std::string_view(name).substr(prefix.size()), value.value());
    }
    if (!body.empty()) builder.event().data(std::string(body));
    return std::move(builder).take();
}

bool looks_like_an_event(std::string_view body, std::span<const named_attribute> attributes) {
    const std::string_view type = content_type_of(attributes);
    if (!type.empty() && !declares_json(type)) return false;
    const auto first = body.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && body[first] == '{' &&
           body.find("\"specversion\"") != std::string_view::npos;
}

} // namespace

result<message> encode_cloud_event(const cloud_event& event, cloud_event_mode mode) {
    if (auto failure = check_cloud_event(event, true)) return std::move(*failure);
    return mode == cloud_event_mode::structured ? encode_structured(event) : encode_binary(event);
}

result<cloud_event> decode_cloud_event(std::string_view body, std::span<const named_attribute> attributes) {
    if (body.size() > longest_cloud_event) {
        return error_info(errc::message_too_long, "the body has " + std::to_string(body.size()) +
                                                      " bytes; CloudEvents of at most " +
                                                      std::to_string(longest_cloud_event) + " are read");
    }
    switch (layout_of(attributes)) {
    case layout::structured: return decode_structured(body);
    case layout::binary: return decode_binary(body, attributes);
    case layout::batch: return wrong_cloud_event("the body is a batch of CloudEvents: a message is one event");
    case layout::other_format:
        return wrong_cloud_event("the CloudEvent is " + in_quotes(content_type_of(attributes)) +
                                 ": JSON is the format that is read");
    case layout::unmarked: break;
    }
    if (looks_like_an_event(body, attributes)) return decode_structured(body);
    return wrong_cloud_event(
        "the message is no CloudEvent: its content type is not application/cloudevents+json, it has no "
        "attribute ce-specversion, and its body is no JSON object with \"specversion\"");
}

} // namespace stream

namespace {

using system_time = std::chrono::system_clock::time_point;

std::optional<std::int32_t> integer_of(std::string_view text) noexcept {
    const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
    if (digits.size() > 1 && digits.starts_with('0')) return std::nullopt;
    std::int32_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

} // namespace

cloud_event_value cloud_event_value::binary(std::string_view bytes) {
    return {type::binary, protocol::base64_encode(bytes)};
}

cloud_event_value cloud_event_value::timestamp(system_time when) {
    return timestamp(protocol::date_time_text_in_milliseconds(when));
}

std::optional<bool> cloud_event_value::as_boolean() const noexcept {
    if (text_ == "true") return true;
    if (text_ == "false") return false;
    return std::nullopt;
}

std::optional<std::int32_t> cloud_event_value::as_integer() const noexcept { return integer_of(text_); }
std::optional<std::string> cloud_event_value::as_binary() const { return protocol::base64_decode(text_); }

std::optional<system_time> cloud_event_value::as_timestamp() const noexcept { return protocol::parse_date_time(text_); }

std::optional<system_time> cloud_event::time() const noexcept {
    if (!time_) return std::nullopt;
    return protocol::parse_date_time(*time_);
}

const cloud_event_value* cloud_event::extension(std::string_view name) const noexcept {
    const auto found = std::ranges::find(extensions_, name, &cloud_event_extension::name);
    return found == extensions_.end() ? nullptr : &found->value;
}

message to_message(const cloud_event& event, cloud_event_mode mode) {
    return stream::encode_cloud_event(event, mode).value();
}

cloud_event cloud_event_from(std::string_view body, std::span<const named_attribute> attributes) {
    return stream::decode_cloud_event(body, attributes).value();
}

cloud_event cloud_event_from(const sqs::delivery& delivery) {
    return cloud_event_from(delivery.body(), delivery.attributes());
}

bool is_cloud_event(std::string_view body, std::span<const named_attribute> attributes) {
    return stream::layout_of(attributes) != stream::layout::unmarked || stream::looks_like_an_event(body, attributes);
}

bool is_cloud_event(const sqs::delivery& delivery) { return is_cloud_event(delivery.body(), delivery.attributes()); }

} // namespace sluice
