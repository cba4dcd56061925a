// Between the broker's state and its storage: what a storage that fails means for the calls. It does what I/O the
// storage does, and nothing else; `now` is an argument.
#pragma once

#include "local/journal.hpp"
#include "local/text.hpp"

#include <sluice/local/storage.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::local {

/// Changes that could not be stored stay, and go with the next commit. While there are such ones the storage fails:
/// calls that would change more are not to be carried out.
class storage_gate {
  public:
    using log_function = std::function<void(std::string_view)>;

    storage_gate(std::shared_ptr<storage> keeper, log_function log)
        : keeper_(std::move(keeper)), log_(std::move(log)) {}

    [[nodiscard]] journal& changes() noexcept { return changes_; }
    [[nodiscard]] storage& keeper() noexcept { return *keeper_; }
    /// Something changed since the last commit, stored or not.
    [[nodiscard]] bool has_news() const noexcept { return changes_.has_news(); }
    [[nodiscard]] bool fails() const noexcept { return failing_since_.has_value(); }

    /// Why no call may change anything now; nothing when it may. A storage that failed is tried again, but not more
    /// often than each 100 ms.
    std::optional<std::string> closed(time_point now);

    /// Stores everything that is not stored yet. Why not, if it could not be done; while the storage fails, this too
    /// tries no more often than each 100 ms.
    std::optional<std::string> commit(time_point now);
    /// The same, without a pause: nothing will come after it.
    std::optional<std::string> commit_at_last(time_point now);

  private:
    std::optional<std::string> try_now(time_point now);

    std::shared_ptr<storage> keeper_;
    log_function log_;
    journal changes_;
    std::optional<time_point> failing_since_;
    time_point last_attempt_{};
    std::string why_; ///< of the last failure
    std::uint64_t refused_ = 0;
};

/// Whether a call can do without the storage: it reads, or is about keys, which live in memory.
bool only_reads(std::string_view service, std::string_view action) noexcept;

} // namespace sluice::local
