// A span for every message that is handled.
#pragma once

#include <sluice/export.hpp>
#include <sluice/observability/trace_context.hpp>
#include <sluice/sqs/delivery.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// One run of a handler over one message, as OpenTelemetry sees it: a span of the kind consumer. Valid during the call
/// of a hook.
struct span {
    explicit span(trace_context own) : context(std::move(own)) {}

    trace_context context;               ///< of this span: its span id is new
    std::optional<trace_context> parent; ///< what the message carried; nothing: this span begins a trace
    /// True: the span has `parent` as its parent. False, with `tracing_options::new_traces`: it is only linked to it.
    bool parent_is_in_trace = true;
    std::string name; ///< `process <queue>`
    /// Keys and values by OpenTelemetry's conventions, see semantic_conventions.hpp: messaging.system,
    /// messaging.destination.name, messaging.operation.name and .type, messaging.message.id, and at the end error.type.
    std::vector<std::pair<std::string_view, std::string>> attributes;
    std::chrono::system_clock::time_point started;
    // At the end:
    std::chrono::steady_clock::duration duration{0};
    std::exception_ptr failure; ///< what the handler threw; null: it ended well. See middleware/failure.hpp
};

struct tracing_options {
    std::string queue; ///< the name of the queue, for the names of the spans
    /// Called as a span begins and ends, by several threads at once. Must not block; what it throws is dropped. May be
    /// empty: trace contexts are still carried on.
    std::function<void(const span&)> started;
    std::function<void(const span&)> ended;
    /// Of the traces that begin here, as their message carries no context, this share is sampled: 0 to 1.
    double sample_ratio = 1;
    /// True: every message begins a trace of its own, which `sample_ratio` decides on, and what it carried is a link.
    /// For queues that people write to whose ids and sampling you do not trust.
    bool new_traces = false;
};

/// Middleware: makes a child of the context that a message carries, tells the hooks, and keeps the child for the
/// handler, which puts it on what it writes:
///
///     sluice::tracing traces{options};
///     auto bill = [&](sluice::sqs::delivery& order) -> boost::asio::awaitable<void> {
///         sluice::message invoice{"…"};
///         traces.context_of(order).apply(invoice);
///         co_await invoices.write(std::move(invoice));
///     };
///     auto handler = sluice::compose(bill).with(traces);
///
/// As the outermost middleware there is one span for each receive of a message; inside `retry_in_place`, one for each
/// try. What the handler throws passes on.
///
/// Threads: usable by all at once. Copies share everything.
class SLUICE_API tracing {
  public:
    tracing();
    /// Throws `error` with `errc::invalid_argument` for a `sample_ratio` out of range.
    explicit tracing(tracing_options options);

    /// The context of the span that handles this delivery now. Outside of one: what the message carries; else a new
    /// trace.
    [[nodiscard]] trace_context context_of(const sqs::delivery& delivery) const;

    template<class Next>
    boost::asio::awaitable<void> operator()(sqs::delivery& delivery, const Next& next) const {
        running_span running(*this, delivery);
        std::exception_ptr failure;
        try {
            co_await next(delivery);
        } catch (...) {
            failure = std::current_exception();
        }
        running.end(failure);
        if (failure) std::rethrow_exception(failure);
    }

  private:
    struct SLUICE_LOCAL shared;

    class running_span {
      public:
        running_span(const tracing& owner, const sqs::delivery& delivery);
        running_span(const running_span&) = delete;
        running_span& operator=(const running_span&) = delete;
        /// Of a coroutine that was destroyed as it waited: the span ends as cancelled.
        ~running_span();
        void end(const std::exception_ptr& failure) noexcept;

      private:
        std::shared_ptr<shared> shared_;
        const sqs::delivery* key_;
        std::optional<trace_context> outer_;
        std::chrono::steady_clock::time_point began_;
        std::optional<span> span_; ///< nothing: it has ended
    };

    std::shared_ptr<shared> shared_;
};

} // namespace sluice
