// What a session and everything made from it share.
#pragma once

#include "client/caller.hpp"
#include "service/sqs/queue_directory.hpp"

#include <memory>

namespace sluice {

class session_state {
  public:
    explicit session_state(std::shared_ptr<calls::caller> caller)
        : caller_(std::move(caller)), queues_(std::make_shared<sqs::queue_directory>(caller_)) {}

    [[nodiscard]] const std::shared_ptr<calls::caller>& caller() const noexcept { return caller_; }
    [[nodiscard]] const std::shared_ptr<sqs::queue_directory>& queues() const noexcept { return queues_; }

  private:
    std::shared_ptr<calls::caller> caller_;
    std::shared_ptr<sqs::queue_directory> queues_;
};

} // namespace sluice
