// Message attributes and batch entries, which SQS and SNS write alike but for their names.
#pragma once

#include <sluice/error.hpp>
#include <sluice/message.hpp>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::service {

template<class Writer>
void encode_attribute_value(Writer& writer, const attribute_value& value) {
    writer.text("DataType", value.data_type());
    if (value.is_binary()) writer.blob("BinaryValue", value.value());
    else writer.text("StringValue", value.value());
}

template<class Cursor>
attribute_value decode_attribute_value(const Cursor& value) {
    std::string type = value.text("DataType");
    if (type.starts_with("Binary")) {
        return attribute_value::typed(std::move(type), value.blob("BinaryValue").value_or(std::string()));
    }
    return attribute_value::typed(std::move(type), value.text("StringValue"));
}

/// An entry of a batch under the id of its position.
template<class Item>
struct numbered {
    std::size_t position;
    const Item* item;
};

template<class Item>
std::vector<numbered<Item>> number(const std::vector<Item>& items) {
    std::vector<numbered<Item>> out;
    out.reserve(items.size());
    for (const Item& item : items) out.push_back({out.size(), &item});
    return out;
}

inline std::optional<std::size_t> position_of(std::string_view id, std::size_t count) noexcept {
    std::size_t position = 0;
    const auto [end, failure] = std::from_chars(id.data(), id.data() + id.size(), position);
    if (failure != std::errc{} || end != id.data() + id.size() || position >= count) return std::nullopt;
    return position;
}

/// An entry that the service refused.
template<class Entry>
error_info decode_entry_failure(std::string_view operation, Entry& entry) {
    error_info info;
    info.operation = operation;
    info.service_code = entry.text("Code");
    info.message = entry.text("Message");
    info.sender_fault = entry.boolean("SenderFault");
    info.http_status = 200;
    info.attempts = 1;
    return info;
}

/// What an entry is until the answer names it.
inline error_info unnamed_entry(std::string_view operation) {
    error_info info(errc::unknown_outcome, "the service's answer names no result for this entry");
    info.operation = operation;
    info.http_status = 200;
    info.attempts = 1;
    info.may_have_been_applied = true;
    return info;
}

} // namespace sluice::service
