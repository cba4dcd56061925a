#include "cli/message_output.hpp"

#include "cli/terminal_text.hpp"
#include "protocol/timestamp.hpp"

#include <charconv>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace sluice::cli {
namespace {

using system_map = std::map<std::string, std::string>;

nlohmann::json attributes_json(const std::vector<named_attribute>& attributes) {
    nlohmann::json all = nlohmann::json::object();
    for (const auto& [name, value] : attributes) {
        nlohmann::json& attribute = all[name];
        attribute["type"] = value.data_type();
        if (value.is_binary()) {
            attribute["bytes"] = std::vector<int>();
            for (const char c : value.value()) attribute["bytes"].push_back(static_cast<unsigned char>(c));
        } else {
            attribute["value"] = value.value();
        }
    }
    return all;
}

nlohmann::json content_json(const std::string& id, const std::string& body,
                            const std::vector<named_attribute>& attributes, const system_map& system) {
    return nlohmann::json{
        {"body", body}, {"message_id", id}, {"attributes", attributes_json(attributes)}, {"system_attributes", system}};
}

std::string system_value(const system_map& system, const char* name) {
    const auto found = system.find(name);
    return found == system.end() ? std::string() : found->second;
}

std::string heading(const std::string& id, const system_map& system, const std::string& subject) {
    std::string line = id;
    if (const auto sent = sent_time(system)) line += "  sent " + protocol::date_time_text(*sent);
    const std::string received = system_value(system, "ApproximateReceiveCount");
    if (!received.empty()) line += "  received " + received + (received == "1" ? " time" : " times");
    const std::string group = system_value(system, "MessageGroupId");
    if (!group.empty()) line += "  group " + group;
    if (!subject.empty()) line += "  subject " + subject;
    return line;
}

std::string attributes_line(const std::vector<named_attribute>& attributes) {
    std::string line;
    for (const auto& [name, value] : attributes) {
        if (!line.empty()) line += "  ";
        line += name + "=";
        if (value.is_binary()) line += "(" + std::to_string(value.value().size()) + " bytes)";
        else line += value.value();
    }
    return line;
}

std::string indented(const std::string& text) {
    std::string lines = "  ";
    for (const char c : text) {
        lines += c;
        if (c == '\n') lines += "  ";
    }
    return lines;
}

std::string content_text(const std::string& head, const std::vector<named_attribute>& attributes,
                         const std::string& body, const styles& look) {
    std::string text = look.apply(style::bold, escaped(head)) + '\n';
    if (!attributes.empty()) text += "  " + look.apply(style::dim, escaped(attributes_line(attributes))) + '\n';
    return text + indented(escaped_lines(body)) + '\n';
}

} // namespace

std::optional<std::chrono::system_clock::time_point> sent_time(const system_map& system) {
    const std::string text = system_value(system, "SentTimestamp");
    const char* end = text.data() + text.size();
    std::int64_t milliseconds = 0;
    const auto read = std::from_chars(text.data(), end, milliseconds);
    if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return protocol::time_of_milliseconds(milliseconds);
}

nlohmann::json message_json(const sqs::delivery& message) {
    nlohmann::json line =
        content_json(message.message_id(), message.body(), message.attributes(), message.system_attributes());
    if (!message.topic_arn().empty()) line["topic_arn"] = message.topic_arn();
    if (!message.subject().empty()) line["subject"] = message.subject();
    return line;
}

nlohmann::json message_json(const sqs::received_message& message) {
    return content_json(message.message_id, message.body, message.attributes, message.system_attributes);
}

std::string message_text(const sqs::delivery& message, const styles& look) {
    const std::string head = heading(message.message_id(), message.system_attributes(), message.subject());
    return content_text(head, message.attributes(), message.body(), look);
}

std::string message_text(const sqs::received_message& message, const styles& look) {
    return content_text(heading(message.message_id, message.system_attributes, {}), message.attributes, message.body,
                        look);
}

} // namespace sluice::cli
