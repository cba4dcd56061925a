#include <sluice/bus/cloud_event_envelope.hpp>

#include "bus/envelope_rules.hpp"
#include "protocol/strict_json.hpp"
#include "stream/cloud_event.hpp"
#include "stream/cloud_event_rules.hpp"

#include <exception>
#include <utility>

namespace sluice {
namespace {

constexpr std::string_view no_source = "urn:sluice:bus";

/// Comes back to the byte as the JSON of an event: blanks around it would not.
bool is_bare_json(std::string_view payload) {
    constexpr std::string_view blanks = " \t\r\n";
    const bool bare = bus::is_body_text(payload) && blanks.find(payload.front()) == std::string_view::npos &&
                      blanks.find(payload.back()) == std::string_view::npos;
    return bare && protocol::parse_strict_json(payload, "", {longest_cloud_event, 63}).has_value();
}

class cloud_event_format final : public envelope_format {
  public:
    explicit cloud_event_format(cloud_event_mode mode) : mode_(mode) {}

    [[nodiscard]] std::string_view name() const noexcept override { return "CloudEvents"; }

    [[nodiscard]] bool recognises(const received_content& what) const noexcept override {
        try {
            return is_cloud_event(what.body, what.attributes);
        } catch (const std::exception&) { // no memory for the name of a content type
            return false;
        }
    }

    [[nodiscard]] result<message> write(bus_envelope envelope) const override {
        if (const auto wrong = bus::check_envelope(envelope)) return *wrong;
        if (envelope.source == no_source) {
            return bus::bad_envelope("the source", envelope.source, "in a CloudEvent it stands for none");
        }
        cloud_event event(envelope.id, std::move(envelope.source), std::move(envelope.type));
        if (event.source().empty()) event.source(std::string(no_source));
        if (!envelope.subject.empty()) event.subject(std::move(envelope.subject));
        if (envelope.time) event.time(*envelope.time);
        const auto extend = [&event](const char* name, std::string value) {
            if (!value.empty()) event.extension(name, std::move(value));
        };
        if (envelope.correlation_id != envelope.id) extend("correlationid", std::move(envelope.correlation_id));
        extend("causationid", std::move(envelope.causation_id));
        extend("replyto", std::move(envelope.reply_to));
        if (envelope.deadline) event.extension("deadline", cloud_event_value::timestamp(*envelope.deadline));
        add_payload(event, std::move(envelope.content_type), std::move(envelope.payload));
        return stream::encode_cloud_event(event, mode_);
    }

    [[nodiscard]] result<bus_envelope> read(const received_content& what) const override {
        const auto event = stream::decode_cloud_event(what.body, what.attributes);
        if (!event) return event.error();
        bus_envelope found;
        found.id = event->id();
        found.type = event->type();
        if (event->source() != no_source) found.source = event->source();
        found.subject = event->subject().value_or("");
        found.time = event->time();
        found.correlation_id = text_of(*event, "correlationid");
        if (found.correlation_id.empty()) found.correlation_id = found.id;
        found.causation_id = text_of(*event, "causationid");
        found.reply_to = text_of(*event, "replyto");
        if (const cloud_event_value* const deadline = event->extension("deadline")) {
            found.deadline = deadline->as_timestamp();
            if (!found.deadline) return bus::bad_envelope("the deadline", deadline->text(), "it must be RFC 3339");
        }
        // What a bus writes without a content type is bytes; in the JSON of others it means JSON.
        const bool is_json =
            event->kind_of_data() == cloud_event::data_kind::text && what.text("ce-specversion").empty();
        found.content_type = event->data_content_type().value_or(is_json ? "application/json" : "");
        found.payload = event->data();
        if (const auto wrong = bus::check_envelope(found)) return *wrong;
        return found;
    }

    [[nodiscard]] std::string deduplication_key(const bus_envelope& envelope) const override {
        if (envelope.source.empty()) return envelope.id;
        return envelope.source + "\n" + envelope.id; // no id has a line break
    }

  private:
    static std::string text_of(const cloud_event& event, std::string_view extension) {
        const cloud_event_value* const value = event.extension(extension);
        return value == nullptr ? std::string() : value->text();
    }

    void add_payload(cloud_event& event, std::string type, std::string payload) const {
        const bool fits = stream::declares_json(type) ? is_bare_json(payload) : bus::is_body_text(payload);
        // In binary mode both are the same body, and bytes are not asked whether they are JSON.
        const bool is_text = mode_ == cloud_event_mode::structured && !type.empty() && fits;
        if (!type.empty()) event.data_content_type(std::move(type));
        if (payload.empty()) return;
        if (is_text) event.data(std::move(payload));
        else event.binary_data(std::move(payload));
    }

    cloud_event_mode mode_;
};

} // namespace

std::shared_ptr<const envelope_format> cloud_event_envelope_format(cloud_event_mode mode) {
    return std::make_shared<const cloud_event_format>(mode);
}

} // namespace sluice
