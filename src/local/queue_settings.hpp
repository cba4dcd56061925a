// The attributes that CreateQueue and SetQueueAttributes take, with their ranges.
// Source: SQS API reference, SetQueueAttributes; error texts as recorded from AWS.
#pragma once

#include "local/access_policy.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// Where messages go that were received too often.
struct redrive_policy {
    std::string target_arn;
    std::uint64_t max_receive_count = 0;
};

/// Which queues may have this one as their dead-letter queue.
struct redrive_allow_policy {
    bool all = true;
    std::vector<std::string> source_arns; ///< when not all

    [[nodiscard]] bool allows(std::string_view source_arn) const;
};

/// The settings of one queue: as text for whoever asks, and read once for each message.
class queue_settings {
  public:
    /// AWS's defaults.
    explicit queue_settings(bool fifo);

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
    [[nodiscard]] bool is_fifo() const noexcept { return fifo_; }
    [[nodiscard]] bool deduplicates_by_content() const noexcept { return deduplicates_by_content_; }
    [[nodiscard]] bool deduplicates_by_group() const noexcept { return deduplicates_by_group_; }
    [[nodiscard]] const std::optional<redrive_policy>& redrive() const noexcept { return redrive_; }
    [[nodiscard]] const redrive_allow_policy& redrive_allow() const noexcept { return redrive_allow_; }
    [[nodiscard]] std::size_t max_message_bytes() const noexcept { return max_message_bytes_; }

  private:
    void check(const std::map<std::string, std::string>& attributes) const;
    void check_fifo(const std::string& name, const std::string& value) const;
    void read();

    bool fifo_;
    bool deduplicates_by_content_ = false;
    bool deduplicates_by_group_ = false;
    std::optional<redrive_policy> redrive_;
    redrive_allow_policy redrive_allow_;
    std::map<std::string, std::string> texts_;
    access_policy policy_;
    std::chrono::seconds delay_{};
    std::chrono::seconds retention_{};
    std::chrono::seconds receive_wait_{};
    std::chrono::seconds visibility_{};
    std::size_t max_message_bytes_ = 0;
};

} // namespace sluice::local
