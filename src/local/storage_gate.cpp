#include "local/storage_gate.hpp"

#include <chrono>
#include <exception>

namespace sluice::local {
namespace {

constexpr std::chrono::milliseconds pause_between_attempts(100);

} // namespace

std::optional<std::string> storage_gate::closed(time_point now) {
    if (!fails()) return std::nullopt;
    auto why = commit(now);
    if (why) ++refused_;
    return why;
}

std::optional<std::string> storage_gate::commit(time_point now) {
    if (fails() && now < last_attempt_ + pause_between_attempts) {
        changes_.take_note();
        return why_;
    }
    return try_now(now);
}

std::optional<std::string> storage_gate::commit_at_last(time_point now) {
    auto why = try_now(now);
    if (why && log_) {
        log_("storage: " + std::to_string(changes_.size()) + " changed records are not stored at the end: " + *why);
    }
    return why;
}

std::optional<std::string> storage_gate::try_now(time_point now) {
    changes_.take_note();
    if (changes_.size() == 0) return std::nullopt;
    last_attempt_ = now;
    try {
        keeper_->commit(changes_.changes());
    } catch (const std::exception& failure) {
        why_ = failure.what();
        if (!fails()) {
            failing_since_ = now;
            refused_ = 0;
            if (log_) {
                log_("storage: " + why_ +
                     "; calls that change something are answered with an error until it can be written again");
            }
        }
        return why_;
    }
    if (fails()) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *failing_since_).count();
        failing_since_.reset();
        if (log_) {
            log_("storage: it can be written again after " + std::to_string(seconds) + " s; " +
                 std::to_string(changes_.size()) + " changed records were caught up on, " + std::to_string(refused_) +
                 " calls had been refused");
        }
    }
    changes_.clear();
    return std::nullopt;
}

bool only_reads(std::string_view service, std::string_view action) noexcept {
    return service == "sts" || action.starts_with("Get") || action.starts_with("List");
}

} // namespace sluice::local
