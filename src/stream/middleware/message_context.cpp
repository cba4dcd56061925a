#include <sluice/middleware/message_context.hpp>

#include <sluice/sqs/delivery.hpp>
#include <sluice/stream_attributes.hpp>

#include <algorithm>

namespace sluice {
namespace {

std::string text_of(const sqs::delivery& delivery, const char* attribute) {
    const attribute_value* const value = delivery.attribute(attribute);
    return value == nullptr || value->is_binary() ? std::string() : value->value();
}

} // namespace

message_context::message_context(const sqs::delivery& delivery)
    : message_id_(text_of(delivery, stream_attributes::message_id)),
      correlation_id_(text_of(delivery, stream_attributes::correlation_id)),
      causation_id_(text_of(delivery, stream_attributes::causation_id)) {
    if (message_id_.empty()) message_id_ = delivery.message_id();
    if (correlation_id_.empty()) correlation_id_ = message_id_;
}

void message_context::apply(message& outgoing) const {
    const auto add = [&outgoing](const char* name, const std::string& value) {
        const auto& there = outgoing.attributes();
        // An empty attribute would have the message refused.
        if (!value.empty() && std::ranges::find(there, name, &named_attribute::name) == there.end()) {
            outgoing.attribute(name, value);
        }
    };
    add(stream_attributes::correlation_id, correlation_id_);
    add(stream_attributes::causation_id, message_id_);
}

} // namespace sluice
