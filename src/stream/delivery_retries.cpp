#include "stream/delivery_retries.hpp"

#include "client/retry.hpp"

namespace sluice::stream {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::duration<double> longest_pause(20.0);

} // namespace

std::optional<steady_clock::duration> next_try(const error_info& failure, int tries, steady_clock::duration since_first,
                                               steady_clock::duration timeout, double random) {
    const calls::failure_kind kind = calls::kind_of(failure);
    if (kind == calls::failure_kind::permanent || timeout == timeout.zero()) return std::nullopt;
    const auto pause =
        std::chrono::duration_cast<steady_clock::duration>(calls::retry_delay(tries, kind, longest_pause, random));
    if (since_first + pause > timeout) return std::nullopt;
    return pause;
}

std::optional<steady_clock::duration> delivery_retries::pause(const error_info& failure, int tries, time_point first,
                                                              time_point now, bool in_group) {
    const auto timeout = in_group ? limits_.timeout_in_group : limits_.timeout;
    const auto pause = next_try(failure, tries, now - first, timeout, caller_->random());
    if (!pause || !caller_->quota().take(calls::kind_of(failure))) return std::nullopt;
    return pause;
}

void delivery_retries::succeeded(int tries) { caller_->quota().succeeded(tries - 1, calls::failure_kind::transient); }

} // namespace sluice::stream
