// When a message whose call failed is sent again, out of the retry budget of the session's calls.
#pragma once

#include "client/caller.hpp"
#include "stream/channel_types.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace sluice::stream {

struct delivery_limits {
    std::chrono::steady_clock::duration timeout = std::chrono::minutes(2); ///< from the first send on
    /// The same for messages of a group: later the service has forgotten the deduplication id of a call that was begun.
    std::chrono::steady_clock::duration timeout_in_group = std::chrono::minutes(2);
};

class delivery_retries final : public entry_retries {
  public:
    delivery_retries(std::shared_ptr<calls::caller> caller, delivery_limits limits)
        : caller_(std::move(caller)), limits_(limits) {}

    std::optional<std::chrono::steady_clock::duration> pause(const error_info& failure, int tries, time_point first,
                                                             time_point now, bool in_group) override;
    void succeeded(int tries) override;

  private:
    std::shared_ptr<calls::caller> caller_;
    delivery_limits limits_;
};

/// Without a budget and chance of its own: by code, not by whose fault the service says it is.
std::optional<std::chrono::steady_clock::duration> next_try(const error_info& failure, int tries,
                                                            std::chrono::steady_clock::duration since_first,
                                                            std::chrono::steady_clock::duration timeout, double random);

} // namespace sluice::stream
