// What a poll that failed or found nothing means for the next one, and how old what it brought is.
#pragma once

#include <sluice/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::stream {

/// Too many messages of the queue are in flight. It gives more as soon as some are deleted, by whomever.
inline bool is_over_limit(const error_info& failure) {
    return failure.service_code == "OverLimit" || failure.service_code == "AWS.SimpleQueueService.OverLimit" ||
           failure.service_code.ends_with("#OverLimit");
}

/// The pause after the `failures`-th failed poll in a row (1 or more): up to 1 s, 2 s, 4 s … 30 s, at least half of it.
/// `random` is uniform in [0, 1).
inline std::chrono::milliseconds poll_pause(std::size_t failures, double random) noexcept {
    const std::chrono::milliseconds longest =
        std::chrono::seconds(std::min<std::int64_t>(30, 1LL << std::min<std::size_t>(failures - 1, 5)));
    return longest / 2 +
           std::chrono::milliseconds(static_cast<std::int64_t>(random * static_cast<double>(longest.count()) / 2));
}

/// The pause after a poll that found nothing: short polls cost, and a service that answers long polls at once must not
/// be asked without a rest.
inline std::chrono::milliseconds pause_after_empty(std::chrono::steady_clock::time_point sent,
                                                   std::chrono::steady_clock::time_point answered) noexcept {
    constexpr std::chrono::milliseconds shortest_interval(1000);
    const auto passed = std::chrono::floor<std::chrono::milliseconds>(answered - sent);
    return std::max(shortest_interval - passed, std::chrono::milliseconds(0));
}

/// When SQS may have hidden, at the latest, what a poll brought that was sent and answered then: while it was answered,
/// or when its wait was over if the answer was longer on its way.
inline std::chrono::steady_clock::time_point hidden_since(std::chrono::steady_clock::time_point sent,
                                                          std::chrono::steady_clock::time_point answered,
                                                          std::chrono::seconds wait) noexcept {
    return std::min(answered, sent + wait);
}

} // namespace sluice::stream
