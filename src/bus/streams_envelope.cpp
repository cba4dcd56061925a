// The envelope format that the bus uses unless told otherwise: `streams-*` attributes.
#include "bus/envelope_rules.hpp"
#include "protocol/ascii.hpp"
#include "protocol/base64.hpp"
#include "protocol/message_rules.hpp"
#include "protocol/timestamp.hpp"

#include <sluice/bus/envelope.hpp>
#include <sluice/middleware/message_context.hpp>
#include <sluice/sqs/delivery.hpp>
#include <sluice/stream_attributes.hpp>

#include <algorithm>

namespace sluice {
namespace {

namespace names = stream_attributes;

constexpr std::string_view base64_mark = ";base64";
/// The body of an empty payload: not base64 of anything, and SQS takes no empty body.
constexpr std::string_view no_bytes = "=";

class streams_format final : public envelope_format {
  public:
    [[nodiscard]] std::string_view name() const noexcept override { return "streams attributes"; }

    [[nodiscard]] bool recognises(const received_content& what) const noexcept override {
        return what.attribute(names::message_type) != nullptr;
    }

    [[nodiscard]] result<message> write(bus_envelope envelope) const override {
        if (const auto wrong = bus::check_envelope(envelope)) return *wrong;
        const std::string& type = envelope.content_type;
        if (protocol::lower_case(type).ends_with(base64_mark) || type.size() + base64_mark.size() > bus::longest_name) {
            return bus::bad_envelope("the content type", type, "it must be shorter, and not end in ;base64");
        }
        const bool is_text = bus::is_body_text(envelope.payload);
        if (!is_text) {
            envelope.payload =
                envelope.payload.empty() ? std::string(no_bytes) : protocol::base64_encode(envelope.payload);
            envelope.content_type += base64_mark;
        }
        message made(std::move(envelope.payload));
        const auto add = [&made](const char* attribute, std::string value) {
            if (!value.empty()) made.attribute(attribute, std::move(value));
        };
        add(names::message_id, envelope.id);
        add(names::message_type, std::move(envelope.type));
        add(names::content_type, std::move(envelope.content_type));
        if (envelope.time) add(names::message_time, bus::milliseconds_text(*envelope.time));
        add(names::stream_key, std::move(envelope.subject));
        if (envelope.correlation_id != envelope.id) add(names::correlation_id, std::move(envelope.correlation_id));
        add(names::causation_id, std::move(envelope.causation_id));
        add(names::source, std::move(envelope.source));
        add(names::reply_to, std::move(envelope.reply_to));
        if (envelope.deadline) add(names::deadline, bus::milliseconds_text(*envelope.deadline));
        return made;
    }

    [[nodiscard]] result<bus_envelope> read(const received_content& what) const override {
        bus_envelope found;
        found.id = what.text(names::message_id);
        if (found.id.empty()) found.id = what.message_id;
        found.type = what.text(names::message_type);
        found.content_type = what.text(names::content_type);
        found.subject = what.text(names::stream_key);
        found.correlation_id = what.text(names::correlation_id);
        if (found.correlation_id.empty()) found.correlation_id = found.id;
        found.causation_id = what.text(names::causation_id);
        found.source = what.text(names::source);
        found.reply_to = what.text(names::reply_to);
        found.time = bus::time_of_text(what.text(names::message_time));
        if (what.attribute(names::deadline) != nullptr) {
            const std::string_view text = what.text(names::deadline);
            found.deadline = bus::time_of_text(text);
            if (!found.deadline) {
                return bus::bad_envelope("the deadline", text, "it must be milliseconds since 1970, or RFC 3339");
            }
        }
        if (const auto wrong = bus::check_envelope(found)) return *wrong;
        return with_payload(std::move(found), what.body);
    }

  private:
    static result<bus_envelope> with_payload(bus_envelope found, std::string_view body) {
        const std::string lower = protocol::lower_case(found.content_type);
        if (!lower.ends_with(base64_mark)) {
            found.payload = body;
            return found;
        }
        found.content_type.resize(found.content_type.size() - base64_mark.size());
        if (body == no_bytes) return found;
        auto bytes = protocol::base64_decode(body);
        if (!bytes) return bus::bad_envelope("the body", body, "the content type says that it is base64");
        found.payload = std::move(*bytes);
        return found;
    }
};

} // namespace

envelope_format::~envelope_format() = default;

received_content::received_content(const sqs::delivery& from)
    : body(from.body()), attributes(from.attributes()), message_id(from.message_id()) {}

const attribute_value* received_content::attribute(std::string_view name) const noexcept {
    const auto found = std::ranges::find(attributes, name, &named_attribute::name);
    return found == attributes.end() ? nullptr : &found->value;
}

std::string_view received_content::text(std::string_view name) const noexcept {
    const attribute_value* const value = attribute(name);
    return value == nullptr || value->is_binary() ? std::string_view() : std::string_view(value->value());
}

std::shared_ptr<const envelope_format> streams_envelope_format() {
    static const auto only = std::make_shared<const streams_format>();
    return only;
}

} // namespace sluice
