#include <sluice/observability/trace_context.hpp>

#include "protocol/ascii.hpp"
#include "protocol/limits.hpp"
#include "stream/observability/trace_state.hpp"

#include <sluice/sqs/delivery.hpp>

#include <boost/uuid/random_generator.hpp>

#include <algorithm>
#include <chrono>
#include <span>

namespace sluice {
namespace {

constexpr const char* parent_attribute = "traceparent";
constexpr const char* state_attribute = "tracestate";

constexpr std::size_t traceparent_length = 55; // of version 00: 2 + 1 + 32 + 1 + 16 + 1 + 2
constexpr std::string_view hex_digits = "0123456789abcdef";

/// Of lower-case digits only; nothing for anything else.
bool read_hex(std::string_view digits, std::span<std::uint8_t> bytes) noexcept {
    if (digits.size() != 2 * bytes.size()) return false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto high = hex_digits.find(digits[2 * i]);
        const auto low = hex_digits.find(digits[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return false;
        bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

std::string hex_of(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::uint8_t byte : bytes) {
        text += hex_digits[byte >> 4U];
        text += hex_digits[byte & 15U];
    }
    return text;
}

bool is_all_zero(std::span<const std::uint8_t> id) noexcept {
    return std::ranges::all_of(id, [](std::uint8_t byte) { return byte == 0; });
}

/// From the system: a generator of our own would go on from one state in a process and in its forked child.
void fill_randomly(std::span<std::uint8_t> bytes) {
    thread_local boost::uuids::random_generator_pure generate;
    do {
        for (std::size_t filled = 0; filled < bytes.size();) {
            const boost::uuids::uuid random = generate();
            for (std::size_t i = 0; i < random.size() && filled < bytes.size(); ++i) {
                if (i == 6 || i == 8) continue; // the bytes with the version and the variant
                bytes[filled++] = *(random.begin() + i);
            }
        }
    } while (is_all_zero(bytes));
}

error_info wrong(std::string_view what, std::string_view text, std::string_view rule) {
    constexpr std::size_t longest = 80;
    std::string shown;
    for (const char c : text.substr(0, longest)) shown += c >= 0x20 && c < 0x7F ? c : '?';
    if (text.size() > longest) shown += "...";
    return {errc::invalid_argument, std::string(what) + " \"" + shown + "\" is not allowed: " + std::string(rule)};
}

struct xray_fields {
    std::string_view root, parent, sampled;
    bool repeated = false;
};

xray_fields xray_fields_of(std::string_view header) {
    xray_fields fields;
    while (!header.empty()) {
        const auto end = std::min(header.find(';'), header.size());
        const std::string_view field = protocol::trimmed(header.substr(0, end));
        header.remove_prefix(std::min(end + 1, header.size()));
        const auto equals = field.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string_view name = field.substr(0, equals);
        std::string_view* const kept = name == "Root"      ? &fields.root
                                       : name == "Parent"  ? &fields.parent
                                       : name == "Sampled" ? &fields.sampled
                                                           : nullptr;
        if (kept == nullptr) continue;
        fields.repeated = fields.repeated || !kept->empty();
        *kept = field.substr(equals + 1);
    }
    return fields;
}

/// `1-<8 digits>-<24 digits>`
bool read_root(std::string_view root, std::array<std::uint8_t, 16>& id) noexcept {
    return root.size() == 35 && root.starts_with("1-") && root[10] == '-' &&
           read_hex(root.substr(2, 8), std::span(id).first<4>()) &&
           read_hex(root.substr(11), std::span(id).subspan<4>()) && !is_all_zero(id);
}

std::string_view text_of(const sqs::delivery& delivery, const char* attribute) {
    const attribute_value* const value = delivery.attribute(attribute);
    return value == nullptr || value->is_binary() ? std::string_view() : std::string_view(value->value());
}

bool has(const message& content, const char* attribute) {
    return std::ranges::find(content.attributes(), attribute, &named_attribute::name) != content.attributes().end();
}

} // namespace

trace_context trace_context::begin(bool sampled) {
    trace_context made;
    fill_randomly(made.trace_id_);
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds =
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(since_1970).count());
    for (std::size_t i = 0; i < 4; ++i) made.trace_id_[i] = static_cast<std::uint8_t>(seconds >> (24 - 8 * i));
    fill_randomly(made.span_id_);
    made.sampled_ = sampled;
    return made;
}

result<trace_context> trace_context::parse(std::string_view traceparent, std::string_view tracestate) {
    const auto refused = [&traceparent](std::string_view rule) { return wrong("traceparent", traceparent, rule); };
    if (traceparent.size() < traceparent_length) return refused("it has less than 55 characters");
    std::array<std::uint8_t, 1> version{};
    std::array<std::uint8_t, 1> flags{};
    trace_context made;
    if (!read_hex(traceparent.substr(0, 2), version)) return refused("the version is not two lower-case hex digits");
    if (version[0] == 0xFF) return refused("there is no version ff");
    if (version[0] == 0 && traceparent.size() != traceparent_length) {
        return refused("one of version 00 has 55 characters");
    }
    if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-' ||
        (traceparent.size() > traceparent_length && traceparent[traceparent_length] != '-')) {
        return refused("it must be version, trace id, parent id and flags, with dashes between");
    }
    if (!read_hex(traceparent.substr(3, 32), made.trace_id_) || is_all_zero(made.trace_id_)) {
        return refused("the trace id must be 32 lower-case hex digits, not all of them 0");
    }
    if (!read_hex(traceparent.substr(36, 16), made.span_id_) || is_all_zero(made.span_id_)) {
        return refused("the parent id must be 16 lower-case hex digits, not all of them 0");
    }
    if (!read_hex(traceparent.substr(53, 2), flags)) return refused("the flags are not two lower-case hex digits");
    made.sampled_ = (flags[0] & 1U) != 0;
    made.tracestate_ = stream::canonical_trace_state(tracestate).value_or("");
    return made;
}

result<trace_context> trace_context::parse_xray(std::string_view header) {
    const auto refused = [&header](std::string_view rule) { return wrong("the X-Ray header", header, rule); };
    const xray_fields fields = xray_fields_of(header);
    if (fields.repeated) return refused("it has Root, Parent or Sampled twice");
    trace_context made;
    if (!read_root(fields.root, made.trace_id_)) {
        return refused("Root must be 1-, 8 lower-case hex digits, - and 24 more, not all of them 0");
    }
    if (fields.parent.empty()) {
        fill_randomly(made.span_id_);
    } else if (!read_hex(fields.parent, made.span_id_) || is_all_zero(made.span_id_)) {
        return refused("Parent must be 16 lower-case hex digits, not all of them 0");
    }
    if (!fields.sampled.empty() && fields.sampled != "0" && fields.sampled != "1" && fields.sampled != "?") {
        return refused("Sampled must be 0, 1 or ?");
    }
    made.sampled_ = fields.sampled == "1";
    return made;
}

std::optional<trace_context> trace_context::from(const sqs::delivery& delivery) {
    if (const std::string_view parent = text_of(delivery, parent_attribute); !parent.empty()) {
        auto carried = parse(parent, text_of(delivery, state_attribute));
        if (carried) return std::move(*carried);
    }
    if (const std::string_view header = delivery.trace_header(); !header.empty()) {
        auto carried = parse_xray(header);
        if (carried) return std::move(*carried);
    }
    return std::nullopt;
}

trace_context trace_context::child() const {
    trace_context made = *this;
    fill_randomly(made.span_id_);
    return made;
}

trace_context trace_context::with_sampled(bool sampled) const {
    trace_context made = *this;
    made.sampled_ = sampled;
    return made;
}

std::string trace_context::trace_id() const { return hex_of(trace_id_); }

std::string trace_context::span_id() const { return hex_of(span_id_); }

std::string trace_context::traceparent() const {
    return "00-" + trace_id() + "-" + span_id() + (sampled_ ? "-01" : "-00");
}

std::string trace_context::xray_header() const {
    const std::string id = trace_id();
    return "Root=1-" + id.substr(0, 8) + "-" + id.substr(8) + ";Parent=" + span_id() +
           (sampled_ ? ";Sampled=1" : ";Sampled=0");
}

bool trace_context::apply(message& outgoing, trace_carrier carrier) const {
    if (has(outgoing, parent_attribute) || outgoing.trace_header()) return true;
    bool carried = false;
    if (carrier != trace_carrier::attributes) {
        outgoing.trace_header(xray_header());
        carried = true;
    }
    const auto has_room = [&outgoing] { return outgoing.attributes().size() < limits::message_attributes; };
    if (carrier != trace_carrier::trace_header && has_room()) {
        outgoing.attribute(parent_attribute, traceparent());
        carried = true;
        if (!tracestate_.empty() && !has(outgoing, state_attribute) && has_room()) {
            outgoing.attribute(state_attribute, tracestate_);
        }
    }
    return carried;
}

} // namespace sluice
