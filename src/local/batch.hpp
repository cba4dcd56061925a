// The rules that all batches share, and one outcome for each entry.
// Source: SQS API reference, SendMessageBatch, DeleteMessageBatch, ChangeMessageVisibilityBatch; SNS, PublishBatch.
#pragma once

#include "local/wire.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// How a service words what is wrong with a batch as a whole.
struct batch_faults {
    std::function<fault()> empty;
    std::function<fault(std::size_t entries)> too_many;
    std::function<fault(const std::string& id)> illegal_id;
    std::function<fault(const std::string& id)> repeated_id;
};

using batch_entries = std::vector<std::unique_ptr<input>>;

/// Throws for no entries, more than ten, or ids that are not legal or not distinct. Returns the ids.
std::vector<std::string> check_batch(const batch_entries& entries, const batch_faults& faults);

/// The names of the two lists of a batch reply, in Query.
struct batch_result_names {
    std::string_view successes;
    std::string_view failures;
    bool write_empty = false; ///< SNS writes its lists also when nothing is in them
};

/// What becomes of one entry.
struct batch_steps {
    /// A `fault` that it throws is the failure of this entry alone.
    std::function<void(std::size_t index)> carry_out;
    /// Afterwards, for one that succeeded: the members of its result behind the id. Empty: there are none.
    std::function<void(std::size_t index, output& reply)> write;
};

void run_batch(const std::vector<std::string>& ids, output& reply, const batch_result_names& names,
               const batch_steps& steps);

} // namespace sluice::local
