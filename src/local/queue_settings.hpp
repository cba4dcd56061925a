// The attributes that CreateQueue and SetQueueAttributes take, with their ranges.
// Source: SQS API reference, SetQueueAttributes; error texts as recorded from AWS.
#pragma once

#include "local/access_policy.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace sluice::local {

/// The settings of one queue: as text for whoever asks, and read once for each message.
class queue_settings {
  public:
    /// AWS's defaults.
    queue_settings();

    /// All or nothing: throws `fault` that names the first attribute that is unknown or out of range.
    void apply(const std::map<std::string, std::string>& attributes);

    /// The first attribute with another value than here; nothing when all are the same.
    [[nodiscard]] std::optional<std::string> difference(const std::map<std::string, std::string>& attributes) const;

    [[nodiscard]] const std::map<std::string, std::string>& texts() const noexcept { return texts_; }
    [[nodiscard]] const access_policy& policy() const noexcept { return policy_; }
    [[nodiscard]] std::chrono::seconds delay() const noexcept { return delay_; }
    [[nodiscard]] std::chrono::seconds retention() const noexcept { return retention_; }
    [[nodiscard]] std::chrono::seconds receive_wait() const noexcept { return receive_wait_; }
    [[nodiscard]] std::chrono::seconds visibility() const noexcept { return visibility_; }
    [[nodiscard]] std::size_t max_message_bytes() const noexcept { return max_message_bytes_; }

  private:
    void read();

    std::map<std::string, std::string> texts_;
    access_policy policy_;
    std::chrono::seconds delay_{};
    std::chrono::seconds retention_{};
    std::chrono::seconds receive_wait_{};
    std::chrono::seconds visibility_{};
    std::size_t max_message_bytes_ = 0;
};

} // namespace sluice::local
