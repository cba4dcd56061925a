// What follows from the answer to one try to delete a message, or to give it back.
#pragma once

#include <sluice/error.hpp>

namespace sluice::stream {

enum class settle_step {
    done,          ///< it has left
    failed,        ///< it will not: trying again is of no use
    again,         ///< after a pause, while its lease lasts
    again_at_once, ///< with the newer receipt handle that has come meanwhile
};

/// What the reader knows of the message when the answer has come.
struct settle_attempt {
    bool acknowledged = true;      ///< it was to be deleted; else given back
    bool has_newer_handle = false; ///< it was received again, and is still the same delivery
    bool came_again = false;       ///< it was received again, as another delivery
};

settle_step step_after(settle_attempt attempt, const result<void>& outcome);

} // namespace sluice::stream
