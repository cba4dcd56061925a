#include "local/message.hpp"

#include "local/fault.hpp"
#include "protocol/limits.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace sluice::local {
namespace {

void append_sized(std::string& out, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(size >> shift & 255U);
    out += text;
}

/// Source: SQS developer guide, "Message metadata": up to 38 digits, 10^-128 to 10^126.
bool is_number(std::string_view text) {
    const auto value = parse_number(text);
    if (!value) return false;
    const double size = std::abs(*value);
    const std::string_view digits = text.substr(0, text.find_first_of("eE"));
    return std::ranges::count_if(digits, [](char c) { return c >= '0' && c <= '9'; }) <= 38 &&
           (size == 0 || (size >= 1e-128 && size <= 1e126));
}

bool is_legal_name(std::string_view name) {
    const bool characters = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    });
    return characters && !name.empty() && name.size() <= limits::attribute_name_length && name.front() != '.' &&
           name.back() != '.' && name.find("..") == std::string_view::npos;
}

bool has_reserved_prefix(std::string_view name) {
    return equal_ignoring_case(name.substr(0, 4), "aws.") || equal_ignoring_case(name.substr(0, 7), "amazon.");
}

} // namespace

md5_text md5_of_attributes(std::vector<attribute> attributes) {
    if (attributes.empty()) return {};
    std::ranges::sort(attributes, {}, &attribute::name);
    std::string bytes;
    for (const attribute& one : attributes) {
        append_sized(bytes, one.name);
        append_sized(bytes, one.type);
        bytes += one.is_binary() ? '\2' : '\1';
        append_sized(bytes, one.value);
    }
    return md5_of(bytes);
}

std::size_t size_of(std::string_view body, const std::vector<attribute>& attributes) noexcept {
    std::size_t bytes = body.size();
    for (const attribute& one : attributes) bytes += one.name.size() + one.type.size() + one.value.size();
    return bytes;
}

std::string_view base_type(std::string_view type) noexcept {
    const std::string_view base = type.substr(0, type.find('.'));
    return base == "String" || base == "Number" || base == "Binary" ? base : std::string_view();
}

bool is_group_id(std::string_view text) noexcept {
    return !text.empty() && text.size() <= limits::group_id_length &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

void check_attributes(const std::vector<attribute>& attributes) {
    if (attributes.size() > limits::message_attributes) {
        throw invalid_parameter_value("Number of message attributes [" + std::to_string(attributes.size()) +
                                      "] exceeds the allowed maximum [10].");
    }
    std::set<std::string_view> names;
    for (const attribute& one : attributes) {
        if (!is_legal_name(one.name)) {
            throw invalid_parameter_value(
                "Message (user) attribute name \"" + one.name +
                "\" is invalid: it can contain only alphanumeric characters, underscore, hyphen "
                "and period, at most 256, and must not start or end with a period.");
        }
        if (has_reserved_prefix(one.name)) {
            throw invalid_parameter_value("Message (user) attribute name '" + one.name +
                                          "' is reserved: it must not start with AWS. or Amazon.");
        }
        if (one.type.empty()) {
            throw invalid_parameter_value("The message (user) attribute '" + one.name +
                                          "' must contain a non-empty attribute type.");
        }
        const std::string base(base_type(one.type));
        const bool legal_type =
            one.type.size() <= limits::attribute_type_length && has_only_allowed_characters(one.type);
        if (base.empty() || !legal_type) {
            throw invalid_parameter_value("The type of message (user) attribute '" + one.name +
                                          "' is invalid. You must use only the following supported type prefixes: "
                                          "Binary, Number, String.");
        }
        if (one.value.empty()) {
            throw invalid_parameter_value("Message (user) attribute '" + one.name +
                                          "' must contain a non-empty value of type '" + base + "'.");
        }
        if (one.sent_as_binary != (base == "Binary")) {
            throw invalid_parameter_value("The message (user) attribute '" + one.name + "' with type '" + base +
                                          "' must use field '" + (base == "Binary" ? "Binary" : "String") + "'.");
        }
        if (base == "Number" && !is_number(one.value)) {
            throw invalid_parameter_value("Can't cast the value of message (user) attribute '" + one.name +
                                          "' to a number.");
        }
        if (base == "String" && !has_only_allowed_characters(one.value)) {
            throw invalid_parameter_value(
                "Invalid binary character was found in the value of message (user) attribute '" + one.name + "'.");
        }
        if (!names.insert(one.name).second) {
            throw invalid_parameter_value("Message (user) attribute name '" + one.name + "' already exists.");
        }
    }
}

void check_outgoing(const outgoing& message, std::size_t max_bytes) {
    if (message.body.empty()) throw missing_parameter("MessageBody");
    if (!has_only_allowed_characters(message.body)) {
        throw make_fault(
            "InvalidMessageContents", "InvalidMessageContents",
            "Invalid binary character was found in the message body, the set of allowed characters is #x9 | "
            "#xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
    }
    check_attributes(message.attributes);
    if (size_of(message.body, message.attributes) > max_bytes) {
        throw invalid_parameter_value("One or more parameters are invalid. Reason: Message must be shorter than " +
                                      std::to_string(max_bytes) + " bytes.");
    }
    if (message.delay_seconds && (*message.delay_seconds < 0 || *message.delay_seconds > limits::delay_seconds)) {
        throw invalid_value(std::to_string(*message.delay_seconds), "DelaySeconds",
                            "DelaySeconds must be >= 0 and <= 900.");
    }
    if (message.deduplication_id && !is_group_id(*message.deduplication_id)) {
        throw invalid_value(
            *message.deduplication_id, "MessageDeduplicationId",
            "MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length.");
    }
    if (message.group && !is_group_id(*message.group)) {
        throw invalid_value(
            *message.group, "MessageGroupId",
            "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.");
    }
}

} // namespace sluice::local
