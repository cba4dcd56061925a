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

    /// Why a poll failed, unless that was said already.
    [[nodiscard]] std::optional<std::string> news(const sqs::reader_statistics& seen, time_point now) {
        if (seen.polls != answered_) since_.reset();
        else if (seen.failed_polls != failed_ && !since_) since_ = now;
        answered_ = seen.polls;
        failed_ = seen.failed_polls;
        if (failed_ == 0 || seen.last_poll_error == told_) return std::nullopt;
        told_ = seen.last_poll_error;
        return told_;
    }

    /// At the last look polls had failed for so long without one that was answered.
    [[nodiscard]] bool lasts(std::chrono::steady_clock::duration patience, time_point now) const {
        return since_ && now - *since_ >= patience;
    }

  private:
    std::size_t answered_ = 0;
    std::size_t failed_ = 0;
    std::optional<time_point> since_;
    std::string told_;
};

} // namespace sluice::cli
