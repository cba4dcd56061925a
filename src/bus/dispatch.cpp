#include "bus/dispatch.hpp"

#include "protocol/timestamp.hpp"

namespace sluice::bus {

std::string_view name_of(failure_kind kind) noexcept {
    switch (kind) {
    case failure_kind::unknown_command: return "unknown-command";
    case failure_kind::undecodable: return "undecodable";
    case failure_kind::expired: return "expired";
    case failure_kind::rejected: return "rejected";
    case failure_kind::failed: return "failed";
    }
    return {};
}

result<bus_envelope> read_envelope(std::span<const std::shared_ptr<const envelope_format>> formats,
                                   const received_content& what, const envelope_format*& used) {
    std::string known;
    for (const auto& one : formats) {
        if (one->recognises(what)) {
            used = one.get();
            return one->read(what);
        }
        if (!known.empty()) known += ", ";
        known += one->name();
    }
    return error_info(errc::invalid_argument, "it is in no envelope format that is known here (" + known + ")");
}

std::optional<given_up> judge_arrival(const result<bus_envelope>& envelope, bool has_handler,
                                      std::size_t max_payload_bytes) {
    if (!envelope) return given_up(failure_kind::undecodable, {}, "undecodable: " + envelope.error().message);
    const std::string& type = envelope->type;
    if (!has_handler) return given_up(failure_kind::unknown_command, type, "unknown-command: nobody handles " + type);
    if (envelope->payload.size() > max_payload_bytes) {
        return given_up(failure_kind::undecodable, type,
                        "undecodable: the payload of " + type + " has " + std::to_string(envelope->payload.size()) +
                            " bytes, and may have " + std::to_string(max_payload_bytes));
    }
    return std::nullopt;
}

std::optional<given_up> judge_call(const bus_envelope& envelope, int receives, int most_receives,
                                   std::chrono::system_clock::time_point now) {
    const char* const perhaps = receives > 1 ? "; it may have been handled in an earlier receive" : "";
    if (envelope.deadline && *envelope.deadline < now) {
        return given_up(failure_kind::expired, envelope.type,
                        "expired: the deadline of " + envelope.type + " was " +
                            protocol::date_time_text(*envelope.deadline) + ", it is " + protocol::date_time_text(now) +
                            perhaps);
    }
    if (most_receives > 0 && receives > most_receives) {
        return given_up(failure_kind::failed, envelope.type,
                        "failed: given up before receive " + std::to_string(receives) +
                            " was handled, as most_receives is " + std::to_string(most_receives) + perhaps);
    }
    return std::nullopt;
}

bool is_given_up(const failure_limits& limits, int failures, int receives) noexcept {
    return failures >= limits.attempts || (limits.most_receives > 0 && receives >= limits.most_receives);
}

int failure_counts::add(const std::string& id) {
    const auto [at, is_new] = counts_.try_emplace(id);
    if (!is_new) order_.erase(at->second.by_time);
    at->second.by_time = order_.insert(order_.end(), &at->first);
    const int failures = ++at->second.failures;
    if (counts_.size() > most_) {
        const auto oldest = counts_.find(*order_.front());
        order_.pop_front();
        counts_.erase(oldest);
    }
    return failures;
}

void failure_counts::forget(const std::string& id) {
    const auto at = counts_.find(id);
    if (at == counts_.end()) return;
    order_.erase(at->second.by_time);
    counts_.erase(at);
}

} // namespace sluice::bus
