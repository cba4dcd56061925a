// Which trace a message belongs to, carried from who writes it to who handles it.
#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <sluice/message.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sqs {
class delivery;
}

namespace sluice {

/// How a trace context travels with a message.
enum class trace_carrier {
    /// The message attributes `traceparent` and `tracestate`, through queues and topics. They count in the size of the
    /// message and among its ten attributes.
    attributes,
    /// The system attribute AWSTraceHeader: queues only, a topic's writer refuses it. It counts in neither. X-Ray and
    /// Lambda read it. It has no place for `tracestate`.
    trace_header,
    both, ///< for queues
};

/// A position in a trace: the id of the trace, and the id of the span that caused what comes next. Never without both.
///
/// Sources: https://www.w3.org/TR/trace-context/ and
/// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
///
/// Threads: as for any value; new ids may be made by all threads at once.
class SLUICE_API trace_context {
  public:
    /// Begins a trace. Its id begins with the seconds since 1970, as X-Ray wants it; the rest of it, and the span id,
    /// are random.
    static trace_context begin(bool sampled = true);

    /// Reads the W3C headers. `traceparent` is taken as strictly as the specification says: of version 00 it has 55
    /// characters, ids are lower-case hex and not all zero, version ff is refused; of later versions what 00 has is
    /// read and the rest ignored. Flags but `sampled` are dropped.
    ///
    /// A `tracestate` that breaks the rules counts as empty, and `traceparent` holds. Of one with more than 512
    /// characters whole members go: those with more than 128 characters first, then the last ones.
    ///
    /// Error: `errc::invalid_argument`, which names the rule.
    static result<trace_context> parse(std::string_view traceparent, std::string_view tracestate = {});

    /// Reads X-Ray's header: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`, with the
    /// fields in any order, and others ignored. `Sampled` that is absent or `?` counts as not sampled. Without
    /// `Parent`, as from a load balancer, the trace goes on under a random span id that nobody has recorded. Error: as
    /// above.
    static result<trace_context> parse_xray(std::string_view header);

    /// What a received message carries: its attributes, else its AWSTraceHeader. Nothing when it has neither or what it
    /// has is no trace context. Whoever may write to the queue or topic chooses what is in there.
    static std::optional<trace_context> from(const sqs::delivery& delivery);

    /// The next span of the same trace: a new random span id, everything else as it is.
    [[nodiscard]] trace_context child() const;

    /// 32 hex digits.
    [[nodiscard]] std::string trace_id() const;
    /// 16 hex digits.
    [[nodiscard]] std::string span_id() const;
    /// Whether the trace is recorded, as far as the one before knew.
    [[nodiscard]] bool sampled() const noexcept { return sampled_; }
    /// The same position, recorded or not. Call it on a `child()`: the specification wants a new span id with it.
    [[nodiscard]] trace_context with_sampled(bool sampled) const;
    /// In canonical form: no blanks, at most 32 members and 512 characters. Empty: none.
    [[nodiscard]] const std::string& tracestate() const noexcept { return tracestate_; }

    /// `00-<trace id>-<span id>-01`, 55 characters.
    [[nodiscard]] std::string traceparent() const;
    /// `Root=1-<8 digits>-<24 digits>;Parent=<16 digits>;Sampled=1`.
    [[nodiscard]] std::string xray_header() const;

    /// Puts this context on a message that is about to be written, as the one that its handler goes on from. What the
    /// message has itself stays: one with a `traceparent` or a trace header is left alone.
    ///
    /// Tracing must not make a message fail: attributes that would be its eleventh are left out. Returns false when the
    /// message therefore carries no context. `writer_options::stream_attributes` adds up to five more later on.
    bool apply(message& outgoing, trace_carrier carrier = trace_carrier::attributes) const;

    friend bool operator==(const trace_context&, const trace_context&) = default;

  private:
    trace_context() = default;

    std::array<std::uint8_t, 16> trace_id_{};
    std::array<std::uint8_t, 8> span_id_{};
    bool sampled_ = false;
    std::string tracestate_;
};

} // namespace sluice
