#include "stream/sns_envelope.hpp"

#include "protocol/base64.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace sluice::stream {
namespace {

using nlohmann::json;

/// The text of a member; nothing when it is not there or no text.
std::optional<std::string> text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

std::vector<named_attribute> attributes_of(const json& envelope) {
    std::vector<named_attribute> all;
    const auto found = envelope.find("MessageAttributes");
    if (found == envelope.end() || !found->is_object()) return all;
    for (const auto& [name, attribute] : found->items()) {
        if (!attribute.is_object()) continue;
        auto type = text_of(attribute, "Type");
        auto value = text_of(attribute, "Value");
        if (!type || !value) continue;
        if (type->starts_with("Binary")) {
            auto bytes = protocol::base64_decode(*value);
            if (!bytes) continue;
            value = std::move(*bytes);
        }
        all.emplace_back(name, attribute_value::typed(std::move(*type), std::move(*value)));
    }
    return all;
}

} // namespace

std::optional<sns_envelope> parse_sns_envelope(std::string_view body) {
    // Most bodies are no JSON objects of this kind: found out without parsing them.
    if (body.find("\"Notification\"") == std::string_view::npos) return std::nullopt;
    const json parsed = json::parse(body, nullptr, false);
    if (!parsed.is_object() || text_of(parsed, "Type") != "Notification" || !text_of(parsed, "Timestamp")) {
        return std::nullopt;
    }
    auto message = text_of(parsed, "Message");
    auto id = text_of(parsed, "MessageId");
    auto topic = text_of(parsed, "TopicArn");
    if (!message || !id || !topic) return std::nullopt;
    sns_envelope envelope;
    envelope.message = std::move(*message);
    envelope.message_id = std::move(*id);
    envelope.topic_arn = std::move(*topic);
    envelope.subject = text_of(parsed, "Subject").value_or("");
    envelope.attributes = attributes_of(parsed);
    return envelope;
}

} // namespace sluice::stream
