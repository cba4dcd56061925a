// What a stranger may have put on a message: traceparent and tracestate, divided by a line end, or an X-Ray header.
// What is taken comes out in the form that we write, which is taken again as the same.
#include "stream/observability/trace_state.hpp"

#include <sluice/observability/trace_context.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sluice::trace_context;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto line_end = std::min(text.find('\n'), text.size());
    const std::string_view parent = text.substr(0, line_end);
    const std::string_view state = text.substr(std::min(line_end + 1, text.size()));

    const auto read = trace_context::parse(parent, state);
    if (read) {
        require(read->traceparent().size() == 55 && parent.size() >= 55);
        require(parent.substr(3, 49) == std::string_view(read->traceparent()).substr(3, 49));
        require(*trace_context::parse(read->traceparent(), read->tracestate()) == *read);
        require(trace_context::parse_xray(read->xray_header())->traceparent() == read->traceparent());
    } else {
        require(!read.error().message.empty() && read.error().message.size() < 400);
    }
    if (const auto canonical = sluice::stream::canonical_trace_state(state)) {
        require(canonical->size() <= 512 && std::ranges::count(*canonical, ',') < 32);
        require(sluice::stream::canonical_trace_state(*canonical) == canonical);
    }
    const auto of_xray = trace_context::parse_xray(text);
    if (of_xray) require(*trace_context::parse(of_xray->traceparent()) == *of_xray);
    return 0;
}
