// What is to be said of polls that fail. No I/O.
#pragma once

#include <sluice/sqs/reader_options.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace sluice::cli {

/// Ask some times a second.
class poll_trouble {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Why a poll failed, unless that was said already: request ids and the like make no difference. Said again when it
    /// comes back after a minute or more in which polls were answered.
    [[nodiscard]] std::optional<std::string> news(const sqs::reader_statistics& seen, time_point now) {
        const bool failed = seen.failed_polls != failed_;
        if (seen.polls != answered_) {
            since_.reset();
            if (now - told_at_ >= std::chrono::minutes(1)) told_.clear();
        } else if (failed) {
            if (!since_) since_ = now;
            last_ = now;
        }
        answered_ = seen.polls;
        failed_ = seen.failed_polls;
        const std::string what = without_facts(seen.last_poll_error);
        if (!failed || what == told_) return std::nullopt;
        told_ = what;
        told_at_ = now;
        return seen.last_poll_error;
    }

    /// Polls went on failing for so long, without one that was answered.
    [[nodiscard]] bool lasts(std::chrono::steady_clock::duration patience) const {
        return since_ && last_ - *since_ >= patience;
    }

  private:
    /// `error_info::describe` has them in parentheses at the end.
    static std::string without_facts(const std::string& described) {
        const auto facts = described.rfind(" (");
        return described.ends_with(')') && facts != std::string::npos ? described.substr(0, facts) : described;
    }

    std::size_t answered_ = 0;
    std::size_t failed_ = 0;
    std::optional<time_point> since_; ///< the first failure after the last answer
    time_point last_{};               ///< the last failure
    std::string told_;
    time_point told_at_{};
};

} // namespace sluice::cli
