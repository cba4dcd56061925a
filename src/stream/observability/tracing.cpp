#include <sluice/observability/tracing.hpp>

#include "protocol/arn.hpp"

#include <sluice/error.hpp>
#include <sluice/middleware/failure.hpp>
#include <sluice/observability/semantic_conventions.hpp>

#include <boost/system/system_error.hpp>

#include <mutex>
#include <unordered_map>

namespace sluice {

namespace names = semantic_conventions;

struct tracing::shared {
    tracing_options options;
    std::string queue_name;
    std::mutex mutex;
    /// By the address of the delivery, which its handler has by reference: it stays where it is for so long.
    std::unordered_map<const sqs::delivery*, trace_context> current;

    void tell(const std::function<void(const span&)>& hook, const span& about) const noexcept {
        if (!hook) return;
        try {
            hook(about);
        } catch (...) { // NOLINT(bugprone-empty-catch): tracing must not make a message fail
        }
    }
};

namespace {

/// Decided by the trace id, so that it does not cost another random number. Its last 7 bytes are random.
bool is_sampled(const trace_context& begun, double ratio) {
    constexpr double range = 4'294'967'296.0; // of 32 bits
    const auto random = std::stoul(begun.trace_id().substr(24), nullptr, 16);
    return static_cast<double>(random) < ratio * range;
}

trace_context begin_trace(double ratio) {
    const trace_context begun = trace_context::begin();
    return begun.with_sampled(is_sampled(begun, ratio));
}

std::string error_type_of(const std::exception_ptr& failure) {
    if (is_cancellation(failure)) return std::string(names::error_type_of(errc::cancelled));
    try {
        std::rethrow_exception(failure);
    } catch (const error& thrown) {
        return std::string(names::error_type_of(thrown.info().code));
    } catch (const boost::system::system_error& thrown) {
        return std::string(thrown.code().category().name()) + ":" + std::to_string(thrown.code().value());
    } catch (...) {
        return "_OTHER";
    }
}

} // namespace

tracing::tracing() : tracing(tracing_options()) {}

tracing::tracing(tracing_options options) : shared_(std::make_shared<shared>()) {
    if (!(options.sample_ratio >= 0 && options.sample_ratio <= 1)) { // nor what is no number
        throw error(error_info(errc::invalid_argument,
                               "sample_ratio is " + std::to_string(options.sample_ratio) + ": it must be 0 to 1"));
    }
    shared_->queue_name = std::string(protocol::destination_name(options.queue));
    shared_->options = std::move(options);
}

trace_context tracing::context_of(const sqs::delivery& delivery) const {
    {
        const std::lock_guard lock(shared_->mutex);
        const auto found = shared_->current.find(&delivery);
        if (found != shared_->current.end()) return found->second;
    }
    if (!shared_->options.new_traces) {
        if (auto carried = trace_context::from(delivery)) return std::move(*carried);
    }
    return begin_trace(shared_->options.sample_ratio);
}

tracing::running_span::running_span(const tracing& owner, const sqs::delivery& delivery)
    : shared_(owner.shared_), key_(&delivery), began_(std::chrono::steady_clock::now()) {
    const tracing_options& options = shared_->options;
    auto parent = trace_context::from(delivery);
    const bool goes_on = parent.has_value() && !options.new_traces;
    span& made = span_.emplace(goes_on ? parent->child() : begin_trace(options.sample_ratio));
    made.parent = std::move(parent);
    made.parent_is_in_trace = goes_on;
    made.started = std::chrono::system_clock::now();
    const std::string operation(names::operation_process);
    made.name = shared_->queue_name.empty() ? operation : operation + " " + shared_->queue_name;
    made.attributes.emplace_back(names::messaging_system, names::system_aws_sqs);
    if (!shared_->queue_name.empty()) {
        made.attributes.emplace_back(names::messaging_destination_name, shared_->queue_name);
    }
    made.attributes.emplace_back(names::messaging_operation_name, operation);
    made.attributes.emplace_back(names::messaging_operation_type, operation);
    made.attributes.emplace_back(names::messaging_message_id, delivery.message_id());
    if (!delivery.topic_arn().empty()) made.attributes.emplace_back(names::aws_sns_topic_arn, delivery.topic_arn());
    {
        const std::lock_guard lock(shared_->mutex);
        const auto [at, first] = shared_->current.try_emplace(key_, made.context);
        if (!first) outer_ = std::exchange(at->second, made.context);
    }
    shared_->tell(options.started, made);
}

tracing::running_span::~running_span() {
    if (!span_) return;
    std::exception_ptr cancelled;
    try {
        cancelled =
            std::make_exception_ptr(error(error_info(errc::cancelled, "the handler was destroyed as it waited")));
    } catch (...) {
        cancelled = std::current_exception();
    }
    end(cancelled);
}

void tracing::running_span::end(const std::exception_ptr& failure) noexcept {
    try {
        {
            const std::lock_guard lock(shared_->mutex);
            const auto found = shared_->current.find(key_);
            // A middleware may call its handler twice at once: then the spans need not end in their order.
            if (found != shared_->current.end()) {
                if (outer_) found->second = std::move(*outer_);
                else shared_->current.erase(found);
            }
        }
        span ended = std::move(*span_);
        span_.reset();
        ended.duration = std::chrono::steady_clock::now() - began_;
        ended.failure = failure;
        if (failure) ended.attributes.emplace_back(names::error_type, error_type_of(failure));
        shared_->tell(shared_->options.ended, ended);
    } catch (...) { // without memory the span is not told
        span_.reset();
    }
}

} // namespace sluice
