// What becomes of a command that has come, and of one whose handler failed. No clock of its own.
#pragma once

#include "bus/failures.hpp"

#include <sluice/bus/envelope.hpp>
#include <sluice/error.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::bus {

using format_list = std::vector<std::shared_ptr<const envelope_format>>;

/// By the first format that recognises it, which is told to `used`.
result<bus_envelope> read_envelope(std::span<const std::shared_ptr<const envelope_format>> formats,
                                   const received_content& what, const envelope_format*& used);

/// Nothing: to its handler. Else why not.
std::optional<given_up> judge_arrival(const result<bus_envelope>& envelope, bool has_handler,
                                      std::size_t max_payload_bytes);

/// The same when its handler is about to be called, in its n-th receive (0: not known): it may be too late, or have
/// been received more than `most_receives` times (0: no matter how many) without an end that anybody saw.
std::optional<given_up> judge_call(const bus_envelope& envelope, int receives, int most_receives,
                                   std::chrono::system_clock::time_point now);

struct failure_limits {
    int attempts = 5;
    int most_receives = 50; ///< 0: no matter how many
};

/// A command has failed for the n-th time here, in its n-th receive (0: not known).
bool is_given_up(const failure_limits& limits, int failures, int receives) noexcept;

/// How often commands have failed, by their ids: of those that failed last, as many as it may hold.
class failure_counts {
  public:
    explicit failure_counts(std::size_t most = 10'000) : most_(most) {}

    /// One more. How many it is now.
    int add(const std::string& id);
    void forget(const std::string& id);
    [[nodiscard]] std::size_t size() const noexcept { return counts_.size(); }

  private:
    struct entry {
        int failures = 0;
        std::list<const std::string*>::iterator by_time;
    };

    std::size_t most_;
    std::unordered_map<std::string, entry> counts_;
    std::list<const std::string*> order_; ///< keys of `counts_`, the one that failed longest ago first
};

} // namespace sluice::bus
