// What writers and readers tell, as lines of a log.
#pragma once

#include <sluice/export.hpp>
#include <sluice/sqs/reader_observer.hpp>
#include <sluice/writer_observer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

enum class log_level {
    info,    ///< the usual way: batches, polls, messages that were accepted or settled
    warning, ///< something failed that is tried again, or a message comes again
    error,   ///< a message or the reader needs somebody
};

enum class log_format {
    logfmt, ///< `time=2026-11-27T03:00:00Z level=error event=message_failed error.type=throttled`
    json,   ///< one JSON object with the same members; numbers are numbers
};

struct event_log_options {
    log_format format = log_format::logfmt;
    /// What is less than this is not formatted. `info` is a line or more for each message.
    log_level lowest = log_level::warning;
    /// Of warnings and errors of the same kind (event, destination and error type) the first `burst` in `interval` are
    /// written, 1 or more and 1 ms to 24 h. The others are counted: a line with `suppressed=N` tells it when the
    /// interval has passed and something else is told, or by `flush()`.
    std::size_t burst = 10;
    std::chrono::milliseconds interval{60'000};
    /// False: lines have no text of what handlers threw, which may quote from a message.
    bool handler_texts = true;
};

/// Gives each event to a sink, as one line of UTF-8 without a line end and without control characters.
///
/// Lines have names of queues and topics, message ids, message groups, sizes and the texts of failures, without what
/// looks like a token, a key or a receipt handle; never bodies, attributes, receipt handles or keys. Field names
/// are OpenTelemetry's where it has some, see semantic_conventions.hpp.
///
/// Threads: the sink is called by several threads at once; it must not block, and what it throws is dropped. `line` is
/// valid during the call. Lifetime: observers keep what they need and may outlive this object.
class SLUICE_API event_log {
  public:
    using sink = std::function<void(log_level level, std::string_view line)>;

    /// Throws `error` with `errc::invalid_argument` for an empty sink and for options out of range.
    explicit event_log(sink to);
    event_log(sink to, event_log_options options);

    /// For `writer_options::observer`, of any number of writers.
    [[nodiscard]] std::shared_ptr<sluice::writer_observer> writer_observer();
    /// For `reader_options::observer`. `queue` (URL, ARN or name) is the destination name in the lines.
    [[nodiscard]] std::shared_ptr<sqs::reader_observer> reader_observer(const std::string& queue);

    /// Tells what was suppressed until now: before the program ends, or every minute.
    void flush();

  private:
    struct SLUICE_LOCAL shared;
    std::shared_ptr<shared> shared_;
};

} // namespace sluice
