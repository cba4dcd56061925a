#include "stream/settle_attempt.hpp"

#include "client/retry.hpp"

namespace sluice::stream {

settle_step step_after(settle_attempt attempt, const result<void>& outcome) {
    // A delete with the old handle has had no effect, whatever was said of it.
    if (attempt.acknowledged && attempt.has_newer_handle) return settle_step::again_at_once;
    if (outcome) return settle_step::done;
    if (!attempt.acknowledged && attempt.came_again)
        return settle_step::done; // whoever has it now had it from the queue
    const bool is_final = calls::kind_of(outcome.error()) == calls::failure_kind::permanent;
    return is_final ? settle_step::failed : settle_step::again;
}

} // namespace sluice::stream
