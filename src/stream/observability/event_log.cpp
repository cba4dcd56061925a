#include <sluice/observability/event_log.hpp>

#include "protocol/arn.hpp"
#include "stream/observability/log_line.hpp"
#include "stream/observability/repeat_limiter.hpp"

#include <sluice/observability/semantic_conventions.hpp>

#include <array>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice {

namespace names = semantic_conventions;
using stream::log_line;

namespace {

constexpr std::array<std::string_view, 6> reason_names{"full", "bytes", "slot", "linger", "flush", "retry"};
constexpr std::array<std::string_view, 5> settlement_names{"acknowledged", "released", "dropped", "lost", "damaged"};

/// What will not pass by itself.
bool needs_somebody(errc code) noexcept {
    return code == errc::access_denied || code == errc::not_found || code == errc::credentials ||
           code == errc::configuration || code == errc::tls || code == errc::invalid_argument;
}

void add(log_line& line, const error_info& failure) {
    line.text(names::error_type, names::error_type_of(failure.code))
        .text_if_any(names::error_message, stream::without_secrets(failure.message))
        .text_if_any("aws.error_code", failure.service_code)
        .text_if_any("aws.operation", failure.operation)
        .text_if_any(names::aws_request_id, failure.request_id);
    if (failure.http_status != 0) line.number(names::http_response_status_code, failure.http_status);
    if (failure.may_have_been_applied) line.text("may_have_been_applied", "true");
}

} // namespace

struct event_log::shared {
    shared(sink to, const event_log_options& chosen)
        : write_to(std::move(to)), options(chosen), limiter(chosen.burst, chosen.interval) {}

    /// `kind`: of equal events; empty: never suppressed. `fill` adds the fields.
    template<class Fill>
    void tell(log_level level, std::string_view event, std::string_view system, std::string_view destination,
              std::string_view operation, std::string_view error_type, Fill fill) {
        if (level < options.lowest) return;
        if (level != log_level::info) {
            std::string kind(event);
            kind.append(" ").append(destination).append(" ").append(error_type);
            if (!passes(kind)) return;
        }
        log_line line(options.format, level, event, std::chrono::system_clock::now());
        line.text(names::messaging_system, system)
            .text_if_any(names::messaging_destination_name, destination)
            .text(names::messaging_operation_type, operation);
        fill(line);
        write(level, std::move(line).take());
    }

    bool passes(const std::string& kind) {
        std::vector<stream::repeat_limiter::suppressed> ended;
        bool good = false;
        {
            const std::lock_guard lock(mutex);
            good = limiter.passes(kind, std::chrono::steady_clock::now(), ended);
        }
        tell_suppressed(ended);
        return good;
    }

    void tell_suppressed(const std::vector<stream::repeat_limiter::suppressed>& ended) {
        for (const auto& [kind, events] : ended) {
            log_line line(options.format, log_level::warning, "suppressed", std::chrono::system_clock::now());
            line.text("kind", kind).number("suppressed", static_cast<std::int64_t>(events));
            write(log_level::warning, std::move(line).take());
        }
    }

    void write(log_level level, const std::string& line) const noexcept {
        try {
            write_to(level, line);
        } catch (...) { // NOLINT(bugprone-empty-catch): a log must not make a message fail
        }
    }

    const sink write_to;
    const event_log_options options;
    std::mutex mutex;
    stream::repeat_limiter limiter;

    class of_writer;
    class of_reader;
};

class event_log::shared::of_writer final : public sluice::writer_observer {
  public:
    explicit of_writer(std::shared_ptr<shared> log) : log_(std::move(log)) {}

    void batch_sent(std::string_view destination, std::size_t messages, std::size_t bytes,
                    batch_reason reason) override {
        tell(log_level::info, "batch_sent", destination, {}, [&](log_line& line) {
            line.number(names::messaging_batch_message_count, static_cast<std::int64_t>(messages))
                .number("sluice.batch.bytes", static_cast<std::int64_t>(bytes))
                .text("sluice.batch.reason", reason_names[static_cast<std::size_t>(reason)]);
        });
    }
    void message_ended(std::string_view destination, std::string_view group, const error_info* failure) override {
        log_level level = log_level::info;
        // Cancelled and closed is what somebody here wanted.
        const bool wanted = failure != nullptr && (failure->code == errc::cancelled || failure->code == errc::closed);
        if (failure != nullptr) level = wanted ? log_level::warning : log_level::error;
        tell(level, failure == nullptr ? "message_accepted" : "message_failed", destination, failure,
             [&](log_line& line) { line.text_if_any("sluice.message.group", group); });
    }
    void message_retried(std::string_view destination, std::string_view group, const error_info& failure, int tries,
                         std::chrono::steady_clock::duration pause) override {
        tell(log_level::warning, "message_retried", destination, &failure, [&](log_line& line) {
            const auto pause_ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause).count();
            line.text_if_any("sluice.message.group", group)
                .number("sluice.retry.tries", tries)
                .number("sluice.retry.pause_ms", pause_ms);
        });
    }
    void write_waits(std::string_view destination) override {
        tell(log_level::warning, "write_waits", destination, nullptr, [](log_line&) {});
    }
    void group_corked(std::string_view destination, std::string_view group, const error_info& failure) override {
        tell(log_level::error, "group_corked", destination, &failure,
             [&](log_line& line) { line.text_if_any("sluice.message.group", group); });
    }

  private:
    template<class Fill>
    void tell(log_level level, std::string_view event, std::string_view destination, const error_info* failure,
              Fill fill) {
        log_->tell(level, event, names::system_of(destination), protocol::destination_name(destination),
                   names::operation_send, failure == nullptr ? "" : names::error_type_of(failure->code),
                   [&](log_line& line) {
                       fill(line);
                       if (failure != nullptr) add(line, *failure);
                   });
    }

    std::shared_ptr<shared> log_;
};

class event_log::shared::of_reader final : public sqs::reader_observer {
  public:
    of_reader(std::shared_ptr<shared> log, std::string queue) : log_(std::move(log)), queue_(std::move(queue)) {}

    void poll_ended(std::size_t messages, const error_info* failure) override {
        log_level level = log_level::info;
        if (failure != nullptr) level = needs_somebody(failure->code) ? log_level::error : log_level::warning;
        tell(level, failure == nullptr ? "poll_ended" : "poll_failed", names::operation_receive, failure,
             [&](log_line& line) {
                 if (failure != nullptr) return;
                 line.number(names::messaging_batch_message_count, static_cast<std::int64_t>(messages));
             });
    }
    void message_settled(std::string_view message_id, sqs::settlement how, const error_info* failure) override {
        log_level level = log_level::info;
        if (failure != nullptr || how == sqs::settlement::dropped || how == sqs::settlement::lost) {
            level = log_level::warning;
        }
        if (how == sqs::settlement::damaged) level = log_level::error;
        // The way it ended is part of the event, so that one of them does not hide the others.
        std::string event = "message_";
        event += settlement_names[static_cast<std::size_t>(how)];
        tell(level, event, names::operation_settle, failure,
             [&](log_line& line) { line.text_if_any(names::messaging_message_id, message_id); });
    }
    void renewal_failed(std::string_view message_id, const error_info& failure) override {
        tell(log_level::warning, "renewal_failed", names::operation_settle, &failure,
             [&](log_line& line) { line.text_if_any(names::messaging_message_id, message_id); });
    }
    void handler_failed(std::string_view message_id, std::string_view what) override {
        tell(log_level::error, "handler_failed", names::operation_process, nullptr, [&](log_line& line) {
            line.text_if_any(names::messaging_message_id, message_id);
            if (log_->options.handler_texts) line.text_if_any(names::error_message, stream::without_secrets(what));
        });
    }

  private:
    template<class Fill>
    void tell(log_level level, std::string_view event, std::string_view operation, const error_info* failure,
              Fill fill) {
        log_->tell(level, event, names::system_aws_sqs, queue_, operation,
                   failure == nullptr ? "" : names::error_type_of(failure->code), [&](log_line& line) {
                       fill(line);
                       if (failure != nullptr) add(line, *failure);
                   });
    }

    std::shared_ptr<shared> log_;
    const std::string queue_;
};

event_log::event_log(sink to) : event_log(std::move(to), event_log_options()) {}

event_log::event_log(sink to, event_log_options options) {
    const auto require = [](bool holds, const char* text) {
        if (!holds) throw error(error_info(errc::invalid_argument, text));
    };
    require(to != nullptr, "the sink is empty");
    require(options.burst >= 1, "burst is 0: it must be 1 or more");
    require(options.interval >= std::chrono::milliseconds(1) && options.interval <= std::chrono::hours(24),
            "interval is out of range: it must be 1 ms to 24 h");
    shared_ = std::make_shared<shared>(std::move(to), options);
}

std::shared_ptr<sluice::writer_observer> event_log::writer_observer() {
    return std::make_shared<shared::of_writer>(shared_);
}

std::shared_ptr<sqs::reader_observer> event_log::reader_observer(const std::string& queue) {
    return std::make_shared<shared::of_reader>(shared_, std::string(protocol::destination_name(queue)));
}

void event_log::flush() {
    std::vector<stream::repeat_limiter::suppressed> ended;
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->limiter.take_ended(stream::repeat_limiter::time_point::max(), ended);
    }
    shared_->tell_suppressed(ended);
}

} // namespace sluice
