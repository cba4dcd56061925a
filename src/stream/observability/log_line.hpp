// One line of a log, of fields that come one after the other.
#pragma once

#include <sluice/observability/event_log.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::stream {

/// Values are cut to 500 bytes and made one line of readable UTF-8 before they are quoted. Names are ours.
class log_line {
  public:
    log_line(log_format format, log_level level, std::string_view event, std::chrono::system_clock::time_point now);

    log_line& text(std::string_view name, std::string_view value);
    log_line& number(std::string_view name, std::int64_t value);
    /// As `text`, when there is something to say.
    log_line& text_if_any(std::string_view name, std::string_view value) {
        return value.empty() ? *this : text(name, value);
    }

    [[nodiscard]] std::string take() &&;

  private:
    void name(std::string_view name);

    log_format format_;
    std::string line_;
};

/// The text of a failure without what must not be in a log. A service quotes a request that was signed wrongly with its
/// headers, the session token among them: from there on it is cut. Runs of 64 and more characters as tokens, keys and
/// receipt handles have become `[...]`.
std::string without_secrets(std::string_view text);

} // namespace sluice::stream
